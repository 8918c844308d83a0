using Npgsql;
using VMUNet.Data.Audit;
using VMUNet.Data.Processing;
using VMUNet.Data.Schema;
using VMUNet.Data.Studies;

namespace VMUNet.Data.Learning;

/// <summary>The series that a SEG refers to, and our newest result for it.</summary>
public sealed record CorrectionTarget
{
    /// <summary>Row of the series.</summary>
    public required long SeriesId { get; init; }

    /// <summary>Our newest result.</summary>
    public required long SegmentationId { get; init; }

    /// <summary>Its file, relative to the data folder; null when nothing had been found.</summary>
    public string? SegPath { get; init; }

    /// <summary>Version that made it.</summary>
    public required RegisteredModel Model { get; init; }

    /// <summary>Files of the series, relative to the data folder.</summary>
    public required IReadOnlyList<StoredFile> Files { get; init; }

    /// <summary>Whose images they are.</summary>
    public required string PatientKey { get; init; }

    /// <summary>The study carries several patient identities: scored, but kept out of every split.</summary>
    public required bool HasIdentityConflict { get; init; }
}

/// <summary>One organ's quality row, metrics vmunet-qa/1; distances in the unit of the correction's grid.</summary>
public sealed record QaRow
{
    /// <summary>Label value.</summary>
    public required byte Label { get; init; }

    /// <summary>Organ.</summary>
    public required string Organ { get; init; }

    /// <summary>Whether there is a score.</summary>
    public required QaStatus Status { get; init; }

    /// <summary>Why not.</summary>
    public string? Reason { get; init; }

    /// <summary>Voxels: both, prediction only, reference only; null when not comparable.</summary>
    public (long Tp, long Fp, long Fn)? Counts { get; init; }

    /// <summary>Overlap.</summary>
    public double? Dsc { get; init; }

    /// <summary>Intersection over union.</summary>
    public double? Iou { get; init; }

    /// <summary>Largest distance.</summary>
    public double? Hd { get; init; }

    /// <summary>Larger of the two directed 95th percentiles.</summary>
    public double? Hd95 { get; init; }

    /// <summary>95th percentile of both directions pooled.</summary>
    public double? Hd95Pooled { get; init; }

    /// <summary>Mean of both directions pooled.</summary>
    public double? Assd { get; init; }

    /// <summary>Mean of the two directed means.</summary>
    public double? Masd { get; init; }

    /// <summary>Normalised surface distance.</summary>
    public double? Nsd { get; init; }

    /// <summary>Its tolerance.</summary>
    public double? NsdTau { get; init; }

    /// <summary>Volume of our result.</summary>
    public double? VolumePredictionMl { get; init; }

    /// <summary>Volume of the correction.</summary>
    public double? VolumeReferenceMl { get; init; }
}

/// <summary>The source grid that a correction was scored on. <paramref name="Unit"/> is "mm" or "px".</summary>
public sealed record QaGrid(string Unit, int Slices, int Rows, int Columns, double SpacingZ, double SpacingY,
    double SpacingX, double Diagonal);

/// <summary>A correction that is about to be stored.</summary>
public sealed record NewCorrection
{
    /// <summary>The stored SEG.</summary>
    public required StoredFile Instance { get; init; }

    /// <summary>What it corrects.</summary>
    public required CorrectionTarget Target { get; init; }

    /// <summary>Reviewer as the SEG names one.</summary>
    public string? Reviewer { get; init; }

    /// <summary>SHA-256 of the label map on the source grid.</summary>
    public required string MaskSha256 { get; init; }

    /// <summary>Hash of the source series' decoded pixels.</summary>
    public required string PixelDigest { get; init; }

    /// <summary>What a reader of the scores must know.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Convention of the rows.</summary>
    public required string Convention { get; init; }

    /// <summary>Grid of the rows.</summary>
    public required QaGrid Grid { get; init; }

    /// <summary>One row an organ of the task.</summary>
    public required IReadOnlyList<QaRow> Rows { get; init; }

    /// <summary>Why the automatic checks keep it out of the pool; null when they hold.</summary>
    public string? PoolObjection { get; init; }
}

/// <summary>What became of an admitted correction.</summary>
/// <param name="CorrectionId">Its row.</param>
/// <param name="CuratedCaseId">The case offered to the curator; null when it stays out of the pool.</param>
/// <param name="PoolObjection">Why it stays out; null when it was offered.</param>
public sealed record AdmittedCorrection(long CorrectionId, long? CuratedCaseId, string? PoolObjection);

/// <summary>Reviewers' corrections: found, stored with their scores, offered to the curated pool.</summary>
public sealed class CorrectionDesk
{
    private readonly PacsDatabase _database;
    private readonly SplitRule _splits;
    private readonly TimeProvider _time;

    internal CorrectionDesk(PacsDatabase database, SplitRule splits, TimeProvider time) =>
        (_database, _splits, _time) = (database, splits, time);

