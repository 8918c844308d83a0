namespace VMUNet.Imaging.Statistics;

/// <summary>How far a histogram has moved from a reference; both counted over the same bins, +0.5 a bin before normalising.</summary>
public static class DriftStatistics
{
    /// <summary>Population stability index, sum of (p - q) ln(p / q).</summary>
    public static double PopulationStabilityIndex(IReadOnlyList<long> reference, IReadOnlyList<long> window)
    {
        var (q, p) = (Smooth(reference), Smooth(window));
        RequireSameBins(q, p);
        return p.Zip(q, (a, b) => (a - b) * Math.Log(a / b)).Sum();
    }

    /// <summary>Jensen-Shannon divergence in nats, 0 to ln 2.</summary>
    public static double JensenShannon(IReadOnlyList<long> reference, IReadOnlyList<long> window)
    {
        var (q, p) = (Smooth(reference), Smooth(window));
        RequireSameBins(q, p);
        return p.Zip(q, (a, b) => ((a * Math.Log(2 * a / (a + b))) + (b * Math.Log(2 * b / (a + b)))) / 2).Sum();
    }

    private static double[] Smooth(IReadOnlyList<long> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        var total = counts.Sum() + (0.5 * counts.Count);
        return [.. counts.Select(count => (count + 0.5) / total)];
    }

    private static void RequireSameBins(double[] reference, double[] window)
    {
        if (reference.Length != window.Length || reference.Length == 0)
        {
            throw new ArgumentException($"The same bins were expected; {reference.Length} and {window.Length} came.", nameof(window));
        }
    }
}
