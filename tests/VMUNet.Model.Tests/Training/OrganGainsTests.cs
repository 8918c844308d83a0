namespace VMUNet.Model.Tests.Training;

public sealed class OrganGainsTests
{
    private const int Side = 12;
    private const byte Liver = 1;
    private const byte Kidney = 2;
    private static readonly AugmentationRecipe s_organs = new()
    {
        OrganProbability = 1, OrganLogDarkening = 1.6, OrganLogBrightening = 0.2,
    };

    [Fact]
    public void A_drawn_organ_changes_by_one_factor_and_all_else_stays()
    {
        var sample = TwoOrgans();
        var plain = Fill(sample, null, seed: 0).Image;
        var seen = new HashSet<(bool Liver, bool Kidney)>();
        for (var seed = 0; seed < 40; seed++)
        {
            var (image, target) = Fill(sample, s_organs, seed);

            var liver = Factor(image, plain, sample.Labels.Span, Liver);
            var kidney = Factor(image, plain, sample.Labels.Span, Kidney);
            for (var i = 0; i < image.Length; i++)
            {
                var label = sample.Labels.Span[i % (Side * Side)];
                Assert.Equal(plain[i] * (label == Liver ? liver : label == Kidney ? kidney : 1), image[i], 1e-6f);
            }

            Assert.Equal(sample.Labels.ToArray().Select(v => (float)v), target);
            seen.Add((Math.Abs(liver - 1) > 1e-3, Math.Abs(kidney - 1) > 1e-3));
        }

        Assert.Equal(4, seen.Count); // each alone, both, none
    }

