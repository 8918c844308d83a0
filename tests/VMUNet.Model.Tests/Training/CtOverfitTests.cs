using VMUNet.Testing;

namespace VMUNet.Model.Tests.Training;

/// <summary>
/// Not a test of accuracy: the labels are another model's output and the volume is the one trained on. It proves that labelled CT goes in
/// through <c>train --task abdomen-ct-8</c> and comes out as eight organs in the right places with the right numbers.
/// </summary>
[Collection(nameof(TensorTests))]
public sealed class CtOverfitTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    [Trait("speed", "slow")]
    public void One_CT_volume_is_learnt_by_heart_in_all_eight_organs()
    {
        var data = Path.Combine(RepoPaths.Goldens, "ct-overfit");
        var options = new TrainingOptions
        {
            Task = "abdomen-ct-8",
            Data = data,
            Out = _folder.File("ct"),
            TrainSplit = DataSet.AllCases,
            DevSplit = null,
            Dims = [16, 32, 64, 128],
            Depths = [1, 1, 1, 1],
            DepthsDecoder = [1, 1, 1, 1],
            DropPathRate = 0,
            Stages = [new TrainingStage(96, 1600)],
            Batch = 2,
            PeakRate = 3e-3,
            WarmUpSteps = 20,
            WeightDecay = 0,
            EmaDecay = 0.95,
            Augmentation = new AugmentationRecipe(),
            DevEverySteps = 10_000,
        };

        Trainer.Run(options, null, TimeProvider.System, CancellationToken.None);

        using var model = LoadedModel.Load(options.Out);
        var report = Evaluator.Evaluate(model, DataSet.Open(data), DataSet.AllCases, null, CancellationToken.None);
        Assert.True(report.Mean!.Dsc > 0.95, report.ToJson());
        Assert.All(report.Organs!, o => Assert.True(o.Value.DscMean > 0.8, $"{o.Key} {o.Value.DscMean}"));

        ModelAverage.Run(options.Out, null, 0, _folder.File("half"), null, half: true);
        using var half = LoadedModel.Load(_folder.File("half"));
        var rounded = Evaluator.Evaluate(half, DataSet.Open(data), DataSet.AllCases, null, CancellationToken.None);
        Assert.All(report.Organs!, o => Assert.Equal(o.Value.DscMean!.Value, rounded.Organs![o.Key].DscMean!.Value, 0.001));
    }

    public void Dispose() => _folder.Dispose();
}
