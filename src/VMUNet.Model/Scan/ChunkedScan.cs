using TorchSharp;
using static TorchSharp.torch;

namespace VMUNet.Model.Scan;

/// <summary>
/// The sequence cut into about sqrt(L) chunks that take their steps together, then the states carried from chunk to
/// chunk: 2 sqrt(L) operators deep instead of L. Uses products of decays only, which are at most 1, and never divides
/// by one. The form for devices without a kernel of ours.
/// </summary>
/// <remarks>Needs two tensors of B * L * D * N elements a direction, and more of them when gradients are wanted.</remarks>
/// <param name="steps">Steps of a chunk; 0 for about the square root of the length.</param>
internal sealed class ChunkedScan(int steps = 0) : TorchScan
{
    /// <inheritdoc/>
    protected override Tensor Steps(Tensor u, Tensor delta, Tensor b, Tensor c, Tensor a)
    {
        long batch = u.shape[0], length = u.shape[1], inner = u.shape[2];
        long t = steps > 0 ? steps : Math.Max(1, (long)Math.Ceiling(Math.Sqrt(length)));
        long chunks = (length + t - 1) / t;

        // A step with delta = 0 keeps the state and adds nothing: so the last chunk is filled up.
        Tensor Cut(Tensor x) => nn.functional.pad(x, [0, 0, 0, (chunks * t) - length]).view(batch, chunks, t, x.shape[2]);
        Tensor[] deltas = Cut(delta).unbind(2);                                 // t of (B, chunks, D)
        Tensor[] inputs = Cut(delta * u).unbind(2);
        Tensor[] bs = Cut(b).unbind(2), cs = Cut(c).unbind(2);                  // t of (B, chunks, N)
        var own = new Tensor[t];                                                // state of a chunk begun at zero
        var decay = new Tensor[t];                                              // what is left of the state before it
        for (int i = 0; i < t; i++)
        {
            using DisposeScope step = NewDisposeScope();
            Tensor keep = (deltas[i].unsqueeze(-1) * a).exp();                  // (B, chunks, D, N)
            Tensor added = inputs[i].unsqueeze(-1) * bs[i].unsqueeze(2);
            own[i] = (i == 0 ? added : (keep * own[i - 1]).Plus(added)).MoveToOuterDisposeScope();
            decay[i] = (i == 0 ? keep : keep * decay[i - 1]).MoveToOuterDisposeScope();
        }

        Tensor before = Carried(own[^1], decay[^1]);
        var outputs = new Tensor[t];
        for (int i = 0; i < t; i++)
        {
            using DisposeScope step = NewDisposeScope();
            Tensor h = own[i].Plus(decay[i] * before);
            outputs[i] = h.matmul(cs[i].unsqueeze(-1)).squeeze(-1).MoveToOuterDisposeScope(); // (B, chunks, D)
            own[i].Dispose();
            decay[i].Dispose();
        }

        return stack(outputs, 2).view(batch, chunks * t, inner).narrow(1, 0, length);
    }

    /// <summary>The state before each chunk, from each chunk's own last state and whole decay.</summary>
    private static Tensor Carried(Tensor own, Tensor decay)
    {
        Tensor[] owns = own.unbind(1), decays = decay.unbind(1);
        var before = new Tensor[owns.Length];
        before[0] = zeros_like(owns[0]);
        for (int c = 1; c < before.Length; c++)
        {
            before[c] = (decays[c - 1] * before[c - 1]).Plus(owns[c - 1]);
        }

        return stack(before, 1);                                                // (B, chunks, D, N)
    }
}
