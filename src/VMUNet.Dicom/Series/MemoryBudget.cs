using System.Globalization;
using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>How much memory one series may take, judged from its headers before any pixel is read.</summary>
public sealed class MemoryBudget
{
    private const int UsualOrgans = 8;
    private const double ShareOfMachine = 0.8;

    /// <summary>Most bytes; default four fifths of what the machine, or the container, gives the process.</summary>
    public long LimitBytes { get; init; } = (long)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * ShareOfMachine);

    /// <summary>Organs that the model may find. Default 8.</summary>
    public int Organs { get; init; } = UsualOrgans;

    /// <summary>Is told the bound of a volume before it is read.</summary>
    public Action<MemoryBound>? Announce { get; init; }

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
    }
}
