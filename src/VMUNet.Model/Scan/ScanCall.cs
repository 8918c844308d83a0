using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace VMUNet.Model.Scan;

/// <summary>
/// One call of the managed scan: its sizes, vector width and threads; from tensors to kernels and back.
/// </summary>
internal sealed unsafe class ScanCall(ScanShape shape, ScanLanes lanes, int threads, Precision precision = Precision.Fp32)
{
    private const int K = ScanLayout.Directions;
    private const int N = ScanLayout.States;

    /// <summary>Memory for the checkpoints of the backward pass.</summary>
    public Tensor NewCheckpoints() =>
        empty(new long[] { shape.Batch, K, ScanLayout.Chunks(shape.Length), N, shape.Inner });

    /// <summary>Returns y (B, L, D); writes <paramref name="checkpoints"/> if given.</summary>
    public Tensor Forward(
        Tensor x, Tensor projected, Tensor deltaWeight, Tensor deltaBias,
        Tensor aLogs, Tensor skip, Tensor? checkpoints)
    {
        using DisposeScope scope = NewDisposeScope();
        using var weights = ScanWeights.Of(deltaWeight, deltaBias, aLogs, skip, ManagedScan.Count(lanes));
        return Forward(x, projected, weights, checkpoints).MoveToOuterDisposeScope();
    }

    /// <summary>The same with weights that were laid ready before.</summary>
    public Tensor Forward(Tensor x, Tensor projected, ScanWeights weights, Tensor? checkpoints)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor y = empty(shape.Batch, shape.Length, shape.Inner);
        if (weights.Lanes != ManagedScan.Count(lanes))
        {
            throw new ArgumentException($"Weights laid for {weights.Lanes} channels a vector, wanted {lanes}.", nameof(weights));
        }

        ScanArguments arguments = Lend(x, projected, weights, checkpoints, y);
        switch (lanes)
        {
            case ScanLanes.Vector512 when precision == Precision.Fast:
                Forward<Lanes512<ShortExp2>, Vector512<float>>(arguments);
                break;
            case ScanLanes.Vector512:
                Forward<Lanes512<FullExp2>, Vector512<float>>(arguments);
                break;
            case ScanLanes.Vector256:
                Forward<Lanes256, Vector256<float>>(arguments);
                break;
            default:
                Forward<Lanes128, Vector128<float>>(arguments);
                break;
        }

