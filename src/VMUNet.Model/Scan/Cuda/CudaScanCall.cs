using TorchSharp;
using static TorchSharp.torch;

namespace VMUNet.Model.Scan.Cuda;

/// <summary>One call of the CUDA scan: from tensors to kernels and back.</summary>
internal sealed class CudaScanCall(IScanKernels kernels, ScanShape shape)
{
    private const int K = ScanLayout.Directions;

    private readonly long _b = shape.Batch, _l = shape.Length, _d = shape.Inner, _r = shape.Rank, _n = shape.States;

    /// <summary>Memory for what the backward pass needs of the forward pass.</summary>
    public Tensor NewCheckpoints(Device device) =>
        empty(new long[] { _b, K, (_l + KernelSource.Chunk - 1) / KernelSource.Chunk, _n, _d }, device: device);

    /// <summary>Returns y (B, L, D); writes <paramref name="checkpoints"/> if given.</summary>
    public Tensor Forward(
        Tensor x, Tensor projected, Tensor deltaWeight, Tensor deltaBias, Tensor aLogs, Tensor skip, Tensor? checkpoints)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor parts = empty(new long[] { _b, K, _l, _d }, device: x.device);
        Tensor y = empty(_b, _l, _d, device: x.device);
        ScanInputs inputs = Lend(x, projected, deltaWeight, deltaBias, aLogs);
        kernels.Forward(inputs, Pointer(parts), checkpoints is null ? 0 : Pointer(checkpoints), shape);
        kernels.Merge(Pointer(parts), inputs.X, Pointer(SkipSum(skip)), Pointer(y), shape);
        return y.MoveToOuterDisposeScope();
    }

    /// <summary>The six gradients in the order of the forward arguments, left to the caller's dispose scope.</summary>
    public List<Tensor?> Backward(
        Tensor gradient, Tensor x, Tensor projected, Tensor deltaWeight, Tensor deltaBias, Tensor aLogs, Tensor skip,
        Tensor checkpoints)
    {
        using DisposeScope scope = NewDisposeScope();
        Device device = x.device;
        long blocks = (_d + kernels.Block - 1) / kernels.Block;
        Tensor gy = gradient.contiguous();
        Tensor parts = empty(new long[] { _b, K, _l, _d }, device: device);
        Tensor dx = empty(_b, _l, _d, device: device);
        Tensor dDelta = empty(K, _b * _l, _d, device: device);
        Tensor dRows = empty(new long[] { _b, blocks, _l, K, 2 * _n }, device: device);
        Tensor da = empty(_b, K, _n, _d, device: device);
        kernels.Backward(
            Lend(x, projected, deltaWeight, deltaBias, aLogs), Pointer(checkpoints), Pointer(gy),
            new ScanGradientParts(Pointer(parts), Pointer(dDelta), Pointer(dRows), Pointer(da)), shape);
        kernels.Merge(Pointer(parts), Pointer(gy), Pointer(SkipSum(skip)), Pointer(dx), shape);

        // delta's rows came out of x_proj too, so their gradient joins those of B and C: (B, L, K, R + 2N).
        Tensor rows = dDelta.matmul(deltaWeight).view(K, _b, _l, _r).permute(1, 2, 0, 3);
        Tensor dProjected = cat([rows, dRows.sum(dim: 1)], 3).view(_b, _l, -1);
        Tensor deltaRows = projected.view(_b * _l, K, shape.Stride).narrow(2, 0, _r).transpose(0, 1);  // (K, B L, R)
        Tensor dWeight = dDelta.transpose(1, 2).matmul(deltaRows);                                     // (K, D, R)
        Tensor dBias = dDelta.sum(dim: 1);
        Tensor dLogs = da.sum(dim: 0).transpose(1, 2).reshape(K * _d, _n) * -aLogs.exp();
        Tensor dSkips = (gy * x).sum([0, 1]).unsqueeze(0).expand(K, _d).reshape(K * _d);
        return [Out(dx), Out(dProjected), Out(dWeight), Out(dBias), Out(dLogs), Out(dSkips)];

        static Tensor Out(Tensor t) => t.MoveToOuterDisposeScope();
    }

    // The small tensors made here live in the caller's dispose scope; a kernel may still read them when it is disposed, which is
    // safe: libtorch gives the memory to later work on the same stream only.
    private ScanInputs Lend(Tensor x, Tensor projected, Tensor deltaWeight, Tensor deltaBias, Tensor aLogs)
    {
        Tensor weight = deltaWeight.transpose(1, 2).contiguous();                              // (K, R, D)
        Tensor a2 = aLogs.exp().TimesInPlace(-Exp2Terms.Log2E).view(K, _d, _n).transpose(1, 2).contiguous(); // (K, N, D)
        return new ScanInputs(Pointer(x), Pointer(projected), Pointer(weight), Pointer(deltaBias), Pointer(a2));
    }

    private Tensor SkipSum(Tensor skip) => skip.view(K, _d).sum(dim: 0);

    /// <summary>The first element of a contiguous float32 tensor on any device, valid while the tensor lives.</summary>
    /// <exception cref="ArgumentException">Another layout or element type.</exception>
    private static nint Pointer(Tensor t)
    {
        if (t.dtype != ScalarType.Float32 || !t.is_contiguous())
        {
            throw new ArgumentException($"The scan's kernels take contiguous float32 tensors, came {t.dtype}.");
        }

        using Storage<float> storage = t.storage<float>();
        return storage.data_ptr() + (nint)(t.storage_offset() * sizeof(float));
    }
}
