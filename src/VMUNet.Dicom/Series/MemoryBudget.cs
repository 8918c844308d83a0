using System.Globalization;
using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>
/// How much memory one series may take: judged from its headers before any pixel is read, and kept until this is disposed. The
/// collector lets garbage grow with what lives, so beside a volume of gigabytes it would wait for gigabytes; while such a volume is
/// worked on, garbage is collected every few hundred megabytes.
/// </summary>
public sealed class MemoryBudget : IDisposable
{
    private const int UsualOrgans = 8;
    private const double ShareOfMachine = 0.8;
    private const long KeptFromBytes = 2L << 30;
    private const long GarbageBytes = 256L << 20;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _end = new();
    private Task _keeping = Task.CompletedTask;

    /// <summary>Most bytes; default four fifths of what the machine, or the container, gives the process.</summary>
    public long LimitBytes { get; init; } = (long)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * ShareOfMachine);

    /// <summary>Organs that the model may find. Default 8.</summary>
    public int Organs { get; init; } = UsualOrgans;

    /// <summary>Is told the bound of a volume before it is read.</summary>
    public Action<MemoryBound>? Announce { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.Cancel();
        _keeping.GetAwaiter().GetResult();
        _end.Dispose();
    }

    /// <summary>Tells the bound, and keeps it.</summary>
    /// <exception cref="RefusalException">The bound is above the limit.</exception>
    internal void Demand(VolumeGeometry geometry, string seriesInstanceUid)
    {
        var bound = MemoryBound.Of(geometry, Organs);
        Announce?.Invoke(bound);
        if (bound.Bytes > LimitBytes)
        {
            throw new RefusalException(RefusalReason.TooLarge, string.Create(CultureInfo.InvariantCulture,
                $"Series {seriesInstanceUid} may take {bound}; the limit here is {LimitBytes / (1024 * 1024)} MiB. Send a part "
                + $"of it, or raise the limit (Jobs:MemoryLimitMb) on a machine that has the memory"));
        }
        if (bound.Bytes > KeptFromBytes && _keeping.IsCompleted)
        {
            _keeping = Task.Factory.StartNew(
                Keep, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
    }

    private void Keep()
    {
        var collectedAt = GC.GetTotalAllocatedBytes();
        while (!_end.Token.WaitHandle.WaitOne(s_pause))
        {
            if (GC.GetTotalAllocatedBytes() - collectedAt > GarbageBytes)
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
                collectedAt = GC.GetTotalAllocatedBytes();
            }
        }
    }
}
