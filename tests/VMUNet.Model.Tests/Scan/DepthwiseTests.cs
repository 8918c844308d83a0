using TorchSharp;
using VMUNet.Model.Scan;
using VMUNet.Model.Tests.Goldens;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests;

/// <summary>The managed convolution with SiLU against torch's own in float64.</summary>
public sealed class DepthwiseTests
{
    public static TheoryData<string, int, int, int, int> Shapes()
    {
        var data = new TheoryData<string, int, int, int, int>();
        foreach (string lanes in new[] { "Vector512", "Vector256", "Vector128" })
        {
            data.Add(lanes, 2, 6, 10, 48);
            data.Add(lanes, 1, 1, 1, 16);
            data.Add(lanes, 1, 1, 9, 16);
            data.Add(lanes, 3, 9, 1, 32);
            data.Add(lanes, 1, 2, 2, 16);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Output_and_gradients_agree_with_float64(string width, int batch, int height, int columns, int channels)
    {
        ScanLanes lanes = ManagedScanTests.Supported(width);
        using DisposeScope scope = NewDisposeScope();
        Tensor[] inputs = Draw(batch, height, columns, channels, scale: 1);

        Tensor[] expected = Run(new ReferenceScan(), inputs, ScalarType.Float64);
        Tensor[] actual = Run(new ManagedScan(lanes), inputs, ScalarType.Float32);

        for (int i = 0; i < expected.Length; i++)
        {
            Golden.Close(actual[i], expected[i], 2e-6, $"tensor {i}");
        }
    }

    [Theory]
    [InlineData("Vector512")]
    [InlineData("Vector256")]
    [InlineData("Vector128")]
    public void Values_far_out_on_both_sides_stay_finite_and_right(string width)
    {
        ScanLanes lanes = ManagedScanTests.Supported(width);
        using DisposeScope scope = NewDisposeScope();
        Tensor[] inputs = Draw(1, 5, 5, 16, scale: 1000);

        Tensor[] expected = Run(new ReferenceScan(), inputs, ScalarType.Float64);
        Tensor[] actual = Run(new ManagedScan(lanes), inputs, ScalarType.Float32);

        for (int i = 0; i < expected.Length; i++)
        {
            Golden.Close(actual[i], expected[i], 2e-5, $"tensor {i}");
        }
    }

    // y, then the gradients of x, weight and bias.
    private static Tensor[] Run(ISelectiveScan scan, Tensor[] inputs, ScalarType type)
    {
        Tensor[] leaves = [.. inputs.Take(3).Select(t => t.to(type).detach().clone().requires_grad_(true))];
        Tensor y = scan.ConvolveSilu(leaves[0], leaves[1], leaves[2]);
        Autograd.Backward((y * inputs[3].to(type)).sum());
        return [y.detach(), .. leaves.Select(t => t.grad!)];
    }

    private static Tensor[] Draw(int batch, int height, int columns, int channels, double scale)
    {
        using var generator = new Generator(3);
        Tensor Normal(params long[] shape) => empty(shape, ScalarType.Float64).normal_(0, 1, generator);
        return
        [
            scale * Normal(batch, height, columns, channels),
            Normal(channels, 1, 3, 3),
            Normal(channels),
            Normal(batch, height, columns, channels),
        ];
    }
}
