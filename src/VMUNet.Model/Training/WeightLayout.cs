using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>
/// Where each tensor of a network lies in one flat array. The optimiser, the running mean and the checkpoint work on such arrays;
/// the networks of the training threads only receive copies.
/// </summary>
internal sealed class WeightLayout
{
    private WeightLayout(IReadOnlyList<WeightRange> ranges)
    {
        Ranges = ranges;
        Count = ranges.Count == 0 ? 0 : ranges[^1].Offset + ranges[^1].Length;
        Decayed = [.. ranges.Where(r => Decays(r.Name, r.Shape)).Select(r => (r.Offset, r.Length))];
    }

    /// <summary>All tensors in the network's order.</summary>
    public IReadOnlyList<WeightRange> Ranges { get; }

    /// <summary>Length of the flat array.</summary>
    public int Count { get; }

    /// <summary>Ranges that weight decay applies to: the matrices and kernels, not norms, biases, A_logs, Ds or dt biases.</summary>
    public IReadOnlyList<(int Offset, int Length)> Decayed { get; }

    /// <summary>Every number of the array, for recipes that let all of them decay.</summary>
    public IReadOnlyList<(int Offset, int Length)> Everything => [(0, Count)];

    /// <summary>Layout of the parameters of <paramref name="network"/>.</summary>
    public static WeightLayout Of(VmUNet network)
    {
        var ranges = new List<WeightRange>();
        var offset = 0;
        foreach (var (name, parameter) in network.named_parameters())
        {
            var length = checked((int)parameter.numel());
            ranges.Add(new WeightRange(name, [.. parameter.shape], offset, length));
            offset += length;
        }

        return new WeightLayout(ranges);
    }

    /// <summary>Copies the network's weights into <paramref name="flat"/>.</summary>
    public void Gather(VmUNet network, Span<float> flat)
    {
        foreach (var (range, parameter) in Pair(network))
        {
            Values(parameter).CopyTo(flat.Slice(range.Offset, range.Length));
        }
    }

    /// <summary>Copies <paramref name="flat"/> into the network's weights.</summary>
    public void Scatter(ReadOnlySpan<float> flat, VmUNet network)
    {
        foreach (var (range, parameter) in Pair(network))
        {
            flat.Slice(range.Offset, range.Length).CopyTo(Values(parameter));
        }
    }

    /// <summary>Copies the gradients into <paramref name="flat"/> and sets them to zero for the next step.</summary>
    public void TakeGradients(VmUNet network, Span<float> flat)
    {
        foreach (var (range, parameter) in Pair(network))
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

    private IEnumerable<(WeightRange Range, Tensor Parameter)> Pair(VmUNet network)
    {
        var i = 0;
        foreach (var (_, parameter) in network.named_parameters())
        {
            yield return (Ranges[i++], parameter);
        }
    }
}

/// <summary>One tensor inside the flat array.</summary>
internal sealed record WeightRange(string Name, long[] Shape, int Offset, int Length);
