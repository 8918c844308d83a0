namespace VMUNet.Imaging.Metrics;

/// <summary>
/// One label of a prediction judged against a reference, convention <see cref="SegmentationQa.Convention"/>. Distances are in
/// <see cref="Unit"/>, between border voxels: voxels with a face neighbour outside the mask or the image.
/// </summary>
public sealed record OrganScore
{
    /// <summary>Whether there is a score.</summary>
    public required ScoreStatus Status { get; init; }

    /// <summary>Why not, one sentence; null when scored or empty.</summary>
    public string? Reason { get; init; }

    /// <summary>Voxels in both masks.</summary>
    public long TruePositives { get; init; }

    /// <summary>Voxels of the prediction only.</summary>
    public long FalsePositives { get; init; }

    /// <summary>Voxels of the reference only.</summary>
    public long FalseNegatives { get; init; }

    /// <summary>Dice similarity coefficient; 0 when one mask is empty, null when both are.</summary>
    public double? Dsc { get; init; }

    /// <summary>Intersection over union; as <see cref="Dsc"/>.</summary>
    public double? Iou { get; init; }

    /// <summary>Larger of the two directed 95th percentiles; as MONAI and Metrics Reloaded.</summary>
    public double? Hd95Mm { get; init; }

    /// <summary>95th percentile of both directions pooled; as medpy, with real spacing.</summary>
    public double? Hd95PooledMm { get; init; }

    /// <summary>Largest distance.</summary>
    public double? HdMm { get; init; }

    /// <summary>Mean of both directions pooled.</summary>
    public double? AssdMm { get; init; }

    /// <summary>Mean of the two directed means.</summary>
    public double? MasdMm { get; init; }

    /// <summary>Normalised surface distance by tolerance; empty when both masks are, or the grids cannot be compared.</summary>
    public IReadOnlyDictionary<double, double> Nsd { get; init; } = new Dictionary<double, double>();

    /// <summary>Volume of the prediction; null on grids without calibration or even spacing.</summary>
    public double? VolumePredictionMl { get; init; }

    /// <summary>Volume of the reference; null on grids without calibration or even spacing.</summary>
    public double? VolumeReferenceMl { get; init; }

    /// <summary>What a distance means.</summary>
    public LengthUnit Unit { get; init; }

    /// <summary>Diagonal of the reference grid: what a missed organ costs in the penalised mean of HD95.</summary>
    public double GridDiagonalMm { get; init; }
}
