using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>
/// Where each tensor of a network lies in one flat array. The optimiser, the running mean and the checkpoint work on such arrays;
/// the networks of the training threads only receive copies.
/// </summary>
internal sealed class WeightLayout
{
    private readonly List<WeightRange> _headRanges;

    private WeightLayout(List<WeightRange> ranges, List<WeightRange> headRanges)
    {
        (Ranges, _headRanges) = (ranges, headRanges);
        WeightRange[] all = [.. ranges, .. headRanges];
        Count = all.Sum(r => r.Length);
        HeadCount = headRanges.Sum(r => r.Length);
        Decayed = [.. all.Where(r => Decays(r.Name, r.Shape)).Select(r => (r.Offset, r.Length))];
    }

    /// <summary>The network's tensors in its order; those of heads used in training only come after them and are not named here.</summary>
    public IReadOnlyList<WeightRange> Ranges { get; }

    /// <summary>Length of the flat array.</summary>
    public int Count { get; }

    /// <summary>Numbers at its end that belong to the heads used in training only.</summary>
    public int HeadCount { get; }

    /// <summary>Ranges that weight decay applies to: the matrices and kernels, not norms, biases, A_logs, Ds or dt biases.</summary>
    public IReadOnlyList<(int Offset, int Length)> Decayed { get; }

    /// <summary>Every number of the array, for recipes that let all of them decay.</summary>
    public IReadOnlyList<(int Offset, int Length)> Everything => [(0, Count)];

    /// <summary>Layout of the parameters of <paramref name="network"/>, then of the heads, if any.</summary>
    public static WeightLayout Of(VmUNet network, DeepSupervision? heads = null)
    {
        var ranges = RangesOf(network, 0);
        return new WeightLayout(ranges, heads is null ? [] : RangesOf(heads, ranges.Sum(r => r.Length)));
    }

    /// <summary>Copies the weights into <paramref name="flat"/>.</summary>
    public void Gather(VmUNet network, Span<float> flat, DeepSupervision? heads = null)
    {
        foreach (var (range, parameter) in Pair(network, heads))
        {
            Values(parameter).CopyTo(flat.Slice(range.Offset, range.Length));
        }
    }

    /// <summary>Copies <paramref name="flat"/> into the weights; without heads into the network's only.</summary>
    public void Scatter(ReadOnlySpan<float> flat, VmUNet network, DeepSupervision? heads = null)
    {
        foreach (var (range, parameter) in Pair(network, heads))
        {
            flat.Slice(range.Offset, range.Length).CopyTo(Values(parameter));
        }
    }

    /// <summary>Copies the gradients into <paramref name="flat"/> and sets them to zero for the next step.</summary>
    public void TakeGradients(VmUNet network, Span<float> flat, DeepSupervision? heads = null)
    {
        foreach (var (range, parameter) in Pair(network, heads))
        {
            var part = flat.Slice(range.Offset, range.Length);
            using var gradient = parameter.grad;
            if (gradient is null)
            {
                part.Clear();
                continue;
            }

            using var dense = gradient.contiguous();
            Values(dense).CopyTo(part);
            gradient.zero_();
        }
    }

    /// <summary>The tensors of a flat array under their names, copied; they belong to the dispose scope.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Tensors(float[] flat) =>
        Ranges.Select(r => KeyValuePair.Create(r.Name, tensor(flat[r.Offset..(r.Offset + r.Length)], r.Shape)));

    private static bool Decays(string name, long[] shape) =>
        shape.Length >= 2
        && !name.EndsWith("A_logs", StringComparison.Ordinal)
        && !name.EndsWith("dt_projs_bias", StringComparison.Ordinal);

    private static Span<float> Values(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    private static List<WeightRange> RangesOf(nn.Module module, int offset)
    {
        var ranges = new List<WeightRange>();
        foreach (var (name, parameter) in module.named_parameters())
        {
            var length = checked((int)parameter.numel());
            ranges.Add(new WeightRange(name, [.. parameter.shape], offset, length));
            offset += length;
        }

        return ranges;
    }

    private IEnumerable<(WeightRange Range, Tensor Parameter)> Pair(VmUNet network, DeepSupervision? heads)
    {
        var pairs = Ranges.Zip(network.named_parameters(), (range, p) => (range, (Tensor)p.parameter));
        return heads is null
            ? pairs
            : pairs.Concat(_headRanges.Zip(heads.named_parameters(), (range, p) => (range, (Tensor)p.parameter)));
    }
}

/// <summary>One tensor inside the flat array.</summary>
internal sealed record WeightRange(string Name, long[] Shape, int Offset, int Length);
