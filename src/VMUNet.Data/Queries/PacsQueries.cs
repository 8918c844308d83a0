using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using VMUNet.Data.Learning;
using VMUNet.Data.Network;
using VMUNet.Data.Processing;
using VMUNet.Data.Schema;
using VMUNet.Data.Schema.Entities;
using VMUNet.Data.Studies;

namespace VMUNet.Data.Queries;

/// <summary>What pages and commands read: projections to records, nothing tracked.</summary>
public sealed class PacsQueries
{
    private readonly PacsDatabase _database;

    internal PacsQueries(PacsDatabase database) => _database = database;

    /// <summary>Studies, last received first.</summary>
    public Task<IReadOnlyList<StudySummary>> StudiesAsync(int limit, int offset, CancellationToken ct) =>
        _database.ReadAsync<IReadOnlyList<StudySummary>>(async db =>
        {
            List<Study> studies = await db.Set<Study>().OrderByDescending(s => s.LastInstanceAt)
                .ThenByDescending(s => s.StudyId).Skip(offset).Take(limit).ToListAsync(ct);
            long[] ids = [.. studies.Select(s => s.StudyId)];
            ILookup<long, Series> series = (await db.Set<Series>().Where(s => ids.Contains(s.StudyId))
                .OrderBy(s => s.SeriesId).ToListAsync(ct)).ToLookup(s => s.StudyId);
            return [.. studies.Select(s => Summary(s, series[s.StudyId]))];
        }, ct);

    /// <summary>One study with series, results, quality and timeline; null when it is not known.</summary>
    public Task<StudyDetail?> StudyAsync(string studyInstanceUid, CancellationToken ct) =>
        _database.ReadAsync(async db =>
        {
            Study? study = await db.Set<Study>().SingleOrDefaultAsync(s => s.StudyInstanceUid == studyInstanceUid, ct);
            if (study is null)
            {
                return null;
            }
            List<Series> series = await db.Set<Series>().Where(s => s.StudyId == study.StudyId)
                .OrderBy(s => s.SeriesId).ToListAsync(ct);
            var details = new List<SeriesDetail>();
            foreach (Series one in series)
            {
                details.Add(await SeriesDetailAsync(db, one, studyInstanceUid, ct));
            }
            List<TimelineEntry> timeline = await db.Set<AuditEvent>().Where(e => e.StudyId == study.StudyId)
                .OrderBy(e => e.AuditEventId)
                .Select(e => new TimelineEntry(e.At, e.Kind, e.Actor, e.SeriesId, e.Detail)).ToListAsync(ct);
            return new StudyDetail(Summary(study, series), details, timeline);
        }, ct);

    /// <summary>Events of a study in order; empty when it is not known.</summary>
    public Task<IReadOnlyList<TimelineEntry>> TimelineAsync(string studyInstanceUid, CancellationToken ct) =>
        _database.ReadAsync<IReadOnlyList<TimelineEntry>>(async db => await db.Set<AuditEvent>()
            .Where(e => db.Set<Study>().Any(s => s.StudyId == e.StudyId && s.StudyInstanceUid == studyInstanceUid))
            .OrderBy(e => e.AuditEventId)
            .Select(e => new TimelineEntry(e.At, e.Kind, e.Actor, e.SeriesId, e.Detail)).ToListAsync(ct), ct);

    /// <summary>The newest events of the whole instance.</summary>
    public Task<IReadOnlyList<TimelineEntry>> RecentEventsAsync(int limit, CancellationToken ct) =>
        _database.ReadAsync<IReadOnlyList<TimelineEntry>>(async db => await db.Set<AuditEvent>()
            .OrderByDescending(e => e.AuditEventId).Take(limit)
            .Select(e => new TimelineEntry(e.At, e.Kind, e.Actor, e.SeriesId, e.Detail)).ToListAsync(ct), ct);

