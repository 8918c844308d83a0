using Npgsql;
using VMUNet.Data.Audit;
using VMUNet.Data.Schema;
using VMUNet.Data.Studies;

namespace VMUNet.Data.Network;

/// <summary>A delivered result whose destination is to be asked whether it keeps it.</summary>
public sealed record DueConfirmation(long DeliveryId, string Destination, string Path, string SopInstanceUid,
    string SeriesInstanceUid, string StudyInstanceUid, int Attempts, DateTimeOffset DeliveredAt);

/// <summary>How one question to a destination ended.</summary>
public abstract record ConfirmationResult
{
    private ConfirmationResult()
    {
    }

    /// <summary>A commitment was requested under this transaction; look again at <paramref name="Until"/>.</summary>
    public sealed record Asked(string TransactionUid, DateTimeOffset Until) : ConfirmationResult;

    /// <summary>It keeps the object.</summary>
    public sealed record Confirmed(ConfirmationWay How, string Detail) : ConfirmationResult;

    /// <summary>It offers neither way; the result stays delivered.</summary>
    public sealed record Unsupported(string Detail) : ConfirmationResult;

    /// <summary>No answer; ask again.</summary>
    public sealed record Retry(string Detail, DateTimeOffset NextAt) : ConfirmationResult;

    /// <summary>It says that it does not keep the object.</summary>
    public sealed record Failed(ConfirmationWay How, string Detail) : ConfirmationResult;
}

/// <summary>
/// Whether destinations keep what they took. A series is verified when every destination of its newest result that offers
/// a way to ask has confirmed, and at least one has.
/// </summary>
public sealed class ConfirmationLedger
{
    private const string Actor = "confirm";
    private readonly PacsDatabase _database;
    private readonly TimeProvider _time;

    internal ConfirmationLedger(PacsDatabase database, TimeProvider time) => (_database, _time) = (database, time);

    /// <summary>Within the transaction that records a delivery: its destination is to be asked from <paramref name="at"/>.</summary>
    internal static Task OpenAsync(NpgsqlConnection c, long deliveryId, DateTimeOffset at, CancellationToken ct) =>
        c.ExecuteAsync("""
            insert into delivery_confirmation (delivery_id, state, next_at) values ($1, 'due', $2)
            on conflict (delivery_id) do update set state = 'due', next_at = excluded.next_at, attempts = 0, how = null,
                transaction_uid = null, claimed_until = null, detail = null, finished_at = null
            """, ct, deliveryId, at);

    /// <summary>Where each delivery's confirmation stands, with the reason.</summary>
    public Task<IReadOnlyDictionary<long, (ConfirmationState State, string? Detail)>> StatesAsync(
        IReadOnlyCollection<long> deliveryIds, CancellationToken ct) =>
        _database.TransactAsync<IReadOnlyDictionary<long, (ConfirmationState, string?)>>(async c => (await c.QueryAsync(
            "select delivery_id, state, detail from delivery_confirmation where delivery_id = any($1)",
            r => (Id: r.GetInt64(0), State: SnakeCase.Parse<ConfirmationState>(r.GetString(1)), Detail: r.Text(2)), ct,
            deliveryIds.ToArray())).ToDictionary(x => x.Id, x => (x.State, x.Detail)), ct);

    /// <summary>Claims what is due, and what was asked and got no event in time. Nobody else gets them for the claim.</summary>
    public Task<IReadOnlyList<DueConfirmation>> ClaimAsync(int limit, TimeSpan claimFor, CancellationToken ct) =>
        _database.TransactAsync<IReadOnlyList<DueConfirmation>>(async c =>
        {
            DateTimeOffset now = _time.GetUtcNow();
            return await c.QueryAsync("""
                with due as (select delivery_id from delivery_confirmation
                    where state in ('due', 'asked') and next_at <= $1 and (claimed_until is null or claimed_until <= $1)
                    order by next_at limit $2 for no key update skip locked)
                update delivery_confirmation x set claimed_until = $3
                from due, delivery d left join result_object o using (result_object_id), segmentation g, series s, study t
                where x.delivery_id = due.delivery_id and d.delivery_id = x.delivery_id
                    and g.segmentation_id = d.segmentation_id and s.series_id = g.series_id and t.study_id = s.study_id
                returning x.delivery_id, d.destination, coalesce(o.path, g.path),
                    coalesce(o.sop_instance_uid, g.sop_instance_uid), coalesce(o.series_instance_uid, g.seg_series_instance_uid),
                    t.study_instance_uid, x.attempts, d.finished_at
                """, r => new DueConfirmation(r.GetInt64(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4),
                    r.GetString(5), r.GetInt32(6), r.GetFieldValue<DateTimeOffset>(7)), ct, now, limit, now + claimFor);
        }, ct);

    /// <summary>Records how asking ended.</summary>
    public Task RecordAsync(long deliveryId, ConfirmationResult result, CancellationToken ct) =>
        _database.TransactAsync(c => RecordAsync(c, deliveryId, result, ct), ct);

