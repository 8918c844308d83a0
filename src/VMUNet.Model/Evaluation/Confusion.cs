namespace VMUNet.Model;

/// <summary>Counts of a one-class prediction against its reference.</summary>
/// <param name="TruePositives">Lesion in both.</param>
/// <param name="FalsePositives">Lesion in the prediction only.</param>
/// <param name="FalseNegatives">Lesion in the reference only.</param>
/// <param name="TrueNegatives">Background in both.</param>
internal readonly record struct Confusion(long TruePositives, long FalsePositives, long FalseNegatives, long TrueNegatives)
{
    /// <summary>Dice; null when both are empty.</summary>
    public double? Dsc => Ratio(2 * TruePositives, 2 * TruePositives + FalsePositives + FalseNegatives);

    /// <summary>Intersection over union; null when both are empty.</summary>
    public double? Iou => Ratio(TruePositives, TruePositives + FalsePositives + FalseNegatives);

    /// <summary>Share of pixels that agree.</summary>
    public double Accuracy =>
        Ratio(TruePositives + TrueNegatives, TruePositives + TrueNegatives + FalsePositives + FalseNegatives) ?? 0;

    /// <summary>Share of background that was left alone.</summary>
    public double Specificity => Ratio(TrueNegatives, TrueNegatives + FalsePositives) ?? 0;

    /// <summary>Share of lesion that was found.</summary>
    public double Sensitivity => Ratio(TruePositives, TruePositives + FalseNegatives) ?? 0;

    /// <summary>Adds two tables.</summary>
    public static Confusion operator +(Confusion a, Confusion b) => new(
        a.TruePositives + b.TruePositives,
        a.FalsePositives + b.FalsePositives,
        a.FalseNegatives + b.FalseNegatives,
        a.TrueNegatives + b.TrueNegatives);

    /// <summary>Counts two masks of equal length; any value but 0 is lesion.</summary>
    public static Confusion Of(ReadOnlySpan<byte> prediction, ReadOnlySpan<byte> truth)
    {
        long both = 0, found = 0, real = 0;
        for (var i = 0; i < prediction.Length; i++)
        {
            var p = prediction[i] != 0 ? 1 : 0;
            var t = truth[i] != 0 ? 1 : 0;
            both += p & t;
            found += p;
            real += t;
        }

        return new Confusion(both, found - both, real - both, prediction.Length - found - real + both);
    }

    private static double? Ratio(long part, long whole) => whole == 0 ? null : (double)part / whole;
}
