using System.Text.Json;
using VMUNet.Imaging;
using VMUNet.Model.Checkpoints;
using VMUNet.Testing;

namespace VMUNet.Model.Tests.Training;

/// <summary>What a run does when it is stopped, goes wrong, or has little time.</summary>
[Collection(nameof(TensorTests))]
public sealed class TrainingRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Data => field ??= SyntheticData.Pictures(_folder.File("data"), 8);

    [Fact]
    public void Numbers_that_are_not_finite_send_the_run_back_to_its_checkpoint_with_half_the_rate()
    {
        var options = SyntheticData.Options(Data, _folder.File("m"), images: 96);
        var isSpoilt = false;
        using var run = new TrainingRun(options, null, TimeProvider.System, null)
        {
            AfterStep = state =>
            {
                if (state.Counters.Step == 9 && !isSpoilt)
                {
                    isSpoilt = true;
                    state.Weights.AsSpan().Fill(float.NaN);
                }
            },
        };

        var result = run.Complete(CancellationToken.None);

        Assert.Equal((1, 24), (result.Rollbacks, result.Steps));
        Assert.Equal(11, result.SkippedSteps);
        using var model = LoadedModel.Load(options.Out); // refuses weights that are not finite
    }

    [Fact]
    public void A_rate_that_no_halving_saves_ends_the_run_with_a_reason()
    {
        var options = SyntheticData.Options(Data, _folder.File("m"), images: 480) with { PeakRate = 1e30, WarmUpSteps = 0 };

        var fault = Assert.Throws<TrainingFailedException>(() => Run(options));

        Assert.Contains("half the learning rate", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_trainings_never_write_to_one_folder()
    {
        var options = SyntheticData.Options(Data, _folder.File("m"));
        using (var first = new TrainingRun(options, null, TimeProvider.System, null))
        {
            var refused = Assert.Throws<BadInputException>(() => Run(options));

            Assert.Contains("Another training writes to", refused.Message, StringComparison.Ordinal);
        }

        Assert.Throws<BadInputException>(() => Run(options with { DevSplit = "nowhere" })); // leaves nothing taken
        Run(options);
        Assert.False(File.Exists(Path.Combine(options.Out, "training.lock")));
    }

    [Fact]
    public void A_file_in_the_place_of_the_output_folder_is_refused()
    {
        File.WriteAllText(_folder.File("m"), "");

        var refused = Assert.Throws<BadInputException>(() => Run(SyntheticData.Options(Data, _folder.File("m"))));

        Assert.Contains("Choose another output folder", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stopped_run_says_where_it_stands()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var options = SyntheticData.Options(Data, _folder.File("m"));

        var stopped = Assert.Throws<TrainingStoppedException>(() => Trainer.Run(options, null, TimeProvider.System, stop.Token));

        Assert.Equal((1, 12), (stopped.Step, stopped.Steps));
        Assert.True(File.Exists(Path.Combine(options.Out, "checkpoint.json")));
    }

    [Fact]
    public void A_budget_fits_the_examples_to_the_pace_and_a_stopped_run_keeps_what_was_fitted()
    {
        // Every look at the clock takes a second, so a step takes about as many as it looks.
        var options = SyntheticData.Options(Data, _folder.File("m"), images: 4000) with { BudgetMinutes = 5, DevSplit = null };

        var result = Trainer.Run(options, null, new Ticking(), CancellationToken.None);

        using var record = JsonDocument.Parse(File.ReadAllText(Path.Combine(options.Out, "training.json")));
        var fitted = record.RootElement.GetProperty("stages_fitted_to_budget");
        Assert.True(fitted[0].GetProperty("images").GetInt32() < 2000);
        Assert.Equal(record.RootElement.GetProperty("steps").GetInt32(), result.Steps);
        Assert.InRange(result.Steps, 25, 400);
        Assert.InRange(result.Seconds, 100, 330);
        using var model = LoadedModel.Load(options.Out);
        Assert.Equal(result.WeightsSha256, model.WeightsSha256);
    }

    [Fact]
    public void The_time_left_is_never_more_than_the_budget_s()
    {
        var options = SyntheticData.Options(Data, _folder.File("m"), images: 4000) with { BudgetMinutes = 5, DevSplit = null };
        var reports = new List<TrainingProgress>();

        Trainer.Run(options, new Listed(reports), new Ticking(), CancellationToken.None);

        Assert.True(reports[0].Step < 24, "The pace is not known yet.");
        Assert.All(reports, r => Assert.InRange(r.Left, TimeSpan.Zero, TimeSpan.FromMinutes(5)));
    }

    [Fact]
    public void A_damaged_checkpoint_is_refused_with_what_to_do()
    {
        var options = SyntheticData.Options(Data, _folder.File("m"), images: 8);
        Run(options);
        var index = Path.Combine(options.Out, "checkpoint.json");
        var text = File.ReadAllText(index);

        File.WriteAllText(index, "");
        var cut = Assert.Throws<BadInputException>(() => Run(options));
        File.WriteAllText(index, "null");
        Assert.Throws<BadInputException>(() => Run(options));
        File.WriteAllText(index, text);
        File.Delete(Directory.GetFiles(options.Out, "checkpoint-*.safetensors").Single());
        var alone = Assert.Throws<BadInputException>(() => Run(options));

        Assert.Contains("choose another output folder or delete it", cut.Message, StringComparison.Ordinal);
        Assert.Contains("choose another output folder or delete it", alone.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_gain_on_dev_ends_the_last_stage_early()
    {
        var options = SyntheticData.Options(Data, _folder.File("m"), images: 400) with
        {
            PeakRate = 1e-12, WeightDecay = 0, PatienceLooks = 3, EmaDecay = 0,
        };

        var result = Run(options);

        Assert.Contains("3 looks", result.EndedEarly, StringComparison.Ordinal);
        Assert.InRange(result.Steps, 51, 70); // the first stage is never cut short
    }

    [Fact]
    public void The_run_leaves_a_record_and_a_picture_of_its_curves()
    {
        var options = SyntheticData.Options(Data, _folder.File("m"));

        var result = Run(options);

        using var record = JsonDocument.Parse(File.ReadAllText(Path.Combine(options.Out, "training.json")));
        var root = record.RootElement;
        Assert.Equal(result.DataManifestSha256, root.GetProperty("data_manifest_sha256").GetString());
        Assert.Equal(1, root.GetProperty("seed").GetInt32());
        Assert.Equal("data", root.GetProperty("options").GetProperty("data").GetString());
        Assert.False(string.IsNullOrEmpty(root.GetProperty("code_version").GetString()));
        Assert.Equal(4, root.GetProperty("curve").GetArrayLength());
        var picture = PictureFile.Read(Path.Combine(options.Out, "curve.png"));
        Assert.True(picture.Rgb.ToArray().Distinct().Count() > 20);
    }

    [Fact]
    public void A_VMamba_encoder_starts_a_run_and_what_it_lacks_is_random()
    {
        var file = Path.Combine(RepoPaths.Goldens, "model", "vmamba_like_checkpoint.pth");
        var options = SyntheticData.Options(Data, _folder.File("m"), images: 8) with
        {
            InitialCheckpoint = file, PeakRate = 1e-12, WeightDecay = 0, DevSplit = null,
            Depths = [2, 2, 2, 2], DepthsDecoder = [2, 2, 2, 1],
        };

        Run(options);

        using var model = LoadedModel.Load(options.Out);
        using var checkpoint = Checkpoint.Open(file);
        Assert.True(checkpoint.IsVmamba);
        using var expected = new VmUNet(ModelFiles.ConfigOf(model.Manifest, 0), ScanKind.Reference, seed: 9);
        checkpoint.LoadInto(expected);
        var first = expected.named_parameters().First(p => p.name.Contains("layers.0.blocks.0.self_attention.in_proj", StringComparison.Ordinal));
        var trained = model.Network.named_parameters().First(p => p.name == first.name);
        Assert.True((first.parameter - trained.parameter).abs().max().item<float>() < 1e-6);
        Assert.Equal(SafeTensors.Hash(file), model.Manifest.Provenance.InitialWeightsSha256);
        using var record = JsonDocument.Parse(File.ReadAllText(Path.Combine(options.Out, "training.json")));
        Assert.Equal(
            model.Network.Config.Dims, record.RootElement.GetProperty("options").GetProperty("dims").EnumerateArray().Select(d => d.GetInt32()));
    }

    [Fact]
    public void A_whole_checkpoint_starts_a_run_only_where_its_classes_fit()
    {
        var file = Path.Combine(_folder.File("m8"), "weights.safetensors");
        Inference.TestModels.Write(_folder.File("m8"), "abdomen-ct-8");
        var options = SyntheticData.Options(Data, _folder.File("m"), images: 8) with { InitialCheckpoint = file };

        var fault = Assert.Throws<BadInputException>(() => Run(options));

        Assert.Contains("9 classes", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_width_is_that_of_the_weights_a_run_starts_from()
    {
        var first = SyntheticData.Options(Data, _folder.File("m"), images: 8);
        Run(first);
        var next = first with { Out = _folder.File("n"), Dims = [32, 64, 128, 256] };

        Assert.Equal(32, Trainer.WidthOf(next));
        Assert.Equal(8, Trainer.WidthOf(next with { InitialModel = first.Out }));
        Assert.Equal(8, Trainer.WidthOf(next with { InitialCheckpoint = Path.Combine(first.Out, "weights.safetensors") }));
    }

    [Fact]
    public void Photographs_for_a_task_of_volumes_are_refused_as_such()
    {
        var options = SyntheticData.Options(Data, _folder.File("m")) with { Task = "abdomen-mr-4" };

        var fault = Assert.Throws<BadInputException>(() => Run(options));

        Assert.Contains("holds photographs, but task abdomen-mr-4 is for volumes", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Volumes_beyond_the_memory_limit_give_the_same_samples_from_disk()
    {
        var task = TaskDefinition.Get("abdomen-mr-4");
        var cases = DataSet.Open(SyntheticData.Volumes(_folder.File("v"), 2)).Cases;
        using var roomy = new PreparedData(_folder.Path);
        using var tight = new PreparedData(_folder.Path, memoryBytes: 0);
        var inMemory = SampleSource.Of(cases, task, roomy);

        var onDisk = SampleSource.Of(cases, task, tight);

        Assert.Equal((0L, 2L * 4 * 32 * 32 * 5), (roomy.SpilledBytes, tight.SpilledBytes));
        for (var i = 0; i < inMemory.Count; i++)
        {
            var (a, b) = (inMemory.Load(i, 32), onDisk.Load(i, 32));
            Assert.Equal(a.Labels.ToArray(), b.Labels.ToArray());
            Assert.All(a.Planes.Zip(b.Planes), p => Assert.Equal(p.First.ToArray(), p.Second.ToArray()));
            Assert.All(a.PlaneLabels.Zip(b.PlaneLabels), p => Assert.Equal(p.First.ToArray(), p.Second.ToArray()));
            Assert.Equal(inMemory.Pick(1, i), onDisk.Pick(1, i));
        }
    }

    [Fact]
    public void Weights_are_averaged_also_those_that_a_run_did_not_choose_and_written_in_half_precision()
    {
        Run(SyntheticData.Options(Data, _folder.File("a")));
        Run(SyntheticData.Options(Data, _folder.File("b")) with { Seed = 2 });

        var manifest = ModelAverage.Run(_folder.File("a") + ":raw", _folder.File("b") + ":mean", 0.25, _folder.File("c"), null, half: false);
        ModelAverage.Run(_folder.File("c"), null, 0, _folder.File("half"), "h", half: true);

        Assert.Contains("0.75 x raw weights after step 12", manifest.Provenance.Weights, StringComparison.Ordinal);
        var (a, b) = (TrainingState.ReadArray(_folder.File("a"), "weights").Values, TrainingState.ReadArray(_folder.File("b"), "mean").Values);
        using var model = LoadedModel.Load(_folder.File("c"));
        var c = new float[a.Length];
        WeightLayout.Of(model.Network).Gather(model.Network, c);
        for (var i = 0; i < c.Length; i++)
        {
            Assert.Equal(0.75 * a[i] + 0.25 * b[i], c[i], 1e-6);
        }

        using var half = LoadedModel.Load(_folder.File("half"));
        Assert.Equal("h", half.Name);
        Assert.True(new FileInfo(Path.Combine(_folder.File("half"), "weights.safetensors")).Length
            < 0.7 * new FileInfo(Path.Combine(_folder.File("c"), "weights.safetensors")).Length);
        Assert.Throws<BadInputException>(() => ModelAverage.Run(_folder.File("a"), null, 0, _folder.File("c"), null, half: false));
    }

    public void Dispose() => _folder.Dispose();

    private static TrainingResult Run(TrainingOptions options) =>
        Trainer.Run(options, null, TimeProvider.System, CancellationToken.None);

    private sealed class Listed(List<TrainingProgress> reports) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => reports.Add(value);
    }

    private sealed class Ticking : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => ++_ticks;
    }
}
