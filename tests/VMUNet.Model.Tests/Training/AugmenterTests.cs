namespace VMUNet.Model.Tests.Training;

public sealed class AugmenterTests
{
    [Fact]
    public void Without_a_recipe_the_source_size_is_copied_and_normalised()
    {
        var sample = Sample(4, 4);
        var (image, target) = Fill(sample, null, 4, seed: 1, oneClass: false);

        for (var i = 0; i < 16; i++)
        {
            Assert.Equal((sample.Planes[1].Span[i] - 0.5f) / 0.25f, image[16 + i], 1e-6f);
            Assert.Equal(sample.Labels.Span[i], target[i]);
        }
    }

    [Fact]
    public void Half_the_size_is_the_mean_of_four()
    {
        var sample = Sample(4, 4);
        var (image, _) = Fill(sample, null, 2, seed: 1, oneClass: false);

        var plane = sample.Planes[0].Span;
        Assert.Equal(((plane[0] + plane[1] + plane[4] + plane[5]) / 4 - 0.5f) / 0.25f, image[0], 1e-6f);
    }

    [Fact]
    public void A_mirrored_slice_has_its_left_and_right_labels_exchanged()
    {
        var recipe = new AugmentationRecipe { FlipColumns = true };
        var exchange = new Dictionary<byte, byte> { [2] = 3, [3] = 2 };
        var sample = Sample(4, 4);
        var seen = new HashSet<string>();
        for (var seed = 0; seed < 20; seed++)
        {
            var (_, target) = Fill(sample, recipe, 4, seed, oneClass: false, exchange);
            seen.Add(string.Join(string.Empty, target[..4]));
        }

        // Row 0 of the labels is 2 0 0 3: mirrored 3 0 0 2, exchanged 2 0 0 3.
        Assert.Equal(["2003"], seen);
    }

    [Fact]
    public void The_default_recipe_for_slices_never_mirrors()
    {
        Assert.False(AugmentationRecipe.AxialSlice.FlipColumns);
        Assert.False(AugmentationRecipe.AxialSlice.FlipRows);
        Assert.False(AugmentationRecipe.AxialSlice.QuarterTurns);
    }

    [Fact]
    public void Every_change_keeps_values_finite_and_labels_known()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var recipe = seed % 2 == 0 ? AugmentationRecipe.Photograph : AugmentationRecipe.AxialSlice;
            var (image, target) = Fill(Sample(5, 7), recipe, 8, seed, oneClass: false);

            Assert.All(image, v => Assert.True(float.IsFinite(v)));
            Assert.All(target, v => Assert.Contains(v, new float[] { 0, 2, 3 }));
        }
    }

    [Fact]
    public void The_same_stream_gives_the_same_example()
    {
        var first = Fill(Sample(6, 6), AugmentationRecipe.AxialSlice, 8, seed: 4, oneClass: false);
        var second = Fill(Sample(6, 6), AugmentationRecipe.AxialSlice, 8, seed: 4, oneClass: false);

        Assert.Equal(first.Image, second.Image);
        Assert.Equal(first.Target, second.Target);
    }

    private static Sample Sample(int rows, int columns)
    {
        var random = new SeededRandom(3);
        var planes = Enumerable.Range(0, 3)
            .Select(_ => (ReadOnlyMemory<float>)Enumerable.Range(0, rows * columns).Select(_ => (float)random.NextDouble()).ToArray())
            .ToArray();
        var labels = new byte[rows * columns];
        labels[0] = 2;
        labels[columns - 1] = 3;
        return new Sample
        {
            Rows = rows, Columns = columns, Planes = planes, Labels = labels, Mean = [0.5f, 0.5f, 0.5f], Deviation = [0.25f, 0.25f, 0.25f],
        };
    }

    private static (float[] Image, float[] Target) Fill(
        Sample sample, AugmentationRecipe? recipe, int size, int seed, bool oneClass, Dictionary<byte, byte>? exchange = null)
    {
        var image = new float[3 * size * size];
        var target = new float[size * size];
        Augmenter.Fill(sample, recipe, new SeededRandom(seed), size, exchange, image, target, oneClass);
        return (image, target);
    }
}
