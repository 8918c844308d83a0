using static TorchSharp.torch;

namespace VMUNet.Model.Scan;

/// <summary>The definition, step by step; slow. The oracle of the other implementations.</summary>
internal sealed class ReferenceScan : TorchScan
{
    /// <inheritdoc/>
    protected override Tensor Steps(Tensor u, Tensor delta, Tensor b, Tensor c, Tensor a)
    {
        // Slices by unbind: slicing one by one makes autograd quadratic in L.
        Tensor[] deltas = delta.unbind(1), inputs = (delta * u).unbind(1), bs = b.unbind(1), cs = c.unbind(1);
        var outputs = new Tensor[deltas.Length];
        Tensor h = zeros([u.shape[0], u.shape[2], a.shape[1]], u.dtype, u.device); // (B, D, N)
        for (int t = 0; t < outputs.Length; t++)
        {
            h = ((deltas[t].unsqueeze(-1) * a).exp() * h).Plus(inputs[t].unsqueeze(-1) * bs[t].unsqueeze(1));
            outputs[t] = h.matmul(cs[t].unsqueeze(-1)).squeeze(-1);                // (B, D)
        }

        return stack(outputs, 1);
    }
}
