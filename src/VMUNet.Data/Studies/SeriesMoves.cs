using Npgsql;
using VMUNet.Data.Audit;
using VMUNet.Data.Schema;

namespace VMUNet.Data.Studies;

/// <summary>The one way by which a series row changes its state: locked, judged by the table, written with its event.</summary>
internal static class SeriesMoves
{
    public static async Task<SeriesState> LockAsync(NpgsqlConnection connection, long seriesId, CancellationToken ct)
    {
        string? state = await connection.ScalarAsync<string>(
            "select state from series where series_id = $1 for no key update", ct, seriesId);
        return SnakeCase.Parse<SeriesState>(
            state ?? throw new ArgumentException($"There is no series {seriesId}", nameof(seriesId)));
    }

    /// <summary>Moves the series; the caller's transaction commits it.</summary>
    /// <exception cref="IllegalMoveException">The table does not know the move.</exception>
    public static async Task MoveAsync(NpgsqlConnection connection, long seriesId, SeriesEvent happened, string actor,
        DateTimeOffset at, string? reason, string? detail, CancellationToken ct)
    {
        SeriesState from = await LockAsync(connection, seriesId, ct);
        SeriesState to = SeriesStates.Next(from, happened) ?? throw new IllegalMoveException(
            $"Series {seriesId} is {from}; {happened} is not legal there");
        await connection.ExecuteAsync("""
            update series set state = $2, reason = $3, detail = $4,
                completed_at = case when $2 = 'complete' then $5 else completed_at end
            where series_id = $1
            """, ct, seriesId, to, reason, detail, at);
        await AuditTrail.AppendAsync(connection, at, SnakeCase.Of(happened), actor,
            reason is null ? detail ?? "" : detail is null ? reason : $"{reason}: {detail}", seriesId, ct);
    }
}
