using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.Model.Tests.Training;

[Collection(nameof(TensorTests))]
public sealed class RecipeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(TrainingRecipe.Isic, 1, 1e-3)]
    [InlineData(TrainingRecipe.Isic, 51, 1e-5)]
    [InlineData(TrainingRecipe.Isic, 101, 1e-3)]
    [InlineData(TrainingRecipe.Isic, 251, 1e-5)]
    [InlineData(TrainingRecipe.Isic, 300, 9.99e-4)]
    [InlineData(TrainingRecipe.Synapse, 1, 1e-3)]
    [InlineData(TrainingRecipe.Synapse, 101, 1e-5)]
    [InlineData(TrainingRecipe.Synapse, 201, 1e-3)]
    [InlineData(TrainingRecipe.Synapse, 300, 1.02e-5)]
    public void The_official_rate_swings_as_PyTorch_steps_it(TrainingRecipe recipe, int epoch, double rate)
    {
        var options = Schedule.InExamples(TrainingRecipes.With(Bare, recipe), 320);
        var schedule = new Schedule(options, 320);

        Assert.Equal(3000, schedule.Steps);
        Assert.Equal(rate, schedule.RateAt(10 * (epoch - 1)), rate * 0.005);
        Assert.Equal(schedule.RateAt(10 * (epoch - 1)), schedule.RateAt(10 * (epoch - 1) + 9));
    }

    [Fact]
    public void The_official_settings_are_those_of_the_papers_code()
    {
        var isic = TrainingRecipes.With(Bare with { PatienceLooks = 15 }, TrainingRecipe.Isic);
        var synapse = TrainingRecipes.With(Bare with { PatienceLooks = 15 }, TrainingRecipe.Synapse);

        foreach (var official in new[] { isic, synapse })
        {
            Assert.Equal([96, 192, 384, 768], official.Dims);
            Assert.Equal((32, 300, 1e-3, 1e-2, 0.2), (official.Batch, official.Epochs, official.PeakRate, official.WeightDecay, official.DropPathRate));
            Assert.Equal((true, 0.0, 0.0, 0), (official.DecayEverything, official.ClipNorm, official.EmaDecay, official.WarmUpSteps));
            Assert.Equal(0, official.PatienceLooks);
        }

        Assert.Equal((256, 50, WeightSelection.DevLoss), (isic.Stages[0].Size, isic.CosineEpochs, isic.Selection));
        Assert.Equal((224, 100, WeightSelection.TrainingLoss), (synapse.Stages[0].Size, synapse.CosineEpochs, synapse.Selection));
        Assert.Equal(1, synapse.Workers);
        Assert.Equal(isic.ToJson(), TrainingOptions.FromJson(isic.ToJson()).ToJson());
    }

    [Fact]
    public void An_ISIC_example_is_scaled_by_its_own_range_and_its_mask_has_soft_borders()
    {
        var (picture, mask) = SyntheticData.Disc(3, 48);
        var sample = InputScaling.FromPicture(
            picture, mask.Labels.ToArray(), new Preprocessing { Intensity = IntensityRule.FullRangePerPicture }, int.MaxValue);
        var (image, target) = (new float[3 * 64 * 64], new float[64 * 64]);

        IsicExample.Fill(sample, null, 64, image, target);

        Assert.InRange(image.Min(), -0.01f, 20); // enlarged: the extreme pixels are mixed with their neighbours
        Assert.InRange(image.Max(), 235, 255.01f);
        Assert.Contains(target, t => t is > 0.05f and < 0.95f);
        Assert.Equal(mask.Labels.ToArray().Average(l => (double)l), target.Average(), 0.01);

        var changed = Enumerable.Range(0, 20).Select(i =>
        {
            var other = new float[64 * 64];
            IsicExample.Fill(sample, new SeededRandom(i), 64, image, other);
            Assert.InRange(image.Min(), -0.01f, 20);
            return other;
        }).ToList();
        Assert.True(changed.Distinct().Count() > 1);
        Assert.Contains(changed, c => !c.SequenceEqual(target));
    }

    // numpy 1.24 rot90 and flip, scipy 1.10 ndimage.rotate(order=0, reshape=False), of arange(1, 21) as 4 x 5.
    [Fact]
    public void Synapse_turns_flips_and_rotates_as_numpy_and_scipy_do()
    {
        float[] values = [.. Enumerable.Range(1, 20).Select(v => (float)v)];

        Assert.Equal(
            [20, 15, 10, 5, 19, 14, 9, 4, 18, 13, 8, 3, 17, 12, 7, 2, 16, 11, 6, 1],
            SynapseExample.TurnedAndFlipped(values, 4, 5, 3, flipsRows: true).Values);
        Assert.Equal(
            [16, 17, 18, 19, 20, 11, 12, 13, 14, 15, 6, 7, 8, 9, 10, 1, 2, 3, 4, 5],
            SynapseExample.TurnedAndFlipped(values, 4, 5, 2, flipsRows: false).Values);
        Assert.Equal(
            [0, 0, 3, 4, 0, 1, 7, 8, 9, 0, 0, 12, 13, 14, 20, 0, 17, 18, 0, 0], SynapseExample.Rotated(values, 4, 5, 17));
        Assert.Equal(
            [0, 2, 2, 0, 0, 0, 7, 8, 9, 5, 16, 12, 13, 14, 0, 0, 0, 19, 19, 0], SynapseExample.Rotated(values, 4, 5, -20));
    }

    [Fact]
    public void The_ISIC_recipe_runs_and_keeps_the_epoch_of_the_lowest_dev_loss()
    {
        var options = TrainingRecipes.With(
            SyntheticData.Options(SyntheticData.Pictures(_folder.File("d"), 10), _folder.File("m")), TrainingRecipe.Isic);

        var result = Run(Small(options) with { Stages = [new TrainingStage(64, 0)] });

        using var model = LoadedModel.Load(_folder.File("m"));
        Assert.Equal(IntensityRule.FullRangePerPicture, model.Manifest.Preprocessing.Intensity);
        Assert.Equal(64, model.Manifest.Preprocessing.Size);
        Assert.Equal("raw", model.Manifest.Provenance.Weights);
        Assert.Equal(4, result.Steps);
        Assert.NotNull(result.DevDsc);
    }

    [Fact]
    public void The_Synapse_recipe_learns_labelled_CT_and_its_weights_can_be_used_at_once()
    {
        var data = SyntheticData.Volumes(_folder.File("d"), 2);
        var options = TrainingRecipes.With(
            SyntheticData.Options(data, _folder.File("m")) with { Task = "abdomen-ct-8", TrainSplit = "all" }, TrainingRecipe.Synapse);

        Run(Small(options) with { Stages = [new TrainingStage(32, 0)] });

        using var model = LoadedModel.Load(_folder.File("m"));
        Assert.Equal((-125.0, 275.0, 1), (model.Manifest.Preprocessing.WindowLow, model.Manifest.Preprocessing.WindowHigh, model.Manifest.Preprocessing.SlicesPerInput));
        Assert.Equal(8, model.Manifest.Labels.Count);
        var outcome = new Segmenter().Segment(model, SyntheticData.Boxes(0, 40, 3).Volume, CancellationToken.None);
        Assert.Equal(3, outcome.Labels.Geometry.Slices);
        Assert.Throws<BadInputException>(() => Run(Small(options) with { Task = "lesion-dermoscopy" }));
    }

    public void Dispose() => _folder.Dispose();

    private static TrainingOptions Bare => new() { Task = "t", Data = "d", Out = "o", Stages = [new TrainingStage(32, 1)] };

    private static TrainingOptions Small(TrainingOptions options) => options with
    {
        Dims = [8, 16, 32, 64], Depths = [1, 1, 1, 1], DepthsDecoder = [1, 1, 1, 1], Batch = 4, Epochs = 2,
    };

    private static TrainingResult Run(TrainingOptions options) =>
        Trainer.Run(options, null, TimeProvider.System, CancellationToken.None);
}
