using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using VMUNet.Dicom;
using VMUNet.Dimse;
using VMUNet.Imaging;

namespace VMUNet.Host.Commands;

/// <summary><c>find HOST:PORT</c>: C-FIND in the Study Root model.</summary>
internal static class FindCommand
{
    public static Command Create(CommandRunner runner)
    {
        var target = new DicomTarget();
        var keys = new QueryKeys();
        var node = new Argument<string>("HOST:PORT") { Description = "The archive to ask." };
        var limit = new Option<int>("--limit") { Description = "At most this many matches.", DefaultValueFactory = _ => 1000 };
        var command = new Command("find", "Ask an archive what it has (C-FIND): studies, series or instances.") { node, limit };
        keys.AddTo(command);
        target.AddTo(command);
        return runner.On(command, async (parsed, ct) =>
        {
            var options = target.OptionsOf(parsed, parsed.GetRequiredValue(node));
            var most = parsed.GetValue(limit) is > 0 and var given ? given : throw new BadInputException("--limit needs 1 or more");
            var level = keys.LevelOf(parsed);
            QueryResult result;
            try
            {
                result = await QueryScu.FindAsync(options, level, keys.Of(parsed), most, ct);
            }
            catch (FormatException wrong)
            {
                throw new BadInputException(wrong.Message, wrong);
            }

            var done = result.Status.Code == DimseStatus.Success.Code;
            var document = new
            {
                ok = done,
                level = QueryKeys.NameOf(level),
                status = $"{result.Status.Code:X4}",
                error = done ? null : result.Status.Comment,
                more = result.IsCut,
                count = result.Matches.Count,
                matches = result.Matches,
            };
            runner.Terminal.Result(document, people => Show(people, result));
            return done ? ExitCode.Done : ExitCode.Failed;
        });
    }

    private static void Show(IAnsiConsole people, QueryResult result)
    {
        var columns = result.Matches.SelectMany(m => m.Keys).Where(k => k != "QueryRetrieveLevel").Distinct().ToList();
        if (columns.Count > 0)
        {
            var table = new Table().AddColumns([.. columns.Select(Markup.Escape)]);
            foreach (var match in result.Matches)
            {
                table.AddRow([.. columns.Select(c => Markup.Escape(Printable(match.GetValueOrDefault(c, ""))))]);
            }

            people.Write(table);
        }

        people.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Matches.Count} matches{(result.IsCut ? ", and more" : "")}; status {result.Status}"));
    }

    // What an archive sends is not for a terminal to obey.
    private static string Printable(string text) => new([.. text.Select(c => char.IsControl(c) ? '?' : c)]);
}
