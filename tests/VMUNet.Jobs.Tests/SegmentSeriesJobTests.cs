using VMUNet.Data.Processing;
using VMUNet.Data.Queries;
using VMUNet.Data.Studies;
using VMUNet.Model;
using VMUNet.Testing;

namespace VMUNet.Jobs.Tests;

public sealed class SegmentSeriesJobTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_photograph_becomes_a_checked_SEG_that_the_archive_gets()
    {
        await using var archive = new ArchiveStandIn();
        await using JobsHarness harness = await JobsHarness.StartAsync(postgres, o => o.Destinations = [archive.Destination]);
        ReceivedInstance photo = await harness.ReceiveAsync(harness.Photograph());

        await harness.WorkAsync();
        SeriesSummary segmented = await harness.SeriesAsync(photo);
        await harness.Get<DeliverResultJob>().RunAsync(default);

        Assert.Equal(SeriesState.Segmented, segmented.State);
        Assert.Equal(SeriesState.Delivered, (await harness.SeriesAsync(photo)).State);
        SegmentationDetail result = (await harness.Queries.SegmentationsAsync(photo.SeriesInstanceUid, default)).Single();
        Assert.Equal(result.SopInstanceUid, archive.Received.Single().Request.SopInstanceUid);
        Assert.Equal(["deliver", "queue", "read", "receive", "segment", "write"], result.StageSeconds.Keys.Order());
        Assert.Equal(PrecisionProbe.Choose().ToName(), result.Precision); // the shipped model's manifest allows the fast one
        Assert.Equal("lesion", result.Organs.Single().Organ);
        Assert.Null(result.Organs.Single().VolumeMl);
        Assert.True(File.Exists(Path.Combine(harness.DataFolder, result.Path!)));
    }

    [Fact]
    public async Task A_destination_gets_the_objects_that_its_setting_names()
    {
        await using var archive = new ArchiveStandIn();
        await using JobsHarness harness = await JobsHarness.StartAsync(postgres,
            o => o.Destinations = [archive.Destination + "?objects=seg+report+picture"]);
        ReceivedInstance photo = await harness.ReceiveAsync(harness.Photograph());

        await harness.WorkAsync();
        await harness.Get<DeliverResultJob>().RunAsync(default);

        Assert.Equal(SeriesState.Delivered, (await harness.SeriesAsync(photo)).State);
        Assert.Equal(
            ["1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.5.1.4.1.1.88.34"],
            archive.Received.Select(r => r.Request.SopClassUid).Order(StringComparer.Ordinal));
        SegmentationDetail result = (await harness.Queries.SegmentationsAsync(photo.SeriesInstanceUid, default)).Single();
        Assert.Equal("picture report", await postgres.ScalarAsync<string>(
            $"select string_agg(kind, ' ' order by kind) from result_object where segmentation_id = {result.SegmentationId}"));
    }

    [Fact]
    public async Task A_SEG_beyond_a_destinations_limit_waits_for_a_person_with_the_reason()
    {
        await using var archive = new ArchiveStandIn();
        await using JobsHarness harness = await JobsHarness.StartAsync(postgres,
            o => o.Destinations = [archive.Destination + "?max-frames=5"]);
        await harness.ReceiveVolumeAsync();

        await harness.WorkAsync();
        await harness.Get<DeliverResultJob>().RunAsync(default);

        Assert.Empty(archive.Received);
        AttentionItem item = (await harness.Queries.AttentionAsync(50, default)).First(i => i.Kind == "delivery");
        Assert.Contains("the destination takes 5", item.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_destination_with_a_limit_on_segments_gets_several_objects_and_a_report_that_names_them()
    {
        await using var archive = new ArchiveStandIn();
        await using var other = new ArchiveStandIn();
        await using JobsHarness harness = await JobsHarness.StartAsync(postgres, o => o.Destinations =
            [archive.Destination + "?objects=seg+report&max-segments=1", "whole-" + other.Destination]);
        ReceivedInstance[] slices = await harness.ReceiveVolumeAsync();

        await harness.WorkAsync();
        await harness.Get<DeliverResultJob>().RunAsync(default);

        Assert.Equal(SeriesState.Delivered, (await harness.SeriesAsync(slices[0])).State);
        SegmentationDetail result = (await harness.Queries.SegmentationsAsync(slices[0].SeriesInstanceUid, default)).Single();
        Assert.Equal(result.SopInstanceUid, other.Received.Single().Request.SopInstanceUid);
        string[] parts = [.. archive.Received.Where(r => r.Request.SopClassUid == "1.2.840.10008.5.1.4.1.1.66.4")
            .Select(r => r.Request.SopInstanceUid)];
        Assert.Equal(result.Organs.Count, parts.Length);
        Assert.DoesNotContain(result.SopInstanceUid, parts);
        string report = await postgres.ScalarAsync<string>($"""
            select path from result_object where segmentation_id = {result.SegmentationId} and kind = 'report'
            """) ?? "";
        string text = System.Text.Encoding.ASCII.GetString(await File.ReadAllBytesAsync(Path.Combine(harness.DataFolder, report)));
        Assert.All(parts, uid => Assert.Contains(uid, text, StringComparison.Ordinal));
        Assert.Contains((await harness.Queries.StudyAsync(slices[0].StudyInstanceUid, default))!.Timeline,
            e => e.Detail.Contains($"as {parts.Length} objects", StringComparison.Ordinal));
        Assert.Equal([ResultKind.Report, ResultKind.Seg], result.Deliveries.Select(d => d.Kind).Distinct().OrderDescending());
    }

    [Fact]
    public async Task A_job_that_is_run_twice_and_a_series_dispatched_twice_change_nothing()
    {
        await using JobsHarness harness = await JobsHarness.StartAsync(postgres);
        ReceivedInstance photo = await harness.ReceiveAsync(harness.Photograph());
        long job = Assert.Single(await harness.WorkAsync());

        await harness.Get<SegmentSeriesJob>().RunAsync(job, default);
        IReadOnlyList<long> more = await harness.WorkAsync();

        Assert.Empty(more);
        Assert.Single(await harness.Queries.SegmentationsAsync(photo.SeriesInstanceUid, default));
    }

    [Fact]
    public async Task The_same_work_under_a_new_revision_is_found_by_its_key_and_not_computed_again()
    {
        await using JobsHarness harness = await JobsHarness.StartAsync(postgres);
        ReceivedInstance photo = await harness.ReceiveAsync(harness.Photograph());
        await harness.WorkAsync();
        long series = (await harness.SeriesAsync(photo)).SeriesId;
        await postgres.ExecuteAsync($"update series set state = 'failed' where series_id = {series}");
        await harness.Get<JobLedger>().ReopenAsync(series, "operator", default);

        await harness.WorkAsync();

        Assert.Equal(SeriesState.Segmented, (await harness.SeriesAsync(photo)).State);
        Assert.Single(await harness.Queries.SegmentationsAsync(photo.SeriesInstanceUid, default));
    }

    [Fact]
    public async Task A_shutdown_hands_the_job_back_without_counting_it_as_an_attempt()
    {
        await using JobsHarness harness = await JobsHarness.StartAsync(postgres);
        ReceivedInstance photo = await harness.ReceiveAsync(harness.Photograph());
        await harness.Get<SeriesDispatcher>().RunAsync(default);
        long series = (await harness.SeriesAsync(photo)).SeriesId;
        long job = await postgres.ScalarAsync<long>($"select series_job_id from series_job where series_id = {series}");
        using var shutdown = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => harness.Get<LeasedJob>().RunAsync(job, "test", async (_, ct) =>
        {
            await shutdown.CancelAsync();
            ct.ThrowIfCancellationRequested();
        }, shutdown.Token));

        Assert.Equal("queued 0", await postgres.ScalarAsync<string>($"select state || ' ' || attempts from series_job where series_job_id = {job}"));
        await harness.WorkAsync();
        Assert.Equal(SeriesState.Segmented, (await harness.SeriesAsync(photo)).State);
    }

    [Fact]
    public async Task A_job_whose_workers_die_again_and_again_fails_in_sight()
    {
        await using JobsHarness harness = await JobsHarness.StartAsync(postgres);
        ReceivedInstance photo = await harness.ReceiveAsync(harness.Photograph());
        await harness.Get<SeriesDispatcher>().RunAsync(default);
        long series = (await harness.SeriesAsync(photo)).SeriesId;
        await postgres.ExecuteAsync($"update series_job set attempts = 9 where series_id = {series}");

        await harness.WorkAsync();

        SeriesSummary failed = await harness.SeriesAsync(photo);
        Assert.Equal(SeriesState.Failed, failed.State);
        Assert.Contains("the worker died each time", failed.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_volume_becomes_a_SEG_with_volumes_in_millilitres()
    {
        await using JobsHarness harness = await JobsHarness.StartAsync(postgres);
        ReceivedInstance[] slices = await harness.ReceiveVolumeAsync();

        await harness.WorkAsync();

        SeriesSummary series = await harness.SeriesAsync(slices[0]);
        Assert.Equal((SeriesState.Segmented, slices.Length), (series.State, series.InstanceCount));
        SegmentationDetail result = (await harness.Queries.SegmentationsAsync(slices[0].SeriesInstanceUid, default)).Single();
        OrganVolume liver = result.Organs.Single(o => o.Organ == "liver");
        Assert.InRange(liver.VolumeMl!.Value, 500, 3000);
    }

    [Fact]
    public async Task A_series_without_a_route_is_refused_with_every_routes_reason()
    {
        await using JobsHarness harness = await JobsHarness.StartAsync(postgres, o => o.RoutesFile = WriteRoutes("US"));
        ReceivedInstance photo = await harness.ReceiveAsync(harness.Photograph());

        await harness.WorkAsync();

        SeriesSummary series = await harness.SeriesAsync(photo);
        Assert.Equal((SeriesState.Refused, "no_route"), (series.State, series.Reason));
        Assert.Contains("not only: modality 'XC' is none of US", series.Detail, StringComparison.Ordinal);
        Assert.Contains(await harness.Queries.AttentionAsync(50, default), i => i.StudyInstanceUid == photo.StudyInstanceUid);
    }

    [Fact]
    public async Task A_route_to_a_model_that_nobody_has_is_refused_by_name()
    {
        await using JobsHarness harness = await JobsHarness.StartAsync(postgres, o => o.RoutesFile = WriteRoutes("XC", "no-such-model"));
        ReceivedInstance photo = await harness.ReceiveAsync(harness.Photograph());

        await harness.WorkAsync();

        SeriesSummary series = await harness.SeriesAsync(photo);
        Assert.Equal((SeriesState.Refused, "no_model"), (series.State, series.Reason));
        Assert.Contains("no-such-model", series.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_gone_is_our_fault_tried_again_and_then_failed_in_sight()
    {
        await using JobsHarness harness = await JobsHarness.StartAsync(postgres, o => o.MaxAttempts = 2);
        ReceivedInstance photo = await harness.ReceiveAsync(harness.Photograph());
        File.Delete(Path.Combine(harness.DataFolder, photo.Path));

        for (int i = 0; i < 4 && (await harness.SeriesAsync(photo)).State is not (SeriesState.Failed or SeriesState.Refused); i++)
        {
            await harness.WorkAsync();
            await Task.Delay(20);
        }

        Assert.Contains((await harness.SeriesAsync(photo)).State, (SeriesState[])[SeriesState.Failed, SeriesState.Refused]);
        Assert.NotNull((await harness.SeriesAsync(photo)).Reason);
    }

    private string WriteRoutes(string modality, string model = "lesion-dermoscopy")
    {
        string path = Path.Combine(postgres.DataFolder, $"{Guid.NewGuid():N}.json");
        File.WriteAllText(path, $$"""{ "routes": [ { "name": "only", "modalities": ["{{modality}}"], "model": "{{model}}" } ] }""");
        return path;
    }
}
