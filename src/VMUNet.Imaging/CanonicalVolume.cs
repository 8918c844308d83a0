namespace VMUNet.Imaging;

/// <summary>An image in canonical orientation together with the exact way between it and its source grid.</summary>
public sealed class CanonicalVolume
{
    private readonly AxisPlan _plan;

    internal CanonicalVolume(Volume volume, VolumeGeometry source, AxisPlan plan)
        => (Volume, SourceGeometry, _plan) = (volume, source, plan);

    /// <summary>The image, axial LPS.</summary>
    public Volume Volume { get; }

    /// <summary>The grid it came from.</summary>
    public VolumeGeometry SourceGeometry { get; }

    /// <summary>True when the source was axial LPS already.</summary>
    public bool IsUnchanged => _plan.IsIdentity;

    /// <summary>Brings labels of the canonical grid back to the source grid, voxel for voxel.</summary>
    /// <exception cref="ArgumentException">The labels do not have the canonical grid's size.</exception>
    public LabelMap Undo(LabelMap canonical)
    {
        ArgumentNullException.ThrowIfNull(canonical);
        RequireSize(canonical.Geometry, Volume.Geometry, nameof(canonical));
        var labels = new byte[SourceGeometry.VoxelCount];
        _plan.Back(canonical.Labels, labels);
        return new LabelMap(SourceGeometry, labels);
    }

    /// <summary>Brings labels of the source grid to the canonical grid, voxel for voxel.</summary>
    /// <exception cref="ArgumentException">The labels do not have the source grid's size.</exception>
    public LabelMap Apply(LabelMap l)
    {
        ArgumentNullException.ThrowIfNull(l);
        RequireSize(l.Geometry, SourceGeometry, nameof(l));
        var labels = new byte[SourceGeometry.VoxelCount];
        _plan.Forward(l.Labels, labels);
        return new LabelMap(Volume.Geometry, labels);
    }

    private static void RequireSize(VolumeGeometry came, VolumeGeometry expected, string parameter)
    {
        if ((came.Slices, came.Rows, came.Columns) != (expected.Slices, expected.Rows, expected.Columns))
        {
            throw new ArgumentException(
                $"Labels of {expected.Slices} x {expected.Rows} x {expected.Columns} voxels were expected, "
                + $"{came.Slices} x {came.Rows} x {came.Columns} came.", parameter);
        }
    }
}
