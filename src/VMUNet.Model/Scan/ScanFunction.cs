using static TorchSharp.torch;

namespace VMUNet.Model.Scan;

/// <summary>The managed scan as a node of torch's autograd graph.</summary>
internal sealed class ScanFunction : autograd.SingleTensorFunction<ScanFunction>
{
    private const string Call = "call";

    /// <inheritdoc/>
    public override string Name => nameof(ScanFunction);

    /// <summary>
    /// Arguments: those of <see cref="ISelectiveScan.Scan"/> up to skip, then the <see cref="ScanCall"/>.
    /// </summary>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        Tensor x = (Tensor)vars[0], projected = (Tensor)vars[1], deltaWeight = (Tensor)vars[2];
        Tensor deltaBias = (Tensor)vars[3], aLogs = (Tensor)vars[4], skip = (Tensor)vars[5];
        var call = (ScanCall)vars[6];
        Tensor checkpoints = call.NewCheckpoints();
        ctx.save_for_backward([x, projected, deltaWeight, deltaBias, aLogs, skip, checkpoints]);
        ctx.save_data(Call, call);
        return call.Forward(x, projected, deltaWeight, deltaBias, aLogs, skip, checkpoints);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) =>
        Autograd.Guard(ctx, 7, saved => ((ScanCall)ctx.get_data(Call)).Backward(
            grad_output, saved[0], saved[1], saved[2], saved[3], saved[4], saved[5], saved[6]));
}
