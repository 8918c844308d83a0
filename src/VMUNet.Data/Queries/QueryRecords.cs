using VMUNet.Data.Learning;
using VMUNet.Data.Processing;
using VMUNet.Data.Studies;

namespace VMUNet.Data.Queries;

/// <summary>A study in the list.</summary>
public sealed record StudySummary(long StudyId, string StudyInstanceUid, DateOnly? StudyDate, string Description,
    DateTimeOffset LastInstanceAt, bool HasIdentityConflict, IReadOnlyList<SeriesSummary> Series);

/// <summary>A series of a study in the list. <paramref name="Detail"/> also says what a receiving series waits for.</summary>
public sealed record SeriesSummary(long SeriesId, string SeriesInstanceUid, string Modality, string Description,
    string BodyPart, int InstanceCount, SeriesState State, int Revision, string? Reason, string? Detail, string? Warning);

/// <summary>A study with all that became of it.</summary>
public sealed record StudyDetail(StudySummary Study, IReadOnlyList<SeriesDetail> Series, IReadOnlyList<TimelineEntry> Timeline);

/// <summary>A series with its jobs and results.</summary>
public sealed record SeriesDetail(SeriesSummary Series, IReadOnlyList<StoredFile> Files, IReadOnlyList<JobDetail> Jobs,
    IReadOnlyList<SegmentationDetail> Segmentations);

/// <summary>A job and why it was made.</summary>
public sealed record JobDetail(long SeriesJobId, JobKind Kind, JobState State, int Revision, string Queue, string? Route,
    string? Model, IReadOnlyList<string> RoutingReasons, int Attempts, DateTimeOffset EnqueuedAt,
    DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, string? Reason, string? Detail);

/// <summary>A result with its volumes, deliveries and quality rows. <paramref name="Path"/> is relative to the data
/// folder; null when nothing was found. <paramref name="StageSeconds"/>: receive, queue, read, segment, write, and
/// deliver once a destination has it. <paramref name="Precision"/>: fp32 or fast.</summary>
public sealed record SegmentationDetail(long SegmentationId, long SeriesId, long ModelVersionId, string Model, string Task,
    string WeightsSha256, string Precision, string Route, SegmentationOutcomeKind Outcome, string? SopInstanceUid, string? Path,
    IReadOnlyDictionary<string, double> StageSeconds, IReadOnlyList<string> Notes, DateTimeOffset CreatedAt,
    IReadOnlyList<OrganVolume> Organs, IReadOnlyList<DeliveryDetail> Deliveries, IReadOnlyList<CorrectionDetail> Corrections);

/// <summary>A delivery of one object: the SEG, the report or the picture.</summary>
public sealed record DeliveryDetail(long DeliveryId, long SegmentationId, string StudyInstanceUid, string Destination,
    ResultKind Kind, DeliveryState State, int Attempts, DateTimeOffset NextAt, int? LastStatus, string? LastError,
    DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt);

/// <summary>A correction with its quality rows. <paramref name="Path"/> is the reviewer's SEG, relative to the data folder.</summary>
public sealed record CorrectionDetail(long CorrectionId, string SopInstanceUid, string? Reviewer, string Path,
    DateTimeOffset CreatedAt, IReadOnlyList<string> Notes, IReadOnlyList<OrganQuality> Organs);

/// <summary>A quality row. Distances in <paramref name="Unit"/> ("mm" or "px").</summary>
public sealed record OrganQuality(byte Label, string Organ, QaStatus Status, string? Reason, string Unit, double? Dsc,
    double? Iou, double? Hd95, double? Hd95Pooled, double? Hd, double? Assd, double? Masd, double? Nsd, double? NsdTau,
    double? VolumePredictionMl, double? VolumeReferenceMl, string Convention);

/// <summary>One event.</summary>
public sealed record TimelineEntry(DateTimeOffset At, string Kind, string Actor, long? SeriesId, string Detail);

/// <summary>A model version with its newest decision.</summary>
public sealed record ModelDetail(long ModelVersionId, string Task, string Name, string WeightsSha256, string Folder,
    ModelState State, ModelOrigin Origin, long? TrainingRunId, long? Seed, string? ManifestSha256, string? ApprovedBy,
    DateTimeOffset? ApprovedAt, DateTimeOffset CreatedAt, PromotionVerdict? Verdict, IReadOnlyList<string> Reasons);

/// <summary>A case of the pool; <paramref name="SegmentationId"/> is the result that was corrected.</summary>
public sealed record CuratedDetail(long CuratedCaseId, Guid CaseUid, string Task, CaseState State, Split Split,
    string StudyInstanceUid, long SeriesId, DateTimeOffset CreatedAt, string Actor, string Reason,
    IReadOnlyList<OrganQuality> Organs, long SegmentationId);

/// <summary>A training run.</summary>
public sealed record TrainingRunDetail(long TrainingRunId, string Task, TrainingState State, long BaseModelVersionId,
    string ManifestSha256, long Seed, string Folder, int? ExitCode, string? Reason, DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt);

/// <summary>Mean figures of one model of one run on its set.</summary>
public sealed record EvaluationSummary(long TrainingRunId, long ModelVersionId, string SetName, string Organ, int Cases,
    double? MeanDsc, double? MeanHd95, string Unit);

/// <summary>Something that a person should look at. <paramref name="Key"/> names what can be decided at once: the number of a
/// quarantined object, <c>AE@BINDING</c> of a caller; null for others.</summary>
public sealed record AttentionItem(
    string Kind, DateTimeOffset At, string Subject, string Detail, string? StudyInstanceUid, string? Key = null);