    /// <summary>Results of one series, oldest first.</summary>
    public Task<IReadOnlyList<SegmentationDetail>> SegmentationsAsync(string seriesInstanceUid, CancellationToken ct) =>
        _database.ReadAsync<IReadOnlyList<SegmentationDetail>>(async db =>
        {
            var found = await db.Set<Series>().Where(s => s.SeriesInstanceUid == seriesInstanceUid)
                .Join(db.Set<Study>(), s => s.StudyId, t => t.StudyId, (s, t) => new { s.SeriesId, t.StudyInstanceUid })
                .SingleOrDefaultAsync(ct);
            return found is null ? [] : await SegmentationsAsync(db, found.SeriesId, found.StudyInstanceUid, ct);
        }, ct);

    /// <summary>Model versions, by task, newest first.</summary>
    public Task<IReadOnlyList<ModelDetail>> ModelsAsync(CancellationToken ct) =>
        _database.ReadAsync<IReadOnlyList<ModelDetail>>(async db =>
        {
            List<ModelVersion> models = await db.Set<ModelVersion>().OrderBy(m => m.Task)
                .ThenByDescending(m => m.ModelVersionId).ToListAsync(ct);
            Dictionary<long, PromotionDecision> decisions = (await db.Set<PromotionDecision>()
                    .OrderBy(d => d.PromotionDecisionId).ToListAsync(ct))
                .GroupBy(d => d.ChallengerModelVersionId).ToDictionary(g => g.Key, g => g.Last());
            return [.. models.Select(m => new ModelDetail(m.ModelVersionId, m.Task, m.Name, m.WeightsSha256, m.Folder,
                m.State, m.Origin, m.TrainingRunId, m.Seed, m.ManifestSha256, m.ApprovedBy, m.ApprovedAt, m.CreatedAt,
                decisions.GetValueOrDefault(m.ModelVersionId)?.Verdict,
                decisions.GetValueOrDefault(m.ModelVersionId)?.Reasons ?? []))];
        }, ct);

    /// <summary>Cases of the pool, newest first; all states when <paramref name="state"/> is null.</summary>
    public Task<IReadOnlyList<CuratedDetail>> CuratedAsync(CaseState? state, int limit, CancellationToken ct) =>
        _database.ReadAsync<IReadOnlyList<CuratedDetail>>(async db =>
        {
            var rows = await (
                from c in db.Set<CuratedCase>()
                join s in db.Set<CuratedCaseState>() on c.CuratedCaseId equals s.CuratedCaseId
                join k in db.Set<Correction>() on c.CorrectionId equals k.CorrectionId
                join r in db.Set<Series>() on c.SeriesId equals r.SeriesId
                join t in db.Set<Study>() on r.StudyId equals t.StudyId
                where state == null || s.State == state
                orderby c.CuratedCaseId descending
                select new { Case = c, Now = s, t.StudyInstanceUid, k.SegmentationId }).Take(limit).ToListAsync(ct);
            long[] corrections = [.. rows.Select(r => r.Case.CorrectionId)];
            ILookup<long, OrganQa> quality = (await db.Set<OrganQa>().Where(q => corrections.Contains(q.CorrectionId))
                .OrderBy(q => q.Label).ToListAsync(ct)).ToLookup(q => q.CorrectionId);
            return [.. rows.Select(r => new CuratedDetail(r.Case.CuratedCaseId, r.Case.CaseUid, r.Case.Task, r.Now.State,
                r.Case.Split, r.StudyInstanceUid, r.Case.SeriesId, r.Case.CreatedAt, r.Now.Actor, r.Now.Reason,
                [.. quality[r.Case.CorrectionId].Select(Quality)], r.SegmentationId))];
        }, ct);

    /// <summary>Deliveries, newest first; all states when <paramref name="state"/> is null.</summary>
    public Task<IReadOnlyList<DeliveryDetail>> DeliveriesAsync(DeliveryState? state, int limit, CancellationToken ct) =>
        _database.ReadAsync<IReadOnlyList<DeliveryDetail>>(async db => await (
            from d in db.Set<Delivery>()
            join g in db.Set<Segmentation>() on d.SegmentationId equals g.SegmentationId
            join s in db.Set<Series>() on g.SeriesId equals s.SeriesId
            join t in db.Set<Study>() on s.StudyId equals t.StudyId
            where state == null || d.State == state
            orderby d.DeliveryId descending
            select new DeliveryDetail(d.DeliveryId, d.SegmentationId, t.StudyInstanceUid, d.Destination, d.Kind, d.State,
                d.Attempts, d.NextAt, d.LastStatus, d.LastError, d.CreatedAt, d.FinishedAt)).Take(limit).ToListAsync(ct), ct);