    /// <summary>Whether the SEG is a result of ours that came back: our SOP instance, or another in its series.</summary>
    public Task<bool> IsOwnResultAsync(string sopInstanceUid, string seriesInstanceUid, CancellationToken ct) =>
        _database.TransactAsync(c => c.ScalarAsync<bool>("""
            select exists (select from segmentation where sop_instance_uid = $1 or seg_series_instance_uid = $2)
                or exists (select from result_object where sop_instance_uid = $1 or series_instance_uid = $2)
            """, ct, sopInstanceUid, seriesInstanceUid), ct);

    /// <summary>The series with this UID and our newest result for it; null when we have segmented no such series.</summary>
    public Task<CorrectionTarget?> FindTargetAsync(string seriesInstanceUid, CancellationToken ct) =>
        _database.TransactAsync(async c =>
        {
            CorrectionTarget? target = (await c.QueryAsync("""
                select s.series_id, g.segmentation_id, g.path, t.patient_key, t.has_identity_conflict, m.model_version_id,
                    m.task, m.name, m.weights_sha256, m.folder, m.state, m.origin
                from series s join study t using (study_id) join segmentation g using (series_id)
                    join model_version m using (model_version_id)
                where s.series_instance_uid = $1 order by g.segmentation_id desc limit 1
                """, r => new CorrectionTarget
            {
                SeriesId = r.GetInt64(0),
                SegmentationId = r.GetInt64(1),
                SegPath = r.Text(2),
                PatientKey = r.GetString(3),
                HasIdentityConflict = r.GetBoolean(4),
                Model = new RegisteredModel(r.GetInt64(5), r.GetString(6), r.GetString(7), r.GetString(8), r.GetString(9),
                    SnakeCase.Parse<ModelState>(r.GetString(10)), SnakeCase.Parse<ModelOrigin>(r.GetString(11))),
                Files = [],
            }, ct, seriesInstanceUid)).FirstOrDefault();
            return target is null ? null : target with
            {
                Files = await c.QueryAsync("""
                    select instance_id, sop_instance_uid, path from instance where series_id = $1 order by instance_id
                    """, r => new StoredFile(r.GetInt64(0), r.GetString(1), r.GetString(2)), ct, target.SeriesId),
            };
        }, ct);

    /// <summary>Instances of the lease's series that were admitted by an earlier run of the job.</summary>
    public Task<IReadOnlyList<long>> AdmittedAsync(JobLease lease, CancellationToken ct) =>
        _database.TransactAsync<IReadOnlyList<long>>(async c => await c.QueryAsync("""
            select instance_id from correction join instance using (instance_id) where instance.series_id = $1
            """, r => r.GetInt64(0), ct, lease.Series.SeriesId), ct);

    /// <summary>Stores one correction with its rows, draws the patient's split, and offers the case.</summary>
    /// <exception cref="LeaseLostException">The lease is no longer ours; nothing was stored.</exception>
    public async Task<AdmittedCorrection> AdmitAsync(
        JobLease lease, NewCorrection correction, string actor, CancellationToken ct)
    {
        try
        {
            return await _database.TransactAsync(c => AdmitAsync(c, lease, correction, actor, ct), ct);
        }
        catch (PostgresException e) when (e.SqlState == Sql.LeaseLost)
        {
            throw new LeaseLostException(e.MessageText);
        }
    }

    /// <summary>Ends the job after its last SEG.</summary>
    /// <exception cref="LeaseLostException">The lease is no longer ours.</exception>
    public Task FinishAsync(JobLease lease, string detail, string actor, CancellationToken ct) =>
        _database.TransactAsync(async c =>
        {
            DateTimeOffset now = _time.GetUtcNow();
            await SeriesMoves.LockAsync(c, lease.Series.SeriesId, ct);
            await JobLedger.EndAsync(c, lease, JobState.Succeeded, null, detail, now, ct);
            await SeriesMoves.MoveAsync(
                c, lease.Series.SeriesId, SeriesEvent.CorrectionAdmitted, actor, now, null, detail, ct);
        }, ct);

    private async Task<AdmittedCorrection> AdmitAsync(
        NpgsqlConnection c, JobLease lease, NewCorrection correction, string actor, CancellationToken ct)
    {
        DateTimeOffset now = _time.GetUtcNow();
        CorrectionTarget target = correction.Target;
        // The fence trigger judges this insert as it judges results.
        long id = await c.ScalarAsync<long>("""
            insert into correction (instance_id, series_id, segmentation_id, series_job_id, fence, sop_instance_uid,
                reviewer, mask_sha256, notes, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning correction_id
            """, ct, correction.Instance.InstanceId, target.SeriesId, target.SegmentationId, lease.SeriesJobId,
            lease.Fence, correction.Instance.SopInstanceUid, correction.Reviewer, correction.MaskSha256,
            correction.Notes.ToArray(), now);
        foreach (QaRow row in correction.Rows)
        {
            await InsertAsync(c, id, correction, row, now, ct);
        }
        await AuditTrail.AppendAsync(c, now, "correction_scored", actor, Describe(correction), target.SeriesId, ct);
        string? objection = target.HasIdentityConflict
            ? "the study carries several patient identities"
            : correction.PoolObjection;
        long? caseId = null;
        if (objection is null)
        {
            (caseId, objection) = await OfferAsync(c, id, correction, actor, now, ct);
        }
        await AuditTrail.AppendAsync(c, now, objection is null ? "case_offered" : "case_kept_out", actor,
            objection ?? $"case {caseId} waits for a curator", target.SeriesId, ct);
        return new AdmittedCorrection(id, caseId, objection);
    }

