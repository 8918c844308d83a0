using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using VMUNet.Data.Processing;
using VMUNet.Data.Queries;
using VMUNet.Data.Studies;
using VMUNet.Dimse;
using VMUNet.Jobs.Delivery;
using VMUNet.Testing;

namespace VMUNet.Jobs.Tests;

public sealed class DeliverResultJobTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_destination_that_is_down_gets_the_same_SEG_when_it_is_up_again()
    {
        int port;
        await using (var probe = new ArchiveStandIn())
        {
            port = probe.Port;
        }
        var clock = new FakeTimeProvider(DateTimeOffset.Parse("2026-01-01T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture));
        await using JobsHarness harness = await StartAsync(clock, $"archive=ARCHIVE@127.0.0.1:{port}");
        ReceivedInstance photo = await SegmentedAsync(harness);

        await harness.Get<DeliverResultJob>().RunAsync(default);
        DeliveryDetail down = await DeliveryAsync(harness, photo);
        await using var archive = new ArchiveStandIn(port);
        await harness.Get<DeliverResultJob>().RunAsync(default);
        int tooEarly = archive.Received.Count;
        clock.Advance(TimeSpan.FromSeconds(8));
        await harness.Get<DeliverResultJob>().RunAsync(default);

        Assert.Equal((DeliveryState.Due, 1), (down.State, down.Attempts));
        Assert.NotNull(down.LastError);
        Assert.Equal(0, tooEarly);
        SegmentationDetail result = (await harness.Queries.SegmentationsAsync(photo.SeriesInstanceUid, default)).Single();
        Assert.Equal(result.SopInstanceUid, archive.Received.Single().Request.SopInstanceUid);
        Assert.Equal(SeriesState.Delivered, (await harness.SeriesAsync(photo)).State);
    }

    [Fact]
    public async Task A_refusal_for_good_becomes_a_dead_letter_that_a_person_revives()
    {
        await using var archive = new ArchiveStandIn { Answer = n => n == 1 ? DimseStatus.CannotUnderstand : DimseStatus.Success };
        await using JobsHarness harness = await StartAsync(new FakeTimeProvider(), archive.Destination);
        ReceivedInstance photo = await SegmentedAsync(harness);

        await harness.Get<DeliverResultJob>().RunAsync(default);
        DeliveryDetail dead = await DeliveryAsync(harness, photo);
        bool isSeen = (await harness.Queries.AttentionAsync(50, default)).Any(i => i.Kind == "delivery" && i.StudyInstanceUid == photo.StudyInstanceUid);
        bool isRevived = await harness.Get<DeliveryOutbox>().ReviveAsync(dead.DeliveryId, "operator", default);
        await harness.Get<DeliverResultJob>().RunAsync(default);

        Assert.Equal((DeliveryState.Dead, 0xC000), (dead.State, dead.LastStatus));
        Assert.True(isSeen);
        Assert.True(isRevived);
        Assert.Equal(DeliveryState.Delivered, (await DeliveryAsync(harness, photo)).State);
    }

    [Fact]
    public async Task A_busy_destination_is_tried_until_the_result_is_too_old_then_waits_for_a_person()
    {
        await using var archive = new ArchiveStandIn { Answer = _ => DimseStatus.OutOfResources };
        var clock = new FakeTimeProvider(DateTimeOffset.Parse("2026-01-01T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture));
        await using JobsHarness harness = await StartAsync(clock, archive.Destination);
        ReceivedInstance photo = await SegmentedAsync(harness);

        for (int hour = 0; hour < 80 && (await DeliveryAsync(harness, photo)).State == DeliveryState.Due; hour++)
        {
            await harness.Get<DeliverResultJob>().RunAsync(default);
            clock.Advance(TimeSpan.FromHours(1));
        }

        DeliveryDetail last = await DeliveryAsync(harness, photo);
        Assert.Equal((DeliveryState.Dead, 0xA700), (last.State, last.LastStatus));
        Assert.InRange(last.Attempts, 71, 74);
        Assert.StartsWith("given up after", last.LastError, StringComparison.Ordinal);

        // Revived, it is tried as long once more.
        clock.Advance(TimeSpan.FromDays(30));
        await harness.Get<DeliveryOutbox>().ReviveAsync(last.DeliveryId, "operator", default);
        await harness.Get<DeliverResultJob>().RunAsync(default);
        Assert.Equal((DeliveryState.Due, 1), ((await DeliveryAsync(harness, photo)).State, (await DeliveryAsync(harness, photo)).Attempts));
    }

    [Fact]
    public async Task A_route_to_a_destination_that_is_not_configured_is_a_dead_letter_by_name()
    {
        await using JobsHarness harness = await StartAsync(new FakeTimeProvider(), null);
        ReceivedInstance photo = await SegmentedAsync(harness);
        await postgres.ExecuteAsync($"""
            insert into delivery (segmentation_id, destination, state, next_at, created_at)
            select segmentation_id, 'nowhere', 'due', now() - interval '100 years', now() from segmentation
            join series using (series_id) where series_instance_uid = '{photo.SeriesInstanceUid}'
            """);

        await harness.Get<DeliverResultJob>().RunAsync(default);

        Assert.Contains("'nowhere' is not configured", (await DeliveryAsync(harness, photo)).LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_warning_counts_as_stored_and_is_logged()
    {
        await using var archive = new ArchiveStandIn { Answer = _ => new DimseStatus(0xB007, "elements discarded") };
        using var logs = new Lines();
        await using JobsHarness harness = await JobsHarness.StartAsync(postgres, o => o.Destinations = [archive.Destination],
            s => s.AddSingleton<TimeProvider>(new FakeTimeProvider()).AddSingleton<ILoggerProvider>(logs));
        ReceivedInstance photo = await SegmentedAsync(harness);

        await harness.Get<DeliverResultJob>().RunAsync(default);

        Assert.Equal(DeliveryState.Delivered, (await DeliveryAsync(harness, photo)).State);
        Assert.Contains(logs.Written, l => l.Level == LogLevel.Warning && l.Text.Contains("B007", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 10)]
    [InlineData(5, 80)]
    [InlineData(9, 900)]
    [InlineData(1000, 900)]
    public void Waits_double_up_to_the_longest_and_jitter_stays_within_a_quarter(int failed, double seconds)
    {
        TimeSpan Wait(double jitter) => DeliveryBackoff.Wait(failed, TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(15), jitter);

        Assert.Equal(seconds, Wait(0.5).TotalSeconds, 1e-9);
        Assert.Equal(seconds * 0.75, Wait(0).TotalSeconds, 1e-9);
        Assert.Equal(seconds * 1.25, Wait(1).TotalSeconds, 1e-9);
    }

    private Task<JobsHarness> StartAsync(FakeTimeProvider clock, string? destination) => JobsHarness.StartAsync(postgres, o =>
    {
        o.Destinations = destination is null ? [] : [destination];
        o.DeliveryFirstWait = TimeSpan.FromSeconds(5);
    }, s => s.AddSingleton<TimeProvider>(clock));

    private static async Task<ReceivedInstance> SegmentedAsync(JobsHarness harness)
    {
        ReceivedInstance photo = await harness.ReceiveAsync(harness.Photograph());
        await harness.WorkAsync();
        return photo;
    }

    private static async Task<DeliveryDetail> DeliveryAsync(JobsHarness harness, ReceivedInstance photo) =>
        (await harness.Queries.SegmentationsAsync(photo.SeriesInstanceUid, default)).Single().Deliveries.Single();

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<(LogLevel Level, string Text)> Written { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) => Written.Enqueue((logLevel, formatter(state, exception)));

        public void Dispose()
        {
        }
    }
}
