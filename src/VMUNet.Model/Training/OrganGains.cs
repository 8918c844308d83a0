namespace VMUNet.Model;

/// <summary>
/// One example's change of the organs' own brightness, as disease does it: iron loads liver and spleen and darkens both,
/// a contrast phase lights the kidneys alone. Values are multiplied, 0 being the image's background, so a dark organ
/// keeps its relative texture; where a recipe asks for it, some organs keep part of their texture's strength instead.
/// </summary>
internal sealed class OrganGains
{
    private const int LabelValues = 256;
    private const double TakesPart = 2.0 / 3;
    private const double SharesGain = 0.5;
    private readonly float[] _factors;
    private readonly float[]? _textures;

    private OrganGains(float[] factors, float[]? textures) => (_factors, _textures) = (factors, textures);

    /// <summary>Whether any organ's texture changes otherwise than its mean, so that <see cref="Shifts"/> are needed.</summary>
    public bool KeepsTexture => _textures is not null;

    /// <summary>
    /// Draws which organs change and by how much. An organ takes part with probability 2/3; it then has, with equal
    /// chance, the example's common gain or one of its own, so that several organs are often equally dark.
    /// </summary>
    /// <returns>
    /// Null, with the stream as it was, when the recipe changes no organ; null when this example is left alone.
    /// </returns>
    public static OrganGains? Draw(AugmentationRecipe recipe, SeededRandom random)
    {
        if (recipe.OrganProbability <= 0 || (recipe.OrganLogDarkening <= 0 && recipe.OrganLogBrightening <= 0)
            || !random.Chance(recipe.OrganProbability))
        {
            return null;
        }

        var common = LogGain(recipe, random);
        var factors = new float[LabelValues];
        factors[0] = 1;
        for (var label = 1; label < LabelValues; label++)
        {
            // For all values, so that no organ's draw depends on which others are seen.
            var takesPart = random.Chance(TakesPart);
            var shares = random.Chance(SharesGain);
            var own = LogGain(recipe, random);
            factors[label] = takesPart ? (float)Math.Exp(shares ? common : own) : 1;
        }

        return new OrganGains(factors, Textures(recipe, random, factors));
    }

    /// <summary>Factor on the mean of one label value; 1 for the background.</summary>
    public float Of(byte label) => _factors[label];

    /// <summary>Factor on what a value differs from its label's mean; 1 for the background.</summary>
    public float Texture(byte label) => (_textures ?? _factors)[label];

    /// <summary>What to add after the factor on the texture, a number for every label value, so that means change by theirs.</summary>
    /// <param name="plane">Values, plane rows x plane columns of the sample.</param>
    /// <param name="labels">Labels of the plane, rows x columns of the sample.</param>
    /// <param name="sample">Gives the two grids.</param>
    public float[] Shifts(ReadOnlySpan<float> plane, ReadOnlySpan<byte> labels, Sample sample)
    {
        var sums = new double[LabelValues];
        var counts = new int[LabelValues];
        for (var i = 0; i < labels.Length; i++)
        {
            if (labels[i] != 0)
            {
                var (row, column) = (i / sample.Columns / sample.RowsPerRow, i % sample.Columns / sample.ColumnsPerColumn);
                sums[labels[i]] += plane[row * sample.PlaneColumns + column];
                counts[labels[i]]++;
            }
        }

        var shifts = new float[LabelValues];
        for (var label = 1; label < LabelValues; label++)
        {
            var mean = counts[label] > 0 ? sums[label] / counts[label] : 0;
            shifts[label] = (float)((_factors[label] - Texture((byte)label)) * mean);
        }

        return shifts;
    }

    // Between the factor of the mean and 1: from the same relative texture to the same strength as before.
    private static float[]? Textures(AugmentationRecipe recipe, SeededRandom random, float[] factors)
    {
        if (recipe.OrganTextureProbability <= 0)
        {
            return null;
        }

        var textures = new float[LabelValues];
        textures[0] = 1;
        for (var label = 1; label < LabelValues; label++)
        {
            var keeps = random.Chance(recipe.OrganTextureProbability);
            var share = (float)random.NextDouble();
            textures[label] = keeps ? factors[label] + share * (1 - factors[label]) : factors[label];
        }

        return textures;
    }

    private static double LogGain(AugmentationRecipe recipe, SeededRandom random) =>
        random.Uniform(-recipe.OrganLogDarkening, recipe.OrganLogBrightening);
}
