using VMUNet.Data.Learning;
using VMUNet.Data.Queries;
using VMUNet.Data.Studies;
using VMUNet.Dicom;
using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.Jobs.Tests;

public sealed class AdmitCorrectionJobTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_human_mask_is_scored_offered_and_may_be_accepted_once()
    {
        await using JobsHarness harness = await JobsHarness.StartAsync(postgres);
        string file = harness.Photograph("A", shade: 1);
        ReceivedInstance photo = await harness.ReceiveAsync(file);
        await harness.WorkAsync();

        ReceivedInstance seg = await harness.ReceiveAsync(harness.Correction(file, JobsHarness.HumanMask));
        await harness.WorkAsync();

        SeriesSummary admitted = await harness.SeriesAsync(seg);
        Assert.Equal((SeriesState.Admitted, "1 correction admitted"), (admitted.State, admitted.Detail));
        SegmentationDetail result = (await harness.Queries.SegmentationsAsync(photo.SeriesInstanceUid, default)).Single();
        OrganQuality quality = result.Corrections.Single().Organs.Single();
        Assert.Equal((QaStatus.Scored, "px", "vmunet-qa/1"), (quality.Status, quality.Unit, quality.Convention));
        Assert.InRange(quality.Dsc!.Value, 0.7, 1);
        Assert.NotNull(quality.Hd95);
        CuratedDetail offered = (await harness.Queries.CuratedAsync(CaseState.Checked, 10, default))
            .Single(c => c.StudyInstanceUid == photo.StudyInstanceUid);

        await harness.Get<CurationDesk>().AcceptAsync(offered.CuratedCaseId, "curator", "good", default);

        await Assert.ThrowsAsync<IllegalCaseMoveException>(() =>
            harness.Get<CurationDesk>().RejectAsync(offered.CuratedCaseId, "curator", "no", default));
        Assert.Contains((await harness.Queries.StudyAsync(photo.StudyInstanceUid, default))!.Timeline, e => e.Kind == "case_accepted");
    }

    [Fact]
    public async Task A_SEG_of_an_unknown_series_is_refused_in_sight_kept_and_admitted_once_the_series_came()
    {
        await using JobsHarness harness = await JobsHarness.StartAsync(postgres);
        string file = harness.Photograph("B", shade: 2);
        ReceivedInstance seg = await harness.ReceiveAsync(harness.Correction(file, JobsHarness.HumanMask));

        await harness.WorkAsync();
        SeriesSummary refused = await harness.SeriesAsync(seg);
        await harness.ReceiveAsync(file);
        await harness.WorkAsync();
        await harness.Get<VMUNet.Data.Processing.JobLedger>().ReopenAsync(refused.SeriesId, "operator", default);
        await harness.WorkAsync();

        Assert.Equal((SeriesState.Refused, "unknown_series"), (refused.State, refused.Reason));
        Assert.True(File.Exists(Path.Combine(harness.DataFolder, seg.Path)));
        Assert.Equal(SeriesState.Admitted, (await harness.SeriesAsync(seg)).State);
    }

    [Fact]
    public async Task Our_own_result_that_comes_back_is_no_correction()
    {
        await using JobsHarness harness = await JobsHarness.StartAsync(postgres);
        ReceivedInstance photo = await harness.ReceiveAsync(harness.Photograph("C", shade: 3));
        await harness.WorkAsync();
        SegmentationDetail result = (await harness.Queries.SegmentationsAsync(photo.SeriesInstanceUid, default)).Single();

        ReceivedInstance echo = await harness.ReceiveAsync(Path.Combine(harness.DataFolder, result.Path!));
        await harness.WorkAsync();

        Assert.Equal(SeriesState.Recorded, (await harness.SeriesAsync(echo)).State);
        Assert.Empty((await harness.Queries.SegmentationsAsync(photo.SeriesInstanceUid, default)).Single().Corrections);
    }

    [Fact]
    public async Task An_unchanged_result_scores_one_and_says_so()
    {
        await using JobsHarness harness = await JobsHarness.StartAsync(postgres);
        string file = harness.Photograph("D", shade: 4);
        ReceivedInstance photo = await harness.ReceiveAsync(file);
        await harness.WorkAsync();
        SegmentationDetail result = (await harness.Queries.SegmentationsAsync(photo.SeriesInstanceUid, default)).Single();

        LabelMap Ours(SourceSeries source) => ((SegContent.Labels)SegReader.Read(
            Path.Combine(harness.DataFolder, result.Path!), source, JobsHarness.Organs)).Map;
        await harness.ReceiveAsync(harness.Correction(file, Ours));
        await harness.WorkAsync();

        CorrectionDetail correction = (await harness.Queries.SegmentationsAsync(photo.SeriesInstanceUid, default))
            .Single().Corrections.Single();
        Assert.Equal((1.0, 0.0), (correction.Organs.Single().Dsc, correction.Organs.Single().Hd95));
        Assert.Contains("accepted unchanged", correction.Notes);
    }

    [Fact]
    public async Task The_same_pixels_of_a_patient_in_another_split_stay_out_of_the_pool_but_are_scored()
    {
        await using JobsHarness harness = await JobsHarness.StartAsync(postgres);
        var objections = 0;
        // Patients until two splits have met the same pixels; the draw is by a random site key.
        for (int i = 0; i < 40 && objections == 0; i++)
        {
            string file = harness.Photograph($"E{i}", shade: 77);
            ReceivedInstance photo = await harness.ReceiveAsync(file);
            await harness.WorkAsync();
            await harness.ReceiveAsync(harness.Correction(file, JobsHarness.HumanMask));
            await harness.WorkAsync();
            SegmentationDetail result = (await harness.Queries.SegmentationsAsync(photo.SeriesInstanceUid, default)).Single();
            Assert.NotNull(result.Corrections.Single().Organs.Single().Dsc);
            objections = (await harness.Queries.StudyAsync(photo.StudyInstanceUid, default))!.Timeline
                .Count(e => e.Kind == "case_kept_out" && e.Detail.Contains("already live in split", StringComparison.Ordinal));
        }

        Assert.Equal(1, objections);
    }
}
