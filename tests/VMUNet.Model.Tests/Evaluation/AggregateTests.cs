using VMUNet.Imaging;
using VMUNet.Imaging.Metrics;

namespace VMUNet.Model.Tests.Evaluation;

public sealed class AggregateTests
{
    [Fact]
    public void Missed_and_invented_organs_count_0_and_are_never_averaged_away()
    {
        var task = TaskDefinition.Get("abdomen-mr-4");
        OrganScore[] liver =
        [
            new() { Status = ScoreStatus.Scored, Dsc = 0.9, Hd95Mm = 4, Nsd = new Dictionary<double, double> { [2] = 0.8 } },
            new() { Status = ScoreStatus.PredictionEmpty, Dsc = 0, GridDiagonalMm = 300, Nsd = new Dictionary<double, double> { [2] = 0 } },
            new() { Status = ScoreStatus.ReferenceEmpty, Dsc = 0, GridDiagonalMm = 200, Nsd = new Dictionary<double, double> { [2] = 0 } },
            new() { Status = ScoreStatus.BothEmpty },
        ];
        ScoredCase[] cases =
        [
            .. liver.Select(s => new ScoredCase(
                new CaseFigures { Name = "c", Patient = "p" }, default, null,
                task.Labels.ToDictionary(l => l.Value, l => l.Value == 1 ? s : new OrganScore { Status = ScoreStatus.BothEmpty }), null)),
        ];

        var figures = Aggregate.Organs(task, cases)["liver"];

        Assert.Equal((3, 1, 1, 1, 1), (figures.N, figures.Missed, figures.Invented, figures.BothEmpty, figures.Scored));
        Assert.Equal(0.3, figures.DscMean!.Value, 12);
        Assert.Equal(0, figures.DscMedian);
        Assert.Equal(4, figures.Hd95MmMean);
        Assert.Equal((4 + 300 + 200) / 3.0, figures.Hd95MmPenalised!.Value, 12);
        Assert.Equal(0.8 / 3, figures.NsdMean!.Value, 12);
        Assert.Equal(2, figures.NsdTauMm);
        Assert.Equal(0.3, Aggregate.Mean(task, cases).Dsc!.Value, 12);
    }

    [Fact]
    public void Pictures_have_every_metric_pooled_and_by_image_with_intervals()
    {
        Confusion[] tables = [new(8, 2, 0, 90), new(0, 0, 10, 90), new(0, 0, 0, 100)]; // good, missed, empty in both
        ScoredCase[] cases =
            [.. tables.Select(t => new ScoredCase(new CaseFigures { Name = "c", Patient = "p", Dsc = t.Dsc }, t, null, null, null))];

        var pooled = Aggregate.Pool(tables);
        var images = Aggregate.PerImage(cases).Metrics!;

        Assert.Equal(["acc", "dsc", "iou", "sen", "spe"], pooled.Ci95!.Keys.Order());
        Assert.All(pooled.Ci95.Values, i => Assert.True(i[0] <= i[1]));
        Assert.Equal(pooled.DscCi95, pooled.Ci95["dsc"]);
        Assert.InRange(pooled.Spe, pooled.Ci95["spe"][0], pooled.Ci95["spe"][1]);
        Assert.Equal((16.0 / 18 / 2, 2), (images["dsc"].Mean, images["dsc"].N));
        Assert.Equal(0.4, images["iou"].Mean, 12);
        Assert.Equal(((0.98 + 0.9 + 1) / 3, 0.98, 3), (images["acc"].Mean, images["acc"].Median, images["acc"].N));
        Assert.Equal((90.0 / 92 + 2) / 3, images["spe"].Mean, 12);
        Assert.Equal((0.5, 2), (images["sen"].Mean, images["sen"].N)); // the third has no lesion to find
        Assert.Equal(0, images["sen"].MedianCi95![0], 12);
        Assert.Equal(1, images["sen"].MedianCi95![1], 12);
    }

    [Fact]
    public void One_picture_has_no_interval()
    {
        Confusion[] tables = [new(8, 2, 0, 90)];

        Assert.Null(Aggregate.Pool(tables).Ci95);
    }

    [Fact]
    public void The_aorta_has_the_tolerance_of_its_task()
    {
        var task = TaskDefinition.Get("abdomen-ct-8");

        Assert.Equal(1, task.NsdToleranceOf(task.Labels[0]));
        Assert.All(task.Labels.Skip(1), l => Assert.Equal(2, task.NsdToleranceOf(l)));
    }

    [Fact]
    public void Reliability_counts_what_was_stated_against_what_was_right()
    {
        var table = new Reliability();
        table.AddOneClass([255, 255, 255, 255, 0, 0, 128], [1, 1, 1, 0, 0, 0, 1]);

        var result = table.Table()!;

        Assert.Equal((4, 1.0, 0.75), (result.Bins[9].Count, result.Bins[9].Confidence, result.Bins[9].Observed));
        Assert.Equal((2, 0.0, 0.0), (result.Bins[0].Count, result.Bins[0].Confidence, result.Bins[0].Observed));
        Assert.Equal((4 * 0.25 + 1 - 128 / 255.0) / 7, result.ExpectedCalibrationError, 12);

        var labels = new Reliability();
        labels.AddLabels([200, 200, 200], [0, 2, 3], [0, 2, 1]);
        Assert.Equal(2, labels.Table()!.Bins.Sum(b => b.Count));
        Assert.Null(new Reliability().Table());
    }

    [Fact]
    public void The_worst_cases_are_kept_with_what_was_missed_and_invented()
    {
        var worst = new WorstCases(2);
        var grid = VolumeGeometry.ForPicture(8, 8);
        var picture = new Picture(8, 8, new byte[192]);
        var (left, right) = (new byte[64], new byte[64]);
        left.AsSpan(0, 16).Fill(1);
        right.AsSpan(8, 16).Fill(1);
        foreach (var (name, dsc) in new[] { ("good", 0.9), ("bad", 0.1), ("middle", 0.5), ("best", 0.95) })
        {
            worst.Offer(name, dsc, null, picture, new LabelMap(grid, left), new LabelMap(grid, right));
        }

        Assert.Equal(["bad", "middle"], worst.Cases.Select(c => c.Name));
        var tile = worst.Cases[0].Tile.Labels;
        Assert.Equal(new byte[] { 0, 1, 2, 3 }, tile.Distinct().Order().ToArray());
        Assert.Equal(tile.Count(v => v == 2), tile.Count(v => v == 3));
        Assert.NotNull(worst.Sheet("two"));
        Assert.Null(new WorstCases().Sheet("none"));
    }
}
