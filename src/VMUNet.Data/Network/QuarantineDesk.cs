using VMUNet.Data.Audit;
using VMUNet.Data.Schema;
using VMUNet.Data.Studies;

namespace VMUNet.Data.Network;

/// <summary>An object that was kept aside. <paramref name="Path"/> is relative to the data folder.</summary>
public sealed record QuarantinedObject(long QuarantineId, string SopInstanceUid, string SeriesInstanceUid,
    string StudyInstanceUid, string Path, QuarantineReason Reason, string Detail, string CallingAe,
    DateTimeOffset ReceivedAt, DateTimeOffset? SettledAt);

/// <summary>Objects that were acknowledged or refused as conflicts, kept, and not used. Their files are never deleted here.</summary>
public sealed class QuarantineDesk
{
    private readonly PacsDatabase _database;
    private readonly TimeProvider _time;

    internal QuarantineDesk(PacsDatabase database, TimeProvider time) => (_database, _time) = (database, time);

    /// <summary>Newest first; settled ones only when asked for.</summary>
    public Task<IReadOnlyList<QuarantinedObject>> ListAsync(bool withSettled, int limit, CancellationToken ct) =>
        _database.TransactAsync<IReadOnlyList<QuarantinedObject>>(async c => await c.QueryAsync("""
            select quarantine_id, sop_instance_uid, series_instance_uid, study_instance_uid, path, reason, detail, calling_ae,
                received_at, resolved_at
            from quarantine where resolved_at is null or $1 order by quarantine_id desc limit $2
            """, r => new QuarantinedObject(r.GetInt64(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4),
                SnakeCase.Parse<QuarantineReason>(r.GetString(5)), r.GetString(6), r.GetString(7),
                r.GetFieldValue<DateTimeOffset>(8), r.Nullable<DateTimeOffset>(9)), ct, withSettled, limit), ct);

    /// <summary>A person has looked at it: it is no longer shown as waiting, and stays where it lies. False: unknown, or
    /// settled before.</summary>
    public Task<bool> SettleAsync(long quarantineId, string actor, string why, CancellationToken ct) =>
        _database.TransactAsync(async c =>
        {
            DateTimeOffset now = _time.GetUtcNow();
            string? uid = await c.ScalarAsync<string>("""
                update quarantine set resolved_at = $2 where quarantine_id = $1 and resolved_at is null
                returning sop_instance_uid
                """, ct, quarantineId, now);
            if (uid is null)
            {
                return false;
            }
            long? series = await c.ScalarAsync<long?>(
                "select series_id from instance where sop_instance_uid = $1", ct, uid);
            await AuditTrail.AppendAsync(c, now, "quarantine_settled", actor, $"Instance {uid}: {why}", series, ct);
            return true;
        }, ct);
}