        return y.MoveToOuterDisposeScope();
    }

    /// <summary>The six gradients in the order of the forward arguments, left to the caller's dispose scope.</summary>
    public List<Tensor?> Backward(
        Tensor gradient, Tensor x, Tensor projected, Tensor deltaWeight, Tensor deltaBias, Tensor aLogs, Tensor skip,
        Tensor checkpoints)
    {
        using DisposeScope scope = NewDisposeScope();
        long b = shape.Batch, l = shape.Length, d = shape.Inner, r = shape.Rank;
        Tensor gy = gradient.contiguous();
        Tensor dx = empty(b, l, d);
        Tensor dDelta = empty(K, b * l, d);
        Tensor dBc = zeros(new long[] { b, ScanLayout.ChannelGroups, l, K, 2 * N });
        Tensor da = empty(b, K, N, d);
        Tensor dSkip = empty(b, d);
        using var weights = ScanWeights.Of(deltaWeight, deltaBias, aLogs, skip, ManagedScan.Count(lanes));
        ScanArguments arguments = Lend(x, projected, weights, checkpoints, null);
        var gradients = new ScanGradients
        {
            Y = TensorMemory.Floats(gy),
            X = TensorMemory.Floats(dx),
            Delta = TensorMemory.Floats(dDelta),
            StateInOut = TensorMemory.Floats(dBc),
            A = TensorMemory.Floats(da),
            Skip = TensorMemory.Floats(dSkip),
        };
        switch (lanes)
        {
            case ScanLanes.Vector512:
                Backward<Lanes512<FullExp2>, Vector512<float>>(arguments, gradients);
                break;
            case ScanLanes.Vector256:
                Backward<Lanes256, Vector256<float>>(arguments, gradients);
                break;
            default:
                Backward<Lanes128, Vector128<float>>(arguments, gradients);
                break;
        }

        // delta's rows came out of x_proj too, so their gradient joins those of B and C: (B, L, K, R + 2N).
        Tensor rows = dDelta.matmul(deltaWeight).view(K, b, l, r).permute(1, 2, 0, 3);
        Tensor dProjected = cat([rows, dBc.sum(dim: 1)], 3).view(b, l, -1);
        Tensor deltaRows = projected.view(b * l, K, shape.Stride).narrow(2, 0, r).transpose(0, 1); // (K, B L, R)
        Tensor dWeight = dDelta.transpose(1, 2).matmul(deltaRows);                               // (K, D, R)
        Tensor dBias = dDelta.sum(dim: 1);
        Tensor dLogs = da.sum(dim: 0).transpose(1, 2).reshape(K * d, N) * -aLogs.exp();
        Tensor dSkips = dSkip.sum(dim: 0).unsqueeze(0).expand(K, d).reshape(K * d);
        return [Out(dx), Out(dProjected), Out(dWeight), Out(dBias), Out(dLogs), Out(dSkips)];

        static Tensor Out(Tensor t) => t.MoveToOuterDisposeScope();
    }

    /// <summary>(4, L).</summary>
    private Tensor Positions()
    {
        Tensor all = empty(K, shape.Length, ScalarType.Int32);
        int* to = TensorMemory.Integers(all);
        for (int k = 0; k < K; k++)
        {
            var walk = new Walk(k, shape.Height, shape.Width);
            for (int t = 0, p = walk.Start, run = 0; t < shape.Length; t++)
            {
                *to++ = p;
                run = run + 1 == walk.RunLength ? 0 : run + 1;
                p += run == 0 ? walk.Turn : walk.Step;
            }
        }

        return all;
    }

    private void Forward<TLanes, V>(ScanArguments s)
        where TLanes : struct, ILanes<V>
        where V : unmanaged
    {
        int blocks = ScanKernel<TLanes, V>.BlocksOf(s.Inner);
        WorkItems.Run(s.Batch * blocks, threads, i => ScanKernel<TLanes, V>.Forward(s, i / blocks, i % blocks));
    }

    private void Backward<TLanes, V>(ScanArguments s, ScanGradients g)
        where TLanes : struct, ILanes<V>
        where V : unmanaged
    {
        const int Groups = ScanLayout.ChannelGroups;
        WorkItems.Run(s.Batch * Groups, threads, i => ScanKernel<TLanes, V>.Backward(s, g, i / Groups, i % Groups));
    }

    // What is made here lives in the caller's dispose scope.
    private ScanArguments Lend(Tensor x, Tensor projected, ScanWeights weights, Tensor? checkpoints, Tensor? y) => new()
    {
        Batch = shape.Batch,
        Height = shape.Height,
        Width = shape.Width,
        Inner = shape.Inner,
        Rank = shape.Rank,
        X = TensorMemory.Floats(x),
        Projected = TensorMemory.Floats(projected),
        DeltaWeight = TensorMemory.Floats(weights.Delta),
        DeltaBias = TensorMemory.Floats(weights.DeltaBias),
        A2 = TensorMemory.Floats(weights.A2),
        SkipSum = TensorMemory.Floats(weights.SkipSum),
        Positions = TensorMemory.Integers(Positions()),
        Y = y is null ? null : TensorMemory.Floats(y),
        Checkpoints = checkpoints is null ? null : TensorMemory.Floats(checkpoints),
    };
}

/// <summary>Independent numbered items on a given number of threads.</summary>
internal static class WorkItems
{
    public static void Run(int count, int threads, Action<int> item)
    {
        if (threads <= 1 || count <= 1)
        {
            for (int i = 0; i < count; i++)
            {
                item(i);
            }

            return;
        }

        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, item);
    }
}