    /// <summary>Training runs, newest first.</summary>
    public Task<IReadOnlyList<TrainingRunDetail>> TrainingRunsAsync(int limit, CancellationToken ct) =>
        _database.ReadAsync<IReadOnlyList<TrainingRunDetail>>(async db => await (
            from r in db.Set<TrainingRun>()
            join s in db.Set<DatasetSnapshot>() on r.DatasetSnapshotId equals s.DatasetSnapshotId
            orderby r.TrainingRunId descending
            select new TrainingRunDetail(r.TrainingRunId, r.Task, r.State, r.BaseModelVersionId, s.ManifestSha256, r.Seed,
                r.Folder, r.ExitCode, r.Reason, r.StartedAt, r.EndedAt)).Take(limit).ToListAsync(ct), ct);

    /// <summary>Figures of a run's models on its set, by model and organ; a missed or invented organ counts as DSC 0,
    /// HD95 is over scored pairs.</summary>
    public Task<IReadOnlyList<EvaluationSummary>> EvaluationsAsync(long trainingRunId, CancellationToken ct) =>
        _database.ReadAsync<IReadOnlyList<EvaluationSummary>>(async db => await db.Set<Evaluation>()
            .Where(e => e.TrainingRunId == trainingRunId)
            .GroupBy(e => new { e.ModelVersionId, e.SetName, e.Organ, e.Unit })
            .OrderBy(g => g.Key.ModelVersionId).ThenBy(g => g.Key.Organ)
            .Select(g => new EvaluationSummary(trainingRunId, g.Key.ModelVersionId, g.Key.SetName, g.Key.Organ, g.Count(),
                g.Average(e => e.Dsc), g.Average(e => e.Hd95Mm), g.Key.Unit)).ToListAsync(ct), ct);

