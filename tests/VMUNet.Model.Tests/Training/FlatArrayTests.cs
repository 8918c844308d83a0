namespace VMUNet.Model.Tests.Training;

[Collection(nameof(TensorTests))]
public sealed class FlatArrayTests
{
    private const int Count = (1 << 20) + 13; // more than a piece, and no multiple of any vector

    [Fact]
    public void A_sum_is_the_parts_added_in_their_order()
    {
        float[] a = Draw(1), b = Draw(2), c = Draw(3), sum = Draw(4);

        FlatArray.Sum(sum, [a, b, c]);

        Assert.Equal([.. a.Select((x, i) => x + b[i] + c[i])], sum);
    }

    [Fact]
    public void A_norm_is_the_root_of_the_sum_of_squares()
    {
        float[] values = Draw(1);

        double expected = Math.Sqrt(values.Sum(v => (double)v * v));

        Assert.Equal(expected, FlatArray.Norm(values), expected * 1e-12);
    }

    [Fact]
    public void A_mean_moves_a_part_of_its_way()
    {
        float[] mean = Draw(1), values = Draw(2);
        float[] expected = [.. mean.Select((m, i) => m + ((values[i] - m) * 0.125f))];

        FlatArray.MoveTowards(mean, values, 0.125f);

        Assert.Equal(expected, mean);
    }

    [Fact]
    public void The_bits_are_the_same_for_any_number_of_threads()
    {
        int before = TorchRuntime.Threads;
        try
        {
            var results = new List<(double Norm, float[] Weights)>();
            foreach (int threads in new[] { 1, 2, 4 })
            {
                TorchRuntime.UseOnThisThread(threads);
                float[] weights = Draw(5), gradient = Draw(6);
                new AdamW(Count).Step(weights, gradient, 0.5, 1e-3, [(0, 1000), (1000, Count - 1000)], 0.05);
                results.Add((FlatArray.Norm(gradient), weights));
            }

            Assert.All(results, r => Assert.Equal(results[0].Norm, r.Norm));
            Assert.All(results, r => Assert.Equal(results[0].Weights, r.Weights));
        }
        finally
        {
            TorchRuntime.UseOnThisThread(before);
        }
    }

    private static float[] Draw(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Count).Select(_ => random.NextSingle() - 0.5f)];
    }
}
