using System.Diagnostics;
using System.Globalization;
using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>
/// From an image to labels on the same grid: canonical orientation, intensities, resampling to the size the model was trained at,
/// network, probabilities resampled back, label with the highest probability, clean-up per label. Slices are predicted in small batches,
/// so memory beyond the volume itself does not grow with the number of slices.
/// </summary>
/// <param name="batch">Slices per forward pass.</param>
/// <param name="withConfidence">True also gives the probabilities, and the labels before the clean-up, which they belong to.</param>
public sealed class Segmenter(int batch = 4, bool withConfidence = false)
{
    private const double NotedLoss = 0.2;

    /// <summary>Segments a volume.</summary>
    /// <param name="model">A volume model.</param>
    /// <param name="volume">Any size and orientation; physical values, all finite.</param>
    /// <param name="cancellationToken">Looked at before every batch of slices.</param>
    /// <exception cref="BadInputException">The model is for photographs, or a voxel is not a finite number.</exception>
    public SegmentationOutcome Segment(LoadedModel model, Volume volume, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(volume);
        Require(model, TaskKind.Volume, "a volume");
        foreach (var voxel in volume.Voxels)
        {
            if (!float.IsFinite(voxel))
            {
                throw new BadInputException("The volume holds values that are not finite numbers; check slope and intercept.");
            }
        }

        var start = Stopwatch.GetTimestamp();
        var canonical = Orientation.ToCanonical(volume);
        var scaled = InputScaling.FromVolume(canonical.Volume, default, model.Manifest.Preprocessing);
        var prepared = Stopwatch.GetTimestamp();

        var (labels, confidence) = Predict(model, scaled, canonical.Volume.Geometry, cancellationToken);
        var predicted = Stopwatch.GetTimestamp();

        var map = canonical.Undo(new LabelMap(canonical.Volume.Geometry, labels));
        var (clean, notes) = CleanUp(model.Manifest, map);
        return Outcome(model, clean, notes, start, prepared, predicted) with
        {
            Confidence = confidence is null ? null : canonical.Undo(new LabelMap(canonical.Volume.Geometry, confidence)),
            Unclean = confidence is null ? null : map,
        };
    }

    /// <summary>Segments a photograph.</summary>
    /// <param name="model">A picture model.</param>
    /// <param name="picture">Any size; it is stretched to the network's square, as the training pictures were.</param>
    /// <param name="cancellationToken">Looked at before the forward pass.</param>
    /// <exception cref="BadInputException">The model is for volumes.</exception>
    public SegmentationOutcome Segment(LoadedModel model, Picture picture, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(picture);
        Require(model, TaskKind.Picture, "a photograph");
        cancellationToken.ThrowIfCancellationRequested();

        var start = Stopwatch.GetTimestamp();
        var size = model.Manifest.Preprocessing.Size;
        var sample = InputScaling.FromPicture(picture, default, model.Manifest.Preprocessing, size);
        var prepared = Stopwatch.GetTimestamp();

        var confidence = withConfidence ? new byte[1][] : null;
        var labels = SlicePredictor.Labels(model.Network, [sample], size, model.Manifest.Labels[0].Value, confidence)[0];
        var predicted = Stopwatch.GetTimestamp();

        var map = new LabelMap(VolumeGeometry.ForPicture(picture.Rows, picture.Columns), labels);
        var (clean, notes) = CleanUp(model.Manifest, map);
        return Outcome(model, clean, notes, start, prepared, predicted) with
        {
            Confidence = confidence is null ? null : new LabelMap(map.Geometry, confidence[0]),
            Unclean = confidence is null ? null : map,
        };
    }

    private (byte[] Labels, byte[]? Confidence) Predict(
        LoadedModel model, ScaledVolume scaled, VolumeGeometry geometry, CancellationToken cancellationToken)
    {
        var slice = geometry.Rows * geometry.Columns;
        var labels = new byte[geometry.VoxelCount];
        var confidence = withConfidence ? new byte[geometry.VoxelCount] : null;
        for (var from = 0; from < scaled.Slices; from += batch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var samples = Enumerable.Range(from, Math.Min(batch, scaled.Slices - from)).Select(scaled.Slice).ToArray();
            var confidences = withConfidence ? new byte[samples.Length][] : null;
            var found = SlicePredictor.Labels(
                model.Network, samples, model.Manifest.Preprocessing.Size, model.Manifest.Labels[0].Value, confidences);
            for (var i = 0; i < found.Length; i++)
            {
                found[i].CopyTo(labels, (from + i) * slice);
                confidences?[i].CopyTo(confidence!, (from + i) * slice);
            }
        }

        return (labels, confidence);
    }

    private static (LabelMap Labels, IReadOnlyList<string> Notes) CleanUp(ModelManifest manifest, LabelMap labels)
    {
        var notes = new List<string>();
        foreach (var rule in manifest.Postprocessing.Where(r => r.KeepLargest))
        {
            var largest = Components.KeepLargest(labels, rule.Value);
            labels = largest.Labels;
            if (largest.RemovedShare > NotedLoss)
            {
                var name = manifest.Labels.FirstOrDefault(l => l.Value == rule.Value)?.Name ?? $"label {rule.Value}";
                notes.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name}: {100 * largest.RemovedShare:F0} % of the voxels lay outside the largest part and were removed"));
            }
        }

        return (labels, notes);
    }

    private static SegmentationOutcome Outcome(
        LoadedModel model, LabelMap labels, IReadOnlyList<string> notes, long start, long prepared, long predicted) => new()
        {
            Labels = labels,
            ModelName = model.Name,
            WeightsSha256 = model.WeightsSha256,
            Precision = model.Precision,
            Notes = notes,
            Seconds = new SegmentationSeconds(
                Stopwatch.GetElapsedTime(start, prepared).TotalSeconds,
                Stopwatch.GetElapsedTime(prepared, predicted).TotalSeconds,
                Stopwatch.GetElapsedTime(predicted).TotalSeconds),
        };

    private static void Require(LoadedModel model, TaskKind kind, string what)
    {
        if (model.Manifest.Kind != kind)
        {
            throw new BadInputException(
                $"Model {model.Name} is for {(kind == TaskKind.Volume ? "photographs" : "volumes")}, but {what} came.");
        }
    }
}
