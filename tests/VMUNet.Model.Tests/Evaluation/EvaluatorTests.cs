using System.Text.Json;
using VMUNet.Imaging;
using VMUNet.Model.Tests.Inference;
using VMUNet.Model.Tests.Training;
using VMUNet.Testing;

namespace VMUNet.Model.Tests.Evaluation;

[Collection(nameof(TensorTests))]
public sealed class EvaluatorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Pictures_give_pooled_and_per_image_figures_under_the_names_of_the_command_line()
    {
        using var model = TestModels.Random(_folder.File("m"), "lesion-dermoscopy");
        var data = DataSet.Open(SyntheticData.Pictures(_folder.File("d"), 5));

        var report = Evaluator.Evaluate(model, data, "all", null, CancellationToken.None);

        using var json = JsonDocument.Parse(report.ToJson());
        var root = json.RootElement;
        Assert.Equal("m", root.GetProperty("model").GetString());
        Assert.Equal(64, root.GetProperty("weights_sha256").GetString()!.Length);
        Assert.Equal(5, root.GetProperty("cases").GetInt32());
        foreach (var name in new[] { "dsc", "iou", "acc", "spe", "sen" })
        {
            Assert.InRange(root.GetProperty("pooled").GetProperty(name).GetDouble(), 0, 1);
        }

        Assert.InRange(root.GetProperty("per_image").GetProperty("dsc_median").GetDouble(), 0, 1);
        Assert.Equal(2, root.GetProperty("per_image").GetProperty("dsc_ci95").GetArrayLength());
        Assert.Equal(5, root.GetProperty("per_case").GetArrayLength());
        Assert.False(root.TryGetProperty("organs", out _));
    }

    [Fact]
    public void Pooled_and_mean_figures_follow_from_the_cases()
    {
        using var model = TestModels.Random(_folder.File("m"), "lesion-dermoscopy");
        var folder = SyntheticData.Pictures(_folder.File("d"), 4);
        var data = DataSet.Open(folder);
        long both = 0, sum = 0;
        foreach (var item in data.Cases)
        {
            var labels = new Segmenter().Segment(model, PictureFile.Read(item.ImagePath), CancellationToken.None).Labels;
            var truth = PictureFile.ReadMask(item.LabelPath);
            for (var i = 0; i < truth.Labels.Length; i++)
            {
                both += labels.Labels[i] != 0 && truth.Labels[i] != 0 ? 1 : 0;
                sum += (labels.Labels[i] != 0 ? 1 : 0) + (truth.Labels[i] != 0 ? 1 : 0);
            }
        }

        var report = Evaluator.Evaluate(model, data, "all", null, CancellationToken.None);

        Assert.Equal(2.0 * both / sum, report.Pooled!.Dsc, 12);
        Assert.Equal(report.PerCase.Average(c => c.Dsc!.Value), report.PerImage!.DscMean, 12);
        Assert.Equal(report.Pooled.Dsc, 2 * report.Pooled.Iou / (1 + report.Pooled.Iou), 12);
    }

    [Fact]
    public void Volumes_give_organs_and_count_missed_and_invented_ones()
    {
        using var model = TestModels.Random(_folder.File("m"), "abdomen-mr-4");
        var data = DataSet.Open(SyntheticData.Volumes(_folder.File("d"), 2));

        var report = Evaluator.Evaluate(model, data, "all", null, CancellationToken.None);

        Assert.Equal(["liver", "right-kidney", "left-kidney", "spleen"], report.Organs!.Keys);
        foreach (var (name, organ) in report.Organs!)
        {
            var cases = report.PerCase.Select(c => c.Organs![name]).ToList();
            Assert.Equal(cases.Count(c => c.Status == "prediction_empty"), organ.Missed);
            Assert.Equal(cases.Count(c => c.Status == "reference_empty"), organ.Invented);
            Assert.Equal(cases.Count(c => c.Status != "both_empty"), organ.N);
        }

        using var json = JsonDocument.Parse(report.ToJson());
        Assert.True(json.RootElement.GetProperty("mean").TryGetProperty("dsc", out _));
        Assert.False(json.RootElement.TryGetProperty("pooled", out _));
    }

    [Fact]
    public void Data_of_the_other_kind_is_refused()
    {
        using var model = TestModels.Random(_folder.File("m"), "abdomen-mr-4");
        var data = DataSet.Open(SyntheticData.Pictures(_folder.File("d"), 4));

        Assert.Throws<BadInputException>(() => Evaluator.Evaluate(model, data, "all", null, CancellationToken.None));
    }

    [Fact]
    public void The_bootstrap_interval_covers_the_mean_and_repeats()
    {
        var values = Enumerable.Range(0, 50).Select(i => i / 50.0).ToArray();

        var interval = Bootstrap.Interval95(values.Length, draw => draw.Average(i => values[i]))!;

        Assert.InRange(interval[0], 0.35, 0.45);
        Assert.InRange(interval[1], 0.53, 0.63);
        Assert.Equal(interval, Bootstrap.Interval95(values.Length, draw => draw.Average(i => values[i])));
        Assert.Null(Bootstrap.Interval95(1, _ => 0));
    }

    public void Dispose() => _folder.Dispose();
}
