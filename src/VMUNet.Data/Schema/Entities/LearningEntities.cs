using VMUNet.Data.Learning;

namespace VMUNet.Data.Schema.Entities;

// One class a table of db/0003_learning.sql, property names as the columns'; the SQL says what they mean.

internal sealed class SplitAssignment
{
    public required string PatientKey { get; init; }
    public short Bucket { get; init; }
    public Split Split { get; init; }
    public DateTimeOffset AssignedAt { get; init; }
}

internal sealed class PixelSplit
{
    public required string PixelDigest { get; init; }
    public Split Split { get; init; }
}

internal sealed class Correction
{
    public long CorrectionId { get; init; }
    public long InstanceId { get; init; }
    public long SeriesId { get; init; }
    public long SegmentationId { get; init; }
    public long SeriesJobId { get; init; }
    public long Fence { get; init; }
    public required string SopInstanceUid { get; init; }
    public string? Reviewer { get; init; }
    public required string MaskSha256 { get; init; }
    public required string[] Notes { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class OrganQa
{
    public long OrganQaId { get; init; }
    public long CorrectionId { get; init; }
    public long SegmentationId { get; init; }
    public long ModelVersionId { get; init; }
    public short Label { get; init; }
    public required string Organ { get; init; }
    public required string Convention { get; init; }
    public QaStatus Status { get; init; }
    public string? Reason { get; init; }
    public required string Unit { get; init; }
    public long? Tp { get; init; }
    public long? Fp { get; init; }
    public long? Fn { get; init; }
    public double? Dsc { get; init; }
    public double? Iou { get; init; }
    public double? HdMm { get; init; }
    [System.ComponentModel.DataAnnotations.Schema.Column("hd95_mm")]
    public double? Hd95Mm { get; init; }
    [System.ComponentModel.DataAnnotations.Schema.Column("hd95_pooled_mm")]
    public double? Hd95PooledMm { get; init; }
    public double? AssdMm { get; init; }
    public double? MasdMm { get; init; }
    public double? Nsd { get; init; }
    public double? NsdTauMm { get; init; }
    public double? VolumePredMl { get; init; }
    public double? VolumeRefMl { get; init; }
    public required string Grid { get; init; }
    public int Slices { get; init; }
    public int Rows { get; init; }
    public int Columns { get; init; }
    public double SpacingZ { get; init; }
    public double SpacingY { get; init; }
    public double SpacingX { get; init; }
    public double GridDiagonalMm { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class CuratedCase
{
    public long CuratedCaseId { get; init; }
    public Guid CaseUid { get; init; }
    public required string Task { get; init; }
    public long CorrectionId { get; init; }
    public long SeriesId { get; init; }
    public required string PatientKey { get; init; }
    public Split Split { get; init; }
    public required string PixelDigest { get; init; }
    public required string MaskSha256 { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class CurationEvent
{
    public long CurationEventId { get; init; }
    public long CuratedCaseId { get; init; }
    public int Sequence { get; init; }
    public CaseState FromState { get; init; }
    public CaseState ToState { get; init; }
    public required string Actor { get; init; }
    public required string Reason { get; init; }
    public DateTimeOffset At { get; init; }
}

internal sealed class CuratedCaseState
{
    public long CuratedCaseId { get; init; }
    public CaseState State { get; init; }
    public required string Actor { get; init; }
    public required string Reason { get; init; }
    public DateTimeOffset At { get; init; }
}

internal sealed class DatasetSnapshot
{
    public long DatasetSnapshotId { get; init; }
    public required string Task { get; init; }
    public required string ManifestSha256 { get; init; }
    public int LeakageRows { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class DatasetSnapshotItem
{
    public long DatasetSnapshotId { get; init; }
    public long CuratedCaseId { get; init; }
    public int Revision { get; init; }
    public required string PixelDigest { get; init; }
    public required string MaskSha256 { get; init; }
    public Split Split { get; init; }
}

internal sealed class TrainingRun
{
    public long TrainingRunId { get; init; }
    public required string Task { get; init; }
    public long BaseModelVersionId { get; init; }
    public long DatasetSnapshotId { get; init; }
    public TrainingState State { get; init; }
    public required string CodeVersion { get; init; }
    public required string Config { get; init; }
    public long Seed { get; init; }
    public required string Folder { get; init; }
    public int? ExitCode { get; init; }
    public string? Reason { get; init; }
    public DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
}

internal sealed class Evaluation
{
    public long EvaluationId { get; init; }
    public long? TrainingRunId { get; init; }
    public long ModelVersionId { get; init; }
    public required string SetName { get; init; }
    public required string SetSha256 { get; init; }
    public required string CaseName { get; init; }
    public required string Patient { get; init; }
    public required string Organ { get; init; }
    public required string Convention { get; init; }
    public QaStatus Status { get; init; }
    public double? Dsc { get; init; }
    [System.ComponentModel.DataAnnotations.Schema.Column("hd95_mm")]
    public double? Hd95Mm { get; init; }
    public required string Unit { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class PromotionDecision
{
    public long PromotionDecisionId { get; init; }
    public required string Task { get; init; }
    public long? TrainingRunId { get; init; }
    public long ChallengerModelVersionId { get; init; }
    public long? ChampionModelVersionId { get; init; }
    public PromotionVerdict Verdict { get; init; }
    public required string Gates { get; init; }
    public required string[] Reasons { get; init; }
    public required string Actor { get; init; }
    public DateTimeOffset At { get; init; }
}
