using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.Dicom.Tests.Seg;

public sealed class LabelFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("labels.raw")]
    [InlineData("labels.nii")]
    [InlineData("labels.nii.gz")]
    public void Labels_come_back_from_every_form(string name)
    {
        var source = Source(new SyntheticSeries());
        var labels = Labels(source);

        LabelFile.Write(_folder.File(name), labels);

        Assert.True(LabelFile.Read(_folder.File(name), source, Organs.Eight).Labels.SequenceEqual(labels.Labels));
    }

    [Fact]
    public void Nifti_labels_in_another_axis_order_are_placed_by_geometry()
    {
        var source = Source(new SyntheticSeries());
        var coronal = Source(new SyntheticSeries
        {
            SeriesUid = "2.25.90",
            // rows to the feet, slices to posterior
            Rows = 4,
            Columns = 5,
            Spacing = [2.5, 0.5],
            Orientation = [1, 0, 0, 0, 0, -1],
            Positions = SyntheticSeries.Along([0, 0.75, 0], 6, [0, -10, -20 + 3 * 2.5]),
        });
        var labels = new byte[120];
        for (var i = 0; i < labels.Length; i++)
        {
            // coronal (z, y, x) is axial slice 3-y, row z, column x
            var (z, y, x) = (i / 20, i / 5 % 4, i % 5);
            labels[i] = (byte)((3 - y + z + x) % 9);
        }

        var moved = LabelFile.OntoGrid(new LabelMap(coronal.Geometry, labels), source.Geometry, "x.nii");

        Assert.Equal(Enumerable.Range(0, 120).Select(i => (byte)((i / 30 + i / 5 % 6 + i % 5) % 9)), moved.Labels.ToArray());
    }

    [Fact]
    public void Labels_of_another_place_or_size_are_refused()
    {
        var source = Source(new SyntheticSeries());
        var moved = Source(new SyntheticSeries
        {
            SeriesUid = "2.25.91",
            Positions = SyntheticSeries.Along([0, 0, 2.5], 4, [0.2, -10, -20]),
        });
        LabelFile.Write(_folder.File("moved.nii.gz"), Labels(moved));
        File.WriteAllBytes(_folder.File("short.raw"), new byte[119]);

        Assert.Throws<BadInputException>(() => LabelFile.Read(_folder.File("moved.nii.gz"), source, Organs.Eight));
        var error = Assert.Throws<BadInputException>(() => LabelFile.Read(_folder.File("short.raw"), source, Organs.Eight));
        Assert.Contains("119 bytes; expected 120", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_that_is_no_organ_is_refused()
    {
        var source = Source(new SyntheticSeries());
        LabelFile.Write(_folder.File("labels.raw"), Labels(source));

        var error = Assert.Throws<BadInputException>(
            () => LabelFile.Read(_folder.File("labels.raw"), source, [Organs.Eight[0]]));

        Assert.Contains("2, 3, 4, 5, 6, 7, 8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mask_picture_fits_a_photograph_and_no_volume()
    {
        var file = Dicomizer.FromPicture(new Picture(4, 6, new byte[72]), _folder.File("photo"), new DicomizeOptions
        {
            Kind = DicomizeKind.Dermoscopy,
            CreatedAt = Organs.Model.CreatedAt,
        });
        var source = Read.Photograph([file]).Source;
        var mask = new LabelMap(source.Geometry, [.. Enumerable.Range(0, 24).Select(i => (byte)(i % 2))]);
        LabelFile.Write(_folder.File("mask.png"), mask);

        Assert.True(LabelFile.Read(_folder.File("mask.png"), source, Organs.Lesion).Labels.SequenceEqual(mask.Labels));
        var volume = Source(new SyntheticSeries());
        Assert.Throws<BadInputException>(() => LabelFile.Read(_folder.File("mask.png"), volume, Organs.Lesion));
        Assert.Throws<BadInputException>(() => LabelFile.Write(_folder.File("volume.png"), Labels(volume)));
    }

    private static LabelMap Labels(SourceSeries source) =>
        new(source.Geometry, [.. Enumerable.Range(0, (int)source.Geometry.VoxelCount).Select(i => (byte)(i * 7 % 9))]);

    private SourceSeries Source(SyntheticSeries series) => Read.Volume(series.Write(_folder.File(series.SeriesUid))).Source;
}
