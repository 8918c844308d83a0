using Microsoft.Extensions.DependencyInjection;
using VMUNet.Data.Network;
using VMUNet.Data.Queries;
using VMUNet.Dimse;
using VMUNet.Testing;

namespace VMUNet.DicomListener.Tests;

/// <summary>A caller that is turned away becomes a row, and one decision on the row lets it in or keeps it out.</summary>
public sealed class CallersTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_rejected_caller_is_recorded_with_its_attempts_and_one_decision_lets_it_in()
    {
        await using var listener = await RunningListener.StartAsync(postgres, o => o.AllowedCallers.Add("KNOWN"));
        var book = listener.Services.GetRequiredService<CallerBook>();
        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<DimseClientException>(() => listener.ConnectAsync("CT1"));
        }

        await listener.Pulse.BeatAsync(CancellationToken.None);
        var seen = (await book.ListAsync(CancellationToken.None)).Single(c => c.AeTitle == "CT1");
        var attention = await listener.Services.GetRequiredService<PacsQueries>().AttentionAsync(50, CancellationToken.None);
        await book.DecideAsync("CT1", "127.0.0.1", isAllowed: true, "operator", CancellationToken.None);
        await listener.Pulse.BeatAsync(CancellationToken.None);
        await using var client = await listener.ConnectAsync("CT1");

        Assert.Equal((CallerState.Rejected, 3, "127.0.0.1", "VMUNET"), (seen.State, (int)seen.Attempts, seen.Binding, seen.CalledAe));
        Assert.Contains(attention, a => a.Kind == "caller" && a.Detail.Contains("vmunet callers allow CT1@127.0.0.1", StringComparison.Ordinal));
        Assert.Equal(0, await client.EchoAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_denied_caller_is_turned_away_and_a_forgotten_one_is_back_to_the_configuration()
    {
        await using var listener = await RunningListener.StartAsync(postgres);
        var book = listener.Services.GetRequiredService<CallerBook>();

        await book.DecideAsync("CT2", "", isAllowed: false, "operator", CancellationToken.None);
        await listener.Pulse.BeatAsync(CancellationToken.None);
        var rejected = await Assert.ThrowsAsync<DimseClientException>(() => listener.ConnectAsync("CT2"));
        await book.ForgetAsync("CT2", "", "operator", CancellationToken.None);
        await listener.Pulse.BeatAsync(CancellationToken.None);
        await using var client = await listener.ConnectAsync("CT2");

        Assert.Equal(RejectReason.CallingAeNotRecognized, rejected.Reject);
        Assert.Equal(2, await postgres.ScalarAsync<long>("select count(*) from audit_event where kind like 'caller_%' and detail = 'CT2'"));
    }

    [Fact]
    public async Task A_flood_of_titles_keeps_only_the_newest_and_no_decision_is_lost()
    {
        await using var listener = await RunningListener.StartAsync(postgres);
        var book = listener.Services.GetRequiredService<CallerBook>();
        await book.DecideAsync("KEEP", "", isAllowed: true, "operator", CancellationToken.None);
        var start = DateTimeOffset.UnixEpoch;

        await book.RecordRejectedAsync(
            [.. Enumerable.Range(0, CallerBook.MostRejected + 50).Select(i =>
                new RejectedCaller($"F{i}", "10.0.0.1", "VMUNET", null, "not on the list", 1, start.AddSeconds(i)))],
            CancellationToken.None);

        Assert.Equal(CallerBook.MostRejected, await postgres.ScalarAsync<long>("select count(*) from caller where state = 'rejected'"));
        Assert.Equal(0, await postgres.ScalarAsync<long>("select count(*) from caller where ae_title = 'F0'"));
        Assert.Equal(1, await postgres.ScalarAsync<long>("select count(*) from caller where ae_title = 'KEEP'"));
    }
}
