using VMUNet.Testing;

namespace VMUNet.Imaging.Tests;

public sealed class PictureFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Reads_back_every_pixel_it_wrote()
    {
        byte[] rgb = [.. Enumerable.Range(0, 3 * 7 * 5).Select(i => (byte)(i * 37))];

        PictureFile.WritePng(_folder.File("a.png"), new Picture(7, 5, rgb));
        var back = PictureFile.Read(_folder.File("a.png"));

        Assert.Equal((7, 5), (back.Rows, back.Columns));
        Assert.Equal(rgb, back.Rgb.ToArray());
    }

    [Fact]
    public void Reads_pngs_that_others_wrote()
    {
        File.WriteAllBytes(_folder.File("rgb.png"), PngBytes.Make(2, 1, 8, 2, [1, 2, 3, 250, 251, 252]));
        File.WriteAllBytes(_folder.File("grey.png"), PngBytes.Make(2, 1, 8, 0, [9, 200]));

        Assert.Equal([1, 2, 3, 250, 251, 252], PictureFile.Read(_folder.File("rgb.png")).Rgb.ToArray());
        Assert.Equal([9, 9, 9, 200, 200, 200], PictureFile.Read(_folder.File("grey.png")).Rgb.ToArray());
    }

    [Fact]
    public void A_mask_of_0_and_255_becomes_label_1_and_label_values_stay()
    {
        File.WriteAllBytes(_folder.File("binary.png"), PngBytes.Make(3, 1, 8, 0, [0, 255, 0]));
        File.WriteAllBytes(_folder.File("labels.png"), PngBytes.Make(3, 1, 8, 0, [0, 4, 2]));
        File.WriteAllBytes(_folder.File("bit.png"), PngBytes.Make(8, 1, 1, 0, [0b10100000]));

        Assert.Equal([0, 1, 0], PictureFile.ReadMask(_folder.File("binary.png")).Labels.ToArray());
        Assert.Equal([0, 4, 2], PictureFile.ReadMask(_folder.File("labels.png")).Labels.ToArray());
        Assert.Equal([1, 0, 1, 0, 0, 0, 0, 0], PictureFile.ReadMask(_folder.File("bit.png")).Labels.ToArray());
        Assert.True(PictureFile.ReadMask(_folder.File("bit.png")).Geometry.IsPicture);
    }

    [Theory]
    [InlineData(new byte[] { 0, 1, 1, 0 })]
    [InlineData(new byte[] { 0, 1, 2, 9 })]
    [InlineData(new byte[] { 0, 0, 0, 0 })]
    public void Masks_come_back_with_the_same_labels(byte[] labels)
    {
        PictureFile.WriteMaskPng(_folder.File("m.png"), new LabelMap(VolumeGeometry.ForPicture(2, 2), labels));

        Assert.Equal(labels, PictureFile.ReadMask(_folder.File("m.png")).Labels.ToArray());
    }

    [Fact]
    public void A_written_mask_of_one_label_can_be_seen()
    {
        PictureFile.WriteMaskPng(_folder.File("m.png"), new LabelMap(VolumeGeometry.ForPicture(1, 2), [0, 1]));

        Assert.Equal([0, 0, 0, 255, 255, 255], PictureFile.Read(_folder.File("m.png")).Rgb.ToArray());
    }

    [Fact]
    public void Refuses_what_would_be_changed_silently()
    {
        File.WriteAllBytes(_folder.File("deep.png"), PngBytes.Make(1, 1, 16, 2, [1, 2, 3, 4, 5, 6]));
        File.WriteAllBytes(_folder.File("nibble.png"), PngBytes.Make(2, 1, 4, 0, [0x12]));
        File.WriteAllBytes(_folder.File("mixed.png"), PngBytes.Make(3, 1, 8, 0, [0, 255, 3]));
        File.WriteAllBytes(_folder.File("colour.png"), PngBytes.Make(1, 1, 8, 2, [1, 2, 3]));

        Assert.Contains("16 bits", Refusal(() => PictureFile.Read(_folder.File("deep.png"))), StringComparison.Ordinal);
        Assert.Contains("4 bits", Refusal(() => PictureFile.ReadMask(_folder.File("nibble.png"))), StringComparison.Ordinal);
        Assert.Contains("mixes", Refusal(() => PictureFile.ReadMask(_folder.File("mixed.png"))), StringComparison.Ordinal);
        Assert.Contains("coloured", Refusal(() => PictureFile.ReadMask(_folder.File("colour.png"))), StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_damage_lies_and_foreign_files()
    {
        byte[] pixels = [.. Enumerable.Range(0, 64 * 64).Select(i => (byte)(i * i * 31))];
        var whole = PngBytes.Make(64, 64, 8, 0, pixels);
        File.WriteAllBytes(_folder.File("cut.png"), whole[..(whole.Length / 2)]);
        File.WriteAllBytes(_folder.File("huge.png"), PngBytes.Make(60000, 60000, 8, 2, new byte[60000]));
        File.WriteAllText(_folder.File("text.jpg"), "this is no picture");
        File.WriteAllText(_folder.File("empty.png"), "");

        Assert.Contains("cut off", Refusal(() => PictureFile.Read(_folder.File("cut.png"))), StringComparison.Ordinal);
        Assert.Contains("60000 x 60000", Refusal(() => PictureFile.Read(_folder.File("huge.png"))), StringComparison.Ordinal);
        Assert.Contains("not a JPEG", Refusal(() => PictureFile.Read(_folder.File("text.jpg"))), StringComparison.Ordinal);
        Assert.Contains("not a JPEG", Refusal(() => PictureFile.Read(_folder.File("empty.png"))), StringComparison.Ordinal);
        Assert.Contains("no such file", Refusal(() => PictureFile.Read(_folder.File("absent.png"))), StringComparison.Ordinal);
    }

    [Fact]
    public void Reads_a_real_photograph_and_the_mask_drawn_on_it_in_one_size()
    {
        var shared = RepoPaths.Shared;
        Assert.SkipWhen(shared is null, "../shared is not there");
        var image = Directory.EnumerateFiles(Path.Combine(shared!, "data/lesion-isic2017/images")).Order(StringComparer.Ordinal).First();
        var mask = Path.Combine(shared!, "data/lesion-isic2017/masks", Path.GetFileNameWithoutExtension(image) + ".png");

        var picture = PictureFile.Read(image);
        var labels = PictureFile.ReadMask(mask);

        Assert.Equal((picture.Rows, picture.Columns), (labels.Geometry.Rows, labels.Geometry.Columns));
        Assert.Equal([1], labels.Present());
    }

    private static string Refusal(Action action) => Assert.Throws<BadInputException>(action).Message;
}
