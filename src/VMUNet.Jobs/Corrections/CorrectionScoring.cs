using System.Security.Cryptography;
using VMUNet.Data.Learning;
using VMUNet.Imaging;
using VMUNet.Imaging.Metrics;

namespace VMUNet.Jobs.Corrections;

/// <summary>Scores, and what the automatic checks make of them.</summary>
/// <param name="Rows">One row an organ of the task.</param>
/// <param name="Grid">Grid of the rows.</param>
/// <param name="Objection">Why the case must stay out of the pool; null when the checks hold.</param>
/// <param name="Notes">What a curator should know.</param>
public sealed record ScoredCorrection(
    IReadOnlyList<QaRow> Rows, QaGrid Grid, string? Objection, IReadOnlyList<string> Notes);

/// <summary>Our labels against a reviewer's, per organ, on the source grid (vmunet-qa/1). Pure.</summary>
public static class CorrectionScoring
{
    private const double ToleranceMm = 2;
    private const double VanishedMl = 5;
    private const double SecondReaderBelow = 0.3;

    /// <summary>Scores every organ of the task.</summary>
    /// <param name="prediction">Our result.</param>
    /// <param name="correction">The reviewer's labels on the same grid.</param>
    /// <param name="organs">Organs of the task.</param>
    /// <param name="found">Organs that the reviewer's SEG has a segment for.</param>
    public static ScoredCorrection Score(
        LabelMap prediction, LabelMap correction, IReadOnlyList<OrganLabel> organs, IReadOnlyList<OrganLabel> found)
    {
        IReadOnlyDictionary<byte, OrganScore> scores = SegmentationQa.Score(prediction, correction,
            [.. organs.Select(o => o.Value)], new QaOptions { NsdTolerancesMm = [ToleranceMm] });
        QaRow[] rows = [.. organs.Select(o => Row(o, scores[o.Value]))];
        return new ScoredCorrection(rows, Grid(correction.Geometry), Objection(rows, found), Notes(rows));
    }

    /// <summary>Hash of a label map on its grid.</summary>
    public static string HashOf(LabelMap labels) => Convert.ToHexStringLower(SHA256.HashData(labels.Labels));

    private static QaRow Row(OrganLabel organ, OrganScore score) => new()
    {
        Label = organ.Value,
        Organ = organ.Name,
        Status = StatusOf(score.Status),
        Reason = score.Reason,
        Counts = (score.TruePositives, score.FalsePositives, score.FalseNegatives),
        Dsc = score.Dsc,
        Iou = score.Iou,
        Hd = score.HdMm,
        Hd95 = score.Hd95Mm,
        Hd95Pooled = score.Hd95PooledMm,
        Assd = score.AssdMm,
        Masd = score.MasdMm,
        Nsd = score.Nsd.TryGetValue(ToleranceMm, out double nsd) ? nsd : null,
        NsdTau = score.Nsd.ContainsKey(ToleranceMm) ? ToleranceMm : null,
        VolumePredictionMl = score.VolumePredictionMl,
        VolumeReferenceMl = score.VolumeReferenceMl,
    };

    private static QaStatus StatusOf(ScoreStatus status) => status switch
    {
        ScoreStatus.Scored => QaStatus.Scored,
        ScoreStatus.BothEmpty => QaStatus.BothEmpty,
        ScoreStatus.PredictionEmpty => QaStatus.PredictionEmpty,
        ScoreStatus.ReferenceEmpty => QaStatus.ReferenceEmpty,
        ScoreStatus.NotComparable => QaStatus.NotComparable,
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    private static QaGrid Grid(VolumeGeometry grid)
    {
        SpacingMm s = grid.Spacing;
        double diagonal = Math.Sqrt(Math.Pow((grid.Slices - 1) * s.Z, 2) + Math.Pow((grid.Rows - 1) * s.Y, 2)
            + Math.Pow((grid.Columns - 1) * s.X, 2));
        return new QaGrid(grid.Unit == LengthUnit.Pixel ? "px" : "mm", grid.Slices, grid.Rows, grid.Columns, s.Z, s.Y, s.X,
            diagonal);
    }

    private static string? Objection(IReadOnlyList<QaRow> rows, IReadOnlyList<OrganLabel> found)
    {
        if (rows.FirstOrDefault(r => r.Status == QaStatus.NotComparable) is { } row)
        {
            return $"{row.Organ} cannot be compared: {row.Reason}";
        }
        if (rows.All(r => r.Status is QaStatus.BothEmpty))
        {
            return "neither our result nor the correction shows an organ";
        }
        // An empty segment says "absent"; a missing one may be an oversight where we saw a whole organ.
        QaRow? vanished = rows.FirstOrDefault(r => r.Status == QaStatus.ReferenceEmpty
            && r.VolumePredictionMl > VanishedMl && found.All(f => f.Value != r.Label));
        return vanished is null ? null : string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"{vanished.Organ} has {vanished.VolumePredictionMl:0.0} mL in our result and no segment in the correction");
    }

    private static string[] Notes(IReadOnlyList<QaRow> rows) =>
    [
        .. rows.Where(r => r.Dsc < SecondReaderBelow).Select(r => $"{r.Organ}: DSC below {SecondReaderBelow}, a second reader is asked for"),
        .. rows.Any(r => r.Dsc is not null) && rows.All(r => r.Dsc is null or 1) ? ["accepted unchanged"] : Array.Empty<string>(),
    ];
}
