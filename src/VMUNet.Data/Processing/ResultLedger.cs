using Npgsql;
using VMUNet.Data.Schema;
using VMUNet.Data.Studies;

namespace VMUNet.Data.Processing;

/// <summary>Volume of one organ in a result. <paramref name="VolumeMl"/> is null where the grid has no calibration.</summary>
public sealed record OrganVolume(byte Label, string Organ, long Voxels, double? VolumeMl);

/// <summary>The written file of a result. <paramref name="Path"/> is relative to the data folder.</summary>
public sealed record ResultFile(string SopInstanceUid, string SeriesInstanceUid, string Path, string Sha256);

/// <summary>A report or a picture that belongs to a result, or its SEG in a destination's own form.</summary>
public sealed record CompanionFile(ResultKind Kind, ResultFile File);

/// <summary>An object of the result that a destination is to get. <paramref name="Objection"/> says why it cannot have it:
/// the delivery then waits for a person instead of being sent.</summary>
public sealed record PlannedDelivery(string Destination, ResultKind Kind = ResultKind.Seg, string? Objection = null)
{
    /// <summary>Which of the companions is sent; null for the SEG of the record, or the only companion of the kind.</summary>
    public ResultFile? File { get; init; }

    /// <summary>What the destination's form is, for the timeline; empty for the usual one.</summary>
    public string Form { get; init; } = "";
}

/// <summary>Volume of an organ in the patient's last earlier study with a result of the same task.</summary>
public sealed record PriorVolume(string Organ, double VolumeMl, DateOnly StudyDate);

/// <summary>A result that is about to be stored.</summary>
public sealed record NewSegmentation
{
    /// <summary>Model version that made it.</summary>
    public required long ModelVersionId { get; init; }

    /// <summary>Hash of its weights.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>Hash of the decoded, position-ordered pixels that it was made from.</summary>
    public required string PixelDigest { get; init; }

    /// <summary>The SEG; null when nothing was found.</summary>
    public ResultFile? File { get; init; }

    /// <summary>Seconds by stage: receive, queue, read, segment, write.</summary>
    public required IReadOnlyDictionary<string, double> StageSeconds { get; init; }

    /// <summary>What a reader of the result must know.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Organs found.</summary>
    public IReadOnlyList<OrganVolume> Organs { get; init; } = [];

    /// <summary>Version of this program.</summary>
    public required string SoftwareVersion { get; init; }

    /// <summary>Profile that the network computed with: fp32 or fast.</summary>
    public required string Precision { get; init; }

    /// <summary>Report, picture and SEGs in destinations' own forms, where they were written.</summary>
    public IReadOnlyList<CompanionFile> Companions { get; init; } = [];

    /// <summary>Who gets what; an object that was not written is passed over.</summary>
    public required IReadOnlyList<PlannedDelivery> Deliveries { get; init; }
}

/// <summary>Stores results: segmentation, organ volumes, outbox rows and states in one transaction.</summary>
public sealed class ResultLedger
{
    private readonly PacsDatabase _database;
    private readonly TimeProvider _time;

    internal ResultLedger(PacsDatabase database, TimeProvider time) => (_database, _time) = (database, time);

    /// <summary>
    /// The earlier result for the same job key (series and its pixel digest, route, weights), if there is one. A job that
    /// finds one ends with <see cref="ReuseAsync"/> and computes nothing.
    /// </summary>
    public Task<long?> FindAsync(
        long seriesId, string pixelDigest, string route, string weightsSha256, CancellationToken ct) =>
        _database.TransactAsync(c => FindAsync(c, seriesId, pixelDigest, route, weightsSha256, ct), ct);

