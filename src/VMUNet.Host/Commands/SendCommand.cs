using System.CommandLine;
using Spectre.Console;
using VMUNet.Dicom;
using VMUNet.Imaging;

namespace VMUNet.Host.Commands;

/// <summary><c>send PATH... HOST:PORT</c>: C-STORE of files and folders, one status an instance.</summary>
internal static class SendCommand
{
    public static Command Create(CommandRunner runner)
    {
        var target = new DicomTarget();
        var words = new Argument<string[]>("PATH... HOST:PORT")
        {
            Description = "DICOM files or folders, then the node to send to.",
            Arity = new ArgumentArity(2, 100_000),
        };
        var command = new Command("send", "Send DICOM files by C-STORE.") { words };
        target.AddTo(command);
        return runner.On(command, async (parsed, ct) =>
        {
            var given = parsed.GetRequiredValue(words);
            var options = target.OptionsOf(parsed, given[^1]);
            var files = given[..^1].SelectMany(SeriesReader.FilesIn).ToList();
            if (files.Count == 0)
            {
                throw new BadInputException("There is no file to send in the given paths");
            }

            var outcomes = await StoreScu.SendAsync(options, files, ct);
            Report(runner.Terminal, outcomes);
            return outcomes.All(o => o.IsStored) ? ExitCode.Done : ExitCode.Failed;
        });
    }

    private static void Report(Terminal terminal, IReadOnlyList<SendOutcome> outcomes)
    {
        var stored = outcomes.Count(o => o.IsStored);
        var document = new
        {
            stored,
            failed = outcomes.Count - stored,
            instances = outcomes.Select(o => new
            {
                file = o.File,
                sop_instance_uid = o.SopInstanceUid,
                status = o.Status is { } status ? $"{status.Code:X4}" : null,
                error = o.Failure ?? (o.IsStored ? null : o.Status?.Comment),
            }),
        };
        terminal.Result(document, people =>
        {
            foreach (var outcome in outcomes)
            {
                people.WriteLine(outcome.ToString());
            }

            people.WriteLine($"{stored} stored, {outcomes.Count - stored} failed");
        });
    }
}
