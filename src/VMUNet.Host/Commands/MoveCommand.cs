using System.CommandLine;
using Spectre.Console;
using VMUNet.Dicom;
using VMUNet.Dimse;
using VMUNet.Imaging;

namespace VMUNet.Host.Commands;

/// <summary><c>move HOST:PORT --to AE</c>: C-MOVE in the Study Root model, by default to our own title for backfill.</summary>
internal static class MoveCommand
{
    private static readonly string[] s_needed = ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"];

    public static Command Create(CommandRunner runner)
    {
        var target = new DicomTarget();
        var keys = new QueryKeys();
        var node = new Argument<string>("HOST:PORT") { Description = "The archive to ask." };
        var to = new Option<string>("--to")
        {
            Description = "AE title that the archive sends to; it must know the title.",
            DefaultValueFactory = _ => "VMUNET_BATCH",
        };
        var command = new Command("move", "Have an archive send what it has (C-MOVE): a study, series or instance.") { node, to };
        keys.AddTo(command);
        target.AddTo(command);
        return runner.On(command, async (parsed, ct) =>
        {
            var options = target.OptionsOf(parsed, parsed.GetRequiredValue(node));
            var destination = AeTitle.IsValid(parsed.GetRequiredValue(to))
                ? parsed.GetRequiredValue(to)
                : throw new BadInputException("--to: an AE title has 1 to 16 printable characters without backslash");
            var level = keys.LevelOf(parsed);
            var chosen = keys.Of(parsed);
            if (s_needed.Take((int)level + 1).FirstOrDefault(k => !chosen.ContainsKey(k)) is { } missing)
            {
                throw new BadInputException($"At level {QueryKeys.NameOf(level)} a retrieval needs {missing}");
            }

            var last = default(MoveProgress);
            DimseStatus status;
            try
            {
                status = await QueryScu.MoveAsync(options, level, chosen, destination, progress => last = progress, ct);
            }
            catch (FormatException wrong)
            {
                throw new BadInputException(wrong.Message, wrong);
            }

            var done = status.Code == DimseStatus.Success.Code && last.Failed == 0;
            var document = new
            {
                ok = done,
                status = $"{status.Code:X4}",
                error = done ? null : status.Comment,
                completed = last.Completed,
                failed = last.Failed,
                warning = last.Warning,
            };
            runner.Terminal.Result(document, people => people.WriteLine(
                $"{last.Completed} sent to {destination}, {last.Failed} failed; status {status}"));
            return done ? ExitCode.Done : ExitCode.Failed;
        });
    }
}