    /// <summary>What a person should look at: failures, refusals, dead deliveries, quarantine, cases and models that
    /// wait, callers that were turned away.</summary>
    public Task<IReadOnlyList<AttentionItem>> AttentionAsync(int limit, CancellationToken ct) =>
        _database.ReadAsync<IReadOnlyList<AttentionItem>>(async db =>
        {
            List<AttentionItem> items = await (
                from s in db.Set<Series>()
                join t in db.Set<Study>() on s.StudyId equals t.StudyId
                where s.State == SeriesState.Failed || s.State == SeriesState.Refused
                orderby s.SeriesId descending
                select new AttentionItem(s.State == SeriesState.Failed ? "failed" : "refused", s.LastInstanceAt,
                    "Series " + s.SeriesInstanceUid, (s.Reason ?? "") + ": " + (s.Detail ?? ""), t.StudyInstanceUid, null))
                .Take(limit).ToListAsync(ct);
            items.AddRange((await DeadAsync(db, limit, ct)).Select(d => new AttentionItem("delivery", d.FinishedAt ?? d.CreatedAt,
                (d.Kind == ResultKind.Seg ? "Delivery to " : $"Delivery of the {SnakeCase.Of(d.Kind)} to ") + d.Destination, $"{d.LastError} (attempt {d.Attempts})", d.StudyInstanceUid)));
            items.AddRange(await (
                from x in db.Set<DeliveryConfirmation>()
                join d in db.Set<Delivery>() on x.DeliveryId equals d.DeliveryId
                join g in db.Set<Segmentation>() on d.SegmentationId equals g.SegmentationId
                join s in db.Set<Series>() on g.SeriesId equals s.SeriesId
                join t in db.Set<Study>() on s.StudyId equals t.StudyId
                where x.State == ConfirmationState.Failed && d.State == DeliveryState.Delivered
                orderby x.FinishedAt descending
                select new AttentionItem("confirmation", x.FinishedAt ?? d.CreatedAt, "Result at " + d.Destination,
                    "not confirmed: " + (x.Detail ?? "") + ". Send it again: vmunet deliveries retry " + d.DeliveryId,
                    t.StudyInstanceUid, null)).Take(limit).ToListAsync(ct));
            items.AddRange(await db.Set<Quarantine>().Where(q => q.ResolvedAt == null)
                .OrderByDescending(q => q.QuarantineId).Take(limit)
                .Select(q => new AttentionItem("quarantine", q.ReceivedAt, "Instance " + q.SopInstanceUid, q.Detail,
                    q.StudyInstanceUid, q.QuarantineId.ToString(CultureInfo.InvariantCulture))).ToListAsync(ct));
            items.AddRange(await db.Set<ModelVersion>().Where(m => m.State == ModelState.Eligible)
                .Select(m => new AttentionItem("model", m.CreatedAt, "Model " + m.Name, "waits for approval", null, null))
                .ToListAsync(ct));
            items.AddRange(await db.Set<CuratedCaseState>().Where(c => c.State == CaseState.Checked)
                .OrderBy(c => c.At).Take(limit)
                .Select(c => new AttentionItem("case", c.At, "Case " + c.CuratedCaseId, "waits for a curator", null, null))
                .ToListAsync(ct));
            items.AddRange((await db.Set<Caller>().Where(c => c.State == CallerState.Rejected)
                .OrderByDescending(c => c.LastSeenAt).Take(limit).ToListAsync(ct)).Select(c => new AttentionItem("caller",
                    c.LastSeenAt, $"Caller {c.AeTitle} at {c.Binding}",
                    $"turned away {(c.Attempts == 1 ? "once" : $"{c.Attempts} times")}: {c.Reason}. Let it in: vmunet callers allow {c.AeTitle}@{c.Binding}",
                    null, $"{c.AeTitle}@{c.Binding}")));
            return [.. items.OrderByDescending(i => i.At).Take(limit)];
        }, ct);

    private static Task<List<DeliveryDetail>> DeadAsync(PacsDbContext db, int limit, CancellationToken ct) => (
        from d in db.Set<Delivery>()
        join g in db.Set<Segmentation>() on d.SegmentationId equals g.SegmentationId
        join s in db.Set<Series>() on g.SeriesId equals s.SeriesId
        join t in db.Set<Study>() on s.StudyId equals t.StudyId
        where d.State == DeliveryState.Dead
        orderby d.DeliveryId descending
        select new DeliveryDetail(d.DeliveryId, d.SegmentationId, t.StudyInstanceUid, d.Destination, d.Kind, d.State, d.Attempts,
            d.NextAt, d.LastStatus, d.LastError, d.CreatedAt, d.FinishedAt)).Take(limit).ToListAsync(ct);

    private static async Task<SeriesDetail> SeriesDetailAsync(
        PacsDbContext db, Series series, string studyUid, CancellationToken ct) => new(
        Summary(series),
        await db.Set<Instance>().Where(i => i.SeriesId == series.SeriesId).OrderBy(i => i.InstanceId)
            .Select(i => new StoredFile(i.InstanceId, i.SopInstanceUid, i.Path)).ToListAsync(ct),
        await db.Set<SeriesJob>().Where(j => j.SeriesId == series.SeriesId).OrderBy(j => j.SeriesJobId)
            .Select(j => new JobDetail(j.SeriesJobId, j.Kind, j.State, j.SeriesRevision, j.Queue, j.Route, j.Model,
                j.RoutingReasons, j.Attempts, j.EnqueuedAt, j.StartedAt, j.FinishedAt, j.Reason, j.Detail)).ToListAsync(ct),
        await SegmentationsAsync(db, series.SeriesId, studyUid, ct));

