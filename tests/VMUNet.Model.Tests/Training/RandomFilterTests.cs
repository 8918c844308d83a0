namespace VMUNet.Model.Tests.Training;

public sealed class RandomFilterTests
{
    private const int Side = 16;
    private const int Channels = 3;
    private static readonly AugmentationRecipe s_always = new() { FilterProbability = 1 };

    [Fact]
    public void Mean_and_deviation_of_the_image_stay_and_its_values_change()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var image = Noise(seed);
            var (mean, deviation) = Moments(image);
            var changed = Change(image, s_always, seed);

            Assert.Equal(mean, Moments(changed).Mean, 1e-4);
            Assert.Equal(deviation, Moments(changed).Deviation, 1e-4);
            Assert.NotEqual(image, changed);
        }
    }

    [Fact]
    public void An_example_is_filtered_and_its_target_stays()
    {
        var sample = new Sample
        {
            Rows = Side, Columns = Side, Planes = [Noise(1).AsMemory(0, Side * Side)],
            Labels = Enumerable.Range(0, Side * Side).Select(i => (byte)(i % 2)).ToArray(), Mean = [0], Deviation = [1],
        };

        var (plain, target) = Fill(sample, new AugmentationRecipe());
        var (filtered, same) = Fill(sample, s_always);

        Assert.NotEqual(plain, filtered);
        Assert.Equal(target, same);

        static (float[] Image, float[] Target) Fill(Sample sample, AugmentationRecipe recipe)
        {
            float[] image = new float[Side * Side], target = new float[Side * Side];
            Augmenter.Fill(sample, recipe, new SeededRandom(3), Side, null, image, target, oneClass: false);
            return (image, target);
        }
    }

    [Fact]
    public void Equal_slices_stay_equal()
    {
        var plane = Noise(1)[..(Side * Side)];

        var changed = Change([.. plane, .. plane, .. plane], s_always, seed: 4);

        Assert.Equal(changed[..(Side * Side)], changed[(Side * Side)..(2 * Side * Side)]);
        Assert.Equal(changed[..(Side * Side)], changed[(2 * Side * Side)..]);
    }

    [Fact]
    public void Contrasts_turn_round_in_some_draws_and_an_edge_stays_where_it_is()
    {
        // Left half dark, right half bright, the columns beside the edge and the border left out: four filters of
        // 3 x 3 reach four pixels far. Wide, so that the border, beyond which there is nothing, weighs little.
        const int Wide = 128;
        var image = new float[Channels * Wide * Wide];
        for (var i = 0; i < image.Length; i++)
        {
            image[i] = i % Wide < Wide / 2 ? 0.2f : 0.8f;
        }

        var brighter = 0;
        for (var seed = 0; seed < 60; seed++)
        {
            var changed = (float[])image.Clone();
            RandomFilter.Change(changed, Channels, Wide, s_always, new SeededRandom(seed));
            var middle = changed.AsSpan(Wide * Wide + Wide * Wide / 2, Wide);
            foreach (var value in middle[5..59])
            {
                Assert.Equal(middle[5], value, 1e-4f);
            }

            foreach (var value in middle[69..123])
            {
                Assert.Equal(middle[69], value, 1e-4f);
            }

            brighter += middle[69] > middle[5] ? 1 : 0;
        }

        Assert.InRange(brighter, 20, 59);
    }

    [Fact]
    public void An_image_of_one_value_stays_as_it_is()
    {
        var image = Enumerable.Repeat(0f, Channels * Side * Side).ToArray();

        for (var seed = 0; seed < 20; seed++)
        {
            Assert.All(Change(image, s_always, seed), value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public void The_same_stream_gives_the_same_image_and_another_stream_another()
    {
        Assert.Equal(Change(Noise(1), s_always, 3), Change(Noise(1), s_always, 3));
        Assert.NotEqual(Change(Noise(1), s_always, 3), Change(Noise(1), s_always, 4));
    }

    [Fact]
    public void Without_probability_no_bit_and_no_later_draw_changes()
    {
        var random = new SeededRandom(5);
        var image = Noise(1);

        RandomFilter.Change(image, Channels, Side, new AugmentationRecipe(), random);

        Assert.Equal(Noise(1), image);
        Assert.Equal(new SeededRandom(5).NextDouble(), random.NextDouble());
    }

    [Fact]
    public void The_share_of_changed_examples_is_the_probability()
    {
        var recipe = new AugmentationRecipe { FilterProbability = 0.3 };
        var image = Noise(1);

        var changed = Enumerable.Range(0, 1000).Count(seed => !Change(image, recipe, seed).SequenceEqual(image));

        Assert.Equal(0.3, changed / 1000.0, 0.05);
    }

    private static float[] Change(float[] image, AugmentationRecipe recipe, int seed)
    {
        var changed = (float[])image.Clone();
        RandomFilter.Change(changed, Channels, Side, recipe, new SeededRandom(seed));
        return changed;
    }

    private static float[] Noise(int seed)
    {
        var random = new SeededRandom(seed);
        return [.. Enumerable.Range(0, Channels * Side * Side).Select(_ => (float)random.Uniform(0, 1))];
    }

    private static (double Mean, double Deviation) Moments(float[] values)
    {
        var mean = values.Average(v => (double)v);
        return (mean, Math.Sqrt(values.Average(v => (v - mean) * (v - mean))));
    }
}
