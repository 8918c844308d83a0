using CsCheck;

namespace VMUNet.Imaging.Tests;

public sealed class OrientationTests
{
    [Fact]
    public void Every_voxel_keeps_its_place_in_the_patient_and_labels_come_back_exactly()
        => VolumeGeometryTests.Geometries.Sample(geometry =>
        {
            float[] voxels = [.. Enumerable.Range(0, (int)geometry.VoxelCount).Select(i => (float)i)];
            var labels = new LabelMap(geometry, [.. voxels.Select(value => (byte)value)]);

            var canonical = Orientation.ToCanonical(new Volume(geometry, voxels));

            var g = canonical.Volume.Geometry;
            Assert.True(g.SliceStep.Z >= 0 && g.ColumnDirection.Y >= 0 && g.RowDirection.X >= 0);
            for (var i = 0; i < voxels.Length; i++)
            {
                var value = (int)canonical.Volume.Voxels[i];
                var here = Place(g, i);
                Assert.True((here - Place(geometry, value)).Length < 1e-9);
            }

            Assert.Equal(labels.Labels.ToArray(), canonical.Undo(canonical.Apply(labels)).Labels.ToArray());
            Assert.Same(geometry, canonical.Undo(canonical.Apply(labels)).Geometry);
        });

    [Fact]
    public void A_coronal_volume_with_its_head_up_becomes_axial()
    {
        // Coronal as scanners send it: rows to the left, columns to the feet, slices to posterior.
        var coronal = new VolumeGeometry
        {
            Slices = 2,
            Rows = 3,
            Columns = 4,
            Origin = new Vector3D(0, 0, 0),
            RowDirection = new Vector3D(1, 0, 0),
            ColumnDirection = new Vector3D(0, 0, -1),
            SliceStep = new Vector3D(0, 5, 0),
            RowSpacingMm = 2,
            ColumnSpacingMm = 1,
        };

        var canonical = Orientation.ToCanonical(new Volume(coronal, new float[24])).Volume.Geometry;

        Assert.Equal((3, 2, 4), (canonical.Slices, canonical.Rows, canonical.Columns));
        Assert.Equal(new Vector3D(1, 0, 0), canonical.RowDirection);
        Assert.Equal(new Vector3D(0, 1, 0), canonical.ColumnDirection);
        Assert.Equal(new Vector3D(0, 0, 2), canonical.SliceStep);
        Assert.Equal(new Vector3D(0, 0, -4), canonical.Origin);
        Assert.Equal(new SpacingMm(2, 5, 1), canonical.Spacing);
    }

    [Fact]
    public void An_axial_volume_is_left_as_it_is()
        => Assert.True(Orientation.ToCanonical(
            new Volume(VolumeGeometry.Axial(2, 3, 4, new SpacingMm(5, 1, 1)), new float[24])).IsUnchanged);

    [Fact]
    public void Uneven_slices_keep_their_places_when_the_stack_is_turned_over()
    {
        var geometry = VolumeGeometry.Axial(3, 1, 1, new SpacingMm(2, 1, 1)) with
        {
            SliceStep = new Vector3D(0, 0, -2),
            SliceOrigins = [new Vector3D(0, 0, 9), new Vector3D(0, 0, 7), new Vector3D(0, 0, 1)],
        };

        var canonical = Orientation.ToCanonical(new Volume(geometry, [1, 2, 3])).Volume;

        Assert.Equal([3, 2, 1], canonical.Voxels.ToArray());
        Assert.Equal([1.0, 7.0, 9.0], canonical.Geometry.SliceOrigins!.Select(origin => origin.Z));
    }

    private static Vector3D Place(VolumeGeometry g, int index)
        => g.ToPatient(index / (g.Rows * g.Columns), index / g.Columns % g.Rows, index % g.Columns);
}
