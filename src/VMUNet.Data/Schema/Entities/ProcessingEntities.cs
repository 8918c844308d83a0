using VMUNet.Data.Processing;

namespace VMUNet.Data.Schema.Entities;

// One class a table of db/0002_processing.sql, property names as the columns'; the SQL says what they mean.

internal sealed class ModelVersion
{
    public long ModelVersionId { get; init; }
    public required string Task { get; init; }
    public required string Name { get; init; }
    public required string WeightsSha256 { get; init; }
    public required string Folder { get; init; }
    public ModelState State { get; init; }
    public ModelOrigin Origin { get; init; }
    public long? ParentModelVersionId { get; init; }
    public long? TrainingRunId { get; init; }
    public string? ManifestSha256 { get; init; }
    public string? PreprocessingSha256 { get; init; }
    public long? Seed { get; init; }
    public required string CodeVersion { get; init; }
    public string? ApprovedBy { get; init; }
    public DateTimeOffset? ApprovedAt { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class SeriesJob
{
    public long SeriesJobId { get; init; }
    public long SeriesId { get; init; }
    public int SeriesRevision { get; init; }
    public JobKind Kind { get; init; }
    public JobState State { get; init; }
    public required string Queue { get; init; }
    public string? Route { get; init; }
    public string? Model { get; init; }
    public required string[] Destinations { get; init; }
    public required string[] RoutingReasons { get; init; }
    public string? HangfireId { get; init; }
    public long Fence { get; init; }
    public string? LeaseOwner { get; init; }
    public DateTimeOffset? LeaseUntil { get; init; }
    public DateTimeOffset? HeartbeatAt { get; init; }
    public int Attempts { get; init; }
    public DateTimeOffset NextAt { get; init; }
    public DateTimeOffset EnqueuedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
    public string? Reason { get; init; }
    public string? Detail { get; init; }
}

internal sealed class Segmentation
{
    public long SegmentationId { get; init; }
    public long SeriesId { get; init; }
    public int SeriesRevision { get; init; }
    public long SeriesJobId { get; init; }
    public long Fence { get; init; }
    public long ModelVersionId { get; init; }
    public required string Route { get; init; }
    public required string PixelDigest { get; init; }
    public required string WeightsSha256 { get; init; }
    public SegmentationOutcomeKind Outcome { get; init; }
    public string? SopInstanceUid { get; init; }
    public string? SegSeriesInstanceUid { get; init; }
    public string? Path { get; init; }
    public string? FileSha256 { get; init; }
    public required string StageSeconds { get; init; }
    public required string[] Notes { get; init; }
    public required string SoftwareVersion { get; init; }
    public required string Precision { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class SegmentationOrgan
{
    public long SegmentationId { get; init; }
    public short Label { get; init; }
    public required string Organ { get; init; }
    public long Voxels { get; init; }
    public double? VolumeMl { get; init; }
}

internal sealed class ResultObject
{
    public long ResultObjectId { get; init; }
    public long SegmentationId { get; init; }
    public ResultKind Kind { get; init; }
    public required string SopInstanceUid { get; init; }
    public required string SeriesInstanceUid { get; init; }
    public required string Path { get; init; }
    public required string FileSha256 { get; init; }
}

internal sealed class Delivery
{
    public long DeliveryId { get; init; }
    public long SegmentationId { get; init; }
    public required string Destination { get; init; }
    public ResultKind Kind { get; init; }
    public long? ResultObjectId { get; init; }
    public DeliveryState State { get; init; }
    public int Attempts { get; init; }
    public DateTimeOffset NextAt { get; init; }
    public DateTimeOffset? ClaimedUntil { get; init; }
    public int? LastStatus { get; init; }
    public string? LastError { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
    public DateTimeOffset? RevivedAt { get; init; }
}

internal sealed class DeliveryAttempt
{
    public long DeliveryAttemptId { get; init; }
    public long DeliveryId { get; init; }
    public DateTimeOffset At { get; init; }
    public int? Status { get; init; }
    public string? Error { get; init; }
    public double Seconds { get; init; }
}
