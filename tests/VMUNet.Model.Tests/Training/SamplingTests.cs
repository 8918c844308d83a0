using VMUNet.Testing;

namespace VMUNet.Model.Tests.Training;

/// <summary>Which slices and which parts of images examples show.</summary>
public sealed class SamplingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Without_a_share_every_example_is_the_whole_image_and_no_number_is_drawn()
    {
        var random = new SeededRandom(1, 2);

        Assert.Equal(SamplePatch.Whole, SamplePatch.Draw(0, random));

        Assert.Equal(new SeededRandom(1, 2).NextDouble(), random.NextDouble());
        Assert.Equal((0.125, -0.25), SamplePatch.Whole.Of((0.125, -0.25)));
        Assert.Equal(96, SamplePatch.Whole.WholeAt(96));
    }

    [Fact]
    public void Parts_lie_inside_the_image_and_come_as_often_as_asked()
    {
        var patches = Enumerable.Range(0, 4000).Select(i => SamplePatch.Draw(0.25, new SeededRandom(7, i))).ToList();

        var parts = patches.Where(p => p != SamplePatch.Whole).ToList();
        Assert.InRange(parts.Count, 900, 1100);
        Assert.All(parts, p => Assert.InRange(p.Side, 1.0 / 3, 2.0 / 3));
        Assert.All(parts, p => Assert.True(Math.Max(Math.Abs(p.Row), Math.Abs(p.Column)) + p.Side / 2 <= 0.5 + 1e-12));
        Assert.True(parts.Max(p => p.Row) > 0.25 && parts.Min(p => p.Column) < -0.25);
    }

    [Fact]
    public void A_part_is_cut_out_of_image_and_labels_alike()
    {
        // Eight rows and columns, the part the lower left four: no resampling, so the numbers are the source's.
        var values = Enumerable.Range(0, 64).Select(i => (float)i).ToArray();
        var labels = Enumerable.Range(0, 64).Select(i => (byte)(i % 3)).ToArray();
        var sample = new Sample
        {
            Rows = 8, Columns = 8, Planes = [values], Labels = labels, Mean = [0f], Deviation = [1f], Patch = new SamplePatch(0.5, 0.25, -0.25),
        };
        var (image, target) = (new float[16], new float[16]);

        Augmenter.Fill(sample, null, new SeededRandom(1), 4, null, image, target, oneClass: false);

        var expected = Enumerable.Range(0, 16).Select(i => (4 + i / 4) * 8 + i % 4).ToArray();
        Assert.Equal(expected.Select(i => (float)i), image);
        Assert.Equal(expected.Select(i => (float)(i % 3)), target);
    }

    [Fact]
    public void A_part_of_a_photograph_keeps_the_detail_of_its_size()
    {
        var data = DataSet.Open(SyntheticData.Pictures(_folder.File("d"), 3, side: 128));
        using var prepared = new PreparedData(_folder.Path);
        var source = SampleSource.Of(data.Cases, TaskDefinition.Get("lesion-dermoscopy"), prepared);

        var (whole, part) = (source.Load(0, SamplePatch.Whole.WholeAt(32)), source.Load(0, new SamplePatch(0.5, 0, 0).WholeAt(32)));

        Assert.Equal((4, 2), (whole.RowsPerRow, part.RowsPerRow));
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(0.5, 0.75)]
    [InlineData(1, 1)]
    [InlineData(2.0 / 3, 5.0 / 6)]
    public void The_share_of_slices_with_an_organ_is_that_of_the_setting(double share, double expected)
    {
        var data = DataSet.Open(HalfEmpty());
        using var prepared = new PreparedData(_folder.Path);
        var source = SampleSource.Of(data.Cases, TaskDefinition.Get("abdomen-mr-4"), prepared, inOrder: false, share);

        var shown = Enumerable.Range(0, 3000).Count(i => source.Load(source.Pick(5, i), 32).Labels.Span.ContainsAnyExcept((byte)0));

        Assert.InRange(shown / 3000.0, expected - 0.03, expected + 0.03);
    }

    public void Dispose() => _folder.Dispose();

    // Four slices, of which two show the organs.
    private string HalfEmpty()
    {
        var folder = SyntheticData.Volumes(_folder.File("v"), 1);
        var (_, labels) = SyntheticData.Boxes(0, 32, 4);
        var bytes = labels.Labels.ToArray();
        bytes.AsSpan(bytes.Length / 2).Clear();
        Imaging.NiftiFile.Write(Path.Combine(folder, "labels", "v0.nii.gz"), new Imaging.LabelMap(labels.Geometry, bytes));
        return folder;
    }
}
