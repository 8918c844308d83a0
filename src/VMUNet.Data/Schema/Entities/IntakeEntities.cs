using VMUNet.Data.Studies;

namespace VMUNet.Data.Schema.Entities;

// One class a table of db/0001_intake.sql, property names as the columns'; the SQL says what they mean.

internal sealed class Study
{
    public long StudyId { get; init; }
    public required string StudyInstanceUid { get; init; }
    public required string PatientKey { get; init; }
    public bool HasIdentityConflict { get; init; }
    public DateOnly? StudyDate { get; init; }
    public required string Description { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset LastInstanceAt { get; init; }
}

internal sealed class Series
{
    public long SeriesId { get; init; }
    public long StudyId { get; init; }
    public required string SeriesInstanceUid { get; init; }
    public required string Modality { get; init; }
    public required string SopClassUid { get; init; }
    public required string BodyPart { get; init; }
    public required string Description { get; init; }
    public required string ProtocolName { get; init; }
    public string? FrameOfReferenceUid { get; init; }
    public required string Manufacturer { get; init; }
    public required string ManufacturerModel { get; init; }
    public required string CallingAe { get; init; }
    public SeriesState State { get; init; }
    public int Revision { get; init; }
    public int InstanceCount { get; init; }
    public DateTimeOffset FirstInstanceAt { get; init; }
    public DateTimeOffset LastInstanceAt { get; init; }
    public DateTimeOffset DueAt { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }
    public string? Reason { get; init; }
    public string? Detail { get; init; }
    public string? Warning { get; init; }
    public bool IsBatch { get; init; }
}

internal sealed class Association
{
    public long AssociationId { get; init; }
    public required string Listener { get; init; }
    public required string CallingAe { get; init; }
    public required string CalledAe { get; init; }
    public required string Peer { get; init; }
    public DateTimeOffset OpenedAt { get; init; }
    public DateTimeOffset? ClosedAt { get; init; }
    public AssociationOutcome Outcome { get; init; }
}

internal sealed class AssociationSeries
{
    public long AssociationId { get; init; }
    public long SeriesId { get; init; }
}

internal sealed class Instance
{
    public long InstanceId { get; init; }
    public long SeriesId { get; init; }
    public required string SopInstanceUid { get; init; }
    public required string SopClassUid { get; init; }
    public required string TransferSyntaxUid { get; init; }
    public required string Path { get; init; }
    public long ByteCount { get; init; }
    public required string FileSha256 { get; init; }
    public string? PixelSha256 { get; init; }
    public int HeaderRevision { get; init; }
    public int? InstanceNumber { get; init; }
    public double[]? ImagePosition { get; init; }
    public double[]? ImageOrientation { get; init; }
    public int? Rows { get; init; }
    public int? Columns { get; init; }
    public int? NumberOfFrames { get; init; }
    public DateTimeOffset ReceivedAt { get; init; }
}

internal sealed class InstanceHeaderRevision
{
    public long InstanceId { get; init; }
    public int HeaderRevision { get; init; }
    public required string Path { get; init; }
    public required string FileSha256 { get; init; }
    public DateTimeOffset SupersededAt { get; init; }
}

internal sealed class Quarantine
{
    public long QuarantineId { get; init; }
    public required string SopInstanceUid { get; init; }
    public required string SeriesInstanceUid { get; init; }
    public required string StudyInstanceUid { get; init; }
    public required string Path { get; init; }
    public required string FileSha256 { get; init; }
    public QuarantineReason Reason { get; init; }
    public required string Detail { get; init; }
    public required string CallingAe { get; init; }
    public DateTimeOffset ReceivedAt { get; init; }
    public DateTimeOffset? ResolvedAt { get; init; }
}

internal sealed class AuditEvent
{
    public long AuditEventId { get; init; }
    public DateTimeOffset At { get; init; }
    public required string Kind { get; init; }
    public required string Actor { get; init; }
    public long? StudyId { get; init; }
    public long? SeriesId { get; init; }
    public required string Detail { get; init; }
    public string? Data { get; init; }
}
