using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using VMUNet.Data.Processing;
using VMUNet.Data.Studies;
using VMUNet.Data.Tests.Studies;
using VMUNet.Testing;

namespace VMUNet.Data.Tests.Processing;

public sealed class JobLedgerTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Two_dispatchers_at_once_plan_every_series_exactly_once()
    {
        await using var services = await postgres.ServicesAsync();
        for (int i = 0; i < 30; i++)
        {
            await Flow.CompleteAsync(services);
        }
        var planned = new ConcurrentBag<long>();
        JobLedger ledger = services.GetRequiredService<JobLedger>();
        async Task DispatchAsync()
        {
            for (int round = 0; round < 40; round++)
            {
                await ledger.DispatchAsync(3, s =>
                {
                    planned.Add(s.SeriesId);
                    return Flow.Plan;
                }, default);
            }
        }

        await Task.WhenAll(DispatchAsync(), DispatchAsync());

        Assert.Equal(planned.Distinct().Count(), planned.Count);
        Assert.Equal(0L, await postgres.ScalarAsync<long>("select count(*) from series where state = 'complete'"));
        Assert.Equal(0L, await postgres.ScalarAsync<long>("""
            select count(*) from (select from series_job group by series_id, series_revision having count(*) > 1) twice
            """));
    }

    [Fact]
    public async Task Only_one_of_many_starts_gets_the_lease()
    {
        await using var services = await postgres.ServicesAsync();
        long job = await Flow.QueueAsync(services);
        JobLedger ledger = services.GetRequiredService<JobLedger>();

        JobLease?[] leases = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            ledger.StartAsync(job, $"worker {i}", TimeSpan.FromMinutes(1), default)));

        Assert.Equal(1, Assert.Single(leases, l => l is not null)!.Fence);
    }

    [Fact]
    public async Task A_worker_that_lost_its_lease_can_neither_store_nor_end_the_job_and_the_new_one_can()
    {
        await using var services = await postgres.ServicesAsync();
        JobLedger ledger = services.GetRequiredService<JobLedger>();
        ResultLedger results = services.GetRequiredService<ResultLedger>();
        JobLease late = await Flow.LeaseAsync(services, TimeSpan.Zero);
        JobLease current = (await ledger.StartAsync(late.SeriesJobId, "second", TimeSpan.FromMinutes(1), default))!;

        Assert.Equal(late.Fence + 1, current.Fence);
        Assert.False(await ledger.HeartbeatAsync(late, TimeSpan.FromMinutes(1), default));
        NewSegmentation result = await Flow.ResultAsync(services, "a");
        await Assert.ThrowsAsync<LeaseLostException>(() => results.StoreAsync(late, result, "late", default));
        await Assert.ThrowsAsync<LeaseLostException>(() => ledger.RefuseAsync(late, "r", "d", "late", default));
        await ledger.FailAsync(late, "boom", TimeSpan.Zero, "late", default);
        Assert.Equal(0L, await postgres.ScalarAsync<long>($"select count(*) from segmentation where series_job_id = {late.SeriesJobId}"));

        await results.StoreAsync(current, result, "second", default);

        Assert.Equal("succeeded", await postgres.ScalarAsync<string>(
            $"select state from series_job where series_job_id = {late.SeriesJobId}"));
    }

    [Fact]
    public async Task The_database_itself_refuses_a_result_with_an_old_fence()
    {
        await using var services = await postgres.ServicesAsync();
        JobLease lease = await Flow.LeaseAsync(services);
        RegisteredModel model = await Flow.ModelAsync(services);

        var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => postgres.ExecuteAsync($"""
            insert into segmentation (series_id, series_revision, series_job_id, fence, model_version_id, route,
                pixel_digest, weights_sha256, outcome, stage_seconds, software_version, created_at)
            values ({lease.Series.SeriesId}, 1, {lease.SeriesJobId}, {lease.Fence - 1}, {model.ModelVersionId}, 'r',
                '{Arrivals.Hash("p")}', '{model.WeightsSha256}', 'nothing_found', '{"{}"}', '1', now())
            """));

        Assert.Equal("VM001", refused.SqlState);
    }

    [Fact]
    public async Task A_dead_workers_job_is_found_and_queued_again()
    {
        await using var services = await postgres.ServicesAsync();
        JobLedger ledger = services.GetRequiredService<JobLedger>();
        JobLease dead = await Flow.LeaseAsync(services, TimeSpan.Zero);
        await ledger.MarkQueuedAsync(dead.SeriesJobId, "hangfire-1", default);

        IReadOnlyList<QueuedJob> again = await ledger.TakeUnqueuedAsync(1000, default);

        Assert.Contains(again, j => j.SeriesJobId == dead.SeriesJobId);
        Assert.Equal(2, (await ledger.StartAsync(dead.SeriesJobId, "next", TimeSpan.FromMinutes(1), default))!.Attempts);
    }

    [Fact]
    public async Task A_late_instance_supersedes_the_running_job_and_its_result_is_refused()
    {
        await using var services = await postgres.ServicesAsync();
        JobLease lease = await Flow.LeaseAsync(services);
        string series = lease.Series.SeriesInstanceUid;

        await services.GetRequiredService<StudyRegistry>().RecordAsync(
            Arrivals.Instance(lease.Series.StudyInstanceUid, series, 2), default);

        NewSegmentation result = await Flow.ResultAsync(services, "late");
        await Assert.ThrowsAsync<LeaseLostException>(() =>
            services.GetRequiredService<ResultLedger>().StoreAsync(lease, result, "worker", default));
        Assert.Equal("receiving 2", await postgres.ScalarAsync<string>(
            $"select state || ' ' || revision from series where series_instance_uid = '{series}'"));
        Assert.Equal("superseded", await postgres.ScalarAsync<string>(
            $"select state from series_job where series_job_id = {lease.SeriesJobId}"));
    }

    [Fact]
    public async Task The_same_work_twice_gives_one_row()
    {
        await using var services = await postgres.ServicesAsync();
        JobLedger ledger = services.GetRequiredService<JobLedger>();
        ResultLedger results = services.GetRequiredService<ResultLedger>();
        JobLease first = await Flow.LeaseAsync(services);
        long stored = await results.StoreAsync(first, await Flow.ResultAsync(services, "same"), "worker", default);
        await postgres.ExecuteAsync($"update series set state = 'failed' where series_id = {first.Series.SeriesId}");
        await ledger.ReopenAsync(first.Series.SeriesId, "operator", default);
        await ledger.DispatchAsync(1000, _ => Flow.Plan, default);
        long job = (await ledger.TakeUnqueuedAsync(1000, default)).Max(j => j.SeriesJobId);
        JobLease second = (await ledger.StartAsync(job, "worker", TimeSpan.FromMinutes(1), default))!;

        long again = await results.StoreAsync(second, await Flow.ResultAsync(services, "same"), "worker", default);

        Assert.Equal(stored, again);
        Assert.Equal(1L, await postgres.ScalarAsync<long>($"select count(*) from segmentation where series_id = {first.Series.SeriesId}"));
    }

    [Fact]
    public async Task A_failed_attempt_waits_its_time_and_the_last_one_ends_the_job_in_sight()
    {
        await using var services = await postgres.ServicesAsync();
        JobLedger ledger = services.GetRequiredService<JobLedger>();
        JobLease lease = await Flow.LeaseAsync(services);

        await ledger.FailAsync(lease, "out of memory", TimeSpan.FromHours(1), "worker", default);
        bool isTooEarly = (await ledger.TakeUnqueuedAsync(1000, default)).Any(j => j.SeriesJobId == lease.SeriesJobId);
        JobLease second = (await ledger.StartAsync(lease.SeriesJobId, "worker", TimeSpan.FromMinutes(1), default))!;
        await ledger.FailAsync(second, "out of memory", null, "worker", default);

        Assert.False(isTooEarly);
        Assert.Equal("failed out of memory", await postgres.ScalarAsync<string>(
            $"select state || ' ' || detail from series where series_id = {lease.Series.SeriesId}"));
    }
}
