namespace VMUNet.Imaging.Tests;

public sealed class KeySlicesTests
{
    [Fact]
    public void Every_organ_has_the_slice_where_it_is_largest()
    {
        var labels = Map(10, (z, i) => (byte)(z == 7 && i < 5 ? 1 : z == 6 && i < 4 ? 1 : z == 2 && i == 0 ? 2 : 0));

        Assert.Equal([2, 7], KeySlices.Of(labels, 2));
    }

    [Fact]
    public void Room_that_is_left_goes_to_slices_far_from_those_chosen()
    {
        var labels = Map(11, (z, i) => (byte)(i == 0 || (z == 10 && i == 1) ? 1 : 0));

        Assert.Equal([0, 5, 10], KeySlices.Of(labels, 3));
    }

    [Fact]
    public void Only_slices_with_organs_are_given_and_none_when_there_is_none()
    {
        Assert.Equal([3], KeySlices.Of(Map(9, (z, _) => (byte)(z == 3 ? 1 : 0)), 6));
        Assert.Empty(KeySlices.Of(Map(9, (_, _) => 0), 6));
    }

    [Fact]
    public void A_sheet_shows_its_tiles_over_a_legend_with_the_warning()
    {
        var organ = new OrganLabel
        {
            Value = 1,
            Name = "liver",
            Category = new CodedConcept("1", "X", "x"),
            Type = new CodedConcept("1", "X", "x"),
            Colour = new Rgb(10, 200, 30),
        };
        var labels = new byte[400];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = (byte)(i / 20 is > 4 and < 15 && i % 20 is > 4 and < 15 ? 1 : 0);
        }
        var tile = new OverlayTile(new Picture(20, 20, new byte[1200]), labels, "");

        var sheet = Overlay.Sheet([tile, tile, tile], 2, [organ], null);

        Assert.Equal(40, sheet.Columns);
        Assert.True(sheet.Rows > 40);
        byte[] At(int y, int x) => sheet.Rgb.Slice(3 * ((y * 40) + x), 3).ToArray();
        Assert.Equal([10, 200, 30], At(5, 25));
        Assert.Equal([0, 0, 0], At(10, 10));
        Assert.Equal([10, 200, 30], At(25, 5));
        Assert.Equal([0, 0, 0], At(25, 25));
    }

    private static LabelMap Map(int slices, Func<int, int, byte> label)
    {
        var grid = VolumeGeometry.Axial(slices, 3, 3, new SpacingMm(1, 1, 1));
        return new LabelMap(grid, [.. Enumerable.Range(0, 9 * slices).Select(i => label(i / 9, i % 9))]);
    }
}
