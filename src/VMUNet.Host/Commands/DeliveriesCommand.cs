using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using VMUNet.Data.Network;
using VMUNet.Data.Processing;
using VMUNet.Data.Queries;
using VMUNet.Imaging;

namespace VMUNet.Host.Commands;

/// <summary><c>deliveries list|retry</c>: what became of results, and another attempt at those that were given up.</summary>
internal static class DeliveriesCommand
{
    public static Command Create(CommandRunner runner) => new("deliveries", "Results on their way to destinations.")
    {
        List(runner),
        Retry(runner),
    };

    private static Command List(CommandRunner runner)
    {
        var limit = new Option<int>("--limit") { Description = "At most this many.", DefaultValueFactory = _ => 200 };
        var dead = new Option<bool>("--dead") { Description = "Only those that were given up or refused." };
        var command = new Command("list", "Deliveries, newest first.") { limit, dead, DataFolder.Option };
        return runner.On(command, async (parsed, ct) =>
        {
            await using var instance = await PacsServices.OpenAsync(DataFolder.Of(parsed), new Dictionary<string, string?>(), ct);
            var rows = await instance.Get<PacsQueries>().DeliveriesAsync(
                parsed.GetValue(dead) ? DeliveryState.Dead : null, parsed.GetValue(limit), ct);
            var confirmations = await instance.Get<ConfirmationLedger>().StatesAsync([.. rows.Select(d => d.DeliveryId)], ct);
            var document = new
            {
                deliveries = rows.Select(d => new
                {
                    id = d.DeliveryId,
                    study_uid = d.StudyInstanceUid,
                    destination = d.Destination,
                    @object = Name(d.Kind),
                    state = Name(d.State),
                    attempts = d.Attempts,
                    next_at = d.State == DeliveryState.Due ? d.NextAt : (DateTimeOffset?)null,
                    status = d.LastStatus is { } status ? $"{status:X4}" : null,
                    error = d.LastError,
                    confirmation = confirmations.TryGetValue(d.DeliveryId, out var c) ? Name(c.State) : null,
                    confirmation_detail = confirmations.GetValueOrDefault(d.DeliveryId).Detail,
                }),
            };
            runner.Terminal.Result(document, people => people.Write(TableOf(rows, confirmations)));
            return ExitCode.Done;
        });
    }

    private static Command Retry(CommandRunner runner)
    {
        var ids = new Argument<string[]>("DELIVERY...")
        {
            Description = "Numbers of deliveries, or all (those that were given up or refused).",
            Arity = ArgumentArity.OneOrMore,
        };
        var person = new Option<string>("--by") { Description = "Who asks, for the record.", DefaultValueFactory = _ => Environment.UserName };
        var command = new Command("retry", "Send results again: dead letters, and those that a destination does not keep.")
        {
            ids, person, DataFolder.Option,
        };
        return runner.On(command, async (parsed, ct) =>
        {
            await using var instance = await PacsServices.OpenAsync(DataFolder.Of(parsed), new Dictionary<string, string?>(), ct);
            var chosen = await ChooseAsync(instance.Get<PacsQueries>(), parsed.GetRequiredValue(ids), ct);
            foreach (var id in chosen)
            {
                if (!await instance.Get<DeliveryOutbox>().ReviveAsync(id, parsed.GetRequiredValue(person), ct))
                {
                    throw new BadInputException($"Delivery {id} neither was given up nor is unconfirmed; 'deliveries list' shows them");
                }
            }

            runner.Terminal.Result(new { retried = chosen }, people => people.WriteLine($"{chosen.Count} due again"));
            return ExitCode.Done;
        });
    }

    private static async Task<IReadOnlyList<long>> ChooseAsync(PacsQueries queries, string[] words, CancellationToken ct) =>
        words is ["all"]
            ? [.. (await queries.DeliveriesAsync(DeliveryState.Dead, int.MaxValue, ct)).Select(d => d.DeliveryId)]
            : [.. words.Select(word => long.TryParse(word, CultureInfo.InvariantCulture, out var id)
                ? id
                : throw new BadInputException($"'{word}' is no delivery's number; 'deliveries list' shows them, 'all' takes the dead ones"))];

    private static Table TableOf(
        IReadOnlyList<DeliveryDetail> rows, IReadOnlyDictionary<long, (ConfirmationState State, string? Detail)> confirmations)
    {
        var table = new Table().AddColumns("delivery", "destination", "object", "state", "attempts", "last answer", "kept there", "study");
        foreach (var d in rows)
        {
            table.AddRow(
                $"{d.DeliveryId}", Markup.Escape(d.Destination), Name(d.Kind), Name(d.State), $"{d.Attempts}",
                Markup.Escape(d.LastError ?? (d.LastStatus is { } status ? $"{status:X4}" : "")),
                Markup.Escape(confirmations.TryGetValue(d.DeliveryId, out var kept) ? $"{Name(kept.State)}: {kept.Detail}" : ""), Markup.Escape(d.StudyInstanceUid));
        }

        return table;
    }

    private static string Name(Enum state) => JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString());
}
