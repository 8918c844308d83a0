namespace VMUNet.DicomListener;

/// <summary>
/// Lets live objects go first: while one is being kept, an object of backfill waits, though never for long, so that backfill
/// slows down and does not stop.
/// </summary>
internal sealed class LiveFirst(TimeProvider time)
{
    private static readonly TimeSpan s_longest = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(5);
    private int _live;

    /// <summary>Counts a live object until the result is disposed.</summary>
    public IDisposable Live()
    {
        Interlocked.Increment(ref _live);
        return new Leave(this);
    }

    /// <summary>Waits while live objects are under way.</summary>
    public async Task YieldAsync(CancellationToken ct)
    {
        var since = time.GetTimestamp();
        while (Volatile.Read(ref _live) > 0 && time.GetElapsedTime(since) < s_longest)
        {
            await Task.Delay(s_look, time, ct);
        }
    }

    private sealed class Leave(LiveFirst owner) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref owner._live);
    }
}
