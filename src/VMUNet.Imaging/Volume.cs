namespace VMUNet.Imaging;

/// <summary>A three-dimensional image with its geometry. Voxels are physical values (HU for CT), order z, y, x.</summary>
public sealed class Volume
{
    private readonly float[] _voxels;

    /// <summary>Takes ownership of <paramref name="voxels"/>: the caller must not change the array any more.</summary>
    /// <param name="geometry">Grid of the voxels.</param>
    /// <param name="voxels">Slices x rows x columns values, column index fastest.</param>
    /// <exception cref="ArgumentException">The array's length is not the grid's voxel count.</exception>
    public Volume(VolumeGeometry geometry, float[] voxels)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        ArgumentNullException.ThrowIfNull(voxels);
        if (voxels.LongLength != geometry.VoxelCount)
        {
            throw new ArgumentException(
                $"The grid has {geometry.VoxelCount} voxels but {voxels.LongLength} values came.", nameof(voxels));
        }

        Geometry = geometry;
        _voxels = voxels;
    }

    /// <summary>Where the voxels lie.</summary>
    public VolumeGeometry Geometry { get; }

    /// <summary>All values, order z, y, x.</summary>
    public ReadOnlySpan<float> Voxels => _voxels;

    /// <summary>One slice: rows x columns values.</summary>
    /// <param name="z">Slice index.</param>
    public ReadOnlySpan<float> Slice(int z)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(z);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(z, Geometry.Slices);
        var size = Geometry.Rows * Geometry.Columns;
        return _voxels.AsSpan(z * size, size);
    }
}
