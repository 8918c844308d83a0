using VMUNet.Imaging;
using VMUNet.Imaging.Metrics;
using VMUNet.Model.Tests.Inference;
using VMUNet.Model.Tests.Training;
using VMUNet.Testing;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests.Evaluation;

[Collection(nameof(TensorTests))]
public sealed class PaperProtocolTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void At_the_networks_own_size_the_papers_way_is_the_bare_choice_of_the_network()
    {
        using var model = TestModels.Random(_folder.File("m"), "abdomen-ct-8", size: 32);
        var (volume, _) = SyntheticData.Boxes(1, 32, 5);

        var paper = PaperProtocol.Segment(model, volume, CancellationToken.None);

        var product = new Segmenter(withConfidence: true).Segment(model, volume, CancellationToken.None);
        Assert.Equal(product.Unclean!.Labels.ToArray(), paper.Labels.ToArray());
        Assert.True(paper.Present().Count > 1);
    }

    [Fact]
    public void Another_size_goes_by_cubic_spline_there_and_by_the_nearest_corner_back()
    {
        using var model = TestModels.Random(_folder.File("m"), "abdomen-ct-8", size: 32);
        var (volume, _) = SyntheticData.Boxes(1, 48, 1);

        var paper = PaperProtocol.Segment(model, volume, CancellationToken.None);

        // The same by torch's own operators, from the definition of the recipe.
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var unit = volume.Voxels.ToArray().Select(v => (Math.Clamp(v, -125, 275) + 125) / 400).ToArray();
        var small = Resample.Cubic(unit, 48, 48, 32, 32, CubicTail.PaperZero);
        var logits = model.Network.forward(tensor(small, 1, 1, 32, 32).expand(1, 3, 32, 32).contiguous());
        var choice = logits.argmax(1).to(ScalarType.Byte).data<byte>().ToArray();
        Assert.Equal(Resample.NearestCorners<byte>(choice, 32, 32, 48, 48), paper.Labels.ToArray());
        Assert.True(paper.Present().Count > 1);
    }

    [Fact]
    public void A_missed_organ_is_0_and_0_an_invented_one_1_and_0_in_the_papers_means()
    {
        var task = TaskDefinition.Get("abdomen-ct-8");
        ScoredCase Case(PaperScore liver) => new(
            new CaseFigures { Name = "c", Patient = "p" }, default, null, null,
            task.Labels.ToDictionary(l => l.Value, l => l.Name == "liver" ? liver : new PaperScore(0.5, 4)));

        var figures = Aggregate.Paper(task, [Case(new PaperScore(0.8, 6)), Case(new PaperScore(0, 0)), Case(new PaperScore(1, 0))]);

        Assert.Equal("transunet-medpy/unit", figures.Convention);
        Assert.Equal(0.6, figures.Organs!["liver"].Dice, 12);
        Assert.Equal(2, figures.Organs["liver"].Hd95Vox, 12);
        Assert.Equal((0.6 + 7 * 0.5) / 8, figures.Mean!.Dice, 12);
        Assert.Equal((2 + 7 * 4.0) / 8, figures.Mean.Hd95Vox, 12);
    }

    [Fact]
    public void Photographs_are_counted_at_256_whatever_their_size()
    {
        using var model = TestModels.Random(_folder.File("m"), "lesion-dermoscopy");
        var data = DataSet.Open(SyntheticData.Pictures(_folder.File("d"), 3, side: 48));

        var report = Evaluator.Evaluate(
            model, data, "all", null, CancellationToken.None, new EvaluationOptions { WithPaper = true, WithReliability = true });

        var pooled = report.Paper!.Pooled256!;
        Assert.Equal(pooled.Dsc, 2 * pooled.Iou / (1 + pooled.Iou), 12);
        var (picture, truth) = SyntheticData.Disc(0, 48);
        var one = PaperProtocol.Compare(model, picture, truth);
        Assert.Equal(256 * 256, one.TruePositives + one.FalsePositives + one.FalseNegatives + one.TrueNegatives);
        Assert.Equal(3 * 48 * 48, report.Reliability!.Bins.Sum(b => b.Count));
        Assert.Equal(3 * 48 * 48, report.PerCase.Sum(c => c.Pixels!.Tp + c.Pixels.Fp + c.Pixels.Fn + c.Pixels.Tn));
    }

    [Fact]
    public void Volumes_carry_the_papers_numbers_beside_their_own()
    {
        using var model = TestModels.Random(_folder.File("m"), "abdomen-mr-4", size: 32);
        var data = DataSet.Open(SyntheticData.Volumes(_folder.File("d"), 2));

        var report = Evaluator.Evaluate(model, data, "all", null, CancellationToken.None, new EvaluationOptions { WithPaper = true });

        Assert.Equal(
            report.PerCase.Average(c => c.Organs!["liver"].Paper!.Dice), report.Paper!.Organs!["liver"].Dice, 12);
        Assert.Contains("\"hd95_vox\"", report.ToJson(), StringComparison.Ordinal);
        Assert.Equal([5.0, 1, 1], report.PerCase[0].SpacingMm!);
    }

    public void Dispose() => _folder.Dispose();
}
