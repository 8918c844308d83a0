namespace VMUNet.Imaging.Metrics;

/// <summary>
/// The numbers of the TransUNet and VM-UNet papers (<c>calculate_metric_percase</c>, medpy): whole volume, spacing 1 along
/// every axis whatever the grid says, and their treatment of empty masks. Stored under its own name, never shown as mm.
/// </summary>
public static class PaperMetrics
{
    /// <summary>Name stored beside the values.</summary>
    public const string Convention = "transunet-medpy/unit";

    /// <summary>Judges a prediction.</summary>
    /// <param name="prediction">Labels to judge.</param>
    /// <param name="reference">Labels to judge by; only the size must be the same.</param>
    /// <param name="labels">Which labels; null takes those that occur in either map.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static IReadOnlyDictionary<byte, PaperScore> Score(
        LabelMap prediction, LabelMap reference, IReadOnlyCollection<byte>? labels = null)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(reference);
        var (p, r) = (prediction.Geometry, reference.Geometry);
        if ((p.Slices, p.Rows, p.Columns) != (r.Slices, r.Rows, r.Columns))
        {
            throw new ArgumentException(
                $"Sizes differ: {p.Slices} x {p.Rows} x {p.Columns} against {r.Slices} x {r.Rows} x {r.Columns}.", nameof(reference));
        }

        var counts = LabelCounts.Of(prediction, reference);
        var scores = new SortedDictionary<byte, PaperScore>();
        foreach (var label in (labels ?? counts.Present()).Distinct())
        {
            scores.Add(label, ScoreLabel(prediction, reference, label, counts));
        }

        return scores;
    }

    private static PaperScore ScoreLabel(LabelMap prediction, LabelMap reference, byte label, LabelCounts counts)
    {
        var (inPrediction, inReference) = (counts.Prediction(label), counts.Reference(label));
        if (inPrediction == 0)
        {
            return new PaperScore(0, 0);
        }

        if (inReference == 0)
        {
            return new PaperScore(1, 0);
        }

        var distances = SurfaceDistances.Measure(
            prediction, reference, label, counts.Box(label), new SpacingMm(1, 1, 1), reference.Geometry.IsPicture);
        return new PaperScore(
            2.0 * counts.Both(label) / (inPrediction + inReference), SurfaceDistances.Percentile(distances.Pooled(), 0.95));
    }
}
