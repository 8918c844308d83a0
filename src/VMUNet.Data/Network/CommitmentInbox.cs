using VMUNet.Data.Schema;

namespace VMUNet.Data.Network;

/// <summary>An archive's report as it came.</summary>
public sealed record CommitmentReport(
    long CommitmentEventId, string CallingAe, int EventType, string TransferSyntaxUid, byte[] DataSet);

/// <summary>Storage commitment events between the listener, which writes them down, and the worker, which reads them.</summary>
public sealed class CommitmentInbox
{
    private readonly PacsDatabase _database;
    private readonly TimeProvider _time;

    internal CommitmentInbox(PacsDatabase database, TimeProvider time) => (_database, _time) = (database, time);

    /// <summary>Writes an event down; it may be acknowledged when this returns.</summary>
    public Task RecordAsync(
        string callingAe, int eventType, string transferSyntaxUid, byte[] dataSet, CancellationToken ct) =>
        _database.TransactAsync(c => c.ExecuteAsync("""
            insert into commitment_event (received_at, calling_ae, event_type, transfer_syntax_uid, data_set)
            values ($1, $2, $3, $4, $5)
            """, ct, _time.GetUtcNow(), callingAe, eventType, transferSyntaxUid, dataSet), ct);

    /// <summary>Events that nobody has read, oldest first.</summary>
    public Task<IReadOnlyList<CommitmentReport>> WaitingAsync(int limit, CancellationToken ct) =>
        _database.TransactAsync<IReadOnlyList<CommitmentReport>>(async c => await c.QueryAsync("""
            select commitment_event_id, calling_ae, event_type, transfer_syntax_uid, data_set from commitment_event
            where handled_at is null order by commitment_event_id limit $1
            """, r => new CommitmentReport(r.GetInt64(0), r.GetString(1), r.GetInt32(2), r.GetString(3),
                r.GetFieldValue<byte[]>(4)), ct, limit), ct);

    /// <summary>The event was read; <paramref name="outcome"/> says what it came to.</summary>
    public Task HandledAsync(long commitmentEventId, string outcome, CancellationToken ct) =>
        _database.TransactAsync(c => c.ExecuteAsync("""
            update commitment_event set handled_at = $2, outcome = $3 where commitment_event_id = $1 and handled_at is null
            """, ct, commitmentEventId, _time.GetUtcNow(), outcome), ct);
}
