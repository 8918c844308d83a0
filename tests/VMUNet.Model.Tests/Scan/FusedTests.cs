using TorchSharp;
using VMUNet.Model.Scan;
using VMUNet.Model.Tests.Goldens;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests;

/// <summary>What a prepared network computes in one pass, against torch's operators one by one.</summary>
[Collection(nameof(TensorTests))]
public sealed class FusedTests
{
    [Theory]
    [InlineData(1, 16)]
    [InlineData(130, 96)]
    [InlineData(7, 1536)]
    public void Norm_and_gate_are_those_of_the_operators(int rows, int channels)
    {
        using DisposeScope scope = NewDisposeScope();
        Require(NormKernel.Serves(channels));
        using IDisposable off = no_grad();
        var norm = nn.LayerNorm(channels);
        norm.weight!.normal_();
        norm.bias!.normal_();
        Tensor x = randn(1, rows, channels) * 3 + 5, gate = randn(1, rows, channels) * 30;

        Tensor plain = NormKernel.Of(x, norm), gated = NormKernel.Gated(x, norm, gate, Precision.Fp32, narrow: false);

        Golden.Close(plain, norm.forward(x), 3e-6, "norm");
        Golden.Close(gated, norm.forward(x) * nn.functional.silu(gate), 3e-6, "norm and gate");
        Golden.Close(NormKernel.Gated(x, norm, gate, Precision.Fast, narrow: false), gated, 3e-4, "gate of the fast profile");
    }

    [Fact]
    public void A_norm_for_a_narrow_product_is_rounded_as_torch_rounds()
    {
        using DisposeScope scope = NewDisposeScope();
        Require(NormKernel.Serves(48));
        using IDisposable off = no_grad();
        var norm = nn.LayerNorm(48);
        Tensor x = randn(5, 48), gate = randn(5, 48);
        x[3, 7] = float.NaN;

        Tensor narrow = NormKernel.Of(x, norm, narrow: true), gated = NormKernel.Gated(x, norm, gate, Precision.Fast, narrow: true);

        Assert.Equal(ScalarType.BFloat16, narrow.dtype);
        Assert.True(narrow.allclose(NormKernel.Of(x, norm).to(ScalarType.BFloat16), 0, 0, equal_nan: true));
        Assert.True(gated.allclose(NormKernel.Gated(x, norm, gate, Precision.Fast, narrow: false).to(ScalarType.BFloat16), 0, 0, equal_nan: true));
    }

    [Fact]
    public void The_convolution_of_the_fast_profile_differs_by_less_than_bfloat16_would()
    {
        using DisposeScope scope = NewDisposeScope();
        Require(ManagedScan.IsSupported(ScanLanes.Vector512));
        using IDisposable off = no_grad();
        Tensor x = randn(2, 5, 7, 32), weight = randn(32, 1, 3, 3), bias = randn(32);
        var scan = new ManagedScan();

        Tensor exact = scan.ConvolveSilu(x, weight, bias), fast = scan.ConvolveSilu(x, weight, bias, Precision.Fast);

        Golden.Close(fast, exact, 3e-4, "fast convolution");
        Assert.False(fast.bytes.SequenceEqual(exact.bytes));
    }

    [Theory]
    [InlineData(-1e30f)]
    [InlineData(1e30f)]
    [InlineData(float.NaN)]
    public void A_gate_far_out_gives_what_the_operators_give(float value)
    {
        using DisposeScope scope = NewDisposeScope();
        Require(NormKernel.Serves(16));
        using IDisposable off = no_grad();
        var norm = nn.LayerNorm(16);
        Tensor x = randn(1, 16), gate = full([1, 16], value);

        Tensor expected = norm.forward(x) * nn.functional.silu(gate);

        foreach (Precision precision in Enum.GetValues<Precision>())
        {
            Assert.True(NormKernel.Gated(x, norm, gate, precision, narrow: false).allclose(expected, equal_nan: true));
        }
    }

    [Theory]
    [InlineData(1, 1, 96, 8, 8)]
    [InlineData(2, 9, 32, 2, 3)]
    [InlineData(1, 4, 20, 1, 1)]
    public void The_end_of_the_network_is_expansion_norm_convolution_and_placing(int batch, int classes, int channels, int height, int width)
    {
        using DisposeScope scope = NewDisposeScope();
        Require(PixelHead.IsSupported);
        using IDisposable off = no_grad();
        int c = channels / 4;
        Tensor x = randn(batch, height, width, channels), expand = randn(16 * c, channels);
        Tensor normWeight = randn(c), normBias = randn(c), weight = randn(classes, c), bias = randn(classes);

        using var head = new PixelHead(expand, normWeight, normBias, 1e-5, weight, bias, Precision.Fp32);
        Tensor y = head.Of(x);

        Tensor pixels = nn.functional.linear(x, expand).view([batch, height, width, 4, 4, c])
            .permute(0, 1, 3, 2, 4, 5).reshape(batch, 4 * height, 4 * width, c);
        Tensor normalised = nn.functional.layer_norm(pixels, [c], normWeight, normBias, 1e-5);
        Golden.Close(y, nn.functional.linear(normalised, weight, bias).permute(0, 3, 1, 2), 5e-6, "logits");
    }

    [Fact]
    public void The_fast_scan_differs_from_float32_by_less_than_bfloat16_would()
    {
        using DisposeScope scope = NewDisposeScope();
        Require(ManagedScan.IsSupported(ScanLanes.Vector512));
        using IDisposable off = no_grad();
        Tensor[] inputs = [.. ScanCase.Draw(1, 9, 14, 32, 2).Inputs.Select(t => t.to(ScalarType.Float32))];
        using var weights = new ManagedScan().Prepare(inputs[2], inputs[3], inputs[4], inputs[5]);
        var scan = new ManagedScan();

        Tensor exact = scan.Scan(inputs[0], inputs[1], weights, 9, 14, Precision.Fp32);
        Tensor fast = scan.Scan(inputs[0], inputs[1], weights, 9, 14, Precision.Fast);

        Golden.Close(fast, exact, 1e-3, "fast scan");
        Assert.False(fast.bytes.SequenceEqual(exact.bytes));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(24)]
    [InlineData(48)]
    public void A_prepared_network_of_any_width_gives_the_unprepared_one_s_logits(int width)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable off = no_grad();
        using var network = new VmUNet(
            new ModelConfig { Dims = [width, 2 * width, 4 * width, 8 * width], Depths = [1, 1, 1, 1], DepthsDecoder = [1, 1, 1, 1], Classes = 3 },
            ScanKind.Managed, seed: 4);
        network.eval();
        using var random = new Generator(4, CPU);
        Tensor image = randn([2, 3, 64, 96], generator: random);

        Tensor plain = network.forward(image);
        network.Prepare(Precision.Fp32);
        Tensor prepared = network.forward(image);
        network.Prepare(Precision.Fast);
        Tensor fast = network.forward(image);

        Golden.Close(prepared, plain, 1e-4, "logits");
        if (width > 8) // a norm over two channels gives little but their signs: no closeness to speak of
        {
            Golden.Close(fast, plain, 0.1, "fast logits");
        }
    }

    private static void Require(bool isThere)
    {
        if (!isThere)
        {
            Assert.Skip("this processor has no AVX-512");
        }
    }
}
