using CsCheck;
using VMUNet.Imaging.Metrics;

namespace VMUNet.Imaging.Tests.Metrics;

public sealed class SegmentationQaTests
{
    private static readonly Gen<(LabelMap P, LabelMap R)> Pairs =
        from slices in Gen.Int[1, 12]
        from rows in Gen.Int[1, 12]
        from columns in Gen.Int[1, 12]
        from z in Gen.Double[0.3, 5]
        from y in Gen.Double[0.3, 2]
        from x in Gen.Double[0.3, 2]
        from density in Gen.Int[1, 20]
        from p in Gen.Int[0, 20].Array[slices * rows * columns]
        from r in Gen.Int[0, 20].Array[slices * rows * columns]
        let geometry = VolumeGeometry.Axial(slices, rows, columns, new SpacingMm(z, y, x))
        select (new LabelMap(geometry, Threshold(p, density)), new LabelMap(geometry, Threshold(r, density)));

    [Fact]
    public void Distances_equal_the_brute_force_ones() => Pairs.Sample(
        pair =>
        {
            var score = SegmentationQa.Score(pair.P, pair.R, [1])[1];
            if (score.Status != ScoreStatus.Scored)
            {
                return;
            }

            var there = BruteForce.Directed(pair.P, pair.R, 1);
            var back = BruteForce.Directed(pair.R, pair.P, 1);
            double[] pooled = [.. there, .. back];
            Array.Sort(pooled);
            Near(pooled[^1], score.HdMm);
            Near(pooled.Average(), score.AssdMm);
            Near((there.Average() + back.Average()) / 2, score.MasdMm);
            Near(BruteForce.Percentile95(pooled), score.Hd95PooledMm);
            Near(Math.Max(BruteForce.Percentile95(there), BruteForce.Percentile95(back)), score.Hd95Mm);
        },
        iter: 200,
        threads: 1);

    [Fact]
    public void Exchanging_the_sides_changes_nothing_but_the_counts() => Pairs.Sample(
        pair =>
        {
            var a = SegmentationQa.Score(pair.P, pair.R, [1])[1];
            var b = SegmentationQa.Score(pair.R, pair.P, [1])[1];
            Assert.Equal(a.Dsc, b.Dsc);
            Assert.Equal(a.HdMm, b.HdMm);
            Assert.Equal(a.Hd95Mm, b.Hd95Mm);
            Assert.Equal(a.FalsePositives, b.FalseNegatives);
        },
        iter: 100,
        threads: 1);

    [Fact]
    public void Hd95_is_at_most_hd_and_a_mask_against_itself_is_perfect() => Pairs.Sample(
        pair =>
        {
            var score = SegmentationQa.Score(pair.P, pair.R, [1])[1];
            Assert.True(score.Status != ScoreStatus.Scored || (score.Hd95Mm <= score.HdMm && score.Hd95PooledMm <= score.HdMm));
            var self = SegmentationQa.Score(pair.P, pair.P, [1])[1];
            Assert.True(self.Status == ScoreStatus.BothEmpty || (self.Dsc == 1 && self.HdMm == 0 && self.Nsd[1] == 1));
        },
        iter: 100,
        threads: 1);

    [Fact]
    public void Unequal_grids_are_not_comparable_and_say_why()
    {
        var a = new LabelMap(VolumeGeometry.Axial(2, 2, 2, new SpacingMm(2, 1, 1)), [1, 1, 0, 0, 0, 0, 0, 2]);
        var sizes = new LabelMap(VolumeGeometry.Axial(1, 2, 2, new SpacingMm(2, 1, 1)), [1, 1, 0, 0]);
        var spacing = new LabelMap(VolumeGeometry.Axial(2, 2, 2, new SpacingMm(2.01, 1, 1)), a.Labels.ToArray());
        var moved = new LabelMap(a.Geometry with { Origin = new Vector3D(0.02, 0, 0) }, a.Labels.ToArray());
        var turned = new LabelMap(a.Geometry with { RowDirection = new Vector3D(1, 2e-4, 0).Normalize() }, a.Labels.ToArray());

        foreach (var (other, word) in new[] { (sizes, "Sizes"), (spacing, "Spacings"), (moved, "Slice 0"), (turned, "directions") })
        {
            var scores = SegmentationQa.Score(a, other);
            Assert.Equal([1, 2], scores.Keys.Select(key => (int)key));
            Assert.All(scores.Values, score =>
            {
                Assert.Equal(ScoreStatus.NotComparable, score.Status);
                Assert.Contains(word, score.Reason, StringComparison.Ordinal);
                Assert.Null(score.Dsc);
            });
        }
    }

    [Fact]
    public void Differences_within_the_tolerances_are_comparable()
    {
        var a = new LabelMap(VolumeGeometry.Axial(2, 2, 2, new SpacingMm(2, 1, 1)), [1, 1, 0, 0, 0, 0, 0, 2]);
        var near = new LabelMap(
            VolumeGeometry.Axial(2, 2, 2, new SpacingMm(2.001, 1.0005, 1), new Vector3D(0.005, 0, 0.005)), a.Labels.ToArray());

        Assert.All(SegmentationQa.Score(a, near).Values, score => Assert.Equal(ScoreStatus.Scored, score.Status));
    }

    [Fact]
    public void Unevenly_spaced_slices_keep_their_counts_but_have_no_distances()
    {
        var geometry = VolumeGeometry.Axial(3, 1, 2, new SpacingMm(2, 1, 1)) with
        {
            SliceOrigins = [default, new Vector3D(0, 0, 2), new Vector3D(0, 0, 6)],
        };
        var map = new LabelMap(geometry, [1, 1, 0, 0, 0, 1]);

        var score = SegmentationQa.Score(map, map)[1];

        Assert.Equal(ScoreStatus.NotComparable, score.Status);
        Assert.Contains("irregular-spacing", score.Reason, StringComparison.Ordinal);
        Assert.Equal(3, score.TruePositives);
        Assert.Null(score.Hd95Mm);
    }

    [Fact]
    public void Photographs_are_measured_in_pixels_and_have_no_volume()
    {
        var map = new LabelMap(VolumeGeometry.ForPicture(1, 4), [0, 1, 1, 0]);

        var score = SegmentationQa.Score(map, map)[1];

        Assert.Equal(LengthUnit.Pixel, score.Unit);
        Assert.Null(score.VolumePredictionMl);
        Assert.Equal(0, score.Hd95Mm);
    }

    [Fact]
    public void Background_is_no_label()
    {
        var map = new LabelMap(VolumeGeometry.ForPicture(1, 2), [0, 1]);

        Assert.Throws<ArgumentException>(() => SegmentationQa.Score(map, map, [0, 1]));
    }

    private static byte[] Threshold(int[] values, int below) => [.. values.Select(value => value < below ? (byte)1 : (byte)0)];

    private static void Near(double expected, double? actual)
        => Assert.InRange(Math.Abs(actual!.Value - expected), 0, 1e-9 * (1 + expected));
}
