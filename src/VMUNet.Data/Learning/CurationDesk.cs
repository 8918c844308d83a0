using Npgsql;
using VMUNet.Data.Audit;
using VMUNet.Data.Schema;

namespace VMUNet.Data.Learning;

/// <summary>The curator's decisions. Every move is a row in curation_event; the database refuses illegal ones.</summary>
public sealed class CurationDesk
{
    private readonly PacsDatabase _database;
    private readonly TimeProvider _time;

    internal CurationDesk(PacsDatabase database, TimeProvider time) => (_database, _time) = (database, time);

    /// <summary>The case may teach from the next snapshot on.</summary>
    /// <exception cref="IllegalCaseMoveException">The case does not wait for a decision.</exception>
    public Task AcceptAsync(long curatedCaseId, string person, string reason, CancellationToken ct) =>
        MoveAsync(curatedCaseId, CaseState.Accepted, person, reason, ct);

    /// <summary>The case stays out.</summary>
    /// <exception cref="IllegalCaseMoveException">The case does not wait for a decision.</exception>
    public Task RejectAsync(long curatedCaseId, string person, string reason, CancellationToken ct) =>
        MoveAsync(curatedCaseId, CaseState.Rejected, person, reason, ct);

    /// <summary>Consent withdrawn: the case leaves the pool whatever it was.</summary>
    /// <exception cref="IllegalCaseMoveException">The case is not in the pool.</exception>
    public Task WithdrawAsync(long curatedCaseId, string person, string reason, CancellationToken ct) =>
        MoveAsync(curatedCaseId, CaseState.Withdrawn, person, reason, ct);

    /// <summary>Writes the next event of a case within the caller's transaction; the trigger judges it.</summary>
    internal static async Task MoveAsync(NpgsqlConnection c, long curatedCaseId, CaseState to, string actor, string reason,
        DateTimeOffset now, CancellationToken ct)
    {
        await c.ExecuteAsync("""
            insert into curation_event (curated_case_id, sequence, from_state, to_state, actor, reason, at)
            select $1, coalesce(max(sequence), 0) + 1,
                coalesce((select state from curated_case_state where curated_case_id = $1), 'none'), $2, $3, $4, $5
            from curation_event where curated_case_id = $1
            """, ct, curatedCaseId, to, actor, reason, now);
    }

    private async Task MoveAsync(long curatedCaseId, CaseState to, string person, string reason, CancellationToken ct)
    {
        try
        {
            await _database.TransactAsync(async c =>
            {
                DateTimeOffset now = _time.GetUtcNow();
                long series = await c.ScalarAsync<long?>(
                    "select series_id from curated_case where curated_case_id = $1", ct, curatedCaseId)
                    ?? throw new IllegalCaseMoveException($"There is no case {curatedCaseId}");
                await MoveAsync(c, curatedCaseId, to, person, reason, now, ct);
                await AuditTrail.AppendAsync(c, now, "case_" + SnakeCase.Of(to), person,
                    $"case {curatedCaseId}" + (reason.Length > 0 ? $": {reason}" : ""), series, ct);
            }, ct);
        }
        catch (PostgresException e) when (e.SqlState is Sql.IllegalMove or Sql.UniqueViolation or "23514")
        {
            throw new IllegalCaseMoveException(
                $"Case {curatedCaseId} cannot become {SnakeCase.Of(to)} from where it stands");
        }
    }
}

/// <summary>The case cannot take the wanted state; nothing was changed.</summary>
public sealed class IllegalCaseMoveException(string message) : InvalidOperationException(message);
