namespace VMUNet.Imaging;

/// <summary>One label per voxel (0 = background) with its geometry, order z, y, x. Photographs have one slice.</summary>
public sealed class LabelMap
{
    private readonly byte[] _labels;

    /// <summary>Takes ownership of <paramref name="labels"/>: the caller must not change the array any more.</summary>
    /// <param name="geometry">Grid of the voxels.</param>
    /// <param name="labels">Slices x rows x columns values, column index fastest.</param>
    /// <exception cref="ArgumentException">The array's length is not the grid's voxel count.</exception>
    public LabelMap(VolumeGeometry geometry, byte[] labels)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.LongLength != geometry.VoxelCount)
        {
            throw new ArgumentException(
                $"The grid has {geometry.VoxelCount} voxels but {labels.LongLength} labels came.", nameof(labels));
        }

        Geometry = geometry;
        _labels = labels;
    }

    /// <summary>Where the voxels lie.</summary>
    public VolumeGeometry Geometry { get; }

    /// <summary>All labels, order z, y, x.</summary>
    public ReadOnlySpan<byte> Labels => _labels;

    /// <summary>One slice: rows x columns labels.</summary>
    /// <param name="z">Slice index.</param>
    public ReadOnlySpan<byte> Slice(int z)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(z);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(z, Geometry.Slices);
        var size = Geometry.Rows * Geometry.Columns;
        return _labels.AsSpan(z * size, size);
    }

    /// <summary>The labels that occur, ascending, background left out.</summary>
    public IReadOnlyList<byte> Present()
    {
        Span<bool> seen = stackalloc bool[256];
        foreach (var label in _labels)
        {
            seen[label] = true;
        }

        var present = new List<byte>();
        for (var value = 1; value < seen.Length; value++)
        {
            if (seen[value])
            {
                present.Add((byte)value);
            }
        }

        return present;
    }

    internal ReadOnlyMemory<byte> Memory => _labels;
}
