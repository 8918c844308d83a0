using VMUNet.Data.Schema;

namespace VMUNet.Data.Network;

/// <summary>How much received work waits.</summary>
public sealed class IntakeLoad
{
    private readonly PacsDatabase _database;

    internal IntakeLoad(PacsDatabase database) => _database = database;

    /// <summary>Series that are complete and not yet taken up by a worker.</summary>
    public Task<long> WaitingSeriesAsync(CancellationToken ct) => _database.TransactAsync(c => c.ScalarAsync<long>(
        "select count(*) from series where state in ('complete', 'queued')", ct), ct);
}
