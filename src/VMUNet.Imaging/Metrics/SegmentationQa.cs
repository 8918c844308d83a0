namespace VMUNet.Imaging.Metrics;

/// <summary>
/// Overlap and surface distances per label, convention <c>vmunet-qa/1</c>: face border, real spacing, HD95 as the larger of
/// the two directed percentiles. Both maps must lie on one grid; nothing is ever resampled. Values are float64.
/// </summary>
public static class SegmentationQa
{
    /// <summary>Name stored beside every value; a changed definition gets a new one.</summary>
    public const string Convention = "vmunet-qa/1";

    // A distance counts as within the tolerance up to this much beyond it, so that exact ties are inside.
    private const double NsdTie = 1e-6;

    /// <summary>Judges a prediction.</summary>
    /// <param name="prediction">Labels to judge.</param>
    /// <param name="reference">Labels to judge by, on the same grid; else every label is not comparable, with the reason.</param>
    /// <param name="labels">Which labels; null takes those that occur in either map. 0 is not allowed.</param>
    /// <param name="options">Null takes the defaults.</param>
    /// <returns>One score a label, ascending.</returns>
    public static IReadOnlyDictionary<byte, OrganScore> Score(
        LabelMap prediction, LabelMap reference, IReadOnlyCollection<byte>? labels = null, QaOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(reference);
        options ??= new QaOptions();
        if (labels?.Contains((byte)0) == true)
        {
            throw new ArgumentException("0 is background and cannot be scored.", nameof(labels));
        }

        var scores = new SortedDictionary<byte, OrganScore>();
        var difference = prediction.Geometry.DifferenceFrom(reference.Geometry);
        if (difference is not null)
        {
            foreach (var label in labels ?? [.. prediction.Present().Union(reference.Present())])
            {
                scores[label] = NotComparable(reference.Geometry, difference);
            }

            return scores;
        }

        var counts = LabelCounts.Of(prediction, reference);
        foreach (var label in (labels ?? counts.Present()).Distinct())
        {
            scores.Add(label, ScoreLabel(prediction, reference, label, counts, options));
        }

        return scores;
    }

    private static OrganScore ScoreLabel(
        LabelMap prediction, LabelMap reference, byte label, LabelCounts counts, QaOptions options)
    {
        var geometry = reference.Geometry;
        var overlap = Overlap(geometry, label, counts);
        if (!geometry.IsRegular)
        {
            return NotComparable(geometry, "irregular-spacing: the slices are unevenly spaced or tilted, so distances have no meaning.") with
            {
                TruePositives = overlap.TruePositives,
                FalsePositives = overlap.FalsePositives,
                FalseNegatives = overlap.FalseNegatives,
            };
        }

        if (overlap.Status is ScoreStatus.PredictionEmpty or ScoreStatus.ReferenceEmpty)
        {
            return overlap with { Nsd = options.NsdTolerancesMm.Distinct().ToDictionary(tau => tau, _ => 0.0) };
        }

        return overlap.Status == ScoreStatus.BothEmpty ? overlap : AddDistances(overlap, SurfaceDistances.Measure(
            prediction, reference, label, counts.Box(label), geometry.Spacing, options.IsTwoDimensional ?? geometry.IsPicture), options);
    }

    private static OrganScore Overlap(VolumeGeometry geometry, byte label, LabelCounts counts)
    {
        var (p, r, both) = (counts.Prediction(label), counts.Reference(label), counts.Both(label));
        var status = (p, r) switch
        {
            (0, 0) => ScoreStatus.BothEmpty,
            (0, _) => ScoreStatus.PredictionEmpty,
            (_, 0) => ScoreStatus.ReferenceEmpty,
            _ => ScoreStatus.Scored,
        };
        var isEmpty = status == ScoreStatus.BothEmpty;
        return new OrganScore
        {
            Status = status,
            TruePositives = both,
            FalsePositives = p - both,
            FalseNegatives = r - both,
            Dsc = isEmpty ? null : 2.0 * both / (p + r),
            Iou = isEmpty ? null : (double)both / (p + r - both),
            VolumePredictionMl = VolumeMl(geometry, p),
            VolumeReferenceMl = VolumeMl(geometry, r),
            Unit = geometry.Unit,
            GridDiagonalMm = Diagonal(geometry),
        };
    }

    private static OrganScore AddDistances(OrganScore overlap, SurfaceDistances distances, QaOptions options)
    {
        var (there, back, pooled) = (distances.PredictionToReference, distances.ReferenceToPrediction, distances.Pooled());
        return overlap with
        {
            HdMm = pooled[^1],
            Hd95Mm = Math.Max(SurfaceDistances.Percentile(there, 0.95), SurfaceDistances.Percentile(back, 0.95)),
            Hd95PooledMm = SurfaceDistances.Percentile(pooled, 0.95),
            AssdMm = pooled.Sum() / pooled.Length,
            MasdMm = ((there.Sum() / there.Length) + (back.Sum() / back.Length)) / 2,
            Nsd = options.NsdTolerancesMm.Distinct().ToDictionary(tau => tau, tau => ShareWithin(pooled, tau)),
        };
    }

    private static double ShareWithin(double[] distances, double tau)
    {
        var count = 0;
        while (count < distances.Length && distances[count] <= tau + NsdTie)
        {
            count++;
        }

        return (double)count / distances.Length;
    }

    private static double? VolumeMl(VolumeGeometry geometry, long voxels)
    {
        var spacing = geometry.Spacing;
        return geometry.Unit == LengthUnit.Millimetre && geometry.IsRegular && !geometry.IsPicture
            ? voxels * (spacing.Z * spacing.Y * spacing.X) / 1000
            : null;
    }

    private static double Diagonal(VolumeGeometry geometry)
    {
        var spacing = geometry.Spacing;
        var z = (geometry.Slices - 1) * spacing.Z;
        var y = (geometry.Rows - 1) * spacing.Y;
        var x = (geometry.Columns - 1) * spacing.X;
        return Math.Sqrt((z * z) + (y * y) + (x * x));
    }

    private static OrganScore NotComparable(VolumeGeometry geometry, string reason) => new()
    {
        Status = ScoreStatus.NotComparable,
        Reason = reason,
        Unit = geometry.Unit,
        GridDiagonalMm = Diagonal(geometry),
    };
}
