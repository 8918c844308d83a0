using System.Collections.Concurrent;
using VMUNet.Data;
using VMUNet.Data.Studies;
using VMUNet.Dimse;

namespace VMUNet.DicomListener;

/// <summary>
/// The rows of our associations. One is made when an association first stores, so that completion can wait for it; it is
/// closed when the association ends, later if the database is away at that moment.
/// </summary>
internal sealed class AssociationRows(AssociationLog log, ListenerOptions options)
{
    private readonly ConcurrentDictionary<Guid, long> _open = new();
    private readonly ConcurrentQueue<(long Row, AssociationOutcome Outcome, TimeSpan Quiet)> _toClose = new();

    /// <summary>Fixed name of this listener in the rows.</summary>
    public string ListenerName => options.OurTitles[0];

    /// <summary>The association's row, made on first use.</summary>
    /// <exception cref="DatabaseUnavailableException">The database is away.</exception>
    public async Task<long> RowOfAsync(AssociationInfo association, CancellationToken ct)
    {
        if (_open.TryGetValue(association.Id, out var row))
        {
            return row;
        }

        row = await log.OpenAsync(
            ListenerName, association.CallingAe, association.CalledAe, association.RemoteAddress.ToString(), ct);
        _open[association.Id] = row;
        return row;
    }

    /// <summary>The association has ended.</summary>
    public async Task CloseAsync(AssociationInfo association, AssociationEnd end, CancellationToken ct)
    {
        if (_open.TryRemove(association.Id, out var row))
        {
            var outcome = end == AssociationEnd.Released ? AssociationOutcome.Released : AssociationOutcome.Aborted;
            _toClose.Enqueue((row, outcome, options.QuietAfterReleaseOf(association.CallingAe)));
            await CloseDueAsync(ct);
        }
    }

    /// <summary>Closes what could not be closed before; keeps it for the next time when the database is still away.</summary>
    public async Task CloseDueAsync(CancellationToken ct)
    {
        while (_toClose.TryDequeue(out var due))
        {
            try
            {
                await log.CloseAsync(due.Row, due.Outcome, due.Quiet, ct);
            }
            catch (Exception e) when (e is DatabaseUnavailableException or OperationCanceledException)
            {
                _toClose.Enqueue(due);
                return;
            }
            catch
            {
                _toClose.Enqueue(due); // an open row holds up its series for ever
                throw;
            }
        }
    }
}
