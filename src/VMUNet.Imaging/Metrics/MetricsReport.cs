using System.Globalization;
using System.Text.Json.Nodes;

namespace VMUNet.Imaging.Metrics;

/// <summary>The document of the command <c>metrics</c>: two label files in, one JSON object out.</summary>
public static class MetricsReport
{
    /// <summary>Name of the default convention on the command line.</summary>
    public const string QaConvention = "qa";

    /// <summary>Name of the papers' convention on the command line.</summary>
    public const string PaperConvention = "paper";

    /// <summary>Compares two label files.</summary>
    /// <param name="predictionPath">.nii, .nii.gz or .png; a .raw (uint8; z, y, x) takes its grid from the other file.</param>
    /// <param name="referencePath">As <paramref name="predictionPath"/>.</param>
    /// <param name="convention"><c>qa</c> (or vmunet-qa/1) or <c>paper</c> (or transunet-medpy/unit).</param>
    /// <exception cref="BadInputException">A file cannot be read, or the convention has another name.</exception>
    public static JsonObject Compare(string predictionPath, string referencePath, string convention = QaConvention)
    {
        ArgumentNullException.ThrowIfNull(predictionPath);
        ArgumentNullException.ThrowIfNull(referencePath);
        var isRawPrediction = IsRaw(predictionPath);
        var isRawReference = IsRaw(referencePath);
        if (isRawPrediction && isRawReference)
        {
            throw new BadInputException("Two .raw files have no grid; at least one of the two must be .nii, .nii.gz or .png.");
        }

        if (isRawPrediction)
        {
            var reference = LabelFile.Read(referencePath);
            return Compare(LabelFile.ReadRaw(predictionPath, reference.Geometry), reference, convention);
        }

        var prediction = LabelFile.Read(predictionPath);
        var other = isRawReference ? LabelFile.ReadRaw(referencePath, prediction.Geometry) : LabelFile.Read(referencePath);
        return Compare(prediction, other, convention);
    }

    /// <summary>Compares two label maps; as the other overload.</summary>
    public static JsonObject Compare(LabelMap prediction, LabelMap reference, string convention = QaConvention)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(reference);
        return convention switch
        {
            QaConvention or SegmentationQa.Convention => ToJson(SegmentationQa.Score(prediction, reference)),
            PaperConvention or PaperMetrics.Convention => PaperJson(prediction, reference),
            _ => throw new BadInputException($"There is no convention \"{convention}\"; use \"qa\" or \"paper\"."),
        };
    }

    /// <summary>The document of scores already made.</summary>
    public static JsonObject ToJson(IReadOnlyDictionary<byte, OrganScore> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        var labels = new JsonObject();
        foreach (var (label, score) in scores)
        {
            labels[label.ToString(CultureInfo.InvariantCulture)] = ToJson(score);
        }

        return new JsonObject { ["convention"] = SegmentationQa.Convention, ["labels"] = labels };
    }

    /// <summary>One label's score; null where the convention says so, never NaN.</summary>
    public static JsonObject ToJson(OrganScore score)
    {
        ArgumentNullException.ThrowIfNull(score);
        var nsd = new JsonObject();
        foreach (var (tau, share) in score.Nsd.OrderBy(pair => pair.Key))
        {
            nsd[tau.ToString("R", CultureInfo.InvariantCulture)] = share;
        }

        return new JsonObject
        {
            ["status"] = score.Status.ToName(),
            ["reason"] = score.Reason,
            ["unit"] = score.Unit == LengthUnit.Millimetre ? "mm" : "px",
            ["tp"] = score.TruePositives,
            ["fp"] = score.FalsePositives,
            ["fn"] = score.FalseNegatives,
            ["dsc"] = score.Dsc,
            ["iou"] = score.Iou,
            ["hd95_mm"] = score.Hd95Mm,
            ["hd95_pooled_mm"] = score.Hd95PooledMm,
            ["hd_mm"] = score.HdMm,
            ["assd_mm"] = score.AssdMm,
            ["masd_mm"] = score.MasdMm,
            ["nsd"] = score.Nsd.Count == 0 ? null : nsd,
            ["volume_pred_ml"] = score.VolumePredictionMl,
            ["volume_ref_ml"] = score.VolumeReferenceMl,
            ["grid_diagonal_mm"] = score.GridDiagonalMm,
        };
    }

    private static bool IsRaw(string path) => path.EndsWith(".raw", StringComparison.OrdinalIgnoreCase);

    private static JsonObject PaperJson(LabelMap prediction, LabelMap reference)
    {
        var (p, r) = (prediction.Geometry, reference.Geometry);
        if ((p.Slices, p.Rows, p.Columns) != (r.Slices, r.Rows, r.Columns))
        {
            throw new BadInputException(
                $"The paper convention needs equal sizes; {p.Slices} x {p.Rows} x {p.Columns} and {r.Slices} x {r.Rows} x {r.Columns} came.");
        }

        var labels = new JsonObject();
        foreach (var (label, score) in PaperMetrics.Score(prediction, reference))
        {
            labels[label.ToString(CultureInfo.InvariantCulture)] = new JsonObject
            {
                ["dice"] = score.Dice,
                ["hd95_vox"] = score.Hd95Voxels,
            };
        }

        return new JsonObject { ["convention"] = PaperMetrics.Convention, ["labels"] = labels };
    }
}
