using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using VMUNet.Data.Network;
using VMUNet.Imaging;

namespace VMUNet.Host.Commands;

/// <summary><c>quarantine list|settle</c>: objects that were kept aside, and a person's word that one was looked at.</summary>
internal static class QuarantineCommand
{
    public static Command Create(CommandRunner runner) => new("quarantine", "Objects that contradict what is stored; kept aside, never used.")
    {
        List(runner),
        Settle(runner),
    };

    private static Command List(CommandRunner runner)
    {
        var all = new Option<bool>("--all") { Description = "Settled ones too." };
        var limit = new Option<int>("--limit") { Description = "At most this many.", DefaultValueFactory = _ => 200 };
        var command = new Command("list", "Objects kept aside, with the reason and the file, newest first.") { all, limit, DataFolder.Option };
        return runner.On(command, async (parsed, ct) =>
        {
            await using var instance = await PacsServices.OpenAsync(DataFolder.Of(parsed), new Dictionary<string, string?>(), ct);
            var rows = await instance.Get<QuarantineDesk>().ListAsync(parsed.GetValue(all), parsed.GetValue(limit), ct);
            var document = new
            {
                objects = rows.Select(q => new
                {
                    id = q.QuarantineId,
                    sop_instance_uid = q.SopInstanceUid,
                    study_uid = q.StudyInstanceUid,
                    reason = Name(q.Reason),
                    detail = q.Detail,
                    from = q.CallingAe,
                    received_at = q.ReceivedAt,
                    file = q.Path,
                    settled_at = q.SettledAt,
                }),
            };
            runner.Terminal.Result(document, people => people.Write(TableOf(rows)));
            return ExitCode.Done;
        });
    }

    private static Command Settle(CommandRunner runner)
    {
        var id = new Argument<long>("NUMBER") { Description = "Number of the object, of 'quarantine list'." };
        var person = new Option<string>("--by") { Description = "Who has looked at it.", DefaultValueFactory = _ => Environment.UserName };
        var why = new Option<string>("--reason") { Description = "What it came to.", Required = true };
        var command = new Command("settle", "Say that an object was looked at; its file stays.") { id, person, why, DataFolder.Option };
        return runner.On(command, async (parsed, ct) =>
        {
            await using var instance = await PacsServices.OpenAsync(DataFolder.Of(parsed), new Dictionary<string, string?>(), ct);
            var number = parsed.GetValue(id);
            if (!await instance.Get<QuarantineDesk>().SettleAsync(
                number, parsed.GetRequiredValue(person), parsed.GetRequiredValue(why), ct))
            {
                throw new BadInputException($"Object {number} is unknown or was settled before; 'quarantine list' shows them");
            }

            runner.Terminal.Result(new { settled = number }, people => people.WriteLine($"settled: {number}"));
            return ExitCode.Done;
        });
    }

    private static Table TableOf(IReadOnlyList<QuarantinedObject> rows)
    {
        var table = new Table().AddColumns("object", "received", "from", "reason", "detail", "file");
        foreach (var q in rows)
        {
            table.AddRow(
                $"{q.QuarantineId}", q.ReceivedAt.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
                Markup.Escape(q.CallingAe), Name(q.Reason), Markup.Escape(q.Detail), Markup.Escape(q.Path));
        }

        return table;
    }

    private static string Name(Enum reason) => JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString());
}
