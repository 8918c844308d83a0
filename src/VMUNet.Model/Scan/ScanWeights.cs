using TorchSharp;
using static TorchSharp.torch;

namespace VMUNet.Model.Scan;

/// <summary>A scan's weights in the order in which the managed kernels read them.</summary>
internal sealed class ScanWeights : IDisposable
{
    private ScanWeights(Tensor delta, Tensor deltaBias, Tensor a2, Tensor skipSum) =>
        (Delta, DeltaBias, A2, SkipSum) = (delta, deltaBias, a2, skipSum);

    /// <summary>(4, R, D).</summary>
    public Tensor Delta { get; }

    /// <summary>(4, D).</summary>
    public Tensor DeltaBias { get; }

    /// <summary>(4, N, D): A * log2(e), A = -exp(A_log).</summary>
    public Tensor A2 { get; }

    /// <summary>(D): the skip factors summed over the directions.</summary>
    public Tensor SkipSum { get; }

    /// <summary>Copies; of what <see cref="ISelectiveScan.Scan"/> takes.</summary>
    public static ScanWeights Of(Tensor deltaWeight, Tensor deltaBias, Tensor aLogs, Tensor skip)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable off = no_grad();
        long inner = deltaWeight.shape[1];
        Tensor delta = deltaWeight.transpose(1, 2).contiguous();
        Tensor a2 = aLogs.exp().TimesInPlace(-Exp2Terms.Log2E).view(ScanLayout.Directions, inner, -1).transpose(1, 2).contiguous();
        Tensor skipSum = skip.view(ScanLayout.Directions, inner).sum(dim: 0);
        return new ScanWeights(
            delta.DetachFromDisposeScope(), deltaBias.clone().DetachFromDisposeScope(), a2.DetachFromDisposeScope(),
            skipSum.DetachFromDisposeScope());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Delta.Dispose();
        DeltaBias.Dispose();
        A2.Dispose();
        SkipSum.Dispose();
    }
}
