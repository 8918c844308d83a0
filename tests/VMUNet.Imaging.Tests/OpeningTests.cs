using CsCheck;

namespace VMUNet.Imaging.Tests;

public sealed class OpeningTests
{
    private const byte Label = 3;

    [Fact]
    public void Equals_the_definition_on_any_mask() => Masks.Sample(
        (map, radius) => Assert.Equal(ByDefinition(map, radius), Opening.Of(map, Label, radius).Labels.ToArray()),
        iter: 300);

    [Fact]
    public void A_part_that_hangs_on_by_a_thin_bridge_goes_and_the_largest_keeps_its_outline()
    {
        var map = Map(
            new SpacingMm(5, 1, 1),
            "33333......",
            "33333...333",
            "33333333333",
            "33333...333",
            "33333......");

        var plain = Components.KeepLargest(map, Label);
        var cut = Components.KeepLargest(map, Label, bridgeMm: 1);

        Assert.Equal(0, plain.RemovedVoxels);
        Assert.Equal(
            Map(new SpacingMm(5, 1, 1), "33333......", "33333......", "3333333....", "33333......", "33333......").Labels.ToArray(),
            cut.Labels.Labels.ToArray());
        Assert.Equal((2, 27L, 10L), (cut.Count, cut.KeptVoxels, cut.RemovedVoxels));
    }

    [Fact]
    public void Width_is_in_millimetres_along_rows_and_columns_alike()
    {
        string[] bridged = ["33333...333", "33333333333", "33333333333", "33333...333"];

        // Two rows are 2 mm or 6 mm wide.
        Assert.NotEqual(0, Components.KeepLargest(Map(new SpacingMm(5, 1, 1), bridged), Label, 1).RemovedVoxels);
        Assert.Equal(0, Components.KeepLargest(Map(new SpacingMm(5, 3, 3), bridged), Label, 1).RemovedVoxels);
    }

    [Fact]
    public void A_label_that_is_thin_everywhere_keeps_its_largest_part()
    {
        var map = Map(new SpacingMm(5, 1, 1), "3333..33", "........");

        var found = Components.KeepLargest(map, Label, bridgeMm: 2);

        Assert.Equal((4L, 2L), (found.KeptVoxels, found.RemovedVoxels));
    }

    [Fact]
    public void Other_labels_stay()
    {
        var map = Map(new SpacingMm(5, 1, 1), "3337", "3337", "3337", "...7");

        Assert.Equal(map.Labels.ToArray(), Components.KeepLargest(map, Label, bridgeMm: 1).Labels.Labels.ToArray());
    }

    private static Gen<(LabelMap Map, double Radius)> Masks { get; } =
        from slices in Gen.Int[1, 2]
        from rows in Gen.Int[1, 9]
        from columns in Gen.Int[1, 9]
        from height in Gen.Int[3, 4].Select(quarters => quarters * 0.25)
        from radius in Gen.Int[3, 10].Select(quarters => quarters * 0.25)
        from values in Gen.Int[0, 9].Array[slices * rows * columns]
        select (
            new LabelMap(
                VolumeGeometry.Axial(slices, rows, columns, new SpacingMm(1, height, 1)),
                [.. values.Select(v => v > 1 ? Label : (byte)v)]),
            radius);

    // Covered by a diamond that lies inside the label; the diamond holds every place of the plane within the radius.
    private static byte[] ByDefinition(LabelMap map, double radius)
    {
        var g = map.Geometry;
        bool Fits(int z, int y, int x) => Around(g, y, x, radius).All(p =>
            p.Y >= 0 && p.X >= 0 && p.Y < g.Rows && p.X < g.Columns && map.Labels[(z * g.Rows + p.Y) * g.Columns + p.X] == Label);
        var opened = new byte[map.Labels.Length];
        for (var i = 0; i < opened.Length; i++)
        {
            var (z, y, x) = (i / (g.Rows * g.Columns), i / g.Columns % g.Rows, i % g.Columns);
            opened[i] = Around(g, y, x, radius).Any(p => p.Y >= 0 && p.X >= 0 && p.Y < g.Rows && p.X < g.Columns && Fits(z, p.Y, p.X))
                ? Label
                : (byte)0;
        }

        return opened;
    }

    private static IEnumerable<(int Y, int X)> Around(VolumeGeometry g, int y, int x, double radius) =>
        from dy in Enumerable.Range(-4, 9)
        from dx in Enumerable.Range(-4, 9)
        where Math.Abs(dy) * g.Spacing.Y + Math.Abs(dx) * g.Spacing.X <= radius + 1e-9
        select (y + dy, x + dx);

    private static LabelMap Map(SpacingMm spacing, params string[] rows) => new(
        VolumeGeometry.Axial(1, rows.Length, rows[0].Length, spacing),
        [.. rows.SelectMany(r => r.Select(c => c == '.' ? (byte)0 : (byte)(c - '0')))]);
}