    private static async Task<List<SegmentationDetail>> SegmentationsAsync(
        PacsDbContext db, long seriesId, string studyUid, CancellationToken ct)
    {
        var rows = await (
            from g in db.Set<Segmentation>()
            join m in db.Set<ModelVersion>() on g.ModelVersionId equals m.ModelVersionId
            where g.SeriesId == seriesId
            orderby g.SegmentationId
            select new { Row = g, m.Name, m.Task }).ToListAsync(ct);
        long[] ids = [.. rows.Select(r => r.Row.SegmentationId)];
        ILookup<long, SegmentationOrgan> organs = (await db.Set<SegmentationOrgan>()
            .Where(o => ids.Contains(o.SegmentationId)).OrderBy(o => o.Label).ToListAsync(ct)).ToLookup(o => o.SegmentationId);
        ILookup<long, Delivery> deliveries = (await db.Set<Delivery>().Where(d => ids.Contains(d.SegmentationId))
            .OrderBy(d => d.DeliveryId).ToListAsync(ct)).ToLookup(d => d.SegmentationId);
        var corrections = (await (
            from c in db.Set<Correction>()
            join i in db.Set<Instance>() on c.InstanceId equals i.InstanceId
            where ids.Contains(c.SegmentationId)
            orderby c.CorrectionId
            select new { Row = c, i.Path }).ToListAsync(ct)).ToLookup(c => c.Row.SegmentationId);
        ILookup<long, OrganQa> quality = (await db.Set<OrganQa>().Where(q => ids.Contains(q.SegmentationId))
            .OrderBy(q => q.Label).ToListAsync(ct)).ToLookup(q => q.CorrectionId);
        return [.. rows.Select(r => new SegmentationDetail(r.Row.SegmentationId, seriesId, r.Row.ModelVersionId, r.Name,
            r.Task, r.Row.WeightsSha256, r.Row.Precision, r.Row.Route, r.Row.Outcome, r.Row.SopInstanceUid, r.Row.Path,
            Seconds(r.Row, deliveries[r.Row.SegmentationId]), r.Row.Notes, r.Row.CreatedAt,
            [.. organs[r.Row.SegmentationId].Select(o => new OrganVolume((byte)o.Label, o.Organ, o.Voxels, o.VolumeMl))],
            [.. deliveries[r.Row.SegmentationId].Select(d => new DeliveryDetail(d.DeliveryId, d.SegmentationId, studyUid,
                d.Destination, d.Kind, d.State, d.Attempts, d.NextAt, d.LastStatus, d.LastError, d.CreatedAt, d.FinishedAt))],
            [.. corrections[r.Row.SegmentationId].Select(c => new CorrectionDetail(c.Row.CorrectionId, c.Row.SopInstanceUid,
                c.Row.Reviewer, c.Path, c.Row.CreatedAt, c.Row.Notes, [.. quality[c.Row.CorrectionId].Select(Quality)]))]))];
    }

    private static Dictionary<string, double> Seconds(Segmentation result, IEnumerable<Delivery> deliveries)
    {
        var seconds = JsonSerializer.Deserialize<Dictionary<string, double>>(result.StageSeconds)!;
        DateTimeOffset? first = deliveries.Where(d => d.State == DeliveryState.Delivered).Min(d => d.FinishedAt);
        if (first is { } at)
        {
            seconds["deliver"] = Math.Round((at - result.CreatedAt).TotalSeconds, 3);
        }
        return seconds;
    }

    private static StudySummary Summary(Study study, IEnumerable<Series> series) => new(study.StudyId,
        study.StudyInstanceUid, study.StudyDate, study.Description, study.LastInstanceAt, study.HasIdentityConflict,
        [.. series.Select(Summary)]);

    private static SeriesSummary Summary(Series s) => new(s.SeriesId, s.SeriesInstanceUid, s.Modality, s.Description,
        s.BodyPart, s.InstanceCount, s.State, s.Revision, s.Reason, s.Detail, s.Warning);

    private static OrganQuality Quality(OrganQa q) => new((byte)q.Label, q.Organ, q.Status, q.Reason, q.Unit, q.Dsc, q.Iou,
        q.Hd95Mm, q.Hd95PooledMm, q.HdMm, q.AssdMm, q.MasdMm, q.Nsd, q.NsdTauMm, q.VolumePredMl, q.VolumeRefMl, q.Convention);
}
