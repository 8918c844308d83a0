using System.Globalization;
using System.Text.Json;
using VMUNet.Imaging.Metrics;

namespace VMUNet.Imaging.Tests.Metrics;

public sealed class SegmentationQaGoldenTests
{
    private static readonly QaOptions ThreeTolerances = new() { NsdTolerancesMm = [1, 2, 3] };

    public static TheoryData<string> Ids => [.. MetricCases.Ids];

    [Fact]
    public void There_are_41_cases() => Assert.Equal(41, MetricCases.Ids.Count());

    [Theory]
    [MemberData(nameof(Ids))]
    public void Status_counts_overlap_and_distances_equal_the_golden(string id)
    {
        var golden = MetricCases.Load(id);

        var scores = SegmentationQa.Score(golden.Prediction, golden.Reference, golden.Labels, ThreeTolerances);

        Assert.Equal(golden.Labels.Order(), scores.Keys);
        foreach (var (label, score) in scores)
        {
            var expected = golden.Expected.GetProperty(label.ToString(CultureInfo.InvariantCulture));
            Assert.Equal(expected.GetProperty("status").GetString(), score.Status.ToName());
            Close(expected.GetProperty("grid_diagonal_mm"), score.GridDiagonalMm, 1e-9);
            CompareOverlap(expected.GetProperty("overlap"), score);
            CompareDistances(expected.GetProperty("qa"), score);
        }
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Paper_numbers_equal_the_golden(string id)
    {
        var golden = MetricCases.Load(id);

        var scores = PaperMetrics.Score(golden.Prediction, golden.Reference, golden.Labels);

        foreach (var (label, score) in scores)
        {
            var expected = golden.Expected.GetProperty(label.ToString(CultureInfo.InvariantCulture)).GetProperty("transunet");
            Close(expected.GetProperty("dice"), score.Dice, 1e-12);
            Close(expected.GetProperty("hd95"), score.Hd95Voxels, 1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Other_tools_values_follow_from_the_same_distances(string id)
    {
        var golden = MetricCases.Load(id);

        var real = SegmentationQa.Score(golden.Prediction, golden.Reference, golden.Labels, ThreeTolerances);
        var unit = SegmentationQa.Score(WithUnitSpacing(golden.Prediction), WithUnitSpacing(golden.Reference), golden.Labels);

        foreach (var (label, score) in real.Where(pair => pair.Value.Status == ScoreStatus.Scored))
        {
            var expected = golden.Expected.GetProperty(label.ToString(CultureInfo.InvariantCulture));
            Close(expected.GetProperty("medpy").GetProperty("dc"), score.Dsc, 1e-12);
            CompareMedpy(expected.GetProperty("medpy"), score);
            CompareMedpy(expected.GetProperty("medpy_unit"), unit[label]);
            Close(expected.GetProperty("monai").GetProperty("hd95"), score.Hd95Mm, 1e-5);
            Close(expected.GetProperty("metrics_reloaded").GetProperty("hd95"), score.Hd95Mm, 1e-6);
            Close(expected.GetProperty("metrics_reloaded").GetProperty("masd"), score.MasdMm, 1e-6);
        }
    }

    private static void CompareOverlap(JsonElement expected, OrganScore score)
    {
        Assert.Equal(expected.GetProperty("tp").GetInt64(), score.TruePositives);
        Assert.Equal(expected.GetProperty("fp").GetInt64(), score.FalsePositives);
        Assert.Equal(expected.GetProperty("fn").GetInt64(), score.FalseNegatives);
        Close(expected.GetProperty("dsc"), score.Dsc, 1e-12);
        Close(expected.GetProperty("iou"), score.Iou, 1e-12);
        if (score.VolumePredictionMl is { } prediction && score.VolumeReferenceMl is { } reference)
        {
            Close(expected.GetProperty("volume_pred_mm3"), prediction * 1000, 1e-9);
            Close(expected.GetProperty("volume_ref_mm3"), reference * 1000, 1e-9);
        }
    }

    private static void CompareDistances(JsonElement expected, OrganScore score)
    {
        if (expected.ValueKind == JsonValueKind.Null)
        {
            Assert.Null(score.HdMm);
            Assert.Null(score.Hd95Mm);
            Assert.Null(score.Hd95PooledMm);
            Assert.Null(score.AssdMm);
            Assert.Null(score.MasdMm);
            Assert.All(score.Nsd.Values, share => Assert.Equal(0, share));
            Assert.Equal(score.Status == ScoreStatus.BothEmpty ? 0 : 3, score.Nsd.Count);
            return;
        }

        Close(expected.GetProperty("hd"), score.HdMm, 1e-6);
        Close(expected.GetProperty("hd95"), score.Hd95Mm, 1e-6);
        Close(expected.GetProperty("hd95_pooled"), score.Hd95PooledMm, 1e-6);
        Close(expected.GetProperty("assd"), score.AssdMm, 1e-6);
        Close(expected.GetProperty("masd"), score.MasdMm, 1e-6);
        foreach (var tau in new[] { 1, 2, 3 })
        {
            Close(expected.GetProperty("nsd").GetProperty(tau.ToString(CultureInfo.InvariantCulture)), score.Nsd[tau], 1e-15);
        }
    }

    private static void CompareMedpy(JsonElement expected, OrganScore score)
    {
        Close(expected.GetProperty("hd"), score.HdMm, 1e-6);
        Close(expected.GetProperty("hd95"), score.Hd95PooledMm, 1e-6);
        Close(expected.GetProperty("assd"), score.AssdMm, 1e-6);
    }

    private static LabelMap WithUnitSpacing(LabelMap map) => new(
        map.Geometry with { SliceStep = new Vector3D(0, 0, 1), RowSpacingMm = 1, ColumnSpacingMm = 1 }, map.Labels.ToArray());

    private static void Close(JsonElement expected, double? actual, double tolerance)
    {
        if (expected.ValueKind == JsonValueKind.Null)
        {
            Assert.Null(actual);
            return;
        }

        var value = expected.GetDouble();
        Assert.NotNull(actual);
        Assert.InRange(Math.Abs(actual.Value - value), 0, tolerance * (1 + Math.Abs(value)));
    }
}