    /// <summary>
    /// An archive's event. Null: no open question has this transaction (unknown, or settled already), and nothing changed.
    /// </summary>
    /// <param name="transactionUid">(0008,1195).</param>
    /// <param name="isComplete">False when the event tells of failures; then it confirms nothing.</param>
    /// <param name="kept">SOP instances that it keeps.</param>
    /// <param name="lost">SOP instances that it does not keep, with the reasons.</param>
    /// <param name="ct">Cancels.</param>
    public Task<ConfirmationResult?> RecordEventAsync(string transactionUid, bool isComplete,
        IReadOnlyCollection<string> kept, IReadOnlyDictionary<string, string> lost, CancellationToken ct) => _database.TransactAsync(async c =>
        {
            var asked = (await c.QueryAsync("""
                select x.delivery_id, coalesce(o.sop_instance_uid, g.sop_instance_uid)
                from delivery_confirmation x join delivery d using (delivery_id) join segmentation g using (segmentation_id)
                    left join result_object o on o.result_object_id = d.result_object_id
                where x.transaction_uid = $1 and x.state = 'asked' for no key update of x
                """, r => (DeliveryId: r.GetInt64(0), Uid: r.GetString(1)), ct, transactionUid)).FirstOrDefault();
            if (asked.Uid is null)
            {
                return null;
            }
            ConfirmationResult result = lost.TryGetValue(asked.Uid, out string? why)
                ? new ConfirmationResult.Failed(ConfirmationWay.Commitment, why)
                : !kept.Contains(asked.Uid)
                    ? new ConfirmationResult.Failed(ConfirmationWay.Commitment, "the event names another object")
                    : isComplete
                        ? new ConfirmationResult.Confirmed(ConfirmationWay.Commitment, "storage commitment")
                        : new ConfirmationResult.Failed(ConfirmationWay.Commitment, "the event tells of failures");
            await RecordAsync(c, asked.DeliveryId, result, ct);
            return result;
        }, ct);

    private async Task RecordAsync(NpgsqlConnection c, long deliveryId, ConfirmationResult result, CancellationToken ct)
    {
        DateTimeOffset now = _time.GetUtcNow();
        var (state, how, detail, transaction, nextAt) = result switch
        {
            ConfirmationResult.Asked a => (ConfirmationState.Asked, (ConfirmationWay?)ConfirmationWay.Commitment,
                "storage commitment requested", (string?)a.TransactionUid, a.Until),
            ConfirmationResult.Confirmed d => (ConfirmationState.Confirmed, d.How, d.Detail, null, now),
            ConfirmationResult.Unsupported u => (ConfirmationState.Unsupported, null, u.Detail, null, now),
            ConfirmationResult.Retry r => (ConfirmationState.Due, null, r.Detail, null, r.NextAt),
            ConfirmationResult.Failed f => (ConfirmationState.Failed, f.How, f.Detail, null, now),
            _ => throw new ArgumentException($"Unknown result {result}", nameof(result)),
        };
        int changed = await c.ExecuteAsync("""
            update delivery_confirmation set state = $2, how = $3::text, detail = $4, next_at = $6, claimed_until = null,
                transaction_uid = case when $2 = 'due' then null else coalesce($5::text, transaction_uid) end,
                attempts = attempts + case when $2 in ('asked', 'due') then 1 else 0 end,
                finished_at = case when $2 in ('due', 'asked') then null else $7 end
            where delivery_id = $1 and state in ('due', 'asked')
            """, ct, deliveryId, state, how is { } way ? SnakeCase.Of(way) : null, detail, transaction,
            nextAt.ToUniversalTime(), now);
        if (changed == 0)
        {
            return;
        }
        var (segmentation, series, destination) = (await c.QueryAsync("""
            select d.segmentation_id, g.series_id, d.destination from delivery d join segmentation g using (segmentation_id)
            where d.delivery_id = $1
            """, r => (r.GetInt64(0), r.GetInt64(1), r.GetString(2)), ct, deliveryId)).Single();
        if (state is not (ConfirmationState.Due or ConfirmationState.Asked))
        {
            await AuditTrail.AppendAsync(
                c, now, "confirmation_" + SnakeCase.Of(state), Actor, $"{destination}: {detail}", series, ct);
        }
        if (state is ConfirmationState.Confirmed or ConfirmationState.Unsupported)
        {
            await SettleAsync(c, segmentation, series, now, ct);
        }
    }

    private static async Task SettleAsync(
        NpgsqlConnection c, long segmentationId, long seriesId, DateTimeOffset now, CancellationToken ct)
    {
        SeriesState state = await SeriesMoves.LockAsync(c, seriesId, ct);
        bool isVerified = await c.ScalarAsync<bool>("""
            select coalesce(bool_and(x.state in ('confirmed', 'unsupported')) and bool_or(x.state = 'confirmed'), false)
                and not exists (select from segmentation newer where newer.series_id = $2 and newer.segmentation_id > $1)
            from delivery d left join delivery_confirmation x using (delivery_id) where d.segmentation_id = $1
            """, ct, segmentationId, seriesId);
        if (isVerified && state == SeriesState.Delivered)
        {
            await SeriesMoves.MoveAsync(c, seriesId, SeriesEvent.ArchiveConfirmed, Actor, now, null, null, ct);
        }
    }
}
