namespace VMUNet.Model;

/// <summary>Random changes of brightness and colour of an image whose values lie at about 0..1.</summary>
internal static class Intensities
{
    /// <summary>Changes (channels, size, size) in place.</summary>
    public static void Change(Span<float> image, int channels, int size, AugmentationRecipe recipe, SeededRandom random)
    {
        var plane = size * size;
        Field(image, channels, size, recipe, random);
        Saturation(image, channels, plane, recipe, random);

        var contrast = (float)Math.Exp(random.Uniform(-recipe.LogContrast, recipe.LogContrast));
        var brightness = (float)random.Uniform(-recipe.Brightness, recipe.Brightness);
        var gamma = (float)Math.Exp(random.Uniform(-recipe.LogGamma, recipe.LogGamma));
        var noise = random.Uniform(0, recipe.Noise);
        var mean = Mean(image[..(channels * plane)]);
        for (var c = 0; c < channels; c++)
        {
            var gain = (float)Math.Exp(random.Uniform(-recipe.LogChannelGain, recipe.LogChannelGain));
            foreach (ref var value in image.Slice(c * plane, plane))
            {
                var x = Math.Clamp((value - mean) * contrast + mean + brightness, 0, 1) * gain;
                value = recipe.LogGamma > 0 ? MathF.Pow(x, gamma) : x;
            }
        }

        if (recipe.Noise > 0)
        {
            foreach (ref var value in image[..(channels * plane)])
            {
                value += (float)(noise * random.Gaussian());
            }
        }
    }

    private static void Field(Span<float> image, int channels, int size, AugmentationRecipe recipe, SeededRandom random)
    {
        if (recipe.LogBiasField <= 0)
        {
            return;
        }

        var field = new Augmenter.SmoothField(random, random.Uniform(0, recipe.LogBiasField));
        for (var row = 0; row < size; row++)
        {
            for (var column = 0; column < size; column++)
            {
                var factor = (float)Math.Exp(field.At((row + 0.5) / size - 0.5, (column + 0.5) / size - 0.5));
                for (var c = 0; c < channels; c++)
                {
                    image[(c * size + row) * size + column] *= factor;
                }
            }
        }
    }

    private static void Saturation(Span<float> image, int channels, int plane, AugmentationRecipe recipe, SeededRandom random)
    {
        if (recipe.LogSaturation <= 0 || channels != 3)
        {
            return;
        }

        var factor = (float)Math.Exp(random.Uniform(-recipe.LogSaturation, recipe.LogSaturation));
        for (var i = 0; i < plane; i++)
        {
            var grey = (image[i] + image[plane + i] + image[2 * plane + i]) / 3;
            image[i] = grey + (image[i] - grey) * factor;
            image[plane + i] = grey + (image[plane + i] - grey) * factor;
            image[2 * plane + i] = grey + (image[2 * plane + i] - grey) * factor;
        }
    }

    private static float Mean(ReadOnlySpan<float> values)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += value;
        }

        return (float)(sum / values.Length);
    }
}
