using TorchSharp;
using static TorchSharp.torch;

namespace VMUNet.Model.Scan;

/// <summary>
/// A scan in torch operators: any element type, any device, gradients by torch itself. The directions are walked one
/// after the other; how one is walked is the derived class's own.
/// </summary>
internal abstract class TorchScan : ISelectiveScan
{
    /// <inheritdoc/>
    public Tensor Scan(
        Tensor x, Tensor projected, Tensor deltaWeight, Tensor deltaBias,
        Tensor aLogs, Tensor skip, int height, int width)
    {
        using DisposeScope scope = NewDisposeScope();
        ScanShape shape = ScanShape.Check(x, projected, deltaWeight, deltaBias, aLogs, skip, height, width);
        int n = shape.States, r = shape.Rank;
        Tensor rows = projected.view(shape.Batch, shape.Length, ScanLayout.Directions, shape.Stride);
        Tensor a = -aLogs.exp().view(ScanLayout.Directions, shape.Inner, n);
        Tensor skips = skip.view(ScanLayout.Directions, shape.Inner);
        Tensor? sum = null;
        foreach (int k in new[] { 0, 2, 1, 3 }) // the official order of the sum
        {
            using Tensor order = OrderOf(k, shape).to(x.device);
            using Tensor inverse = order.argsort();
            Tensor u = x.index_select(1, order);                                    // (B, L, D)
            Tensor row = rows.select(2, k).index_select(1, order);                  // (B, L, R + 2N)
            Tensor pre = row.narrow(2, 0, r).matmul(deltaWeight[k].t()).Plus(deltaBias[k]);
            Tensor delta = nn.functional.softplus(pre);                             // (B, L, D)
            Tensor y = Steps(u, delta, row.narrow(2, r, n), row.narrow(2, r + n, n), a[k]).Plus(u * skips[k]);
            Tensor back = y.index_select(1, inverse);
            sum = sum is null ? back : sum.Plus(back);
        }

        return sum!.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor ConvolveSilu(Tensor x, Tensor weight, Tensor bias)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor convolved = nn.functional.conv2d(
            x.permute(0, 3, 1, 2), weight, bias, padding: [1, 1], groups: weight.shape[0]);
        return nn.functional.silu(convolved).permute(0, 2, 3, 1).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>h(t) = exp(delta A) h(t-1) + delta B u, y(t) = C h(t) along one direction.</summary>
    /// <param name="u">(B, L, D), tokens in the direction's order, as in all that follow.</param>
    /// <param name="delta">(B, L, D), after softplus.</param>
    /// <param name="b">(B, L, N).</param>
    /// <param name="c">(B, L, N).</param>
    /// <param name="a">(D, N), negative.</param>
    /// <returns>(B, L, D), without the skip term.</returns>
    protected abstract Tensor Steps(Tensor u, Tensor delta, Tensor b, Tensor c, Tensor a);

    /// <summary>(L): the row-major position of each step of one direction.</summary>
    private static Tensor OrderOf(int direction, in ScanShape shape)
    {
        var walk = new Walk(direction, shape.Height, shape.Width);
        var positions = new long[shape.Length];
        for (int t = 0; t < positions.Length; t++)
        {
            positions[t] = walk.PositionOf(t);
        }

        return tensor(positions);
    }
}
