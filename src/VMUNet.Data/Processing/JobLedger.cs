using Npgsql;
using VMUNet.Data.Audit;
using VMUNet.Data.Schema;
using VMUNet.Data.Studies;

namespace VMUNet.Data.Processing;

/// <summary>
/// Series jobs: made from complete series, leased by workers, ended once. Lease times are the database's clock, which all
/// workers share.
/// </summary>
public sealed class JobLedger
{
    private const string Dispatcher = "dispatcher";
    private readonly PacsDatabase _database;
    private readonly TimeProvider _time;

    internal JobLedger(PacsDatabase database, TimeProvider time) => (_database, _time) = (database, time);

    /// <summary>
    /// Claims complete series (locked rows of another dispatcher are skipped), asks <paramref name="plan"/> about each,
    /// and writes one job a series revision. Returns how many series were settled.
    /// </summary>
    public Task<int> DispatchAsync(int limit, Func<SeriesFacts, JobPlan> plan, CancellationToken ct) =>
        _database.TransactAsync(async c =>
        {
            List<SeriesFacts> complete = await c.QueryAsync(SeriesFactsSql + """
                 where s.state = 'complete' order by s.completed_at, s.series_id limit $1 for no key update of s skip locked
                """, ReadFacts, ct, limit);
            foreach (SeriesFacts series in complete)
            {
                await WritePlanAsync(c, series, plan(series), ct);
            }
            return complete.Count;
        }, ct);

    /// <summary>
    /// Jobs that no Hangfire entry stands for: new ones, and those whose worker died (their lease ran out) or failed and
    /// may try again. A crash between our row and Hangfire's is healed here: the row is found again, and a second entry
    /// for one job is harmless because only one start gets the lease.
    /// </summary>
    public Task<IReadOnlyList<QueuedJob>> TakeUnqueuedAsync(int limit, CancellationToken ct) =>
        _database.TransactAsync<IReadOnlyList<QueuedJob>>(async c =>
        {
            DateTimeOffset now = _time.GetUtcNow();
            List<(long Job, long Series)> expired = await c.QueryAsync("""
                update series_job set state = 'queued', hangfire_id = null, next_at = $1, lease_owner = null,
                    lease_until = null
                where series_job_id in (select series_job_id from series_job
                    where state = 'running' and lease_until < clock_timestamp() for no key update skip locked)
                returning series_job_id, series_id
                """, r => (r.GetInt64(0), r.GetInt64(1)), ct, now);
            foreach (var (job, series) in expired)
            {
                await AuditTrail.AppendAsync(c, now, "lease_expired", Dispatcher, $"job {job} is queued again", series, ct);
            }
            return await c.QueryAsync("""
                select series_job_id, kind, queue from series_job
                where state = 'queued' and hangfire_id is null and next_at <= $1 order by queue, next_at limit $2
                """, r => new QueuedJob(r.GetInt64(0), SnakeCase.Parse<JobKind>(r.GetString(1)), r.GetString(2)), ct,
                now, limit);
        }, ct);

    /// <summary>Notes Hangfire's entry for the job.</summary>
    public Task MarkQueuedAsync(long seriesJobId, string hangfireId, CancellationToken ct) =>
        _database.TransactAsync(c => c.ExecuteAsync("""
            update series_job set hangfire_id = $2 where series_job_id = $1 and state = 'queued'
            """, ct, seriesJobId, hangfireId), ct);

