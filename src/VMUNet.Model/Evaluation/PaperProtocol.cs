using System.Runtime.InteropServices;
using VMUNet.Imaging;
using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>
/// Prediction as the papers' evaluation code does it, for numbers that can be laid beside theirs; patients are served by
/// <see cref="Segmenter"/>. Volumes: slice by slice, cubic spline to the network's size, the largest of the probabilities, back
/// by nearest neighbour, no clean-up. Photographs: everything at 256 x 256, the mask resampled too.
/// </summary>
internal static class PaperProtocol
{
    /// <summary>Side at which photographs are compared.</summary>
    public const int PictureSide = 256;

    private const int Batch = 4;
    private const float Half = 0.5f;

    /// <summary>Labels of a volume on its own grid.</summary>
    public static LabelMap Segment(LoadedModel model, Volume volume, CancellationToken cancellationToken)
    {
        var canonical = Orientation.ToCanonical(volume);
        var geometry = canonical.Volume.Geometry;
        var scaled = InputScaling.FromVolume(canonical.Volume, default, model.Manifest.Preprocessing);
        var size = model.Manifest.Preprocessing.Size;
        var (slice, plane, classes) = (geometry.Rows * geometry.Columns, size * size, model.Network.Config.Classes);
        var labels = new byte[geometry.VoxelCount];
        var small = new byte[plane];
        for (var from = 0; from < scaled.Slices; from += Batch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = Math.Min(Batch, scaled.Slices - from);
            var probabilities = Forward(model.Network, [.. Enumerable.Range(from, count).Select(scaled.Slice)], size);
            for (var i = 0; i < count; i++)
            {
                Choose(probabilities.AsSpan(i * classes * plane, classes * plane), classes, model.Manifest.Labels[0].Value, small);
                Resample.NearestCorners<byte>(small, size, size, geometry.Rows, geometry.Columns).CopyTo(labels, (from + i) * slice);
            }
        }

        return canonical.Undo(new LabelMap(geometry, labels));
    }

    /// <summary>Counts of a photograph at 256 x 256.</summary>
    /// <param name="model">A one-class model.</param>
    /// <param name="picture">The photograph.</param>
    /// <param name="truth">Its mask, any value but 0 is the label.</param>
    public static Confusion Compare(LoadedModel model, Picture picture, LabelMap truth)
    {
        var size = model.Manifest.Preprocessing.Size;
        var sample = InputScaling.FromPicture(picture, default, model.Manifest.Preprocessing, int.MaxValue); // no block means
        var found = Resample.Bilinear(SlicePredictor.Probabilities(model.Network, [sample], size, PredictionRules.Plain), size, size, PictureSide, PictureSide);
        var mask = new float[truth.Labels.Length];
        for (var i = 0; i < mask.Length; i++)
        {
            mask[i] = truth.Labels[i] != 0 ? 1 : 0;
        }

        return Confusion.Of(
            Thresholded(found), Thresholded(Resample.Bilinear(mask, picture.Rows, picture.Columns, PictureSide, PictureSide)));
    }

    private static float[] Forward(VmUNet network, Sample[] slices, int size)
    {
        using var scope = NewDisposeScope();
        var channels = slices[0].Planes.Count;
        var plane = size * size;
        var input = empty(slices.Length, channels, size, size); // (B, C, H, W)
        var pixels = MemoryMarshal.Cast<byte, float>(input.bytes);
        for (var i = 0; i < slices.Length; i++)
        {
            for (var c = 0; c < channels; c++)
            {
                var target = pixels.Slice((i * channels + c) * plane, plane);
                Resample.Cubic(slices[i].Planes[c].Span, slices[i].Rows, slices[i].Columns, size, size, CubicTail.PaperZero).CopyTo(target);
                foreach (ref var value in target)
                {
                    value = (value - slices[i].Mean[c]) / slices[i].Deviation[c];
                }
            }
        }

        return SlicePredictor.Probabilities(network, input, PredictionRules.Plain);
    }

    private static void Choose(ReadOnlySpan<float> maps, int classes, byte single, Span<byte> labels)
    {
        for (var i = 0; i < labels.Length; i++)
        {
            if (classes == 1)
            {
                labels[i] = maps[i] >= Half ? single : (byte)0;
                continue;
            }

            var best = 0;
            for (var k = 1; k < classes; k++)
            {
                best = maps[k * labels.Length + i] > maps[best * labels.Length + i] ? k : best;
            }

            labels[i] = (byte)best;
        }
    }

    private static byte[] Thresholded(float[] values) => Array.ConvertAll(values, v => v >= Half ? (byte)1 : (byte)0);
}
