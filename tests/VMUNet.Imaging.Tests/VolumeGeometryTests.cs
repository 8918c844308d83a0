using CsCheck;

namespace VMUNet.Imaging.Tests;

public sealed class VolumeGeometryTests
{
    private static readonly Gen<Vector3D> Directions =
        from x in Gen.Double[-1, 1]
        from y in Gen.Double[-1, 1]
        from z in Gen.Double[-1, 1]
        where Math.Abs(x) + Math.Abs(y) + Math.Abs(z) > 0.2
        select new Vector3D(x, y, z).Normalize();

    internal static readonly Gen<VolumeGeometry> Geometries =
        from row in Directions
        from other in Directions
        where row.Cross(other).Length > 0.2
        let column = row.Cross(other).Normalize()
        from spacing in Gen.Double[0.2, 5].Array[3]
        from origin in Gen.Double[-500, 500].Array[3]
        from isLeftHanded in Gen.Bool
        from sizes in Gen.Int[1, 7].Array[3]
        select new VolumeGeometry
        {
            Slices = sizes[0],
            Rows = sizes[1],
            Columns = sizes[2],
            Origin = new Vector3D(origin[0], origin[1], origin[2]),
            RowDirection = row,
            ColumnDirection = column,
            SliceStep = row.Cross(column).Normalize() * (isLeftHanded ? -spacing[0] : spacing[0]),
            RowSpacingMm = spacing[1],
            ColumnSpacingMm = spacing[2],
        };

    [Fact]
    public void Index_to_patient_and_back_is_the_same_index() => Gen.Select(Geometries, Gen.Double[-20, 300].Array[3]).Sample(
        (geometry, index) =>
        {
            var (z, y, x) = geometry.ToIndex(geometry.ToPatient(index[0], index[1], index[2]));

            Assert.InRange(Math.Abs(z - index[0]) + Math.Abs(y - index[1]) + Math.Abs(x - index[2]), 0, 1e-8);
        });

    [Fact]
    public void Index_to_patient_and_back_holds_on_tilted_and_uneven_stacks()
        => Gen.Select(Geometries, Gen.Double[0.5, 4].Array[6], Gen.Double[-0.4, 0.4].Array[2], Gen.Double[-2, 8].Array[3]).Sample(
            (geometry, gaps, drift, index) =>
            {
                var origins = new Vector3D[7];
                for (var z = 1; z < origins.Length; z++)
                {
                    origins[z] = origins[z - 1] + (geometry.SliceStep * gaps[z - 1])
                        + (geometry.RowDirection * drift[0]) + (geometry.ColumnDirection * drift[1]);
                }

                var uneven = geometry with { Slices = 7, SliceOrigins = origins };

                var (back, y, x) = uneven.ToIndex(uneven.ToPatient(index[0], index[1], index[2]));

                Assert.InRange(Math.Abs(back - index[0]) + Math.Abs(y - index[1]) + Math.Abs(x - index[2]), 0, 1e-8);
            });

    [Fact]
    public void A_grid_equals_itself_and_names_what_differs()
    {
        var a = VolumeGeometry.Axial(3, 4, 5, new SpacingMm(3, 1, 1));

        Assert.Null(a.DifferenceFrom(a with { }));
        Assert.Contains("Sizes", a.DifferenceFrom(a with { Rows = 5 }), StringComparison.Ordinal);
        Assert.Contains("Spacings", a.DifferenceFrom(a with { RowSpacingMm = 1.002 }), StringComparison.Ordinal);
        Assert.Contains("Slice 0", a.DifferenceFrom(a with { Origin = new Vector3D(0.011, 0, 0) }), StringComparison.Ordinal);
        Assert.Contains("directions", a.DifferenceFrom(a with { SliceStep = new Vector3D(0, 0, -3) }), StringComparison.Ordinal);
        Assert.NotNull(a.DifferenceFrom(a with { Unit = LengthUnit.Pixel }));
        Assert.Contains("Slice 2", a.DifferenceFrom(a with
        {
            SliceOrigins = [default, new Vector3D(0, 0, 3), new Vector3D(0, 0, 7)],
        }), StringComparison.Ordinal);
    }

    [Fact]
    public void Spacing_between_slices_is_measured_along_the_normal()
    {
        var tilted = VolumeGeometry.Axial(3, 4, 5, new SpacingMm(3, 1, 1)) with { SliceStep = new Vector3D(0, 4, 3) };

        Assert.Equal(3, tilted.Spacing.Z, 12);
    }

    [Fact]
    public void Voxels_that_do_not_fill_the_grid_are_refused()
    {
        var geometry = VolumeGeometry.ForPicture(2, 3);

        Assert.Throws<ArgumentException>(() => new Volume(geometry, new float[5]));
        Assert.Throws<ArgumentException>(() => new LabelMap(geometry, new byte[7]));
        Assert.Throws<ArgumentException>(() => new Picture(2, 3, new byte[6]));
    }
}
