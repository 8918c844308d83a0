using System.Globalization;

namespace VMUNet.Imaging;

/// <summary>
/// Most memory that a process takes to read, segment and write one volume: the arrays of the costliest moment, which grow with
/// the voxels, and what the program and its network take for any volume. Slices go through the network in small batches, so
/// class probabilities do not grow with the volume.
/// </summary>
/// <param name="Geometry">Grid of the volume.</param>
/// <param name="Bytes">The bound.</param>
public sealed record MemoryBound(VolumeGeometry Geometry, long Bytes)
{
    private const long Mega = 1024 * 1024;
    private const long Program = 900 * Mega;
    private const int Float = 4;

    /// <summary>The same in MiB, rounded up.</summary>
    public long MegaBytes => (Bytes + Mega - 1) / Mega;

    /// <summary>The bound for a volume.</summary>
    /// <param name="geometry">Its grid.</param>
    /// <param name="organs">Organs that may be found, each on every slice.</param>
    public static MemoryBound Of(VolumeGeometry geometry, int organs)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        ArgumentOutOfRangeException.ThrowIfNegative(organs);
        var canonical = Orientation.Plan(geometry).IsIdentity ? 0 : Float;
        // values as read, turned, scaled; labels as predicted, turned back, cleaned
        var segment = 2 * Float + canonical + 3;
        // values and labels; one bit an organ, packed and read back; labels read back; scaled values not collected yet
        var write = 2 * Float + canonical + 2 + (2 * organs + 7) / 8;
        return new MemoryBound(geometry, Program + geometry.VoxelCount * Math.Max(segment, write));
    }

    /// <summary>For people: what it is for, and how much.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"at most {MegaBytes} MiB for {Geometry.Slices} slices of {Geometry.Rows} x {Geometry.Columns}");
}
