namespace VMUNet.Imaging.Tests;

public sealed class OverlayTests
{
    private static readonly CodedConcept Anatomy = new("91723000", "SCT", "Anatomical Structure");

    private static readonly OrganLabel Liver = new()
    {
        Value = 1,
        Name = "liver",
        Category = Anatomy,
        Type = new CodedConcept("10200004", "SCT", "Liver"),
        Colour = new Rgb(170, 110, 40),
    };

    [Fact]
    public void The_rim_of_an_organ_has_its_colour_the_inside_is_tinted_and_the_rest_untouched()
    {
        var labels = Square(20, 5, 14);

        var burnt = Overlay.Burn(Grey(20, 100), labels, [Liver]);

        Assert.Equal(Liver.Colour, Pixel(burnt, 5, 5));
        Assert.Equal(Liver.Colour, Pixel(burnt, 14, 9));
        Assert.Equal(new Rgb(118, 103, 85), Pixel(burnt, 10, 10)); // 100 + 0.25 x (colour - 100)
        Assert.Equal(new Rgb(100, 100, 100), Pixel(burnt, 4, 9));
    }

    [Fact]
    public void A_small_image_is_enlarged_and_carries_a_legend_and_the_warning()
    {
        var drawn = Overlay.Draw(Grey(64, 50), Square(64, 10, 30), [Liver], "Series 3, slice 12, model abdomen-mr-4");

        Assert.Equal(512, drawn.Columns);
        Assert.True(drawn.Rows > 512);
        var strip = Enumerable.Range(512, drawn.Rows - 512).SelectMany(y => Enumerable.Range(0, 512).Select(x => Pixel(drawn, y, x))).ToHashSet();
        Assert.Contains(Liver.Colour, strip);
        Assert.Contains(new Rgb(255, 190, 60), strip);
    }

    [Fact]
    public void An_organ_that_is_not_there_is_not_in_the_legend()
    {
        var with = Overlay.Draw(Grey(64, 50), Square(64, 10, 30), [Liver], null);
        var without = Overlay.Draw(Grey(64, 50), new byte[64 * 64], [Liver], null);

        Assert.True(without.Rows < with.Rows);
    }

    [Fact]
    public void The_caption_says_what_it_must_in_letters_that_exist()
    {
        Assert.Equal("NOT FOR DIAGNOSTIC USE", Overlay.Warning);
        Assert.All(Overlay.Warning + "abcxyz0123456789.,:;-_/()%", letter => Assert.True(BitmapFont.Knows(letter)));
        Assert.All(
            Enumerable.Range(' ', 95).Select(code => (char)code).Where(BitmapFont.Knows),
            letter =>
            {
                for (var row = 0; row < BitmapFont.Height; row++)
                {
                    for (var column = 0; column < BitmapFont.Width; column++)
                    {
                        _ = BitmapFont.HasDot(letter, row, column);
                    }
                }
            });
    }

    [Fact]
    public void A_slice_is_shown_between_its_two_values()
    {
        var volume = new Volume(VolumeGeometry.Axial(1, 1, 4, new SpacingMm(1, 1, 1)), [-200, -125, 75, 300]);

        var picture = Overlay.FromSlice(volume, 0, -125, 275);

        Assert.Equal([0, 0, 128, 255], Enumerable.Range(0, 4).Select(x => (int)Pixel(picture, 0, x).R));
    }

    [Fact]
    public void Labels_of_another_size_are_refused()
        => Assert.Throws<ArgumentException>(() => Overlay.Draw(Grey(4, 0), new byte[15], [], null));

    private static Picture Grey(int size, byte value) => new(size, size, [.. Enumerable.Repeat(value, 3 * size * size)]);

    private static byte[] Square(int size, int first, int last)
    {
        var labels = new byte[size * size];
        for (var y = first; y <= last; y++)
        {
            labels.AsSpan((y * size) + first, last - first + 1).Fill(1);
        }

        return labels;
    }

    private static Rgb Pixel(Picture picture, int y, int x)
    {
        var at = 3 * ((y * picture.Columns) + x);
        return new Rgb(picture.Rgb[at], picture.Rgb[at + 1], picture.Rgb[at + 2]);
    }
}
