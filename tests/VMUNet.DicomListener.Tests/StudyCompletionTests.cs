using Microsoft.Extensions.Time.Testing;
using VMUNet.Dimse;
using VMUNet.Dimse.Tests;
using VMUNet.Testing;

namespace VMUNet.DicomListener.Tests;

public sealed class StudyCompletionTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 8, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_photograph_or_segmentation_is_complete_ten_seconds_after_a_normal_release()
    {
        await using var listener = await RunningListener.StartAsync(postgres, clock: _clock);
        await listener.StoreAsync(
            DataSetBytes.Instance(SopClasses.Segmentation, "21.1", "21", "21.9", modality: "SEG"), "21.1", SopClasses.Segmentation);
        await ClosedAsync("21.9");

        Assert.Equal("receiving", await StateAfterAsync(listener, "21.9", TimeSpan.FromSeconds(9)));
        Assert.Equal("complete", await StateAfterAsync(listener, "21.9", TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public async Task An_open_association_that_stored_to_it_keeps_a_series_receiving()
    {
        await using var listener = await RunningListener.StartAsync(postgres, clock: _clock);
        await using var client = await listener.ConnectAsync();
        await SendSlicesAsync(client, "22", [0, 5, 10]);

        Assert.Equal("receiving", await StateAfterAsync(listener, "22.9", TimeSpan.FromSeconds(20)));
        await client.ReleaseAsync(CancellationToken.None);
        await ClosedAsync("22.9");

        Assert.Equal("complete", await StateAfterAsync(listener, "22.9", TimeSpan.FromSeconds(41)));
    }

    [Fact]
    public async Task An_aborted_association_leaves_the_full_quiet_period()
    {
        await using var listener = await RunningListener.StartAsync(postgres, clock: _clock);
        await using (var client = await listener.ConnectAsync())
        {
            await SendSlicesAsync(client, "23", [0, 5, 10]);
        }

        await ClosedAsync("23.9");

        Assert.Equal("receiving", await StateAfterAsync(listener, "23.9", TimeSpan.FromSeconds(59)));
        Assert.Equal("complete", await StateAfterAsync(listener, "23.9", TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public async Task A_series_with_a_gap_waits_for_the_missing_slice_and_completes_when_it_comes()
    {
        await using var listener = await RunningListener.StartAsync(postgres, clock: _clock);
        await SendAndReleaseAsync(listener, "24", [0, 5, 15, 20]);

        Assert.Equal("receiving", await StateAfterAsync(listener, "24.9", TimeSpan.FromMinutes(2)));
        Assert.Equal("gap", await postgres.ScalarAsync<string>("select detail from series where series_instance_uid = '24.9'"));
        await SendAndReleaseAsync(listener, "24", [10]);

        Assert.Equal("complete", await StateAfterAsync(listener, "24.9", TimeSpan.FromSeconds(11)));
        Assert.Null(await postgres.ScalarAsync<string>("select warning from series where series_instance_uid = '24.9'"));
    }

    [Fact]
    public async Task A_series_with_a_gap_is_complete_at_the_cap_with_a_warning()
    {
        await using var listener = await RunningListener.StartAsync(postgres, clock: _clock);
        await SendAndReleaseAsync(listener, "25", [0, 5, 15, 20]);
        await StateAfterAsync(listener, "25.9", TimeSpan.FromMinutes(1));

        Assert.Equal("receiving", await StateAfterAsync(listener, "25.9", TimeSpan.FromMinutes(8)));
        Assert.Equal("complete", await StateAfterAsync(listener, "25.9", TimeSpan.FromMinutes(1.1)));
        Assert.Equal("gap", await postgres.ScalarAsync<string>("select warning from series where series_instance_uid = '25.9'"));
    }

    [Fact]
    public async Task A_restart_loses_no_timer_and_closes_the_associations_of_the_earlier_run()
    {
        await using (var first = await RunningListener.StartAsync(postgres, clock: _clock))
        {
            await SendAndReleaseAsync(first, "26", [0, 5, 10]);
        }

        // As a killed listener leaves it: its association is open for ever.
        await postgres.ExecuteAsync("""
            update association set outcome = 'open', closed_at = null where association_id in (select association_id
            from association_series join series using (series_id) where series_instance_uid = '26.9')
            """);
        await using var second = await RunningListener.StartAsync(postgres, clock: _clock);

        Assert.Equal("complete", await StateAfterAsync(second, "26.9", TimeSpan.FromSeconds(61)));
    }

    [Fact]
    public async Task A_late_instance_opens_the_series_again()
    {
        await using var listener = await RunningListener.StartAsync(postgres, clock: _clock);
        await SendAndReleaseAsync(listener, "27", [0, 5, 10]);
        Assert.Equal("complete", await StateAfterAsync(listener, "27.9", TimeSpan.FromSeconds(61)));

        await SendAndReleaseAsync(listener, "27", [15]);

        Assert.Equal("receiving", await StateAfterAsync(listener, "27.9", TimeSpan.FromSeconds(1)));
        Assert.Equal("complete", await StateAfterAsync(listener, "27.9", TimeSpan.FromSeconds(61)));
        Assert.Equal(2, await postgres.ScalarAsync<int>("select revision from series where series_instance_uid = '27.9'"));
    }

    private async Task SendAndReleaseAsync(RunningListener listener, string study, double[] positions)
    {
        await using var client = await listener.ConnectAsync();
        await SendSlicesAsync(client, study, positions);
        await client.ReleaseAsync(CancellationToken.None);
        await ClosedAsync(study + ".9");
    }

    private static async Task SendSlicesAsync(DimseClient client, string study, double[] positions)
    {
        foreach (var z in positions)
        {
            var uid = FormattableString.Invariant($"{study}.9.{(int)z + 1}");
            var bytes = DataSetBytes.Instance(sopInstance: uid, study: study, series: study + ".9", z: z);
            Assert.Equal(DimseStatus.Success, await RunningListener.StoreAsync(client, bytes, uid));
        }
    }

    private async Task ClosedAsync(string series)
    {
        var open = 1L;
        for (var i = 0; i < 200 && open > 0; i++)
        {
            await Task.Delay(10);
            open = await postgres.ScalarAsync<long>($"""
                select count(*) from association join association_series using (association_id) join series using (series_id)
                where series_instance_uid = '{series}' and outcome = 'open'
                """);
        }

        Assert.Equal(0, open);
    }

    private async Task<string?> StateAfterAsync(RunningListener listener, string series, TimeSpan passed)
    {
        _clock.Advance(passed);
        await listener.Completion.RunOnceAsync(CancellationToken.None);
        return await postgres.ScalarAsync<string>($"select state from series where series_instance_uid = '{series}'");
    }
}
