using System.Text.Json;
using TorchSharp;
using VMUNet.Imaging;
using VMUNet.Model.Checkpoints;
using VMUNet.Model.Tests.Inference;
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

    [Theory]
    [InlineData("deep supervision")]
    [InlineData("class weights")]
    [InlineData("patches")]
    [InlineData("polynomial")]
    [InlineData("organ slices")]
    public void Each_setting_of_an_ablation_changes_the_weights_and_continues_bit_for_bit(string setting)
    {
        var isVolume = setting == "organ slices";
        var data = isVolume ? SyntheticData.Volumes(_folder.File("data"), 2) : SyntheticData.Pictures(_folder.File("data"), 6);
        TrainingOptions Options(string name)
        {
            var tiny = SyntheticData.Options(data, _folder.File(name), images: 24);
            return isVolume ? tiny with { Task = "abdomen-mr-4", TrainSplit = "all", DevSplit = null } : tiny;
        }

        TrainingOptions Changed(string name) => setting switch
        {
            "deep supervision" => Options(name) with { DeepSupervisionWeight = 0.5 },
            "class weights" => Options(name) with { ClassWeights = [3] },
            "patches" => Options(name) with { PatchShare = 0.5 },
            "polynomial" => Options(name) with { Schedule = RateSchedule.Polynomial },
            _ => Options(name) with { OrganSliceShare = 0.1 },
        };
        var without = Run(Options("without"));
        var whole = Run(Changed("whole"));

        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<TrainingStoppedException>(() => Trainer.Run(Changed("parts"), null, TimeProvider.System, stop.Token));
        using var again = new CancellationTokenSource();
        using (var run = new TrainingRun(Changed("parts"), null, TimeProvider.System, null)
        {
            AfterStep = state => Stop(again, state.Counters.Step == 4),
        })
        {
            Assert.Throws<TrainingStoppedException>(() => run.Complete(again.Token));
        }

        var continued = Run(Changed("parts"));

        Assert.NotEqual(without.WeightsSha256, whole.WeightsSha256);
        Assert.Equal(whole.WeightsSha256, continued.WeightsSha256);
        foreach (var array in new[] { "weights", "mean", "best" })
        {
            Assert.Equal(TrainingState.ReadArray(_folder.File("whole"), array).Values, TrainingState.ReadArray(_folder.File("parts"), array).Values);
        }
    }

    [Fact]
    public void Heads_of_coarser_scales_are_trained_and_kept_in_the_checkpoint_and_are_no_part_of_the_model()
    {
        var data = SyntheticData.Pictures(_folder.File("data"), 6);
        var plain = SyntheticData.Options(data, _folder.File("plain"), images: 24);
        Run(plain);

        Run(plain with { Out = _folder.File("deep"), DeepSupervisionWeight = 0.5 });

        using var before = LoadedModel.Load(_folder.File("plain"));
        using var after = LoadedModel.Load(_folder.File("deep"));
        Assert.Equal(
            before.Network.named_parameters().Select(p => (p.name, string.Join("x", p.parameter.shape))),
            after.Network.named_parameters().Select(p => (p.name, string.Join("x", p.parameter.shape))));
        var heads = 64 + 1 + 32 + 1 + 16 + 1;
        using (var index = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder.File("deep"), "checkpoint.json"))))
        {
            Assert.Equal(heads, index.RootElement.GetProperty("head_weights").GetInt32());
            using var scope = torch.NewDisposeScope();
            var stored = SafeTensors.Read(Path.Combine(_folder.File("deep"), index.RootElement.GetProperty("arrays").GetString()!))
                .ToDictionary(t => t.Key, t => t.Value.data<float>().ToArray());
            using var untrained = new DeepSupervision(ModelFiles.ConfigOf(after.Manifest, 0), seed: plain.Seed);
            var first = untrained.named_parameters().SelectMany(p => p.parameter.data<float>().ToArray()).ToArray();
            Assert.Equal(heads, first.Length);
            Assert.All(stored["weights"][^heads..].Zip(first), p => Assert.NotEqual(p.Second, p.First));
            Assert.All(stored["second"][^heads..], v => Assert.True(v > 0));
        }

        // Averaging reads weights out of such a checkpoint.
        ModelAverage.Run(_folder.File("deep") + ":raw", _folder.File("plain") + ":raw", 0.5, _folder.File("mixed"), null, half: false);
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
        var manifest = ModelFiles.ReadManifest(options.Out);
        Assert.Equal(8, manifest.Prediction!.MirroredViews);
        TestModels.Rewrite(options.Out, manifest with { Prediction = null }); // the curve is of the picture alone
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

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    public void Steps_and_looks_at_dev_leave_no_tensor_behind(double deepSupervision)
    {
        var data = SyntheticData.Pictures(_folder.File("data"), 8);
        var counts = new LiveTensors();

        Trainer.Run(
            SyntheticData.Options(data, _folder.File("out"), images: 120) with { DeepSupervisionWeight = deepSupervision },
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

    private static void Stop(CancellationTokenSource source, bool now)
    {
        if (now)
        {
            source.Cancel();
        }
    }

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
