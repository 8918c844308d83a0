using System.Text.Json;
using System.Text.Json.Serialization;

namespace VMUNet.Model;

/// <summary>What <c>evaluate</c> prints: pooled and per-image figures for one-class pictures, organs and mean for volumes.</summary>
public sealed record EvaluationReport
{
    /// <summary>Name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>Hash of its weights.</summary>
    [JsonPropertyName("weights_sha256")]
    public required string WeightsSha256 { get; init; }

    /// <summary>How the network computed.</summary>
    public required Precision Precision { get; init; }

    /// <summary>Definition of the figures outside <see cref="Paper"/>.</summary>
    public string Convention { get; init; } = Imaging.Metrics.SegmentationQa.Convention;

    /// <summary>Split that was evaluated.</summary>
    public required string Split { get; init; }

    /// <summary>Number of cases.</summary>
    public required int Cases { get; init; }

    /// <summary>All pixels of all images in one table (one-class pictures).</summary>
    public PooledFigures? Pooled { get; init; }

    /// <summary>Figures of single images (one-class pictures).</summary>
    public PerImageFigures? PerImage { get; init; }

    /// <summary>Figures per organ (volumes and many-class pictures).</summary>
    public IReadOnlyDictionary<string, OrganFigures>? Organs { get; init; }

    /// <summary>Means over the organs.</summary>
    public MeanFigures? Mean { get; init; }

    /// <summary>The papers' numbers, from the papers' own way of predicting; only when asked for.</summary>
    public PaperFigures? Paper { get; init; }

    /// <summary>How far the probabilities can be believed.</summary>
    public ReliabilityTable? Reliability { get; init; }

    /// <summary>Every case.</summary>
    public required IReadOnlyList<CaseFigures> PerCase { get; init; }

    /// <summary>The document of the command line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ModelJson.Options);
}

/// <summary>One confusion table over all pixels.</summary>
public sealed record PooledFigures
{
    /// <summary>Dice.</summary>
    public required double Dsc { get; init; }

    /// <summary>95 % bootstrap interval of <see cref="Dsc"/> over the images.</summary>
    [JsonPropertyName("dsc_ci95")]
    public double[]? DscCi95 { get; init; }

    /// <summary>Intersection over union of the lesion class.</summary>
    public required double Iou { get; init; }

    /// <summary>Accuracy.</summary>
    public required double Acc { get; init; }

    /// <summary>Specificity.</summary>
    public required double Spe { get; init; }

    /// <summary>Sensitivity.</summary>
    public required double Sen { get; init; }

    /// <summary>95 % bootstrap intervals over the images of dsc, iou, acc, spe and sen; null for fewer than two images.</summary>
    [JsonPropertyName("ci95")]
    public IReadOnlyDictionary<string, double[]>? Ci95 { get; init; }
}

/// <summary>Distribution of DSC over the images; an image whose lesion was missed counts 0, one that is empty in both is left out.</summary>
public sealed record PerImageFigures
{
    /// <summary>Mean.</summary>
    [JsonPropertyName("dsc_mean")]
    public required double DscMean { get; init; }

    /// <summary>Median.</summary>
    [JsonPropertyName("dsc_median")]
    public required double DscMedian { get; init; }

    /// <summary>95 % bootstrap interval of the mean.</summary>
    [JsonPropertyName("dsc_ci95")]
    public double[]? DscCi95 { get; init; }

    /// <summary>Images with DSC below 0.5.</summary>
    [JsonPropertyName("below_0_5")]
    public required int BelowHalf { get; init; }

    /// <summary>dsc, iou, acc, spe and sen over the images that have them.</summary>
    public IReadOnlyDictionary<string, Distribution>? Metrics { get; init; }
}

/// <summary>A figure over the images.</summary>
/// <param name="Mean">Mean.</param>
/// <param name="MeanCi95">95 % bootstrap interval of the mean.</param>
/// <param name="Median">Median.</param>
/// <param name="MedianCi95">95 % bootstrap interval of the median.</param>
/// <param name="N">Images that have the figure: an image without lesion has no sensitivity, and one that is empty in both no DSC.</param>
public sealed record Distribution(
    double Mean,
    [property: JsonPropertyName("mean_ci95")] double[]? MeanCi95,
    double Median,
    [property: JsonPropertyName("median_ci95")] double[]? MedianCi95,
    int N);

/// <summary>One organ over all cases.</summary>
public sealed record OrganFigures
{
    /// <summary>Mean DSC over cases that show the organ or in which it was predicted; a missed or invented organ counts 0.</summary>
    [JsonPropertyName("dsc_mean")]
    public double? DscMean { get; init; }

    /// <summary>Mean HD95 over the cases that have one (organ in both), millimetres.</summary>
    [JsonPropertyName("hd95_mm_mean")]
    public double? Hd95MmMean { get; init; }

    /// <summary>Median of the same values.</summary>
    [JsonPropertyName("dsc_median")]
    public double? DscMedian { get; init; }

    /// <summary>95 % bootstrap interval of <see cref="DscMean"/> over the cases.</summary>
    [JsonPropertyName("dsc_ci95")]
    public double[]? DscCi95 { get; init; }

    /// <summary>As <see cref="Hd95MmMean"/>, but a missed or invented organ counts as the diagonal of its image.</summary>
    [JsonPropertyName("hd95_mm_penalised")]
    public double? Hd95MmPenalised { get; init; }

    /// <summary>Mean normalised surface distance; a missed or invented organ counts 0.</summary>
    public double? NsdMean { get; init; }

    /// <summary>Tolerance of <see cref="NsdMean"/>, millimetres.</summary>
    public double? NsdTauMm { get; init; }

    /// <summary>Cases in <see cref="DscMean"/>.</summary>
    public required int N { get; init; }

