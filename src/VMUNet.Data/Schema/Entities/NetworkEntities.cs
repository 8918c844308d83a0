using VMUNet.Data.Network;

namespace VMUNet.Data.Schema.Entities;

// One class a table of db/0004_network.sql, property names as the columns'; the SQL says what they mean.

internal sealed class Caller
{
    public long CallerId { get; init; }
    public required string AeTitle { get; init; }
    public required string Binding { get; init; }
    public CallerState State { get; init; }
    public long Attempts { get; init; }
    public required string CalledAe { get; init; }
    public string? Certificate { get; init; }
    public required string Reason { get; init; }
    public DateTimeOffset FirstSeenAt { get; init; }
    public DateTimeOffset LastSeenAt { get; init; }
    public string? DecidedBy { get; init; }
    public DateTimeOffset? DecidedAt { get; init; }
}

internal sealed class InstanceCopy
{
    public long InstanceCopyId { get; init; }
    public long InstanceId { get; init; }
    public required string TransferSyntaxUid { get; init; }
    public required string Path { get; init; }
    public long ByteCount { get; init; }
    public required string FileSha256 { get; init; }
    public required string CallingAe { get; init; }
    public DateTimeOffset ReceivedAt { get; init; }
    public CopyState State { get; init; }
    public DateTimeOffset? ClaimedUntil { get; init; }
    public DateTimeOffset? ComparedAt { get; init; }
    public string? Detail { get; init; }
}

internal sealed class DeliveryConfirmation
{
    public long DeliveryId { get; init; }
    public ConfirmationState State { get; init; }
    public ConfirmationWay? How { get; init; }
    public string? TransactionUid { get; init; }
    public int Attempts { get; init; }
    public DateTimeOffset NextAt { get; init; }
    public DateTimeOffset? ClaimedUntil { get; init; }
    public string? Detail { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
}

internal sealed class CommitmentEvent
{
    public long CommitmentEventId { get; init; }
    public DateTimeOffset ReceivedAt { get; init; }
    public required string CallingAe { get; init; }
    public int EventType { get; init; }
    public required string TransferSyntaxUid { get; init; }
    public required byte[] DataSet { get; init; }
    public DateTimeOffset? HandledAt { get; init; }
    public string? Outcome { get; init; }
}
