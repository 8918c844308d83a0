using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>Second half of the preprocessing, the network, and the way back to the source grid, for a batch of slices or pictures.</summary>
internal static class SlicePredictor
{
    private const double Half = 0.5;

    /// <summary>Predicts label bytes on each sample's own grid.</summary>
    /// <param name="network">In eval mode, used by one thread at a time.</param>
    /// <param name="samples">Slices of equal or different size; one forward pass for all.</param>
    /// <param name="size">Side of the network input, the size trained last.</param>
    /// <param name="rules">How answers become labels.</param>
    /// <param name="singleLabel">Value to write where a one-class network says yes.</param>
    /// <param name="confidences">
    /// Null, or receives rows x columns bytes a sample: the probability of the single label, or of the label chosen, in 255ths.
    /// </param>
    /// <returns>Rows x columns bytes a sample.</returns>
    public static byte[][] Labels(
        VmUNet network, IReadOnlyList<Sample> samples, int size, PredictionRules rules, byte singleLabel, byte[][]? confidences = null)
    {
        return LabelsOf(Probabilities(network, samples, size, rules), network.Config.Classes, samples, size, rules, singleLabel, confidences);
    }

    /// <summary>The way back alone.</summary>
    /// <param name="values">(B, classes, size, size): the network's probabilities, B at least the number of samples.</param>
    /// <param name="classes">Output channels of the network.</param>
    /// <param name="samples">As in <see cref="Labels"/>, and so the others and the result.</param>
    /// <param name="size">Side of the network's input.</param>
    /// <param name="rules">How answers become labels.</param>
    /// <param name="singleLabel">Value to write where a one-class network says yes.</param>
    /// <param name="confidences">Null, or receives the probabilities.</param>
    public static byte[][] LabelsOf(
        ReadOnlySpan<float> values, int classes, IReadOnlyList<Sample> samples, int size, PredictionRules rules, byte singleLabel, byte[][]? confidences)
    {
        var plane = size * size;
        var results = new byte[samples.Count][];
        for (var i = 0; i < samples.Count; i++)
        {
            var maps = values.Slice(i * classes * plane, classes * plane);
            var confidence = confidences is null ? [] : confidences[i] = new byte[samples[i].Rows * samples[i].Columns];
            results[i] = classes == 1
                ? Threshold(maps, size, (float)(rules.Threshold ?? Half), samples[i], singleLabel, confidence)
                : Largest(maps, classes, size, (float)(rules.BackgroundWeight ?? 1), samples[i], confidence);
        }

        return results;
    }

    /// <summary>Probabilities on the network's grid: samples x classes x size x size.</summary>
    public static float[] Probabilities(VmUNet network, IReadOnlyList<Sample> samples, int size, PredictionRules rules)
    {
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        var channels = samples[0].Planes.Count;
        var input = empty(samples.Count, channels, size, size); // (B, C, H, W)
        Fill(samples, size, MemoryMarshal.Cast<byte, float>(input.bytes));
        return Probabilities(network, input, rules);
    }

    /// <summary>The network's input for these samples.</summary>
    /// <param name="samples">All with the same number of planes.</param>
    /// <param name="size">Side of the network's input.</param>
    /// <param name="pixels">(B, C, size, size), written; may be longer.</param>
    public static void Fill(IReadOnlyList<Sample> samples, int size, Span<float> pixels)
    {
        var length = samples[0].Planes.Count * size * size;
        var random = new SeededRandom(0);
        for (var i = 0; i < samples.Count; i++)
        {
            var one = samples[i] with { Labels = default };
            Augmenter.Fill(one, null, random, size, null, pixels.Slice(i * length, length), default, true);
        }
    }

    /// <summary>As the other one, of input that is ready (B, C, H, W).</summary>
    public static float[] Probabilities(VmUNet network, Tensor input, PredictionRules rules)
    {
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        var device = network.Device;
        var there = device.type == TorchSharp.DeviceType.CPU ? input : input.to(device);
        return MemoryMarshal.Cast<byte, float>(Infer(network, there, rules).cpu().bytes).ToArray();
    }

    /// <summary>(B, classes, H, W), contiguous, on the network's device and in the caller's dispose scope.</summary>
    public static Tensor Infer(VmUNet network, Tensor input, PredictionRules rules) =>
        AveragedViews.Mean(input, rules, seen => Infer(network, seen)).contiguous();

    private static Tensor Infer(VmUNet network, Tensor input)
    {
        var logits = network.forward(input); // (B, classes, H, W)
        return network.Config.Classes == 1 ? logits.sigmoid() : logits.softmax(1);
    }

    private static byte[] Threshold(ReadOnlySpan<float> map, int size, float threshold, Sample sample, byte value, byte[] confidence)
    {
        var labels = new byte[sample.Rows * sample.Columns];
        var columns = Taps(sample.Columns, size);
        var rows = Taps(sample.Rows, size);
        for (var row = 0; row < sample.Rows; row++)
        {
            var r = rows[row];
            for (var column = 0; column < sample.Columns; column++)
            {
                var p = Mix(map, size, r, columns[column]);
                if (p >= threshold)
                {
                    labels[row * sample.Columns + column] = value;
                }

                if (confidence.Length > 0)
                {
                    confidence[row * sample.Columns + column] = In255ths(p);
                }
            }
        }

        return labels;
    }

    private static byte[] Largest(
        ReadOnlySpan<float> maps, int classes, int size, float backgroundWeight, Sample sample, byte[] confidence)
    {
        var labels = new byte[sample.Rows * sample.Columns];
        var columns = Taps(sample.Columns, size);
        var rows = Taps(sample.Rows, size);
        for (var row = 0; row < sample.Rows; row++)
        {
            var r = rows[row];
            for (var column = 0; column < sample.Columns; column++)
            {
                var best = 0;
                var sure = Mix(maps, size, r, columns[column]);
                var most = backgroundWeight * sure;
                for (var k = 1; k < classes; k++)
                {
                    var p = Mix(maps[(k * size * size)..], size, r, columns[column]);
                    if (p > most)
                    {
                        (best, most, sure) = (k, p, p);
                    }
                }

                labels[row * sample.Columns + column] = (byte)best;
                if (confidence.Length > 0)
                {
                    confidence[row * sample.Columns + column] = In255ths(sure);
                }
            }
        }

        return labels;
    }

    private static byte In255ths(float p) => (byte)MathF.Round(Math.Clamp(p, 0, 1) * 255);

    private static float Mix(ReadOnlySpan<float> map, int size, (int A, int B, float F) row, (int A, int B, float F) column)
    {
        var (top, bottom) = (row.A * size, row.B * size);
        var a = map[top + column.A] + (map[top + column.B] - map[top + column.A]) * column.F;
        var b = map[bottom + column.A] + (map[bottom + column.B] - map[bottom + column.A]) * column.F;
        return a + (b - a) * row.F;
    }

    /// <summary>Neighbours and weight in a line of <paramref name="from"/> samples for each of <paramref name="to"/>, half-pixel centres.</summary>
    private static (int A, int B, float F)[] Taps(int to, int from)
    {
        var taps = new (int, int, float)[to];
        for (var i = 0; i < to; i++)
        {
            var x = Math.Clamp((i + 0.5) * from / to - 0.5, 0, from - 1);
            var a = (int)x;
            taps[i] = (a, Math.Min(a + 1, from - 1), (float)(x - a));
        }

        return taps;
    }
}
