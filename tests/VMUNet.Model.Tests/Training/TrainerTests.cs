using TorchSharp;
using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.Model.Tests.Training;

[Collection(nameof(TensorTests))]
public sealed class TrainerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void The_same_seed_gives_the_same_weights_bit_for_bit_and_another_seed_does_not()
    {
        var data = SyntheticData.Pictures(_folder.File("data"), 8);

        var first = Run(SyntheticData.Options(data, _folder.File("a")));
        var second = Run(SyntheticData.Options(data, _folder.File("b")));
        var other = Run(SyntheticData.Options(data, _folder.File("c")) with { Seed = 2 });

        Assert.Equal(first.WeightsSha256, second.WeightsSha256);
        Assert.NotEqual(first.WeightsSha256, other.WeightsSha256);
    }

    [Fact]
    public void A_run_that_was_stopped_and_continued_equals_one_that_was_not()
    {
        var data = SyntheticData.Pictures(_folder.File("data"), 8);
        var whole = Run(SyntheticData.Options(data, _folder.File("whole")));

        using var stop = new CancellationTokenSource();
        var options = SyntheticData.Options(data, _folder.File("parts"));
        Assert.Throws<TrainingStoppedException>(() =>
            Trainer.Run(options, new StopAfter(4, stop), TimeProvider.System, stop.Token));
        Assert.True(File.Exists(Path.Combine(options.Out, "checkpoint.json")));
        var continued = Run(options);

        Assert.Equal(whole.WeightsSha256, continued.WeightsSha256);
        Assert.Equal(whole.DevDsc, continued.DevDsc);
    }

    [Fact]
    public void A_checkpoint_of_other_options_is_not_continued()
    {
        var data = SyntheticData.Pictures(_folder.File("data"), 8);
        var options = SyntheticData.Options(data, _folder.File("out"), images: 8);
        Run(options);

        var fault = Assert.Throws<BadInputException>(() => Run(options with { PeakRate = 0.5 }));

        Assert.Contains("other options", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Learns_a_tiny_set_by_heart_and_the_evaluator_agrees_with_the_training_curve()
    {
        var data = SyntheticData.Pictures(_folder.File("data"), 6, side: 64);
        var options = SyntheticData.Options(data, _folder.File("model")) with
        {
            Stages = [new TrainingStage(64, 640)], DevSplit = "train", Augmentation = new AugmentationRecipe(), DevEverySteps = 40, WarmUpSteps = 10, PeakRate = 3e-3,
        };

        var result = Run(options);

        Assert.True(result.DevDsc > 0.95, $"DSC {result.DevDsc} on the pictures trained on");
        using var model = LoadedModel.Load(options.Out);
        Assert.Equal(result.WeightsSha256, model.WeightsSha256);
        var report = Evaluator.Evaluate(model, DataSet.Open(data), "train", null, CancellationToken.None);
        Assert.Equal(result.DevDsc!.Value, report.Pooled!.Dsc, 12);
    }

    [Fact]
    public void Learns_organs_of_volumes_with_the_many_class_loss()
    {
        var data = SyntheticData.Volumes(_folder.File("data"), 2);
        SyntheticData.WriteSplits(data, new() { ["train"] = ["v0"], ["dev"] = ["v1"] });
        var options = SyntheticData.Options(data, _folder.File("model")) with
        {
            Task = "abdomen-mr-4", Dims = [32, 64, 128, 256], Stages = [new TrainingStage(32, 320)], DevEverySteps = 20,
            WarmUpSteps = 10, Augmentation = new AugmentationRecipe(),
        };

        var result = Run(options);

        Assert.True(result.DevDsc > 0.8, $"mean DSC {result.DevDsc} on a volume like the one trained on");
    }

    [Fact]
    public void Fine_tuning_starts_from_the_given_weights_and_keeps_their_preprocessing_frozen()
    {
        var data = SyntheticData.Pictures(_folder.File("data"), 8);
        var anchor = Run(SyntheticData.Options(data, _folder.File("anchor"), images: 8));
        var curated = SyntheticData.Pictures(_folder.File("curated"), 3);

        var options = SyntheticData.Options(data, _folder.File("tuned")) with
        {
            InitialModel = _folder.File("anchor"), CuratedData = curated, Stages = [new TrainingStage(64, 8)],
            PeakRate = 1e-9, WeightDecay = 0, DevSplit = null,
        };
        var tuned = Run(options);

        using var before = LoadedModel.Load(_folder.File("anchor"));
        using var after = LoadedModel.Load(_folder.File("tuned"));
        Assert.Equal(anchor.WeightsSha256, after.Manifest.Provenance.InitialWeightsSha256);
        Assert.Equal(before.Manifest.Preprocessing.Mean, after.Manifest.Preprocessing.Mean);
        Assert.Equal(9, after.Manifest.Provenance.TrainingCases);
        Assert.NotEqual(anchor.DataManifestSha256, tuned.DataManifestSha256);
        foreach (var (a, b) in before.Network.named_parameters().Zip(after.Network.named_parameters()))
        {
            Assert.True((a.parameter - b.parameter).abs().max().item<float>() < 1e-7, a.name);
        }
    }

    [Fact]
    public void Refuses_fewer_rehearsal_than_half_of_each_batch()
    {
        var data = SyntheticData.Pictures(_folder.File("data"), 8);
        var options = SyntheticData.Options(data, _folder.File("x")) with { CuratedData = data, RehearsalShare = 0.25 };

        Assert.Throws<BadInputException>(() => Run(options));
    }

    [Fact]
    public void Steps_and_looks_at_dev_leave_no_tensor_behind()
    {
        var data = SyntheticData.Pictures(_folder.File("data"), 8);
        var counts = new LiveTensors();

        Trainer.Run(
            SyntheticData.Options(data, _folder.File("out"), images: 120),
            counts,
            TimeProvider.System,
            CancellationToken.None);

        // Equal moments of the loop, three steps and a look at dev apart. The collector may finalise wrappers left by the
        // networks' construction at any time, so a count may fall; only a leak lets it rise.
        Assert.Equal(10, counts.Seen.Count);
        Assert.All(counts.Seen.Skip(1).Zip(counts.Seen), pair => Assert.True(
            pair.First <= pair.Second, $"Live tensors at the looks at dev: {string.Join(", ", counts.Seen)}"));
    }

    public void Dispose() => _folder.Dispose();

    private static TrainingResult Run(TrainingOptions options) =>
        Trainer.Run(options, null, TimeProvider.System, CancellationToken.None);

    /// <summary>Tensors alive after each look at dev; by then the workers wait.</summary>
    private sealed class LiveTensors : IProgress<TrainingProgress>
    {
        public List<long> Seen { get; } = [];

        public void Report(TrainingProgress value)
        {
            if (value.DevDscMean is not null)
            {
                Seen.Add(torch.Tensor.TotalCount);
            }
        }
    }

    private sealed class StopAfter(int step, CancellationTokenSource stop) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Step >= step)
            {
                stop.Cancel();
            }
        }
    }
}
