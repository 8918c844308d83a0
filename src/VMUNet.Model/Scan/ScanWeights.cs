using TorchSharp;
using static TorchSharp.torch;

namespace VMUNet.Model.Scan;

/// <summary>A scan's weights in the order in which the managed kernels of one vector width read them.</summary>
internal sealed class ScanWeights : IDisposable
{
    private ScanWeights(int lanes, Tensor delta, Tensor deltaBias, Tensor a2, Tensor skipSum) =>
        (Lanes, Delta, DeltaBias, A2, SkipSum) = (lanes, delta, deltaBias, a2, skipSum);

    /// <summary>Channels in one vector.</summary>
    public int Lanes { get; }

    /// <summary>(4, D/lanes, R, lanes).</summary>
    public Tensor Delta { get; }

    /// <summary>(4, D).</summary>
    public Tensor DeltaBias { get; }

    /// <summary>(4, D/lanes, N, lanes): A * log2(e), A = -exp(A_log).</summary>
    public Tensor A2 { get; }

    /// <summary>(D): the skip factors summed over the directions.</summary>
    public Tensor SkipSum { get; }

    /// <summary>Copies; of what <see cref="ISelectiveScan.Scan"/> takes.</summary>
    public static ScanWeights Of(Tensor deltaWeight, Tensor deltaBias, Tensor aLogs, Tensor skip, int lanes)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable off = no_grad();
        long inner = deltaWeight.shape[1];
        Tensor delta = ByBlocks(deltaWeight);
        Tensor a2 = ByBlocks(aLogs.exp().TimesInPlace(-Exp2Terms.Log2E));
        Tensor skipSum = skip.view(ScanLayout.Directions, inner).sum(dim: 0);
        return new ScanWeights(
            lanes, delta.DetachFromDisposeScope(), deltaBias.clone().DetachFromDisposeScope(), a2.DetachFromDisposeScope(),
            skipSum.DetachFromDisposeScope());

        Tensor ByBlocks(Tensor weight) =>
            weight.view(ScanLayout.Directions, inner / lanes, lanes, -1).transpose(2, 3).contiguous();
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