    /// <summary>Organ volumes of the patient's last result of the same task in another study, not later than this one;
    /// empty when there is none, or when the study's identity is in doubt.</summary>
    public Task<IReadOnlyList<PriorVolume>> PriorAsync(string studyInstanceUid, string task, CancellationToken ct) =>
        _database.TransactAsync<IReadOnlyList<PriorVolume>>(async c => await c.QueryAsync("""
            with dated as (select study_id, patient_key, study_instance_uid,
                    coalesce(study_date, (created_at at time zone 'utc')::date) as day
                from study where not has_identity_conflict),
            last as (select g.segmentation_id, prior.day
                from dated mine join dated prior on prior.patient_key = mine.patient_key
                    and prior.study_id <> mine.study_id and prior.day <= mine.day
                join series s on s.study_id = prior.study_id
                join segmentation g on g.series_id = s.series_id
                join model_version m on m.model_version_id = g.model_version_id and m.task = $2
                where mine.study_instance_uid = $1
                order by prior.day desc, g.segmentation_id desc limit 1)
            select o.organ, o.volume_ml, last.day from last join segmentation_organ o using (segmentation_id)
            where o.volume_ml is not null
            """, r => new PriorVolume(r.GetString(0), r.GetDouble(1), r.GetFieldValue<DateOnly>(2)), ct,
            studyInstanceUid, task), ct);

    /// <summary>Stores the result; returns its row.</summary>
    /// <exception cref="LeaseLostException">The lease is no longer ours; nothing was stored.</exception>
    public async Task<long> StoreAsync(JobLease lease, NewSegmentation result, string actor, CancellationToken ct)
    {
        try
        {
            return await _database.TransactAsync(c => StoreAsync(c, lease, result, actor, ct), ct);
        }
        catch (PostgresException e) when (e.SqlState == Sql.LeaseLost)
        {
            throw new LeaseLostException(e.MessageText);
        }
    }

    /// <summary>Ends the job with a result that is already there.</summary>
    /// <exception cref="LeaseLostException">The lease is no longer ours.</exception>
    public Task ReuseAsync(JobLease lease, long segmentationId, string actor, CancellationToken ct) =>
        _database.TransactAsync(c => FinishAsync(c, lease, segmentationId, "the same result was already stored", actor, ct), ct);

    /// <summary>When the last delivery of a series' current result is done, the series is delivered.</summary>
    internal static async Task SettleAsync(
        NpgsqlConnection c, long segmentationId, string actor, DateTimeOffset now, CancellationToken ct)
    {
        long? seriesId = await c.ScalarAsync<long?>("""
            select s.series_id from series s join segmentation g using (series_id)
            where g.segmentation_id = $1 and s.state = 'segmented' for no key update of s
            """, ct, segmentationId);
        bool isDone = await c.ScalarAsync<bool>("""
            select count(*) > 0 and bool_and(state = 'delivered') from delivery where segmentation_id = $1
            """, ct, segmentationId);
        bool isNewest = await c.ScalarAsync<bool>("""
            select not exists (select from segmentation newer join segmentation g using (series_id)
                where g.segmentation_id = $1 and newer.segmentation_id > $1)
            """, ct, segmentationId);
        if (seriesId is { } series && isDone && isNewest)
        {
            await SeriesMoves.MoveAsync(c, series, SeriesEvent.DeliveryDone, actor, now, null, null, ct);
        }
    }

