namespace VMUNet.Model;

/// <summary>Percentile bootstrap with a fixed seed.</summary>
internal static class Bootstrap
{
    private const int Resamples = 2000;
    private const long Seed = 20170501;

    /// <summary>95 % interval of a statistic when the cases are drawn again with replacement.</summary>
    /// <param name="cases">Number of cases; null is returned for fewer than two.</param>
    /// <param name="statistic">Value for a list of case indices.</param>
    public static double[]? Interval95(int cases, Func<int[], double> statistic)
    {
        if (cases < 2)
        {
            return null;
        }

        var random = new SeededRandom(Seed);
        var draw = new int[cases];
        var values = new double[Resamples];
        for (var i = 0; i < Resamples; i++)
        {
            for (var j = 0; j < cases; j++)
            {
                draw[j] = random.Next(cases);
            }

            values[i] = statistic(draw);
        }

        Array.Sort(values);
        return [Quantile(values, 0.025), Quantile(values, 0.975)];
    }

    /// <summary>Linear-interpolated quantile of a sorted list (numpy's default).</summary>
    public static double Quantile(double[] sorted, double share)
    {
        var position = (sorted.Length - 1) * share;
        var index = (int)position;
        var next = Math.Min(index + 1, sorted.Length - 1);
        return sorted[index] + (position - index) * (sorted[next] - sorted[index]);
    }
}
