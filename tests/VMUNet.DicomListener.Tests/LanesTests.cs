using Microsoft.Extensions.Time.Testing;
using VMUNet.Dimse;
using VMUNet.Dimse.Tests;
using VMUNet.Testing;

namespace VMUNet.DicomListener.Tests;

/// <summary>Backfill, live sends and C-ECHO each have their own places, and too much waiting work is told to senders.</summary>
public sealed class LanesTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Backfill_has_its_own_cap_and_takes_no_place_of_live_senders()
    {
        await using var listener = await RunningListener.StartAsync(postgres, o => (o.MaxAssociations, o.MaxBatchAssociations) = (1, 2));

        await using var first = await listener.ConnectAsync(calledAe: "VMUNET_BATCH");
        await using var second = await listener.ConnectAsync(calledAe: "VMUNET_BATCH");
        var third = await Assert.ThrowsAsync<DimseClientException>(() => listener.ConnectAsync(calledAe: "VMUNET_BATCH"));
        await using var live = await listener.ConnectAsync();
        var fourth = await Assert.ThrowsAsync<DimseClientException>(() => listener.ConnectAsync());

        Assert.Equal((RejectReason.LocalLimitExceeded, RejectReason.LocalLimitExceeded), (third.Reject, fourth.Reject));
    }

    [Fact]
    public async Task An_echo_is_answered_while_every_place_of_senders_is_taken()
    {
        await using var listener = await RunningListener.StartAsync(postgres, o => o.MaxAssociations = 1);
        await using var live = await listener.ConnectAsync();

        await using var echo = await DimseClient.ConnectAsync(
            new DimseClientOptions { Host = "127.0.0.1", Port = listener.Port, CalledAe = "VMUNET", CallingAe = "MONITOR" }, CancellationToken.None);

        Assert.Equal(0, await echo.EchoAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_series_of_backfill_is_marked_until_a_live_instance_joins_it()
    {
        await using var listener = await RunningListener.StartAsync(postgres);
        await using var batch = await listener.ConnectAsync(calledAe: "VMUNET_BATCH");
        await using var live = await listener.ConnectAsync();

        await RunningListener.StoreAsync(batch, Of("51.1"), "51.1");
        var before = await postgres.ScalarAsync<bool>("select is_batch from series where series_instance_uid = '51.9'");
        await RunningListener.StoreAsync(live, Of("51.2"), "51.2");
        var after = await postgres.ScalarAsync<bool>("select is_batch from series where series_instance_uid = '51.9'");

        Assert.Equal((true, false), (before, after));
    }

    [Fact]
    public async Task Too_many_waiting_series_reject_senders_until_workers_have_caught_up()
    {
        await using var listener = await RunningListener.StartAsync(postgres, o => o.MaxWaitingSeries = 1);
        await listener.StoreAsync(Of("52.1", "52"), "52.1");
        await listener.StoreAsync(Of("53.1", "53"), "53.1");
        await postgres.ExecuteAsync("update series set state = 'complete' where series_instance_uid in ('52.9', '53.9')");

        await listener.Pulse.BeatAsync(CancellationToken.None);
        var rejected = await Assert.ThrowsAsync<DimseClientException>(() => listener.ConnectAsync());
        await postgres.ExecuteAsync("update series set state = 'recorded' where series_instance_uid in ('52.9', '53.9')");
        await listener.Pulse.BeatAsync(CancellationToken.None);
        await using var client = await listener.ConnectAsync();

        Assert.Equal(RejectReason.TemporaryCongestion, rejected.Reject);
    }

    [Fact]
    public async Task Backfill_waits_while_a_live_object_is_under_way_but_not_for_ever()
    {
        var clock = new FakeTimeProvider();
        var order = new LiveFirst(clock);
        var live = order.Live();

        var yielding = order.YieldAsync(CancellationToken.None);
        var atOnce = yielding.IsCompleted;
        live.Dispose();
        clock.Advance(TimeSpan.FromMilliseconds(5));
        await yielding.WaitAsync(TimeSpan.FromSeconds(10));
        using var second = order.Live();
        var bounded = order.YieldAsync(CancellationToken.None);
        for (var i = 0; i < 200 && !bounded.IsCompleted; i++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(5));
            await Task.Yield();
        }

        await bounded.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.False(atOnce);
    }

    private static byte[] Of(string uid, string study = "51") =>
        DataSetBytes.Instance(sopInstance: uid, study: study, series: study + ".9", pixelBytes: 64);
}
