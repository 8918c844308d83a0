using System.Diagnostics;
using System.Globalization;
using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>
/// From an image to labels on the same grid: canonical orientation, intensities, resampling to the size the model was trained at,
/// network, probabilities resampled back, label with the highest probability, clean-up per label. Slices are predicted in small batches,
/// so memory beyond the volume itself does not grow with the number of slices.
/// </summary>
/// <param name="batch">Slices per forward pass; 0 for what suits the model's device.</param>
/// <param name="withConfidence">True also gives the probabilities, and the labels before the clean-up, which they belong to.</param>
public sealed class Segmenter(int batch = 0, bool withConfidence = false)
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

        // Before it is turned back: a bridge is one within the slices that the network saw, however the file stores them.
        var map = new LabelMap(canonical.Volume.Geometry, labels);
        var (clean, notes) = CleanUp(model.Manifest, map);
        return Outcome(model, canonical.Undo(clean), notes, start, prepared, predicted) with
        {
            Confidence = confidence is null ? null : canonical.Undo(new LabelMap(canonical.Volume.Geometry, confidence)),
            Unclean = confidence is null ? null : canonical.Undo(map),
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

        byte[] labels = [];
        byte[]? confidence = null;
        Stream(model, 1, _ => sample, (_, found, sure) => (labels, confidence) = (found, sure), cancellationToken);
        var predicted = Stopwatch.GetTimestamp();

        var map = new LabelMap(VolumeGeometry.ForPicture(picture.Rows, picture.Columns), labels);
        var (clean, notes) = CleanUp(model.Manifest, map);
        return Outcome(model, clean, notes, start, prepared, predicted) with
        {
            Confidence = confidence is null ? null : new LabelMap(map.Geometry, confidence),
            Unclean = confidence is null ? null : map,
        };
    }

    private (byte[] Labels, byte[]? Confidence) Predict(
        LoadedModel model, ScaledVolume scaled, VolumeGeometry geometry, CancellationToken cancellationToken)
    {
        var slice = geometry.Rows * geometry.Columns;
        var labels = new byte[geometry.VoxelCount];
        var confidence = withConfidence ? new byte[geometry.VoxelCount] : null;
        Stream(
            model, scaled.Slices, scaled.Slice,
            (i, found, sure) =>
            {
                found.CopyTo(labels, i * slice);
                sure?.CopyTo(confidence!, i * slice);
            },
            cancellationToken);
        return (labels, confidence);
    }

    /// <summary>Slices through the network, each slice's labels and, if they are wanted, probabilities to <paramref name="take"/>.</summary>
    private void Stream(
        LoadedModel model, int slices, Func<int, Sample> sample, Action<int, byte[], byte[]?> take, CancellationToken cancellationToken)
    {
        var (size, rules, single) = (model.Manifest.Preprocessing.Size, model.Rules, model.Manifest.Labels[0].Value);
        var count = batch > 0 ? batch : model.Batch;
        if (model.Device.IsCuda)
        {
            var most = Math.Min(slices, count);
            using var work = new CudaSlices(model.Network, model.Device.ToDevice(), size, rules, single, most, sample, take, withConfidence);
            var fits = SliceStream.Run(work, slices, most, ComputeNotes.Say, cancellationToken);
            model.Batch = fits < most ? fits : model.Batch;
            return;
        }

        for (var from = 0; from < slices; from += count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var samples = Enumerable.Range(from, Math.Min(count, slices - from)).Select(sample).ToArray();
            var confidences = withConfidence ? new byte[samples.Length][] : null;
            var found = SlicePredictor.Labels(model.Network, samples, size, rules, single, confidences);
            for (var i = 0; i < found.Length; i++)
            {
                take(from + i, found[i], confidences?[i]);
            }
        }
    }

    private static (LabelMap Labels, IReadOnlyList<string> Notes) CleanUp(ModelManifest manifest, LabelMap labels)
    {
        var notes = new List<string>();
        var spacing = labels.Geometry.Spacing;
        var voxel = spacing.X * spacing.Y * spacing.Z; // mm³
        foreach (var rule in manifest.Postprocessing)
        {
            var clean = rule switch
            {
                { KeepLargest: true, BridgeMm: { } bridge } => Components.KeepLargest(labels, rule.Value, bridge),
                { KeepLargest: true } => Components.KeepLargest(labels, rule.Value),
                { SmallestMm3: { } smallest } => Components.RemoveSmall(labels, rule.Value, (long)Math.Ceiling(smallest / voxel)),
                _ => null,
            };
            if (clean is null)
            {
                continue;
            }

            labels = clean.Labels;
            if (clean.RemovedShare > NotedLoss)
            {
                var name = manifest.Labels.FirstOrDefault(l => l.Value == rule.Value)?.Name ?? $"label {rule.Value}";
                notes.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name}: {100 * clean.RemovedShare:F0} % of the voxels lay {(rule.KeepLargest ? "outside the largest part"
                        : $"in parts below {rule.SmallestMm3} mm³")} and were removed"));
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
