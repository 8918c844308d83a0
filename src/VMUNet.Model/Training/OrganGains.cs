namespace VMUNet.Model;

/// <summary>
/// One example's change of the organs' own brightness, as disease does it: iron loads liver and spleen and darkens both,
/// a contrast phase lights the kidneys alone. Values are multiplied, 0 being the image's background, so a dark organ
/// keeps its relative texture.
/// </summary>
internal sealed class OrganGains
{
    private const int LabelValues = 256;
    private const double TakesPart = 2.0 / 3;
    private const double SharesGain = 0.5;
    private readonly float[] _factors;

    private OrganGains(float[] factors) => _factors = factors;

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

        return new OrganGains(factors);
    }

    /// <summary>Factor of one label value; 1 for the background.</summary>
    public float Of(byte label) => _factors[label];

    private static double LogGain(AugmentationRecipe recipe, SeededRandom random) =>
        random.Uniform(-recipe.OrganLogDarkening, recipe.OrganLogBrightening);
}
