using System.Security.Cryptography;
using System.Text;
using Npgsql;
using VMUNet.Data.Audit;
using VMUNet.Data.Processing;
using VMUNet.Data.Schema;

namespace VMUNet.Data.Learning;

/// <summary>Snapshots, training runs and their outcome. One run a task at a time.</summary>
public sealed class TrainingLedger
{
    private const string Actor = "retrain";
    private readonly PacsDatabase _database;
    private readonly TimeProvider _time;

    internal TrainingLedger(PacsDatabase database, TimeProvider time) => (_database, _time) = (database, time);

    /// <summary>
    /// The right to train for the task, held until disposed; null when another process has it. It is the session's, so it
    /// ends with its holder; a run row that is still "running" then belongs to a dead process and is closed by
    /// <see cref="BeginAsync"/>.
    /// </summary>
    public async Task<IAsyncDisposable?> TryHoldAsync(string task, CancellationToken ct)
    {
        NpgsqlConnection connection = await _database.OpenAsync(ct);
        if (await connection.ScalarAsync<bool>("select pg_try_advisory_lock(hashtext('retrain ' || $1))", ct, task))
        {
            return connection;
        }
        await connection.DisposeAsync();
        return null;
    }

    /// <summary>How much is new since the last run that succeeded.</summary>
    public Task<RetrainNeed> NeedAsync(string task, CancellationToken ct) =>
        _database.TransactAsync(async c =>
        {
            DateTimeOffset? last = await c.ScalarAsync<DateTime?>("""
                select max(started_at) from training_run where task = $1 and state = 'succeeded'
                """, ct, task) is { } at ? new DateTimeOffset(at) : null;
            long patients = await c.ScalarAsync<long>("""
                select count(distinct patient_key) from curated_case join curated_case_state using (curated_case_id)
                where task = $1 and state = 'accepted' and split = 'train' and at > coalesce($2::timestamptz, '-infinity')
                """, ct, task, last);
            return new RetrainNeed((int)patients, last);
        }, ct);

    /// <summary>Freezes the accepted cases of the task into a manifest.</summary>
    /// <exception cref="LeakageException">A patient or an image of the training part is also in dev or locked.</exception>
    public Task<DatasetFreeze> FreezeAsync(string task, CancellationToken ct) =>
        _database.TransactAsync(async c =>
        {
            List<SnapshotItem> items = await c.QueryAsync("""
                select c.curated_case_id, c.case_uid,
                    (select count(*) from correction x where x.series_id = c.series_id and x.correction_id <= c.correction_id)::int,
                    c.patient_key, c.split, c.pixel_digest, c.mask_sha256, seg.path,
                    array(select path from instance i where i.series_id = c.series_id order by instance_id)
                from curated_case c join curated_case_state using (curated_case_id)
                    join correction r using (correction_id) join instance seg on seg.instance_id = r.instance_id
                where c.task = $1 and state = 'accepted'
                """, r => new SnapshotItem
            {
                CuratedCaseId = r.GetInt64(0),
                CaseUid = r.GetGuid(1),
                Revision = r.GetInt32(2),
                PatientKey = r.GetString(3),
                Split = SnakeCase.Parse<Split>(r.GetString(4)),
                PixelDigest = r.GetString(5),
                MaskSha256 = r.GetString(6),
                SegPath = r.GetString(7),
                SourcePaths = r.GetFieldValue<string[]>(8),
            }, ct, task);
            long leaks = await c.ScalarAsync<long>("""
                select count(*) from curated_case a join curated_case b
                    on (a.patient_key = b.patient_key or a.pixel_digest = b.pixel_digest)
                where a.task = $1 and a.split = 'train' and b.split in ('dev', 'locked')
                """, ct, task);
            if (leaks > 0)
            {
                throw new LeakageException(
                    $"{leaks} pairs of cases of {task} share a patient or an image between train and dev or locked");
            }
            items.Sort((a, b) => string.CompareOrdinal(a.ManifestLine, b.ManifestLine));
            string hash = Convert.ToHexStringLower(SHA256.HashData(
                Encoding.UTF8.GetBytes(string.Concat(items.Select(i => i.ManifestLine + "\n")))));
            return new DatasetFreeze(await WriteAsync(c, task, hash, items, ct), hash, items);
        }, ct);

    /// <summary>Opens the run's row; a row left open by a dead process is closed first. The caller holds the task's right.</summary>
    public Task<long> BeginAsync(NewTrainingRun run, CancellationToken ct) =>
        _database.TransactAsync(async c =>
        {
            DateTimeOffset now = _time.GetUtcNow();
            await c.ExecuteAsync("""
                update training_run set state = 'failed', reason = 'its process ended without a result', ended_at = $2
                where task = $1 and state = 'running'
                """, ct, run.Task, now);
            long id = await c.ScalarAsync<long>("""
                insert into training_run (task, base_model_version_id, dataset_snapshot_id, state, code_version, config,
                    seed, folder, started_at)
                values ($1, $2, $3, 'running', $4, $5::jsonb, $6, $7, $8) returning training_run_id
                """, ct, run.Task, run.BaseModelVersionId, run.DatasetSnapshotId, run.CodeVersion, run.ConfigJson,
                run.Seed, run.Folder, now);
            await AuditTrail.AppendAsync(c, now, "training_started", Actor, $"{run.Task}: run {id}", null, ct);
            return id;
        }, ct);

