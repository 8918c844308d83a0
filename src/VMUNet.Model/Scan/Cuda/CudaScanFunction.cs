using static TorchSharp.torch;

namespace VMUNet.Model.Scan.Cuda;

/// <summary>The CUDA scan as a node of torch's autograd graph.</summary>
internal sealed class CudaScanFunction : autograd.SingleTensorFunction<CudaScanFunction>
{
    private const string Call = "call", Box = "box";

    /// <inheritdoc/>
    public override string Name => nameof(CudaScanFunction);

    /// <summary>
    /// Arguments: those of <see cref="ISelectiveScan.Scan"/> up to skip, then the <see cref="CudaScanCall"/>.
    /// </summary>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        Tensor x = (Tensor)vars[0], projected = (Tensor)vars[1], deltaWeight = (Tensor)vars[2];
        Tensor deltaBias = (Tensor)vars[3], aLogs = (Tensor)vars[4], skip = (Tensor)vars[5];
        var call = (CudaScanCall)vars[6];
        Tensor checkpoints = call.NewCheckpoints(x.device);
        ctx.save_for_backward([x, projected, deltaWeight, deltaBias, aLogs, skip, checkpoints]);
        ctx.save_data(Call, call);
        ctx.save_data(Box, Autograd.BoxOfThisThread); // torch runs the nodes of a CUDA device on a thread of its own
        return call.Forward(x, projected, deltaWeight, deltaBias, aLogs, skip, checkpoints);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) => Autograd.Guard(
        ctx,
        7,
        saved => ((CudaScanCall)ctx.get_data(Call)).Backward(grad_output, saved[0], saved[1], saved[2], saved[3], saved[4], saved[5], saved[6]),
        (Autograd.FaultBox)ctx.get_data(Box));
}
