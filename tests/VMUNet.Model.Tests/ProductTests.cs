using TorchSharp;
using VMUNet.Model.Scan;
using VMUNet.Model.Tests.Goldens;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests;

[Collection(nameof(TensorTests))]
public sealed class ProductTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(7, 31, 3)]
    [InlineData(8, 32, 96)]
    [InlineData(65, 33, 17)]
    [InlineData(130, 152, 192)]
    [InlineData(64, 320, 1536)]
    [InlineData(9, 129, 40)]
    public void A_prepared_product_is_the_product_at_float32_accuracy(int rows, int columns, int sums)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator random = new Generator(5);
        Tensor x = randn([1, rows, 1, sums], generator: random), weight = randn([columns, sums], generator: random);
        using var product = new Product();

        product.Prepare(weight, Precision.Fp32);
        Tensor y = product.Of(x, weight);

        Assert.Equal([1, rows, 1, columns], y.shape);
        Golden.Close(y, x.to(ScalarType.Float64).matmul(weight.to(ScalarType.Float64).t()), 2e-6, "product");
    }

    [Theory]
    [InlineData(1, 16, 16)]
    [InlineData(50, 40, 96)]
    [InlineData(65, 152, 192)]
    [InlineData(130, 33, 48)]
    [InlineData(64, 320, 1536)]
    [InlineData(9, 7, 10)]
    public void The_fast_product_rounds_its_factors_only(int rows, int columns, int sums)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = randn(rows, sums), weight = randn(columns, sums);
        using var product = new Product();

        product.Prepare(weight, Precision.Fast);
        Tensor y = product.Of(x, weight);

        Tensor expected = x.to(ScalarType.BFloat16).to(ScalarType.Float64)
            .matmul(weight.to(ScalarType.BFloat16).to(ScalarType.Float64).t());
        Assert.Equal(ScalarType.Float32, y.dtype);

        // Where libtorch computes the whole product, the result is rounded to bfloat16 once more.
        Golden.Close(y, expected, NarrowKernel.Serves(sums) ? 2e-6 : 4e-3, "product");
        if (product.TakesNarrow)
        {
            Assert.True(product.Of(x.to(ScalarType.BFloat16), weight).bytes.SequenceEqual(y.bytes));
        }
    }

    [Theory]
    [InlineData(300, 77, Precision.Fp32)]
    [InlineData(300, 80, Precision.Fast)]
    [InlineData(40, 80, Precision.Fast)]
    public void The_bits_are_the_same_for_any_number_of_threads(int rows, int sums, Precision precision)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = randn(rows, sums), weight = randn(200, sums);
        using var product = new Product();
        product.Prepare(weight, precision);
        int before = TorchRuntime.Threads;
        try
        {
            var results = new List<Tensor>();
            foreach (int threads in new[] { 1, 2, 4 })
            {
                TorchRuntime.UseOnThisThread(threads);
                results.Add(product.Of(x, weight));
            }

            Assert.All(results, r => Assert.True(r.bytes.SequenceEqual(results[0].bytes)));
        }
        finally
        {
            TorchRuntime.UseOnThisThread(before);
        }
    }

    [Fact]
    public void A_view_that_is_not_contiguous_is_multiplied_by_its_own_numbers()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = randn(24, 10).t(), weight = randn(6, 24);
        using var product = new Product();

        product.Prepare(weight, Precision.Fp32);

        Golden.Close(product.Of(x, weight), x.matmul(weight.t()), 1e-5, "product");
    }

    [Fact]
    public void Numbers_that_are_none_and_infinities_stay_what_they_are_in_the_fast_product()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = zeros(2, 16), weight = eye(16);
        (x[0, 3], x[1, 5]) = (tensor(float.NaN), tensor(float.PositiveInfinity));
        using var product = new Product();

        product.Prepare(weight, Precision.Fast);
        Tensor y = product.Of(x, weight);

        Assert.True(y[0, 3].isnan().item<bool>());
        Assert.False(y[1, 5].isfinite().item<bool>());
    }

    [Theory]
    [InlineData("fp32", Precision.Fp32)]
    [InlineData("fast", Precision.Fast)]
    public void Every_precision_has_a_word(string name, Precision precision)
    {
        Assert.Equal(name, precision.ToName());
        Assert.Equal(precision, PrecisionNames.Parse(name));
        Assert.Throws<VMUNet.Imaging.BadInputException>(() => PrecisionNames.Parse(name + "er"));
    }

    [Fact]
    public void A_prepared_network_has_no_further_parameters()
    {
        var config = new ModelConfig { Dims = [8, 16, 32, 64], Classes = 2 };
        using (var network = new VmUNet(config, ScanKind.Managed, seed: 1))
        {
            int before = network.state_dict().Count;
            network.Prepare(Precision.Fast);
            network.Prepare(Precision.Fp32);

            Assert.Equal(before, network.state_dict().Count);
            Assert.Equal(Precision.Fp32, network.Precision);
        }
    }

    [Theory]
    [InlineData(0.3, Precision.Fp32)]
    [InlineData(1.1, Precision.Fp32)]
    [InlineData(1.5, Precision.Fast)]
    public void The_probe_takes_the_fast_profile_only_for_a_gain(double gain, Precision expected)
    {
        Assert.Equal(expected, PrecisionProbe.Choose(gain));
        Assert.InRange(PrecisionProbe.Gain, 1e-3, 1e3);
    }
}