    private async Task<(long? CaseId, string? Objection)> OfferAsync(NpgsqlConnection c, long correctionId,
        NewCorrection correction, string actor, DateTimeOffset now, CancellationToken ct)
    {
        string patient = correction.Target.PatientKey;
        int bucket = _splits.BucketOf(patient);
        await c.ExecuteAsync("""
            insert into split_assignment (patient_key, bucket, split, assigned_at) values ($1, $2, $3, $4)
            on conflict (patient_key) do nothing
            """, ct, patient, (short)bucket, _splits.SplitOf(bucket), now);
        string split = (await c.ScalarAsync<string>(
            "select split from split_assignment where patient_key = $1", ct, patient))!;
        await c.ExecuteAsync("savepoint offer", ct);
        try
        {
            long caseId = await c.ScalarAsync<long>("""
                insert into curated_case (case_uid, task, correction_id, series_id, patient_key, split, pixel_digest,
                    mask_sha256, created_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning curated_case_id
                """, ct, Guid.CreateVersion7(now), correction.Target.Model.Task, correctionId, correction.Target.SeriesId,
                patient, split, correction.PixelDigest, correction.MaskSha256, now);
            foreach (CaseState state in (CaseState[])[CaseState.Received, CaseState.Parsed, CaseState.Matched, CaseState.Checked])
            {
                await CurationDesk.MoveAsync(c, caseId, state, actor, "", now, ct);
            }
            await SupersedeAsync(c, caseId, correction.Target.SeriesId, actor, now, ct);
            return (caseId, null);
        }
        catch (PostgresException e) when (e.SqlState == Sql.SplitConflict)
        {
            // The score stands; only the pool must not see these pixels in a second split.
            await c.ExecuteAsync("rollback to savepoint offer", ct);
            return (null, e.MessageText);
        }
    }

    /// <summary>Earlier cases of the series that still wait or teach give way to the newer correction.</summary>
    private static async Task SupersedeAsync(
        NpgsqlConnection c, long caseId, long seriesId, string actor, DateTimeOffset now, CancellationToken ct)
    {
        List<long> earlier = await c.QueryAsync("""
            select curated_case_id from curated_case join curated_case_state using (curated_case_id)
            where series_id = $1 and curated_case_id <> $2 and state in ('checked', 'accepted')
            """, r => r.GetInt64(0), ct, seriesId, caseId);
        foreach (long old in earlier)
        {
            await CurationDesk.MoveAsync(c, old, CaseState.Superseded, actor, $"case {caseId} is newer", now, ct);
        }
    }

    private static Task<int> InsertAsync(NpgsqlConnection c, long correctionId, NewCorrection correction, QaRow row,
        DateTimeOffset now, CancellationToken ct) => c.ExecuteAsync("""
            insert into organ_qa (correction_id, segmentation_id, model_version_id, label, organ, convention, status,
                reason, unit, tp, fp, fn, dsc, iou, hd_mm, hd95_mm, hd95_pooled_mm, assd_mm, masd_mm, nsd, nsd_tau_mm,
                volume_pred_ml, volume_ref_ml, grid, slices, rows, columns, spacing_z, spacing_y, spacing_x,
                grid_diagonal_mm, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::bigint, $11::bigint, $12::bigint, $13::float8, $14::float8,
                $15::float8, $16::float8, $17::float8, $18::float8, $19::float8, $20::float8, $21::float8, $22::float8,
                $23::float8, 'source', $24, $25, $26, $27, $28, $29, $30, $31)
            """, ct, correctionId, correction.Target.SegmentationId, correction.Target.Model.ModelVersionId,
            (short)row.Label, row.Organ, correction.Convention, row.Status, row.Reason, correction.Grid.Unit,
            row.Counts?.Tp, row.Counts?.Fp, row.Counts?.Fn, row.Dsc, row.Iou, row.Hd, row.Hd95, row.Hd95Pooled, row.Assd,
            row.Masd, row.Nsd, row.NsdTau, row.VolumePredictionMl, row.VolumeReferenceMl, correction.Grid.Slices,
            correction.Grid.Rows, correction.Grid.Columns, correction.Grid.SpacingZ, correction.Grid.SpacingY,
            correction.Grid.SpacingX, correction.Grid.Diagonal, now);

    private static string Describe(NewCorrection correction) => string.Join(", ", correction.Rows.Select(r =>
        r.Dsc is { } dsc
            ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{r.Organ} DSC {dsc:0.000}")
            : $"{r.Organ} {SnakeCase.Of(r.Status)}"));
}
