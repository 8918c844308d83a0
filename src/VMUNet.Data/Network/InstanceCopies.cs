using VMUNet.Data.Audit;
using VMUNet.Data.Schema;
using VMUNet.Data.Studies;

namespace VMUNet.Data.Network;

/// <summary>A copy to compare with the instance's own file; paths are relative to the data folder.</summary>
public sealed record WaitingCopy(
    long InstanceCopyId, string SopInstanceUid, string OriginalPath, string CopyPath, string CopyTransferSyntaxUid);

/// <summary>Instances that came again in another transfer syntax.</summary>
public sealed class InstanceCopies
{
    private readonly PacsDatabase _database;
    private readonly TimeProvider _time;

    internal InstanceCopies(PacsDatabase database, TimeProvider time) => (_database, _time) = (database, time);

    /// <summary>Claims copies that wait; no other worker gets them for <paramref name="claimFor"/>.</summary>
    public Task<IReadOnlyList<WaitingCopy>> ClaimAsync(int limit, TimeSpan claimFor, CancellationToken ct) =>
        _database.TransactAsync<IReadOnlyList<WaitingCopy>>(async c =>
        {
            DateTimeOffset now = _time.GetUtcNow();
            return await c.QueryAsync("""
                with due as (select instance_copy_id from instance_copy
                    where state = 'waiting' and (claimed_until is null or claimed_until <= $1)
                    order by instance_copy_id limit $2 for no key update skip locked)
                update instance_copy x set claimed_until = $3 from due, instance i
                where x.instance_copy_id = due.instance_copy_id and i.instance_id = x.instance_id
                returning x.instance_copy_id, i.sop_instance_uid, i.path, x.path, x.transfer_syntax_uid
                """, r => new WaitingCopy(r.GetInt64(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4)),
                ct, now, limit, now + claimFor);
        }, ct);

    /// <summary>Records the comparison. A copy that differs goes to quarantine with the reason; it stays where it lies.</summary>
    /// <param name="copy">The copy.</param>
    /// <param name="difference">Null when the pixels are equal.</param>
    /// <param name="ct">Cancels.</param>
    public Task RecordAsync(WaitingCopy copy, string? difference, CancellationToken ct) =>
        _database.TransactAsync(async c =>
        {
            DateTimeOffset now = _time.GetUtcNow();
            int changed = await c.ExecuteAsync("""
                update instance_copy set state = $2, detail = $3::text, compared_at = $4, claimed_until = null
                where instance_copy_id = $1 and state = 'waiting'
                """, ct, copy.InstanceCopyId, difference is null ? CopyState.Equal : CopyState.Different, difference, now);
            if (changed == 0)
            {
                return;
            }
            string detail = difference is null
                ? $"Instance {copy.SopInstanceUid} in transfer syntax {copy.CopyTransferSyntaxUid} has the same pixels"
                : $"Instance {copy.SopInstanceUid} is known in another transfer syntax: {difference}";
            if (difference is not null)
            {
                await c.ExecuteAsync("""
                    insert into quarantine (sop_instance_uid, series_instance_uid, study_instance_uid, path, file_sha256,
                        reason, detail, calling_ae, received_at)
                    select i.sop_instance_uid, s.series_instance_uid, t.study_instance_uid, x.path, x.file_sha256, $2, $3,
                        x.calling_ae, x.received_at
                    from instance_copy x join instance i using (instance_id) join series s using (series_id)
                        join study t using (study_id)
                    where x.instance_copy_id = $1 on conflict (sop_instance_uid, file_sha256) do nothing
                    """, ct, copy.InstanceCopyId, QuarantineReason.PixelConflict, detail);
            }
            long series = await c.ScalarAsync<long>("""
                select i.series_id from instance_copy x join instance i using (instance_id) where x.instance_copy_id = $1
                """, ct, copy.InstanceCopyId);
            await AuditTrail.AppendAsync(
                c, now, difference is null ? "syntax_copy_equal" : "pixel_conflict", "compare", detail, series, ct);
        }, ct);
}
