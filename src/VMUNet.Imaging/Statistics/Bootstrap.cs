using MathNet.Numerics.Distributions;

namespace VMUNet.Imaging.Statistics;

/// <summary>Bootstrap of a mean: percentile, and bias-corrected accelerated (Efron 1987).</summary>
internal static class Bootstrap
{
    internal static (double Low, double High) PercentileInterval(IReadOnlyList<double> values, int seed, int resamples, double alpha)
    {
        var means = ResampledMeans(values, seed, resamples);
        return (Quantile(means, alpha), Quantile(means, 1 - alpha));
    }

    internal static double BcaLower(IReadOnlyList<double> values, int seed, int resamples, double alpha)
    {
        var means = ResampledMeans(values, seed, resamples);
        if (means[0] == means[^1])
        {
            return means[0];
        }

        // Bias: the share of resampled means below the mean; ties count half. Kept off 0 and 1, where the normal is infinite.
        var mean = values.Average();
        var below = means.Count(m => m < mean) + (means.Count(m => m == mean) / 2.0);
        var bias = Normal.InvCDF(0, 1, Math.Clamp(below / resamples, 0.5 / resamples, 1 - (0.5 / resamples)));
        var shifted = bias + Normal.InvCDF(0, 1, alpha);
        var corrected = Normal.CDF(0, 1, bias + (shifted / (1 - (Acceleration(values, mean) * shifted))));
        return Quantile(means, corrected);
    }

    // From the jackknife: skewness of the leave-one-out means.
    private static double Acceleration(IReadOnlyList<double> values, double mean)
    {
        double squares = 0, cubes = 0;
        foreach (var value in values)
        {
            var influence = (value - mean) / (values.Count - 1); // mean of the leave-one-out means minus this one
            squares += influence * influence;
            cubes += influence * influence * influence;
        }

        return squares == 0 ? 0 : cubes / (6 * Math.Pow(squares, 1.5));
    }

    private static double[] ResampledMeans(IReadOnlyList<double> values, int seed, int resamples)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfZero(values.Count, nameof(values));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(resamples);
        var random = new SplitMix64(unchecked((ulong)seed));
        var means = new double[resamples];
        for (var i = 0; i < resamples; i++)
        {
            double sum = 0;
            for (var n = 0; n < values.Count; n++)
            {
                sum += values[random.Next(values.Count)];
            }

            means[i] = sum / values.Count;
        }

        Array.Sort(means);
        return means;
    }

    private static double Quantile(double[] sorted, double q)
    {
        var h = (sorted.Length - 1) * Math.Clamp(q, 0, 1);
        var below = (int)h;
        return below + 1 < sorted.Length ? sorted[below] + ((h - below) * (sorted[below + 1] - sorted[below])) : sorted[^1];
    }

    /// <summary>A generator whose bits no runtime version can change (Steele, Lea, Flood 2014).</summary>
    private struct SplitMix64(ulong seed)
    {
        private ulong _state = seed;

        internal int Next(int below)
        {
            _state += 0x9E3779B97F4A7C15;
            var z = _state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
            return (int)Math.BigMul(z, (ulong)below, out _);
        }
    }
}