    private async Task<long> StoreAsync(
        NpgsqlConnection c, JobLease lease, NewSegmentation result, string actor, CancellationToken ct)
    {
        await SeriesMoves.LockAsync(c, lease.Series.SeriesId, ct);
        // The trigger refuses the insert unless our fence is the job's newest and the job is running. The unique key makes
        // a second insert of the same work a no-op, should a crash have hidden the first one's commit from us.
        long? id = await c.ScalarAsync<long?>("""
            insert into segmentation (series_id, series_revision, series_job_id, fence, model_version_id, route,
                pixel_digest, weights_sha256, outcome, sop_instance_uid, seg_series_instance_uid, path, file_sha256,
                stage_seconds, notes, software_version, created_at, precision)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14::jsonb, $15, $16, $17, $18)
            on conflict (series_id, pixel_digest, route, weights_sha256) do nothing returning segmentation_id
            """, ct, lease.Series.SeriesId, lease.Series.Revision, lease.SeriesJobId, lease.Fence, result.ModelVersionId,
            lease.Route, result.PixelDigest, result.WeightsSha256,
            result.File is null ? SegmentationOutcomeKind.NothingFound : SegmentationOutcomeKind.Seg,
            result.File?.SopInstanceUid, result.File?.SeriesInstanceUid, result.File?.Path, result.File?.Sha256,
            System.Text.Json.JsonSerializer.Serialize(result.StageSeconds), result.Notes.ToArray(),
            result.SoftwareVersion, _time.GetUtcNow(), result.Precision);
        if (id is not { } segmentationId)
        {
            segmentationId = (await FindAsync(c, lease.Series.SeriesId, result.PixelDigest, lease.Route!,
                result.WeightsSha256, ct))!.Value;
            await FinishAsync(c, lease, segmentationId, "the same result was already stored", actor, ct);
            return segmentationId;
        }
        foreach (OrganVolume organ in result.Organs)
        {
            await c.ExecuteAsync("insert into segmentation_organ values ($1, $2, $3, $4, $5::float8)", ct, segmentationId,
                (short)organ.Label, organ.Organ, organ.Voxels, organ.VolumeMl);
        }
        var objects = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (CompanionFile companion in result.Companions)
        {
            objects[companion.File.SopInstanceUid] = await c.ScalarAsync<long>("""
                insert into result_object (segmentation_id, kind, sop_instance_uid, series_instance_uid, path, file_sha256)
                values ($1, $2, $3, $4, $5, $6) returning result_object_id
                """, ct, segmentationId, companion.Kind, companion.File.SopInstanceUid, companion.File.SeriesInstanceUid,
                companion.File.Path, companion.File.Sha256);
        }
        foreach (PlannedDelivery delivery in Possible(result))
        {
            await c.ExecuteAsync("""
                insert into delivery (segmentation_id, destination, kind, state, next_at, created_at, last_error, finished_at,
                    result_object_id)
                values ($1, $2, $3, case when $5::text is null then 'due' else 'dead' end, $4, $4, $5::text,
                    case when $5::text is null then null else $4 end, $6::bigint)
                """, ct, segmentationId, delivery.Destination, delivery.Kind, _time.GetUtcNow(), delivery.Objection,
                ObjectOf(delivery, result)?.SopInstanceUid is { } uid ? objects[uid] : null);
        }
        await FinishAsync(c, lease, segmentationId, Describe(result), actor, ct);
        return segmentationId;
    }

    private async Task FinishAsync(
        NpgsqlConnection c, JobLease lease, long segmentationId, string detail, string actor, CancellationToken ct)
    {
        DateTimeOffset now = _time.GetUtcNow();
        await SeriesMoves.LockAsync(c, lease.Series.SeriesId, ct);
        await JobLedger.EndAsync(c, lease, JobState.Succeeded, null, detail, now, ct);
        await SeriesMoves.MoveAsync(c, lease.Series.SeriesId, SeriesEvent.ResultStored, actor, now, null, detail, ct);
        await SettleAsync(c, segmentationId, actor, now, ct);
    }

    private static ResultFile? ObjectOf(PlannedDelivery delivery, NewSegmentation result) => delivery.File
        ?? (delivery.Kind == ResultKind.Seg ? null : result.Companions.First(f => f.Kind == delivery.Kind).File);

    private static IEnumerable<PlannedDelivery> Possible(NewSegmentation result) => result.Deliveries.Where(d =>
        d.Kind == ResultKind.Seg ? result.File is not null : result.Companions.Any(f => f.Kind == d.Kind));

    private static string Describe(NewSegmentation result)
    {
        string what = result.File is null ? "nothing found, no SEG is sent" : "SEG stored";
        string[] sent = [.. Possible(result).Select(d =>
            (d.Kind == ResultKind.Seg ? "" : SnakeCase.Of(d.Kind) + " ") + "to " + d.Destination
            + (d.Form.Length > 0 ? " " + d.Form : "")
            + (d.Objection is null ? "" : " held back: " + d.Objection)).Distinct()];
        return sent.Length > 0 ? $"{what}; {string.Join(", ", sent)}"
            : result.File is null ? what
            : what + "; no destination is configured";
    }

    private static Task<long?> FindAsync(NpgsqlConnection c, long seriesId, string pixelDigest, string route,
        string weightsSha256, CancellationToken ct) => c.ScalarAsync<long?>("""
            select segmentation_id from segmentation
            where series_id = $1 and pixel_digest = $2 and route = $3 and weights_sha256 = $4
            """, ct, seriesId, pixelDigest, route, weightsSha256);
}