    [Fact]
    public void Each_plane_changes_where_its_own_labels_lie()
    {
        byte[] above = Box(Liver, 1, 4), centre = Box(Liver, 4, 7), below = new byte[Side * Side];
        var sample = TwoOrgans() with { Labels = centre, PlaneLabels = [above, centre, below] };
        var plain = Fill(sample, null, seed: 0).Image;

        var image = Enumerable.Range(0, 40).Select(seed => Fill(sample, s_organs, seed).Image)
            .First(i => Factor(i, plain, above, Liver) < 0.9f);

        for (var c = 0; c < 3; c++)
        {
            var labels = sample.PlaneLabels[c].Span;
            for (var i = 0; i < labels.Length; i++)
            {
                Assert.Equal(labels[i] == Liver, image[c * labels.Length + i] < 0.91f * plain[c * labels.Length + i]);
            }
        }
    }

    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(0, 1.6, 0.2)]
    public void Without_probability_or_strength_no_bit_and_no_later_draw_changes(
        double probability, double darkening, double brightening)
    {
        var recipe = AugmentationRecipe.AxialSlice with { OrganProbability = 0 };
        var idle = recipe with
        {
            OrganProbability = probability, OrganLogDarkening = darkening, OrganLogBrightening = brightening,
        };

        Assert.Equal(Fill(TwoOrgans(), recipe, seed: 5).Image, Fill(TwoOrgans(), idle, seed: 5).Image);
    }

    [Fact]
    public void The_same_stream_gives_the_same_factors_and_another_stream_others()
    {
        Assert.Equal(Factors(3), Factors(3));
        Assert.NotEqual(Factors(3), Factors(4));

        static float[] Factors(int seed)
        {
            var gains = OrganGains.Draw(s_organs, new SeededRandom(seed))!;
            return [.. Enumerable.Range(0, 256).Select(v => gains.Of((byte)v))];
        }
    }

    [Fact]
    public void Factors_stay_in_range_the_background_at_one_and_organs_are_often_alike()
    {
        const int Draws = 4000;
        int liver = 0, darker = 0, alike = 0, alone = 0;
        for (var seed = 0; seed < Draws; seed++)
        {
            var gains = OrganGains.Draw(s_organs, new SeededRandom(seed))!;
            var (a, b) = (gains.Of(Liver), gains.Of(Kidney));
            Assert.InRange(a, Math.Exp(-1.6) - 1e-6, Math.Exp(0.2) + 1e-6);
            Assert.Equal(1, gains.Of(0));
            liver += a != 1 ? 1 : 0;
            darker += a < 1 ? 1 : 0;
            alike += a != 1 && a == b ? 1 : 0;
            alone += a != 1 && b == 1 ? 1 : 0;
        }

        Assert.Equal(2.0 / 3, (double)liver / Draws, 0.03);
        Assert.Equal(2.0 / 3 * (1.6 / 1.8), (double)darker / Draws, 0.03);
        Assert.Equal(4.0 / 9 / 4, (double)alike / Draws, 0.03);
        Assert.Equal(2.0 / 9, (double)alone / Draws, 0.03);
    }

    [Fact]
    public void The_share_of_changed_examples_is_the_probability()
    {
        var recipe = s_organs with { OrganProbability = 0.3 };

        var changed = Enumerable.Range(0, 4000).Count(seed => OrganGains.Draw(recipe, new SeededRandom(seed)) is not null);

        Assert.Equal(0.3, changed / 4000.0, 0.03);
    }

    [Fact]
    public void An_organs_edge_is_one_pixel_soft()
    {
        var ones = Enumerable.Repeat(1f, Side * Side).ToArray();
        var sample = TwoOrgans() with { Planes = [ones, ones, ones], Labels = Box(Liver, 3, 9) };

        // Twice the size: the organ's first label pixel, column 3, covers columns 6 and 7. The row goes through its
        // middle.
        var row = Enumerable.Range(0, 40)
            .Select(seed => Fill(sample, s_organs, seed, 2 * Side).Image[(Side * 2 * Side)..(Side * 2 * (Side + 1))])
            .First(r => r[Side] < 0.5f);

        var factor = row[Side];
        Assert.Equal(1, row[4], 1e-6f);
        Assert.Equal(1 + (factor - 1) * 0.25f, row[5], 1e-6f);
        Assert.Equal(1 + (factor - 1) * 0.75f, row[6], 1e-6f);
        Assert.Equal(factor, row[7], 1e-6f);
    }

    /// <summary>Noise in 0.2..0.8, so that no brightening is cut off at 1, with two organs that do not touch.</summary>
    private static Sample TwoOrgans()
    {
        var random = new SeededRandom(3);
        var planes = Enumerable.Range(0, 3)
            .Select(_ => (ReadOnlyMemory<float>)Noise(random))
            .ToArray();
        var labels = Box(Liver, 1, 5);
        Box(Kidney, 7, 11).AsSpan(7 * Side).CopyTo(labels.AsSpan(7 * Side));
        return new Sample
        {
            Rows = Side, Columns = Side, Planes = planes, Labels = labels, Mean = [0, 0, 0], Deviation = [1, 1, 1],
        };
    }

    private static float[] Noise(SeededRandom random) =>
        [.. Enumerable.Range(0, Side * Side).Select(_ => (float)random.Uniform(0.2, 0.8))];

    /// <summary>What the first pixel of an organ in the first plane was multiplied by.</summary>
    private static float Factor(float[] image, float[] plain, ReadOnlySpan<byte> labels, byte organ) =>
        image[labels.IndexOf(organ)] / plain[labels.IndexOf(organ)];

    private static byte[] Box(byte label, int from, int to)
    {
        var labels = new byte[Side * Side];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = i / Side >= from && i / Side < to && i % Side >= from && i % Side < to ? label : (byte)0;
        }

        return labels;
    }

    private static (float[] Image, float[] Target) Fill(
        Sample sample, AugmentationRecipe? recipe, int seed, int size = Side)
    {
        var image = new float[3 * size * size];
        var target = new float[size * size];
        Augmenter.Fill(sample, recipe, new SeededRandom(seed), size, null, image, target, oneClass: false);
        return (image, target);
    }
}
