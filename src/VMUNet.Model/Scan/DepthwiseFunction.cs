using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace VMUNet.Model.Scan;

/// <summary>The managed depth-wise convolution with SiLU as a node of torch's autograd graph.</summary>
internal sealed class DepthwiseFunction : autograd.SingleTensorFunction<DepthwiseFunction>
{
    private const string Call = "call";

    /// <inheritdoc/>
    public override string Name => nameof(DepthwiseFunction);

    /// <summary>
    /// Arguments: those of <see cref="ISelectiveScan.ConvolveSilu"/>, then the <see cref="DepthwiseCall"/>.
    /// </summary>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        Tensor x = (Tensor)vars[0], weight = (Tensor)vars[1], bias = (Tensor)vars[2];
        var call = (DepthwiseCall)vars[3];
        ctx.save_for_backward([x, weight, bias]);
        ctx.save_data(Call, call);
        return call.Forward(x, weight, bias);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) =>
        Autograd.Guard(ctx, 4, saved => ((DepthwiseCall)ctx.get_data(Call)).Backward(
            grad_output, saved[0], saved[1], saved[2]));
}

/// <summary>One call of the managed convolution: vector width and threads; from tensors to kernels and back.</summary>
internal sealed unsafe class DepthwiseCall(ScanLanes lanes, int threads, Precision precision = Precision.Fp32)
{
    private const int Taps = 9;

    /// <summary>(B, H, W, D) of (B, H, W, D).</summary>
    public Tensor Forward(Tensor x, Tensor weight, Tensor bias)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor y = empty_like(x);
        DepthwiseArguments arguments = Lend(x, weight, bias, y, null, null);
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

    /// <summary>
    /// The three gradients in the order of the forward arguments, left to the caller's dispose scope.
    /// </summary>
    public List<Tensor?> Backward(Tensor gradient, Tensor x, Tensor weight, Tensor bias)
    {
        using DisposeScope scope = NewDisposeScope();
        long d = x.shape[3];
        Tensor gy = gradient.contiguous();
        Tensor dx = empty_like(x);
        Tensor parts = empty(x.shape[0], Taps + 1, d);
        DepthwiseArguments arguments = Lend(x, weight, bias, gy, dx, parts);
        switch (lanes)
        {
            case ScanLanes.Vector512:
                Backward<Lanes512<FullExp2>, Vector512<float>>(arguments);
                break;
            case ScanLanes.Vector256:
                Backward<Lanes256, Vector256<float>>(arguments);
                break;
            default:
                Backward<Lanes128, Vector128<float>>(arguments);
                break;
        }

        Tensor sum = parts.sum(dim: 0);                                                         // (10, D)
        Tensor dWeight = sum.narrow(0, 0, Taps).t().reshape(d, 1, 3, 3);
        Tensor dBias = sum[Taps].clone();
        return [dx.MoveToOuterDisposeScope(), dWeight.MoveToOuterDisposeScope(), dBias.MoveToOuterDisposeScope()];
    }

    private void Forward<TLanes, V>(DepthwiseArguments s)
        where TLanes : struct, ILanes<V>
        where V : unmanaged =>
        WorkItems.Run(
            s.Batch * s.Height, threads, i => DepthwiseKernel<TLanes, V>.ForwardRow(s, i / s.Height, i % s.Height));

    private void Backward<TLanes, V>(DepthwiseArguments s)
        where TLanes : struct, ILanes<V>
        where V : unmanaged
    {
        int blocks = s.Channels / TLanes.Count;
        WorkItems.Run(
            s.Batch * blocks, threads, i => DepthwiseKernel<TLanes, V>.BackwardBlock(s, i / blocks, i % blocks));
    }

    // The transposed weight made here lives in the caller's dispose scope.
    private static DepthwiseArguments Lend(
        Tensor x, Tensor weight, Tensor bias, Tensor y, Tensor? dx, Tensor? parts) => new()
    {
        Batch = (int)x.shape[0],
        Height = (int)x.shape[1],
        Width = (int)x.shape[2],
        Channels = (int)x.shape[3],
        X = TensorMemory.Floats(x),
        Weight = TensorMemory.Floats(weight.view(-1, Taps).t().contiguous()),
        Bias = TensorMemory.Floats(bias),
        Y = TensorMemory.Floats(y),
        XGradient = dx is null ? null : TensorMemory.Floats(dx),
        WeightGradient = parts is null ? null : TensorMemory.Floats(parts),
    };
}