    /// <summary>Cases whose organ was not found at all.</summary>
    public required int Missed { get; init; }

    /// <summary>Cases without the organ in which it was predicted.</summary>
    public required int Invented { get; init; }

    /// <summary>Cases with the organ in both; only they have distances.</summary>
    public int Scored { get; init; }

    /// <summary>Cases without the organ in which none was predicted: true negatives, in no mean.</summary>
    public int BothEmpty { get; init; }

    /// <summary>Cases whose grid allows no comparison.</summary>
    public int NotComparable { get; init; }
}

/// <summary>Means over the organs.</summary>
public sealed record MeanFigures
{
    /// <summary>Mean of the organs' DSC means.</summary>
    public double? Dsc { get; init; }

    /// <summary>Smallest and largest case mean: with few cases an interval would pretend.</summary>
    [JsonPropertyName("dsc_case_range")]
    public double[]? DscCaseRange { get; init; }

    /// <summary>95 % bootstrap interval of <see cref="Dsc"/> over the cases.</summary>
    [JsonPropertyName("dsc_ci95")]
    public double[]? DscCi95 { get; init; }

    /// <summary>Mean of the organs' HD95 means, millimetres.</summary>
    [JsonPropertyName("hd95_mm")]
    public double? Hd95Mm { get; init; }

    /// <summary>Mean of the organs' penalised HD95 means, millimetres.</summary>
    [JsonPropertyName("hd95_mm_penalised")]
    public double? Hd95MmPenalised { get; init; }

    /// <summary>Mean of the organs' NSD means.</summary>
    public double? Nsd { get; init; }
}

/// <summary>
/// Numbers to lay beside the papers'. Volumes: medpy's definitions in voxels, a missed organ is (0, 0) and an invented one (1, 0), mean
/// over the cases and then over the organs. Photographs: all pixels at 256 x 256 in one table.
/// </summary>
public sealed record PaperFigures
{
    /// <summary>Name of the definitions.</summary>
    public required string Convention { get; init; }

    /// <summary>Volumes: figures of each organ.</summary>
    public IReadOnlyDictionary<string, PaperOrgan>? Organs { get; init; }

    /// <summary>Volumes: mean over the organs.</summary>
    public PaperOrgan? Mean { get; init; }

    /// <summary>Photographs: the one table; <c>iou</c> is what the papers call mIoU.</summary>
    [JsonPropertyName("pooled_256")]
    public PooledFigures? Pooled256 { get; init; }
}

/// <summary>One organ by the papers' definitions.</summary>
/// <param name="Dice">Dice.</param>
/// <param name="Hd95Vox">Pooled 95th percentile of the surface distances, voxels.</param>
public sealed record PaperOrgan(
    [property: JsonPropertyName("dice")] double Dice, [property: JsonPropertyName("hd95_vox")] double Hd95Vox);

/// <summary>Stated probabilities against what was observed.</summary>
/// <param name="Bins">Ten bins of equal width.</param>
/// <param name="ExpectedCalibrationError">Mean distance of the two, weighted by count.</param>
public sealed record ReliabilityTable(IReadOnlyList<ReliabilityBin> Bins, double ExpectedCalibrationError);

/// <summary>One bin.</summary>
/// <param name="From">Lower edge.</param>
/// <param name="To">Upper edge.</param>
/// <param name="Count">Pixels or voxels.</param>
/// <param name="Confidence">Their mean stated probability; null for an empty bin.</param>
/// <param name="Observed">Share that was right; null for an empty bin.</param>
public sealed record ReliabilityBin(double From, double To, long Count, double? Confidence, double? Observed);

/// <summary>One case.</summary>
public sealed record CaseFigures
{
    /// <summary>Name in the data set.</summary>
    public required string Name { get; init; }

    /// <summary>Patient key in the data set.</summary>
    public required string Patient { get; init; }

    /// <summary>DSC of a one-class picture; null when both masks are empty.</summary>
    public double? Dsc { get; init; }

    /// <summary>Intersection over union of a one-class picture.</summary>
    public double? Iou { get; init; }

    /// <summary>Pixel counts of a one-class picture.</summary>
    public PixelCounts? Pixels { get; init; }

    /// <summary>Slices of a volume.</summary>
    public int? Slices { get; init; }

    /// <summary>Distance of slices, rows and columns of a volume, millimetres; null when it is not known.</summary>
    public double[]? SpacingMm { get; init; }

    /// <summary>Organs of a volume.</summary>
    public IReadOnlyDictionary<string, CaseOrgan>? Organs { get; init; }

    /// <summary>Seconds of the prediction.</summary>
    public double Seconds { get; init; }
}

/// <summary>Pixel counts of a one-class picture.</summary>
/// <param name="Tp">Lesion in both.</param>
/// <param name="Fp">Lesion in the prediction only.</param>
/// <param name="Fn">Lesion in the reference only.</param>
/// <param name="Tn">Background in both.</param>
public sealed record PixelCounts(long Tp, long Fp, long Fn, long Tn);

/// <summary>One organ of one case.</summary>
public sealed record CaseOrgan
{
    /// <summary>As in the metrics convention: scored, both_empty, prediction_empty, reference_empty, not_comparable.</summary>
    public required string Status { get; init; }

    /// <summary>DSC.</summary>
    public double? Dsc { get; init; }

    /// <summary>HD95, millimetres.</summary>
    [JsonPropertyName("hd95_mm")]
    public double? Hd95Mm { get; init; }

    /// <summary>Normalised surface distance at the organ's tolerance.</summary>
    public double? Nsd { get; init; }

    /// <summary>By the papers' definitions, from the papers' way of predicting; only when asked for.</summary>
    public PaperOrgan? Paper { get; init; }
}
