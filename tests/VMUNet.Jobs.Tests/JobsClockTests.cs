using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using VMUNet.Data.Queries;
using VMUNet.Data.Studies;
using VMUNet.Testing;

namespace VMUNet.Jobs.Tests;

public sealed class JobsClockTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task The_running_workers_take_a_series_from_complete_to_delivered_and_stop_in_good_time()
    {
        await using var archive = new ArchiveStandIn();
        await using JobsHarness harness = await JobsHarness.StartAsync(postgres,
            o => (o.Destinations, o.Tick) = ([archive.Destination], TimeSpan.FromMilliseconds(100)),
            s => s.AddJobWorkers().AddSingleton<IHostApplicationLifetime, StartedLifetime>());
        IHostedService[] hosted = [.. harness.Get<IEnumerable<IHostedService>>()];
        foreach (IHostedService service in hosted)
        {
            await service.StartAsync(default);
        }

        ReceivedInstance photo = await harness.ReceiveAsync(harness.Photograph());
        SeriesSummary series = await WaitAsync(harness, photo);
        long stopping = Stopwatch.GetTimestamp();
        foreach (IHostedService service in hosted.Reverse())
        {
            await service.StopAsync(default);
        }

        Assert.Equal(SeriesState.Delivered, series.State);
        Assert.Single(archive.Received);
        Assert.True(Stopwatch.GetElapsedTime(stopping) < TimeSpan.FromSeconds(30));
        Assert.Equal(1L, await postgres.ScalarAsync<long>("""
            select count(*) from hangfire.set where key = 'recurring-jobs' and value = 'retrain'
            """));
    }

    private static async Task<SeriesSummary> WaitAsync(JobsHarness harness, ReceivedInstance photo)
    {
        long start = Stopwatch.GetTimestamp();
        SeriesSummary series;
        do
        {
            await Task.Delay(200);
            series = await harness.SeriesAsync(photo);
        }
        while (series.State != SeriesState.Delivered && Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(2));
        return series;
    }

    private sealed class StartedLifetime : IHostApplicationLifetime
    {
        // Hangfire waits for it before it serves.
        public CancellationToken ApplicationStarted => new(canceled: true);

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication()
        {
        }
    }
}