    /// <summary>Takes the lease. Null: the job is done, superseded, or another worker holds it; there is nothing to do.</summary>
    public Task<JobLease?> StartAsync(long seriesJobId, string owner, TimeSpan lease, CancellationToken ct) =>
        _database.TransactAsync(async c =>
        {
            DateTimeOffset now = _time.GetUtcNow();
            // Series first, then job: the same order as everywhere, so that no two transactions wait for each other.
            await c.ExecuteAsync("""
                select from series where series_id = (select series_id from series_job where series_job_id = $1) for no key update
                """, ct, seriesJobId);
            var started = (await c.QueryAsync("""
                update series_job set state = 'running', fence = fence + 1, attempts = attempts + 1, lease_owner = $2,
                    lease_until = clock_timestamp() + $3::interval, heartbeat_at = clock_timestamp(), started_at = $4
                where series_job_id = $1
                    and (state = 'queued' or (state = 'running' and lease_until < clock_timestamp()))
                returning fence, attempts, route, model, destinations, series_id, enqueued_at
                """, r => new
            {
                Fence = r.GetInt64(0),
                Attempts = r.GetInt32(1),
                Route = r.Text(2),
                Model = r.Text(3),
                Destinations = r.GetFieldValue<string[]>(4),
                SeriesId = r.GetInt64(5),
            }, ct, seriesJobId, owner, lease, now)).FirstOrDefault();
            if (started is null)
            {
                return null;
            }
            await SeriesMoves.MoveAsync(c, started.SeriesId, SeriesEvent.Started, owner, now, null,
                $"job {seriesJobId}, attempt {started.Attempts}", ct);
            return new JobLease
            {
                SeriesJobId = seriesJobId,
                Fence = started.Fence,
                Attempts = started.Attempts,
                Route = started.Route,
                Model = started.Model,
                Destinations = started.Destinations,
                Series = (await c.QueryAsync(SeriesFactsSql + " where s.series_id = $1", ReadFacts, ct, started.SeriesId)).Single(),
                Files = await c.QueryAsync("""
                    select instance_id, sop_instance_uid, path from instance where series_id = $1 order by instance_id
                    """, r => new StoredFile(r.GetInt64(0), r.GetString(1), r.GetString(2)), ct, started.SeriesId),
                WaitedSeconds = (await c.QueryAsync("""
                    select extract(epoch from coalesce(completed_at, $2) - first_instance_at)::float8,
                        extract(epoch from $2 - coalesce(completed_at, $2))::float8
                    from series where series_id = $1
                    """, r => (Math.Max(0, r.GetDouble(0)), Math.Max(0, r.GetDouble(1))), ct, started.SeriesId, now)).Single(),
            };
        }, ct);

    /// <summary>Prolongs the lease. False: it is lost, stop working.</summary>
    public Task<bool> HeartbeatAsync(JobLease lease, TimeSpan duration, CancellationToken ct) =>
        _database.TransactAsync(async c => await c.ExecuteAsync("""
            update series_job set lease_until = clock_timestamp() + $3::interval, heartbeat_at = clock_timestamp()
            where series_job_id = $1 and fence = $2 and state = 'running'
            """, ct, lease.SeriesJobId, lease.Fence, duration) == 1, ct);

    /// <summary>Ends the job: the input cannot be used. The reason is on series, job and timeline.</summary>
    /// <exception cref="LeaseLostException">The lease is no longer ours.</exception>
    public Task RefuseAsync(JobLease lease, string reason, string detail, string actor, CancellationToken ct) =>
        EndAsync(lease, JobState.Refused, SeriesEvent.Refuse, reason, detail, actor, ct);

    /// <summary>Ends the job: nothing to do with the object.</summary>
    /// <exception cref="LeaseLostException">The lease is no longer ours.</exception>
    public Task SetAsideAsync(JobLease lease, string detail, string actor, CancellationToken ct) =>
        EndAsync(lease, JobState.Succeeded, SeriesEvent.SetAside, null, detail, actor, ct);

    /// <summary>We broke: tries again after <paramref name="retryAfter"/>, or, where that is null, ends as failed.</summary>
    public Task FailAsync(JobLease lease, string detail, TimeSpan? retryAfter, string actor, CancellationToken ct)
    {
        if (retryAfter is not { } wait)
        {
            return EndAsync(lease, JobState.Failed, SeriesEvent.Fail, "failed", detail, actor, ct);
        }
        return _database.TransactAsync(async c =>
        {
            DateTimeOffset now = _time.GetUtcNow();
            int changed = await c.ExecuteAsync("""
                update series_job set state = 'queued', hangfire_id = null, lease_owner = null, lease_until = null,
                    next_at = $3, detail = $4
                where series_job_id = $1 and fence = $2 and state = 'running'
                """, ct, lease.SeriesJobId, lease.Fence, now + wait, detail);
            if (changed == 1)
            {
                await AuditTrail.AppendAsync(c, now, "attempt_failed", actor,
                    $"attempt {lease.Attempts}: {detail}; next in {wait.TotalSeconds:0} s", lease.Series.SeriesId, ct);
            }
        }, ct);
    }

    /// <summary>The host stops: the job goes back to its queue at once, and the start does not count as an attempt.</summary>
    public Task HandBackAsync(JobLease lease, string actor, CancellationToken ct) =>
        _database.TransactAsync(async c =>
        {
            DateTimeOffset now = _time.GetUtcNow();
            int changed = await c.ExecuteAsync("""
                update series_job set state = 'queued', hangfire_id = null, lease_owner = null, lease_until = null,
                    next_at = $3, attempts = attempts - 1
                where series_job_id = $1 and fence = $2 and state = 'running'
                """, ct, lease.SeriesJobId, lease.Fence, now);
            if (changed == 1)
            {
                await AuditTrail.AppendAsync(c, now, "handed_back", actor, "the host stopped", lease.Series.SeriesId, ct);
            }
        }, ct);