    /// <summary>Closes the run: no model came of it.</summary>
    public Task FailAsync(long trainingRunId, int? exitCode, string reason, CancellationToken ct) =>
        _database.TransactAsync(async c =>
        {
            DateTimeOffset now = _time.GetUtcNow();
            await c.ExecuteAsync("""
                update training_run set state = 'failed', exit_code = $2::integer, reason = $3, ended_at = $4
                where training_run_id = $1 and state = 'running'
                """, ct, trainingRunId, exitCode, reason, now);
            await AuditTrail.AppendAsync(c, now, "training_failed", Actor, $"run {trainingRunId}: {reason}", null, ct);
        }, ct);

    /// <summary>Notes why tonight there was no run.</summary>
    public Task SkipAsync(string task, string reason, CancellationToken ct) =>
        _database.TransactAsync(c => AuditTrail.AppendAsync(
            c, _time.GetUtcNow(), "training_skipped", Actor, $"{task}: {reason}", null, ct), ct);

    /// <summary>
    /// Registers the challenger with all figures and the gate's verdict, in one transaction with the run's end: a crash
    /// before it leaves no model, a crash after it leaves all of it. Returns the challenger's version.
    /// </summary>
    public Task<long> CompleteAsync(long trainingRunId, TrainingOutcome outcome, CancellationToken ct) =>
        _database.TransactAsync(async c =>
        {
            DateTimeOffset now = _time.GetUtcNow();
            long parent = await c.ScalarAsync<long>(
                "select base_model_version_id from training_run where training_run_id = $1", ct, trainingRunId);
            long challenger = await ModelRegistry.UpsertAsync(
                c, outcome.Challenger, ModelState.Candidate, null, parent, trainingRunId, now, ct);
            await EvaluateAsync(c, trainingRunId, challenger, outcome, outcome.ChallengerRows, now, ct);
            await EvaluateAsync(
                c, trainingRunId, outcome.ChampionModelVersionId, outcome, outcome.ChampionRows, now, ct);
            // Candidate -> evaluated -> eligible or rejected, in one step; weights that were known keep their state.
            await c.ExecuteAsync("""
                update model_version set state = $2 where model_version_id = $1 and state = 'candidate'
                """, ct, challenger, outcome.Verdict switch
                {
                    PromotionVerdict.Eligible => ModelState.Eligible,
                    PromotionVerdict.Kept => ModelState.Rejected,
                    _ => ModelState.Evaluated,
                });
            await c.ExecuteAsync("""
                insert into promotion_decision (task, training_run_id, challenger_model_version_id,
                    champion_model_version_id, verdict, gates, reasons, actor, at)
                values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9)
                """, ct, outcome.Challenger.Task, trainingRunId, challenger, outcome.ChampionModelVersionId,
                outcome.Verdict, outcome.GatesJson, outcome.Reasons.ToArray(), Actor, now);
            await c.ExecuteAsync("""
                update training_run set state = 'succeeded', exit_code = 0, ended_at = $2 where training_run_id = $1
                """, ct, trainingRunId, now);
            await AuditTrail.AppendAsync(c, now, "challenger_judged", Actor,
                $"{outcome.Challenger.Task}: version {challenger} is {SnakeCase.Of(outcome.Verdict)}: "
                + string.Join("; ", outcome.Reasons), null, ct);
            return challenger;
        }, ct);

    private async Task<long> WriteAsync(
        NpgsqlConnection c, string task, string hash, List<SnapshotItem> items, CancellationToken ct)
    {
        long? id = await c.ScalarAsync<long?>("""
            insert into dataset_snapshot (task, manifest_sha256, leakage_rows, created_at) values ($1, $2, 0, $3)
            on conflict (task, manifest_sha256) do nothing returning dataset_snapshot_id
            """, ct, task, hash, _time.GetUtcNow());
        if (id is not { } snapshot)
        {
            return await c.ScalarAsync<long>("""
                select dataset_snapshot_id from dataset_snapshot where task = $1 and manifest_sha256 = $2
                """, ct, task, hash);
        }
        foreach (SnapshotItem item in items)
        {
            await c.ExecuteAsync("insert into dataset_snapshot_item values ($1, $2, $3, $4, $5, $6)", ct, snapshot,
                item.CuratedCaseId, item.Revision, item.PixelDigest, item.MaskSha256, item.Split);
        }
        return snapshot;
    }

    private static async Task EvaluateAsync(NpgsqlConnection c, long run, long model, TrainingOutcome outcome,
        IReadOnlyList<EvaluationRow> rows, DateTimeOffset now, CancellationToken ct)
    {
        foreach (EvaluationRow row in rows)
        {
            await c.ExecuteAsync("""
                insert into evaluation (training_run_id, model_version_id, set_name, set_sha256, case_name, patient, organ,
                    convention, status, dsc, hd95_mm, unit, created_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::float8, $11::float8, $12, $13)
                on conflict (training_run_id, model_version_id, set_name, case_name, organ) do nothing
                """, ct, run, model, outcome.SetName, outcome.SetSha256, row.CaseName, row.Patient, row.Organ,
                outcome.Convention, row.Status, row.Dsc, row.Hd95, row.Unit, now);
        }
    }
}
