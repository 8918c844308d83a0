using System.Collections.Concurrent;

namespace VMUNet.DicomListener;

/// <summary>
/// Rows that are still to be committed when their objects have been answered, by association. For measuring only, as
/// <see cref="ListenerOptions.IsDurable"/> says: otherwise every answer waits for its own row.
/// </summary>
internal sealed class RowsBehind
{
    /// <summary>Most rows of an association that are waited for by nobody; each of another series may take a connection.</summary>
    private const int Most = 16;

    private readonly ConcurrentDictionary<Guid, List<Task>> _rows = new();

    /// <summary>Takes a row that is being recorded; waits only when too many are. One call of an association at a time.</summary>
    public async Task AddAsync(Guid association, Task row)
    {
        var rows = _rows.GetOrAdd(association, _ => []);
        rows.Add(row);
        if (rows.Count >= Most)
        {
            await SettleAsync(association);
        }
    }

    /// <summary>Returns when every row of the association is committed, and throws when one is not.</summary>
    public Task SettleAsync(Guid association) =>
        _rows.TryRemove(association, out var rows) ? Task.WhenAll(rows) : Task.CompletedTask;
}