    /// <summary>A person asks for another attempt at a refused or failed series: a new revision, planned afresh.</summary>
    /// <exception cref="IllegalMoveException">The series is neither refused nor failed.</exception>
    public Task ReopenAsync(long seriesId, string actor, CancellationToken ct) =>
        _database.TransactAsync(async c =>
        {
            await SeriesMoves.MoveAsync(c, seriesId, SeriesEvent.Reopen, actor, _time.GetUtcNow(), null, null, ct);
            await c.ExecuteAsync("update series set revision = revision + 1 where series_id = $1", ct, seriesId);
        }, ct);

    /// <summary>Ends the job within the caller's transaction.</summary>
    internal static async Task EndAsync(NpgsqlConnection c, JobLease lease, JobState state, string? reason, string? detail,
        DateTimeOffset now, CancellationToken ct)
    {
        int changed = await c.ExecuteAsync("""
            update series_job set state = $3, reason = $4, detail = $5, finished_at = $6
            where series_job_id = $1 and fence = $2 and state = 'running'
            """, ct, lease.SeriesJobId, lease.Fence, state, reason, detail, now);
        if (changed == 0)
        {
            throw new LeaseLostException($"Job {lease.SeriesJobId} is no longer held with fencing number {lease.Fence}");
        }
    }

    private Task EndAsync(JobLease lease, JobState state, SeriesEvent happened, string? reason, string detail,
        string actor, CancellationToken ct) => _database.TransactAsync(async c =>
        {
            DateTimeOffset now = _time.GetUtcNow();
            await SeriesMoves.LockAsync(c, lease.Series.SeriesId, ct);
            await EndAsync(c, lease, state, reason, detail, now, ct);
            await SeriesMoves.MoveAsync(c, lease.Series.SeriesId, happened, actor, now, reason, detail, ct);
        }, ct);

    private async Task WritePlanAsync(NpgsqlConnection c, SeriesFacts series, JobPlan plan, CancellationToken ct)
    {
        DateTimeOffset now = _time.GetUtcNow();
        switch (plan)
        {
            case JobPlan.Enqueue job:
                // The unique key (series, revision, kind) makes a second dispatch of one revision write nothing.
                await c.ExecuteAsync("""
                    insert into series_job (series_id, series_revision, kind, state, queue, route, model, destinations,
                        routing_reasons, enqueued_at, next_at)
                    values ($1, $2, $3, 'queued', $4, $5, $6, $7, $8, $9, $9)
                    on conflict (series_id, series_revision, kind) do nothing
                    """, ct, series.SeriesId, series.Revision, job.Kind, job.Queue, job.Route, job.Model,
                    job.Destinations.ToArray(), job.Reasons.ToArray(), now);
                await SeriesMoves.MoveAsync(c, series.SeriesId, SeriesEvent.Enqueued, Dispatcher, now, null,
                    string.Join("; ", job.Reasons), ct);
                break;
            case JobPlan.Refuse refuse:
                await SeriesMoves.MoveAsync(
                    c, series.SeriesId, SeriesEvent.Refuse, Dispatcher, now, refuse.Reason, refuse.Detail, ct);
                break;
            case JobPlan.SetAside aside:
                await SeriesMoves.MoveAsync(
                    c, series.SeriesId, SeriesEvent.SetAside, Dispatcher, now, null, aside.Detail, ct);
                break;
            default:
                throw new ArgumentException($"Unknown plan {plan}", nameof(plan));
        }
    }

    private const string SeriesFactsSql = """
        select s.series_id, s.series_instance_uid, t.study_instance_uid, s.revision, s.modality, s.sop_class_uid,
            s.body_part, t.description, s.description, s.protocol_name, s.is_batch
        from series s join study t using (study_id)
        """;

    private static SeriesFacts ReadFacts(NpgsqlDataReader r) => new()
    {
        SeriesId = r.GetInt64(0),
        SeriesInstanceUid = r.GetString(1),
        StudyInstanceUid = r.GetString(2),
        Revision = r.GetInt32(3),
        Modality = r.GetString(4),
        SopClassUid = r.GetString(5),
        BodyPart = r.GetString(6),
        StudyDescription = r.GetString(7),
        SeriesDescription = r.GetString(8),
        ProtocolName = r.GetString(9),
        IsBatch = r.GetBoolean(10),
    };
}
