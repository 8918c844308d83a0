using VMUNet.Data.Audit;
using VMUNet.Data.Schema;

namespace VMUNet.Data.Network;

/// <summary>A person's decision on a title. <paramref name="Binding"/>: '' any peer, an address, or <c>cert:NAME</c>.</summary>
public sealed record CallerRule(string AeTitle, string Binding, CallerState State);

/// <summary>A caller that was turned away, once or often.</summary>
/// <param name="AeTitle">Its title, legal by the rule of AE titles.</param>
/// <param name="Binding">The address that it came from.</param>
/// <param name="CalledAe">The title that it called.</param>
/// <param name="Certificate">Name in its certificate; null without TLS.</param>
/// <param name="Reason">Why it was turned away.</param>
/// <param name="Attempts">How often since the last record.</param>
/// <param name="LastAt">When last.</param>
public sealed record RejectedCaller(string AeTitle, string Binding, string CalledAe, string? Certificate, string Reason,
    long Attempts, DateTimeOffset LastAt);

/// <summary>One row of the book.</summary>
public sealed record CallerDetail(string AeTitle, string Binding, CallerState State, long Attempts, string CalledAe,
    string? Certificate, string Reason, DateTimeOffset FirstSeenAt, DateTimeOffset LastSeenAt, string? DecidedBy);

/// <summary>Who may call beside the configuration's list, who may not, and who tried.</summary>
public sealed class CallerBook
{
    /// <summary>Turned-away callers that are kept; the oldest go first, so that a flood of titles fills no disk.</summary>
    public const int MostRejected = 1000;

    private readonly PacsDatabase _database;
    private readonly TimeProvider _time;

    internal CallerBook(PacsDatabase database, TimeProvider time) => (_database, _time) = (database, time);

    /// <summary>Every decision.</summary>
    public Task<IReadOnlyList<CallerRule>> RulesAsync(CancellationToken ct) =>
        _database.TransactAsync<IReadOnlyList<CallerRule>>(async c => await c.QueryAsync(
            "select ae_title, binding, state from caller where state <> 'rejected'",
            r => new CallerRule(r.GetString(0), r.GetString(1), SnakeCase.Parse<CallerState>(r.GetString(2))), ct), ct);

    /// <summary>Counts callers that were turned away; a row that a person decided keeps its decision.</summary>
    public Task RecordRejectedAsync(IReadOnlyCollection<RejectedCaller> callers, CancellationToken ct) =>
        _database.TransactAsync(async c =>
        {
            foreach (RejectedCaller caller in callers)
            {
                await c.ExecuteAsync("""
                    insert into caller (ae_title, binding, state, attempts, called_ae, certificate, reason, first_seen_at,
                        last_seen_at)
                    values ($1, $2, 'rejected', $3, $4, $5::text, $6, $7, $7)
                    on conflict (ae_title, binding) do update set attempts = caller.attempts + excluded.attempts,
                        called_ae = excluded.called_ae, certificate = excluded.certificate, reason = excluded.reason,
                        last_seen_at = excluded.last_seen_at
                    """, ct, caller.AeTitle, caller.Binding, caller.Attempts, caller.CalledAe, caller.Certificate,
                    caller.Reason, caller.LastAt.ToUniversalTime());
            }
            await c.ExecuteAsync("""
                delete from caller where caller_id in (select caller_id from caller where state = 'rejected'
                    order by last_seen_at desc, caller_id desc offset $1)
                """, ct, MostRejected);
        }, ct);

    /// <summary>
    /// Lets a title in, or keeps it out. A decision on the title alone also settles its rows of attempts from any address.
    /// </summary>
    public Task DecideAsync(string aeTitle, string binding, bool isAllowed, string actor, CancellationToken ct) =>
        _database.TransactAsync(async c =>
        {
            DateTimeOffset now = _time.GetUtcNow();
            CallerState state = isAllowed ? CallerState.Allowed : CallerState.Denied;
            await c.ExecuteAsync("""
                insert into caller (ae_title, binding, state, first_seen_at, last_seen_at, decided_by, decided_at)
                values ($1, $2, $3, $4, $4, $5, $4)
                on conflict (ae_title, binding) do update set state = excluded.state, decided_by = excluded.decided_by,
                    decided_at = excluded.decided_at
                """, ct, aeTitle, binding, state, now, actor);
            if (binding.Length == 0)
            {
                await c.ExecuteAsync("delete from caller where ae_title = $1 and state = 'rejected'", ct, aeTitle);
            }
            await AuditTrail.AppendAsync(c, now, isAllowed ? "caller_allowed" : "caller_denied", actor,
                binding.Length == 0 ? aeTitle : $"{aeTitle}@{binding}", null, ct);
        }, ct);

    /// <summary>Removes a row, decision or not. False: there is none.</summary>
    public Task<bool> ForgetAsync(string aeTitle, string binding, string actor, CancellationToken ct) =>
        _database.TransactAsync(async c =>
        {
            int gone = await c.ExecuteAsync(
                "delete from caller where ae_title = $1 and binding = $2", ct, aeTitle, binding);
            if (gone > 0)
            {
                await AuditTrail.AppendAsync(c, _time.GetUtcNow(), "caller_forgotten", actor,
                    binding.Length == 0 ? aeTitle : $"{aeTitle}@{binding}", null, ct);
            }
            return gone > 0;
        }, ct);

    /// <summary>All rows, last seen first.</summary>
    public Task<IReadOnlyList<CallerDetail>> ListAsync(CancellationToken ct) =>
        _database.TransactAsync<IReadOnlyList<CallerDetail>>(async c => await c.QueryAsync("""
            select ae_title, binding, state, attempts, called_ae, certificate, reason, first_seen_at, last_seen_at,
                decided_by
            from caller order by last_seen_at desc, caller_id desc
            """, r => new CallerDetail(r.GetString(0), r.GetString(1), SnakeCase.Parse<CallerState>(r.GetString(2)),
                r.GetInt64(3), r.GetString(4), r.Text(5), r.GetString(6), r.GetFieldValue<DateTimeOffset>(7),
                r.GetFieldValue<DateTimeOffset>(8), r.Text(9)), ct), ct);
}
