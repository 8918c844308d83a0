using System.Text.Json;
using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.Model.Tests.Training;

public sealed class TrainingOptionsTests
{
    [Fact]
    public void Options_survive_the_way_to_a_child_process()
    {
        var options = SyntheticData.Options("d", "o") with { Augmentation = AugmentationRecipe.AxialSlice, CuratedData = "c" };

        Assert.Equal(options.ToJson(), TrainingOptions.FromJson(options.ToJson()).ToJson());
    }

    [Fact]
    public void Settings_added_later_leave_the_document_of_a_run_begun_before_them_as_it_was()
    {
        const string Before = """
            {
              "task": "lesion-dermoscopy",
              "data": "d",
              "out": "o",
              "train_split": "train",
              "dev_split": "dev",
              "seed": 1,
              "depths": [
                2
              ],
              "depths_decoder": [
                1
              ],
              "dims": [
                32
              ],
              "drop_path_rate": 0.1,
              "stages": [
                {
                  "size": 128,
                  "images": 8
                }
              ],
              "batch": 8,
              "workers": 2,
              "peak_rate": 0.001,
              "warm_up_steps": 200,
              "final_rate_share": 0.01,
              "weight_decay": 0.05,
              "clip_norm": 1,
              "ema_decay": 0.998,
              "dev_every_steps": 400,
              "checkpoint_minutes": 2,
              "rehearsal_share": 0.5
            }
            """;
        var options = new TrainingOptions
        {
            Task = "lesion-dermoscopy", Data = "d", Out = "o", Depths = [2], DepthsDecoder = [1], Dims = [32], Stages = [new TrainingStage(128, 8)],
        };

        Assert.Equal(Before, options.ToJson());
    }

    [Fact]
    public void The_settings_of_an_ablation_are_read_from_the_document()
    {
        var options = TrainingOptions.FromJson("""
            {"task":"t","data":"d","out":"o","stages":[],"deep_supervision_weight":0.5,"class_weights":[1,2],"patch_share":0.3,
             "organ_slice_share":0.9,"schedule":"polynomial"}
            """);

        Assert.Equal((0.5, 0.3, 0.9, RateSchedule.Polynomial), (
            options.DeepSupervisionWeight, options.PatchShare, options.OrganSliceShare, options.Schedule));
        Assert.Equal([1, 2], options.ClassWeights!);
        Assert.Equal(options.ToJson(), TrainingOptions.FromJson(options.ToJson()).ToJson());
    }

    public static TheoryData<string, string> Nonsense => new()
    {
        { "deep_supervision_weight", """ "deep_supervision_weight": -0.1 """ },
        { "deep_supervision_weight", """ "deep_supervision_weight": 1e999 """ },
        { "class_weights", """ "class_weights": [0] """ },
        { "class_weights", """ "class_weights": [-1] """ },
        { "class_weights", """ "class_weights": [1, 1] """ },
        { "class_weights", """ "class_weights": [] """ },
        { "patch_share", """ "patch_share": 1.5 """ },
        { "patch_share", """ "patch_share": 0.5, "recipe": "isic" """ },
        { "organ_slice_share", """ "organ_slice_share": -1 """ },
        { "organ_slice_share", """ "organ_slice_share": 0.5 """ },
        { "schedule", """ "schedule": "linear" """ },
        { "schedule", """ "schedule": "constant", "cosine_epochs": 50 """ },
        { "peak_rate", """ "peak_rate": 0 """ },
        { "dev_every_steps", """ "dev_every_steps": 0 """ },
        { "ema_decay", """ "ema_decay": 1 """ },
        { "drop_path_rate", """ "drop_path_rate": 1 """ },
        { "warm_up_steps", """ "warm_up_steps": -1 """ },
        { "dims", """ "dims": [6, 12, 24, 48] """ },
        { "dims", """ "dims": [8] """ },
        { "depths", """ "depths": [0, 1, 1, 1] """ },
        { "final_rate_share", """ "final_rate_share": 2 """ },
        { "augmentation.filter_probability", """ "augmentation": {"filter_probability": 30} """ },
        { "augmentation.organ_probability", """ "augmentation": {"organ_probability": -0.1} """ },
        { "augmentation.rotation_degrees", """ "augmentation": {"rotation_degrees": 361} """ },
        { "augmentation.log_gamma", """ "augmentation": {"log_gamma": -0.3} """ },
        { "augmentation.noise", """ "augmentation": {"noise": 1e999} """ },
    };

    [Theory]
    [MemberData(nameof(Nonsense))]
    public void Nonsense_is_refused_by_name_before_anything_is_opened(string setting, string written)
    {
        using var folder = new TemporaryFolder();
        var output = JsonSerializer.Serialize(folder.File("out"));
        var json = $$"""
            {"task":"lesion-dermoscopy","data":"nowhere","out":{{output}},"stages":[{"size":32,"images":8}],{{written}}}
            """;

        var fault = Assert.Throws<BadInputException>(() =>
            Trainer.Run(TrainingOptions.FromJson(json), null, TimeProvider.System, CancellationToken.None));

        Assert.Contains(setting, fault.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("out")));
    }

    [Theory]
    [InlineData("""{"task":"t","data":"d","out":"o","stages":[],"peek_rate":1}""")]
    [InlineData("""{"task":"t","data":"d","out":"o","stages":[],"seed":1,"seed":2}""")]
    [InlineData("""{"task":"t"}""")]
    [InlineData("nonsense")]
    public void A_mistyped_repeated_or_missing_setting_is_refused(string json) =>
        Assert.Throws<BadInputException>(() => TrainingOptions.FromJson(json));
}
