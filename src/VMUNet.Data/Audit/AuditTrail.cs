using Npgsql;
using VMUNet.Data.Schema;

namespace VMUNet.Data.Audit;

/// <summary>Appends to what happened; rows are never changed (the database refuses it).</summary>
public sealed class AuditTrail
{
    private readonly PacsDatabase _database;
    private readonly TimeProvider _time;

    internal AuditTrail(PacsDatabase database, TimeProvider time) => (_database, _time) = (database, time);

    /// <summary>Appends one event in a transaction of its own. <paramref name="kind"/> is snake_case.</summary>
    public Task AppendAsync(string kind, string actor, string detail, long? seriesId, CancellationToken ct) =>
        _database.TransactAsync(c => AppendAsync(c, _time.GetUtcNow(), kind, actor, detail, seriesId, ct), ct);

    /// <summary>Appends one event within the caller's transaction; the study is the series' own.</summary>
    internal static Task AppendAsync(NpgsqlConnection connection, DateTimeOffset at, string kind, string actor,
        string detail, long? seriesId, CancellationToken ct) =>
        connection.ExecuteAsync("""
            insert into audit_event (at, kind, actor, detail, series_id, study_id)
            values ($1, $2, $3, $4, $5::bigint, (select study_id from series where series_id = $5::bigint))
            """, ct, at, kind, actor, detail, seriesId);
}
