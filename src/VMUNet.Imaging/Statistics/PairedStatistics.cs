using MathNet.Numerics.Distributions;

namespace VMUNet.Imaging.Statistics;

/// <summary>
/// Statistics of paired differences, one value a patient (challenger minus champion), as the promotion gate uses them.
/// Everything is deterministic: the same values and seed give the same bits.
/// </summary>
public static class PairedStatistics
{
    /// <summary>Resamples of the bootstrap.</summary>
    public const int DefaultResamples = 10_000;

    /// <summary>One-sided error of the bounds.</summary>
    public const double DefaultAlpha = 0.025;

    private const int LargestExactCount = 25;

    /// <summary>One value a patient: the mean of the patient's differences, patients in ordinal order.</summary>
    public static IReadOnlyList<double> ByPatient(IEnumerable<(string Patient, double Difference)> differences)
        => [.. differences.GroupBy(pair => pair.Patient, pair => pair.Difference, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => group.Average())];

    /// <summary>Both lower bounds of the mean.</summary>
    /// <param name="differences">One value a patient.</param>
    /// <param name="seed">Seed of the bootstrap; stored with the decision.</param>
    /// <param name="alpha">One-sided error.</param>
    /// <param name="resamples">Resamples of the bootstrap.</param>
    /// <returns>Null for fewer than two patients, from whom no bound follows.</returns>
    public static PairedBound? Bound(
        IReadOnlyList<double> differences, int seed, double alpha = DefaultAlpha, int resamples = DefaultResamples)
    {
        ArgumentNullException.ThrowIfNull(differences);
        if (differences.Count < 2)
        {
            return null;
        }

        return new PairedBound
        {
            Count = differences.Count,
            Mean = differences.Average(),
            StandardDeviation = StandardDeviation(differences),
            TLower = TLowerBound(differences, alpha),
            BootstrapLower = Bootstrap.BcaLower(differences, seed, resamples, alpha),
        };
    }

    /// <summary>mean - t(1 - alpha, n - 1) x sd / sqrt(n); needs two values.</summary>
    public static double TLowerBound(IReadOnlyList<double> differences, double alpha = DefaultAlpha)
    {
        ArgumentNullException.ThrowIfNull(differences);
        ArgumentOutOfRangeException.ThrowIfLessThan(differences.Count, 2, nameof(differences));
        var quantile = StudentT.InvCDF(0, 1, differences.Count - 1, 1 - alpha);
        return differences.Average() - (quantile * StandardDeviation(differences) / Math.Sqrt(differences.Count));
    }

    /// <summary>Percentile bootstrap interval of the mean, for example for a 95 % interval of a mean Dice.</summary>
    /// <param name="values">One value a patient, at least one.</param>
    /// <param name="seed">Seed.</param>
    /// <param name="alpha">Error on each side.</param>
    /// <param name="resamples">Resamples.</param>
    public static (double Low, double High) BootstrapInterval(
        IReadOnlyList<double> values, int seed, double alpha = DefaultAlpha, int resamples = DefaultResamples)
        => Bootstrap.PercentileInterval(values, seed, resamples, alpha);

    /// <summary>Wilcoxon signed-rank test of differences + shift, alternative "greater".</summary>
    /// <param name="differences">One value a patient.</param>
    /// <param name="shift">The margin of a non-inferiority question, or 0.</param>
    /// <returns>p = 1 when every shifted difference is zero.</returns>
    public static WilcoxonResult Wilcoxon(IReadOnlyList<double> differences, double shift = 0)
    {
        ArgumentNullException.ThrowIfNull(differences);
        double[] values = [.. differences.Select(d => d + shift).Where(d => d != 0).OrderBy(Math.Abs)];
        var n = values.Length;
        if (n == 0)
        {
            return new WilcoxonResult(0, 0, 1, null);
        }

        double wPlus = 0, ties = 0;
        for (var first = 0; first < n;)
        {
            var end = first + 1;
            while (end < n && Math.Abs(values[end]) == Math.Abs(values[first]))
            {
                end++;
            }

            double group = end - first;
            var rank = (first + 1 + end) / 2.0;
            wPlus += rank * values[first..end].Count(value => value > 0);
            ties += group * ((group * group) - 1);
            first = end;
        }

        var spread = Math.Sqrt(((n * (n + 1.0) * ((2 * n) + 1)) - (ties / 2)) / 24);
        var z = (wPlus - (n * (n + 1.0) / 4)) / spread;
        var isExact = n <= LargestExactCount && ties == 0 && n == differences.Count;
        return new WilcoxonResult(n, wPlus, Normal.CDF(0, 1, -z), isExact ? ExactP(n, (int)wPlus) : null);
    }

    /// <summary>Hodges-Lehmann estimate: median of all pairwise means, pairs with itself included; at least one value.</summary>
    public static double HodgesLehmann(IReadOnlyList<double> differences)
    {
        ArgumentNullException.ThrowIfNull(differences);
        ArgumentOutOfRangeException.ThrowIfZero(differences.Count, nameof(differences));
        var means = new List<double>(differences.Count * (differences.Count + 1) / 2);
        for (var i = 0; i < differences.Count; i++)
        {
            for (var j = i; j < differences.Count; j++)
            {
                means.Add((differences[i] + differences[j]) / 2);
            }
        }

        means.Sort();
        var middle = means.Count / 2;
        return means.Count % 2 == 1 ? means[middle] : (means[middle - 1] + means[middle]) / 2;
    }

    /// <summary>Exact one-sided upper bound of a rate (Clopper-Pearson).</summary>
    /// <param name="count">Times it happened.</param>
    /// <param name="n">Times it could have.</param>
    /// <param name="level">Confidence, for example 0.95.</param>
    public static double ClopperPearsonUpper(int count, int n, double level = 0.95)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, n);
        return count == n ? 1 : Beta.InvCDF(count + 1, n - count, level);
    }

    private static double StandardDeviation(IReadOnlyList<double> values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1));
    }

    // Share of the 2^n sign patterns whose positive ranks sum to at least w.
    private static double ExactP(int n, int w)
    {
        var total = n * (n + 1) / 2;
        var patterns = new double[total + 1];
        patterns[0] = 1;
        for (var rank = 1; rank <= n; rank++)
        {
            for (var sum = total; sum >= rank; sum--)
            {
                patterns[sum] += patterns[sum - rank];
            }
        }

        return patterns[w..].Sum() / Math.Pow(2, n);
    }
}
