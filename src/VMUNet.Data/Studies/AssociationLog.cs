using VMUNet.Data.Schema;

namespace VMUNet.Data.Studies;

/// <summary>How an association ended.</summary>
public enum AssociationOutcome
{
    /// <summary>Still open.</summary>
    Open,

    /// <summary>Released by A-RELEASE.</summary>
    Released,

    /// <summary>Aborted by either side, or timed out.</summary>
    Aborted,

    /// <summary>Open when its listener died.</summary>
    Lost,
}

/// <summary>Association rows: completion waits for open associations, and a restart closes what the last run left open.</summary>
public sealed class AssociationLog
{
    private readonly PacsDatabase _database;
    private readonly TimeProvider _time;

    internal AssociationLog(PacsDatabase database, TimeProvider time) => (_database, _time) = (database, time);

    /// <summary>Opens a row; its id goes into <see cref="ReceivedInstance.AssociationId"/>.</summary>
    /// <param name="listener">Fixed name of the listening process, for <see cref="CloseLeftOversAsync"/>.</param>
    /// <param name="callingAe">The sender's title.</param>
    /// <param name="calledAe">The title that it called.</param>
    /// <param name="peer">Network address of the sender.</param>
    /// <param name="ct">Cancels the insert.</param>
    public Task<long> OpenAsync(string listener, string callingAe, string calledAe, string peer, CancellationToken ct) =>
        _database.TransactAsync(c => c.ScalarAsync<long>("""
            insert into association (listener, calling_ae, called_ae, peer, opened_at) values ($1, $2, $3, $4, $5)
            returning association_id
            """, ct, listener, callingAe, calledAe, peer, _time.GetUtcNow()), ct);

    /// <summary>
    /// Closes the row. After a normal release the series that it brought need only <paramref name="quietAfterRelease"/>
    /// of silence instead of their full quiet period (dicom-network: 10 s instead of 60 s).
    /// </summary>
    public Task CloseAsync(long associationId, AssociationOutcome outcome, TimeSpan quietAfterRelease, CancellationToken ct) =>
        _database.TransactAsync(async c =>
        {
            DateTimeOffset now = _time.GetUtcNow();
            await c.ExecuteAsync("""
                update association set outcome = $2, closed_at = $3 where association_id = $1 and outcome = 'open'
                """, ct, associationId, outcome, now);
            if (outcome == AssociationOutcome.Released)
            {
                await c.ExecuteAsync("""
                    update series set due_at = least(due_at, last_instance_at + $2::interval)
                    where state = 'receiving'
                        and series_id in (select series_id from association_series where association_id = $1)
                    """, ct, associationId, quietAfterRelease);
            }
        }, ct);

    /// <summary>At start: rows that an earlier run of this listener left open are closed as lost. Returns how many.</summary>
    public Task<int> CloseLeftOversAsync(string listener, CancellationToken ct) =>
        _database.TransactAsync(c => c.ExecuteAsync("""
            update association set outcome = 'lost', closed_at = $2 where listener = $1 and outcome = 'open'
            """, ct, listener, _time.GetUtcNow()), ct);
}
