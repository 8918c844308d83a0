namespace VMUNet.Model.Tests.Inference;

public sealed class OrderStatisticTests
{
    [Fact]
    public void Equals_the_element_of_the_sorted_list()
    {
        var random = new SeededRandom(2);
        var values = Enumerable.Range(0, 5000).Select(_ => (float)(random.Gaussian() * Math.Pow(10, random.Next(6) - 3))).ToArray();
        var sorted = values.Order().ToArray();

        foreach (var share in new[] { 0, 0.005, 0.3, 0.5, 0.995, 1 })
        {
            Assert.Equal(sorted[(int)(share * (values.Length - 1))], OrderStatistic.At(values, share));
        }
    }

    [Fact]
    public void One_value_is_every_percentile() => Assert.Equal(-7f, OrderStatistic.At([-7f], 0.995));
}
