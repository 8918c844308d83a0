using Microsoft.Extensions.DependencyInjection;
using VMUNet.Data.Processing;
using VMUNet.Testing;

namespace VMUNet.Data.Tests.Processing;

public sealed class ResultLedgerTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task The_prior_volumes_are_those_of_the_same_patients_latest_earlier_study_and_task()
    {
        await using var services = await postgres.ServicesAsync();
        ResultLedger results = services.GetRequiredService<ResultLedger>();
        async Task<string> StoreAsync(string patient, string day, double volumeMl)
        {
            JobLease lease = await Flow.LeaseAsync(services, patient: patient);
            await postgres.ExecuteAsync(
                $"update study set study_date = '{day}' where study_instance_uid = '{lease.Series.StudyInstanceUid}'");
            await results.StoreAsync(lease, await Flow.ResultAsync(services, day + patient) with
            {
                Organs = [new OrganVolume(1, "liver", 10, volumeMl), new OrganVolume(2, "lesion", 4, null)],
            }, "test", default);
            return lease.Series.StudyInstanceUid;
        }
        await StoreAsync("P-a", "2026-01-05", 1000);
        await StoreAsync("P-a", "2026-03-02", 1321);
        await StoreAsync("P-b", "2026-04-01", 555);
        string study = await StoreAsync("P-a", "2026-05-01", 1480);
        await StoreAsync("P-a", "2026-06-01", 9999);

        IReadOnlyList<PriorVolume> prior = await results.PriorAsync(study, "task", default);

        Assert.Equal(new PriorVolume("liver", 1321, new DateOnly(2026, 3, 2)), Assert.Single(prior));
        Assert.Empty(await results.PriorAsync(study, "another task", default));
    }

    [Fact]
    public async Task Every_kind_of_object_is_delivered_under_its_own_name_and_an_objection_waits()
    {
        await using var services = await postgres.ServicesAsync();
        JobLease lease = await Flow.LeaseAsync(services);
        NewSegmentation result = await Flow.ResultAsync(services, "kinds");
        var report = new ResultFile(Flow.NewUid(), Flow.NewUid(), "results/report", result.File!.Sha256);

        await services.GetRequiredService<ResultLedger>().StoreAsync(lease, result with
        {
            Companions = [new CompanionFile(ResultKind.Report, report)],
            Deliveries =
            [
                new PlannedDelivery("A", ResultKind.Seg, "too many frames"), new PlannedDelivery("A", ResultKind.Report),
                new PlannedDelivery("B"), new PlannedDelivery("B", ResultKind.Picture),
            ],
        }, "test", default);

        DeliveryOutbox outbox = services.GetRequiredService<DeliveryOutbox>();
        IEnumerable<DueDelivery> due =
        [
            .. await outbox.ClaimAsync("A", 10, TimeSpan.FromMinutes(1), default),
            .. await outbox.ClaimAsync("B", 10, TimeSpan.FromMinutes(1), default),
        ];
        Assert.Equal(
            [("A", "results/report", report.SopInstanceUid), ("B", "results/x", result.File.SopInstanceUid)],
            due.Select(d => (d.Destination, d.Path, d.SopInstanceUid)).Order());
        Assert.Equal("A too many frames", await postgres.ScalarAsync<string>(
            "select destination || ' ' || last_error from delivery where state = 'dead'"));
    }

    [Fact]
    public async Task A_report_that_nothing_was_found_is_delivered_without_a_SEG()
    {
        await using var services = await postgres.ServicesAsync();
        JobLease lease = await Flow.LeaseAsync(services);
        NewSegmentation result = await Flow.ResultAsync(services, "nothing");
        var report = new ResultFile(Flow.NewUid(), Flow.NewUid(), "results/nothing", result.File!.Sha256);

        await services.GetRequiredService<ResultLedger>().StoreAsync(lease, result with
        {
            File = null,
            Organs = [],
            Companions = [new CompanionFile(ResultKind.Report, report)],
            Deliveries = [new PlannedDelivery("N"), new PlannedDelivery("N", ResultKind.Report)],
        }, "test", default);

        DueDelivery due = Assert.Single(await services.GetRequiredService<DeliveryOutbox>()
            .ClaimAsync("N", 10, TimeSpan.FromMinutes(1), default));
        Assert.Equal(report.SopInstanceUid, due.SopInstanceUid);
    }
}
