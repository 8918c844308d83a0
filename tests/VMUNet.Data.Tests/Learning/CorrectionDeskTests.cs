using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using VMUNet.Data.Learning;
using VMUNet.Data.Processing;
using VMUNet.Data.Tests.Processing;
using VMUNet.Data.Tests.Studies;
using VMUNet.Testing;

namespace VMUNet.Data.Tests.Learning;

public sealed class CorrectionDeskTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly QaRow s_scored = new()
    {
        Label = 1,
        Organ = "liver",
        Status = QaStatus.Scored,
        Counts = (90, 5, 5),
        Dsc = 0.95,
        Iou = 0.9,
        Hd = 3,
        Hd95 = 2,
        Hd95Pooled = 2,
        Assd = 1,
        Masd = 1,
    };

    [Theory]
    [InlineData("scored row without a distance", "Scored", 0.9, null, false)]
    [InlineData("missed organ with a distance", "PredictionEmpty", 0.0, 2.0, false)]
    [InlineData("missed organ with overlap", "PredictionEmpty", 0.5, null, false)]
    [InlineData("missed organ", "PredictionEmpty", 0.0, null, true)]
    [InlineData("both empty with overlap", "BothEmpty", 0.0, null, false)]
    [InlineData("overlap above one", "Scored", 1.5, 2.0, false)]
    [InlineData("not a number", "Scored", double.NaN, 2.0, false)]
    [InlineData("endless distance", "Scored", 0.9, double.PositiveInfinity, false)]
    public async Task The_database_holds_the_definitions_of_the_metrics(
        string what, string status, double? dsc, double? distance, bool isLegal)
    {
        await using var services = await postgres.ServicesAsync();
        QaRow row = s_scored with
        {
            Status = Enum.Parse<QaStatus>(status),
            Dsc = dsc,
            Iou = dsc,
            Hd = distance,
            Hd95 = distance,
            Hd95Pooled = distance,
            Assd = distance,
            Masd = distance,
        };

        Task AdmitAsync() => AdmittedAsync(services, "A", Flow.NewUid(), row);

        if (isLegal)
        {
            await AdmitAsync();
        }
        else
        {
            Assert.True((await Assert.ThrowsAsync<PostgresException>(AdmitAsync)).SqlState == "23514", what);
        }
    }

    [Fact]
    public async Task A_patient_keeps_the_split_that_was_drawn_first_whatever_the_options_say_later()
    {
        await using var services = await postgres.ServicesAsync();
        var (_, first) = await AdmittedAsync(services, "B", "pixels b1", s_scored);
        await using var other = await postgres.ServicesAsync(s => s.Configure<PacsDataOptions>(o =>
            (o.DevPercent, o.LockedPercent) = (50, 50)));

        var (_, second) = await AdmittedAsync(other, "B", "pixels b2", s_scored);

        Assert.NotNull(second.CuratedCaseId);
        Assert.Equal(await SplitAsync(first.CuratedCaseId), await SplitAsync(second.CuratedCaseId));
    }

    [Fact]
    public async Task A_split_can_be_changed_by_nobody()
    {
        await using var services = await postgres.ServicesAsync();
        await AdmittedAsync(services, "C", "pixels c", s_scored);

        foreach (string change in (string[])["update split_assignment set split = 'train'", "delete from split_assignment",
            "truncate split_assignment cascade"])
        {
            Assert.Equal("VM003", (await Assert.ThrowsAsync<PostgresException>(() => postgres.ExecuteAsync(change))).SqlState);
        }
    }

    [Theory]
    [InlineData("audit_event")]
    [InlineData("segmentation")]
    [InlineData("correction")]
    [InlineData("organ_qa")]
    [InlineData("curated_case")]
    [InlineData("curation_event")]
    public async Task Rows_that_explain_a_result_are_append_only(string table)
    {
        await using var services = await postgres.ServicesAsync();
        await AdmittedAsync(services, "D", Flow.NewUid(), s_scored);
        string column = table == "audit_event" ? "detail = 'nothing happened'" : $"{table}_id = default";

        Assert.Equal("VM003", (await Assert.ThrowsAsync<PostgresException>(() => postgres.ExecuteAsync($"delete from {table}"))).SqlState);
        await Assert.ThrowsAsync<PostgresException>(() => postgres.ExecuteAsync($"update {table} set {column}"));
    }

    [Fact]
    public async Task The_same_pixels_in_a_second_split_are_refused_by_the_database_and_the_score_stays()
    {
        await using var services = await postgres.ServicesAsync();
        await using var dev = await postgres.ServicesAsync(s => s.Configure<PacsDataOptions>(o => (o.DevPercent, o.LockedPercent) = (50, 50)));
        await using var train = await postgres.ServicesAsync(s => s.Configure<PacsDataOptions>(o => (o.DevPercent, o.LockedPercent) = (0, 0)));
        await AdmittedAsync(dev, "E1", "shared pixels", s_scored);

        var (_, second) = await AdmittedAsync(train, "E2", "shared pixels", s_scored);

        Assert.Null(second.CuratedCaseId);
        Assert.Contains("already live in split", second.PoolObjection, StringComparison.Ordinal);
        Assert.Equal(1L, await postgres.ScalarAsync<long>($"select count(*) from organ_qa where correction_id = {second.CorrectionId}"));
    }

    [Fact]
    public async Task A_late_worker_admits_nothing()
    {
        await using var services = await postgres.ServicesAsync();
        var (correction, _) = await NewAsync(services, "F", "pixels f", s_scored);
        JobLease late = await Flow.LeaseAsync(services, TimeSpan.Zero);
        await services.GetRequiredService<JobLedger>().StartAsync(late.SeriesJobId, "second", TimeSpan.FromMinutes(1), default);

        await Assert.ThrowsAsync<LeaseLostException>(() =>
            services.GetRequiredService<CorrectionDesk>().AdmitAsync(late, correction, "late", default));
    }

    [Fact]
    public async Task A_newer_correction_supersedes_the_older_case_of_its_series()
    {
        await using var services = await postgres.ServicesAsync();
        var (correction, first) = await AdmittedAsync(services, "G", "pixels g", s_scored);

        JobLease lease = await Flow.LeaseAsync(services);
        AdmittedCorrection second = await services.GetRequiredService<CorrectionDesk>().AdmitAsync(
            lease, correction with { Instance = lease.Files[0], MaskSha256 = Arrivals.Hash("other mask") }, "test", default);

        Assert.Equal("superseded", await StateAsync(first.CuratedCaseId));
        Assert.Equal("checked", await StateAsync(second.CuratedCaseId));
    }

    [Fact]
    public async Task A_snapshot_hash_does_not_depend_on_the_order_of_acceptance_and_repeats()
    {
        await using var services = await postgres.ServicesAsync(s => s.Configure<PacsDataOptions>(o => (o.DevPercent, o.LockedPercent) = (0, 0)));
        CurationDesk desk = services.GetRequiredService<CurationDesk>();
        TrainingLedger ledger = services.GetRequiredService<TrainingLedger>();
        var (_, a) = await AdmittedAsync(services, "H1", "pixels h1", s_scored);
        var (_, b) = await AdmittedAsync(services, "H2", "pixels h2", s_scored);
        await desk.AcceptAsync(b.CuratedCaseId!.Value, "curator", "", default);
        string one = (await ledger.FreezeAsync("task", default)).ManifestSha256;
        await desk.AcceptAsync(a.CuratedCaseId!.Value, "curator", "", default);

        DatasetFreeze two = await ledger.FreezeAsync("task", default);
        DatasetFreeze again = await ledger.FreezeAsync("task", default);
        await desk.WithdrawAsync(a.CuratedCaseId!.Value, "patient office", "consent withdrawn", default);
        DatasetFreeze back = await ledger.FreezeAsync("task", default);

        Assert.NotEqual(one, two.ManifestSha256);
        Assert.Equal((two.ManifestSha256, two.DatasetSnapshotId), (again.ManifestSha256, again.DatasetSnapshotId));
        Assert.Equal(one, back.ManifestSha256);
    }

    private static async Task<(NewCorrection, AdmittedCorrection)> AdmittedAsync(
        IServiceProvider services, string patient, string pixels, QaRow row)
    {
        var (correction, lease) = await NewAsync(services, patient, pixels, row);
        return (correction, await services.GetRequiredService<CorrectionDesk>().AdmitAsync(lease, correction, "test", default));
    }

    private static async Task<(NewCorrection, JobLease)> NewAsync(
        IServiceProvider services, string patient, string pixels, QaRow row)
    {
        JobLease segmented = await Flow.LeaseAsync(services, patient: patient);
        await services.GetRequiredService<ResultLedger>().StoreAsync(segmented, await Flow.ResultAsync(services, pixels), "w", default);
        CorrectionTarget target = (await services.GetRequiredService<CorrectionDesk>()
            .FindTargetAsync(segmented.Series.SeriesInstanceUid, default))!;
        JobLease lease = await Flow.LeaseAsync(services, patient: patient);
        return (new NewCorrection
        {
            Instance = lease.Files[0],
            Target = target,
            MaskSha256 = Arrivals.Hash("mask"),
            PixelDigest = Arrivals.Hash(pixels),
            Convention = "vmunet-qa/1",
            Grid = new QaGrid("mm", 3, 4, 5, 2, 1, 1, 7),
            Rows = [row],
        }, lease);
    }

    private Task<string?> SplitAsync(long? id) =>
        postgres.ScalarAsync<string>($"select split from curated_case where curated_case_id = {id}");

    private Task<string?> StateAsync(long? id) =>
        postgres.ScalarAsync<string>($"select state from curated_case_state where curated_case_id = {id}");
}
