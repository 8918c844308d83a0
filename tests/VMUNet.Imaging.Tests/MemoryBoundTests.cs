namespace VMUNet.Imaging.Tests;

public sealed class MemoryBoundTests
{
    [Fact]
    public void Fifteen_hundred_axial_CT_slices_with_nine_classes_stay_below_six_gigabytes()
    {
        var bound = MemoryBound.Of(VolumeGeometry.Axial(1500, 512, 512, new SpacingMm(1, 0.7, 0.7)), 8);

        Assert.InRange(bound.Bytes, 4_000_000_000, 6_000_000_000);
        Assert.Contains("1500 slices of 512 x 512", bound.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_volume_that_must_be_turned_takes_a_copy_more()
    {
        var axial = VolumeGeometry.Axial(100, 256, 256, new SpacingMm(1, 1, 1));
        var turned = axial with { RowDirection = new Vector3D(-1, 0, 0), ColumnDirection = new Vector3D(0, -1, 0) };

        var more = MemoryBound.Of(turned, 4).Bytes - MemoryBound.Of(axial, 4).Bytes;

        Assert.Equal(sizeof(float) * axial.VoxelCount, more);
    }

    [Fact]
    public void A_volume_in_canonical_orientation_is_not_copied()
    {
        var volume = new Volume(VolumeGeometry.Axial(2, 3, 4, new SpacingMm(1, 1, 1)), new float[24]);

        Assert.Same(volume, Orientation.ToCanonical(volume).Volume);
    }
}
