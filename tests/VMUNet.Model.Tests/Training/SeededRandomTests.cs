namespace VMUNet.Model.Tests.Training;

public sealed class SeededRandomTests
{
    [Fact]
    public void A_stream_depends_on_seed_and_keys_and_nothing_else()
    {
        var first = new SeededRandom(1, 2, 3).NextDouble();

        Assert.Equal(first, new SeededRandom(1, 2, 3).NextDouble());
        Assert.NotEqual(first, new SeededRandom(1, 3, 2).NextDouble());
        Assert.NotEqual(first, new SeededRandom(2, 2, 3).NextDouble());
    }

    [Fact]
    public void Numbers_are_uniform_and_normal_numbers_normal()
    {
        var random = new SeededRandom(5);
        var uniform = Enumerable.Range(0, 20000).Select(_ => random.NextDouble()).ToArray();
        var normal = Enumerable.Range(0, 20000).Select(_ => random.Gaussian()).ToArray();

        Assert.All(uniform, u => Assert.InRange(u, 0, 1));
        Assert.Equal(0.5, uniform.Average(), 0.01);
        Assert.Equal(0, normal.Average(), 0.03);
        Assert.Equal(1, normal.Average(x => x * x), 0.05);
    }

    [Fact]
    public void A_permutation_holds_every_number_once()
    {
        var order = new SeededRandom(9).Permutation(100);

        Assert.Equal(Enumerable.Range(0, 100), order.Order());
        Assert.NotEqual(Enumerable.Range(0, 100), order);
    }
}
