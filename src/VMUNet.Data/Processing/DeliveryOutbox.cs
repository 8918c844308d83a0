using VMUNet.Data.Audit;
using VMUNet.Data.Network;
using VMUNet.Data.Schema;

namespace VMUNet.Data.Processing;

/// <summary>
/// A result that is due at a destination, since it was made or a person had it sent again. <paramref name="Path"/> is relative to the
/// data folder.
/// </summary>
public sealed record DueDelivery(
    long DeliveryId, long SegmentationId, long SeriesId, string Destination, string Path, string SopInstanceUid, int Attempts,
    DateTimeOffset DueSince);

/// <summary>How one attempt at a delivery ended.</summary>
public abstract record DeliveryResult
{
    private DeliveryResult()
    {
    }

    /// <summary>The destination has it. <paramref name="Warning"/> keeps a warning status' text.</summary>
    public sealed record Stored(int Status, string? Warning) : DeliveryResult;

    /// <summary>Try again at <paramref name="NextAt"/>.</summary>
    public sealed record Retry(int? Status, string Error, DateTimeOffset NextAt) : DeliveryResult;

    /// <summary>For a person: refused for good, or given up.</summary>
    public sealed record Dead(int? Status, string Error) : DeliveryResult;
}

/// <summary>
/// Outbox rows, one a result and destination. A row leaves <c>due</c> only by a recorded outcome, so nothing is lost: a
/// sender that dies leaves its claim to run out, and the SEG, whose SOP instance UID stays the same, is sent again.
/// </summary>
public sealed class DeliveryOutbox
{
    private readonly PacsDatabase _database;
    private readonly TimeProvider _time;

    internal DeliveryOutbox(PacsDatabase database, TimeProvider time) => (_database, _time) = (database, time);

    /// <summary>Destinations that something is due for.</summary>
    public Task<IReadOnlyList<string>> DueDestinationsAsync(CancellationToken ct) =>
        _database.TransactAsync<IReadOnlyList<string>>(async c => await c.QueryAsync("""
            select distinct destination from delivery
            where state = 'due' and next_at <= $1 and (claimed_until is null or claimed_until <= $1)
            """, r => r.GetString(0), ct, _time.GetUtcNow()), ct);

    /// <summary>Claims rows of one destination that are due; no other sender gets them for <paramref name="claimFor"/>.</summary>
    public Task<IReadOnlyList<DueDelivery>> ClaimAsync(
        string destination, int limit, TimeSpan claimFor, CancellationToken ct) =>
        _database.TransactAsync<IReadOnlyList<DueDelivery>>(async c =>
        {
            DateTimeOffset now = _time.GetUtcNow();
            return await c.QueryAsync("""
                with due as (select delivery_id, path, sop_instance_uid
                    from delivery left join result_object using (result_object_id)
                    where state = 'due' and destination = $4 and next_at <= $1
                        and (claimed_until is null or claimed_until <= $1)
                    order by next_at limit $2 for no key update of delivery skip locked)
                update delivery d set claimed_until = $3 from due, segmentation g
                where d.delivery_id = due.delivery_id and g.segmentation_id = d.segmentation_id
                returning d.delivery_id, g.segmentation_id, g.series_id, d.destination, coalesce(due.path, g.path),
                    coalesce(due.sop_instance_uid, g.sop_instance_uid), d.attempts,
                    coalesce(d.revived_at, d.created_at)
                """, r => new DueDelivery(r.GetInt64(0), r.GetInt64(1), r.GetInt64(2), r.GetString(3), r.GetString(4),
                    r.GetString(5), r.GetInt32(6), r.GetFieldValue<DateTimeOffset>(7)), ct, now, limit, now + claimFor, destination);
        }, ct);

    /// <summary>Records an attempt: its own row, the outbox row, the timeline, and the series when all are delivered.</summary>
    public Task RecordAsync(DueDelivery delivery, DeliveryResult result, TimeSpan took, string actor, CancellationToken ct) =>
        _database.TransactAsync(async c =>
        {
            DateTimeOffset now = _time.GetUtcNow();
            var (state, status, error, nextAt) = result switch
            {
                DeliveryResult.Stored s => (DeliveryState.Delivered, (int?)s.Status, s.Warning, now),
                DeliveryResult.Retry r => (DeliveryState.Due, r.Status, r.Error, r.NextAt.ToUniversalTime()),
                DeliveryResult.Dead d => (DeliveryState.Dead, d.Status, d.Error, now),
                _ => throw new ArgumentException($"Unknown result {result}", nameof(result)),
            };
            await c.ExecuteAsync("""
                insert into delivery_attempt (delivery_id, at, status, error, seconds)
                values ($1, $2, $3::integer, $4, $5)
                """, ct, delivery.DeliveryId, now, status, error, took.TotalSeconds);
            // A late answer of a sender whose claim ran out may still turn due into delivered, never delivered into due.
            int changed = await c.ExecuteAsync("""
                update delivery set state = $2, attempts = attempts + 1, last_status = $3::integer, last_error = $4,
                    next_at = $5, claimed_until = null, finished_at = case when $2 = 'due' then null else $6 end
                where delivery_id = $1 and state = 'due'
                """, ct, delivery.DeliveryId, state, status, error, nextAt, now);
            if (changed == 0)
            {
                return;
            }
            await AuditTrail.AppendAsync(c, now, "delivery_" + SnakeCase.Of(state), actor,
                $"{delivery.Destination}, attempt {delivery.Attempts + 1}"
                + (status is { } code ? $", status {code:X4}" : "") + (error is null ? "" : $": {error}"),
                delivery.SeriesId, ct);
            if (state == DeliveryState.Delivered)
            {
                await ConfirmationLedger.OpenAsync(c, delivery.DeliveryId, now, ct);
            }
            await ResultLedger.SettleAsync(c, delivery.SegmentationId, actor, now, ct);
        }, ct);

    /// <summary>
    /// A person has a result sent again: one that was given up or refused, or one that its destination does not keep.
    /// False: it is neither.
    /// </summary>
    public Task<bool> ReviveAsync(long deliveryId, string actor, CancellationToken ct) =>
        _database.TransactAsync(async c =>
        {
            DateTimeOffset now = _time.GetUtcNow();
            long? series = await c.ScalarAsync<long?>("""
                update delivery d set state = 'due', next_at = $2, revived_at = $2, finished_at = null, claimed_until = null,
                    attempts = 0
                from segmentation g
                where d.delivery_id = $1 and g.segmentation_id = d.segmentation_id
                    and (d.state = 'dead' or (d.state = 'delivered' and exists (select from delivery_confirmation x
                        where x.delivery_id = d.delivery_id and x.state = 'failed')))
                returning g.series_id
                """, ct, deliveryId, now);
            if (series is not null)
            {
                await AuditTrail.AppendAsync(c, now, "delivery_revived", actor, $"delivery {deliveryId}", series, ct);
            }
            return series is not null;
        }, ct);
}
