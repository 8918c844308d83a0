using VMUNet.Model.Scan;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests;

/// <summary>Inputs of one scan, drawn from a seed, in float64; scans run on copies of them.</summary>
internal sealed class ScanCase
{
    public static readonly string[] InputNames = ["x", "projected", "deltaWeight", "deltaBias", "aLogs", "skip"];

    private ScanCase(int height, int width, Tensor[] inputs, Tensor upstream)
    {
        Height = height;
        Width = width;
        Inputs = inputs;
        Upstream = upstream;
    }

    public int Height { get; }

    public int Width { get; }

    /// <summary>In the order of <see cref="InputNames"/>.</summary>
    public Tensor[] Inputs { get; }

    /// <summary>The loss by y.</summary>
    public Tensor Upstream { get; }

    public static ScanCase Draw(
        int batch, int height, int width, int inner, int rank, int seed = 1, double deltaShift = -4)
    {
        using var generator = new Generator((ulong)seed);
        long l = (long)height * width;
        Tensor Normal(params long[] shape) => empty(shape, ScalarType.Float64).normal_(0, 1, generator);
        Tensor aLogs = arange(1, 17, ScalarType.Float64).log() + (0.1 * Normal(4 * inner, 16));
        return new ScanCase(
            height,
            width,
            [
                Normal(batch, l, inner),
                Normal(batch, l, 4 * (rank + 32)),
                Normal(4, inner, rank) * Math.Pow(rank, -0.5),
                Normal(4, inner) + deltaShift,
                aLogs,
                1 + (0.2 * Normal(4 * inner)),
            ],
            Normal(batch, l, inner));
    }

    /// <summary>y and the six gradients of sum(y * upstream), in the current dispose scope.</summary>
    public (Tensor Y, Tensor[] Gradients) Run(ISelectiveScan scan, ScalarType type)
    {
        Tensor[] leaves = [.. Inputs.Select(t => t.to(type).detach().clone().requires_grad_(true))];
        Tensor y = scan.Scan(leaves[0], leaves[1], leaves[2], leaves[3], leaves[4], leaves[5], Height, Width);
        Autograd.Backward((y * Upstream.to(type)).sum());
        return (y.detach(), [.. leaves.Select(t => t.grad!)]);
    }

    /// <summary>y without gradients.</summary>
    public Tensor Infer(ISelectiveScan scan, ScalarType type)
    {
        using IDisposable off = no_grad();
        Tensor[] t = [.. Inputs.Select(input => input.to(type))];
        return scan.Scan(t[0], t[1], t[2], t[3], t[4], t[5], Height, Width);
    }
}
