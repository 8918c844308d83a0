using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>Refuses settings that no run can have, or that contradict each other, before anything is opened.</summary>
internal static class TrainingOptionsCheck
{
    private const double LargestChange = 10; // as a logarithm a factor of 22,000: what is beyond is a slip

    /// <summary>What can be judged from the options alone.</summary>
    /// <exception cref="BadInputException">The first fault found, named as it is in the document.</exception>
    public static void Demand(TrainingOptions options)
    {
        Demand(
            options.Stages is { Count: > 0 } && options.Stages.All(s => s.Size > 0 && s.Size % VmUNet.SizeMultiple == 0 && (s.Images > 0 || options.Epochs > 0)),
            "Every training stage needs a size that is a multiple of 32 and at least one image.");
        Demand(
            options.Batch > 0 && options.Workers > 0 && options.Batch % options.Workers == 0,
            $"A batch of {options.Batch} cannot be shared equally by {options.Workers} workers.");
        Demand(
            options.InitialModel is null || options.InitialCheckpoint is null,
            "A run starts from a model or from a checkpoint, not from both.");
        Demand(
            options.BudgetMinutes is not <= 0 && options.PatienceLooks >= 0 && options.CheckpointMinutes > 0,
            "Budget and minutes between checkpoints must be above zero, patience not below.");
        Demand(
            options.CuratedData is null || options.RehearsalShare is >= 0.5 and <= 1,
            $"The rehearsal share is {options.RehearsalShare}; at least 0.5 and at most 1 is required with curated cases.");
        DemandNumbers(options);
        DemandRecipe(options);
        DemandNetwork(options);
    }

    /// <summary>What depends on the task.</summary>
    /// <param name="options">The options.</param>
    /// <param name="recipe">The changes of the examples that they or the task ask for.</param>
    /// <param name="task">The task.</param>
    /// <exception cref="BadInputException">The settings do not fit the task.</exception>
    public static void Demand(TrainingOptions options, AugmentationRecipe recipe, TaskDefinition task)
    {
        DemandChanges(recipe);
        Demand(
            !(recipe.FlipColumns && recipe.QuarterTurns && task.Exchange.Count > 0),
            $"Task {task.Name} has left and right organs; quarter turns would exchange them unseen.");
        Demand(
            options.OrganSliceShare is null || task.Kind == TaskKind.Volume,
            $"organ_slice_share chooses slices of volumes, but task {task.Name} is for photographs; leave it out.");
        Demand(
            options.Selection != WeightSelection.DevLoss || options.DevSplit is not null,
            "This recipe chooses its weights by the loss on the dev split; name one.");
    }

    private static void DemandNumbers(TrainingOptions options)
    {
        Within("drop_path_rate", options.DropPathRate, 0, 1, isBelow: true);
        Within("peak_rate", options.PeakRate, 0, double.MaxValue);
        Within("final_rate_share", options.FinalRateShare, 0, 1);
        Within("weight_decay", options.WeightDecay, 0, double.MaxValue);
        Within("clip_norm", options.ClipNorm, 0, double.MaxValue);
        Within("ema_decay", options.EmaDecay, 0, 1, isBelow: true);
        Within("deep_supervision_weight", options.DeepSupervisionWeight, 0, 1);
        Within("patch_share", options.PatchShare, 0, 1);
        Within("organ_slice_share", options.OrganSliceShare ?? 0, 0, 1);
        Demand(options.PeakRate > 0, "peak_rate is 0; the weights would never change.");
        Demand(options.WarmUpSteps >= 0, $"warm_up_steps is {options.WarmUpSteps}; 0 or more are expected.");
        Demand(options.DevEverySteps > 0, $"dev_every_steps is {options.DevEverySteps}; at least 1 is expected.");
        Demand(
            options.ClassWeights is null || options.ClassWeights.All(w => double.IsFinite((float)w) && (float)w > 0),
            $"class_weights holds {string.Join(", ", options.ClassWeights ?? [])}; numbers above 0 are expected.");
    }

    private static void DemandChanges(AugmentationRecipe recipe)
    {
        Within("augmentation.organ_probability", recipe.OrganProbability, 0, 1);
        Within("augmentation.filter_probability", recipe.FilterProbability, 0, 1);
        Within("augmentation.rotation_degrees", recipe.RotationDegrees, 0, 180);
        foreach (var (name, value) in new[]
        {
            ("log_scale", recipe.LogScale), ("log_stretch", recipe.LogStretch), ("shift", recipe.Shift), ("elastic", recipe.Elastic),
            ("log_contrast", recipe.LogContrast), ("log_saturation", recipe.LogSaturation),
            ("log_channel_gain", recipe.LogChannelGain), ("brightness", recipe.Brightness), ("log_gamma", recipe.LogGamma),
            ("log_bias_field", recipe.LogBiasField), ("noise", recipe.Noise),
            ("organ_log_darkening", recipe.OrganLogDarkening), ("organ_log_brightening", recipe.OrganLogBrightening),
        })
        {
            Within($"augmentation.{name}", value, 0, LargestChange);
        }
    }

    private static void DemandRecipe(TrainingOptions options)
    {
        Demand(
            options.CosineEpochs == 0 || options.Schedule == RateSchedule.Cosine,
            "cosine_epochs and schedule both say how the rate goes on; give one of them.");
        Demand(
            options.Recipe == TrainingRecipe.Own || (options.PatchShare == 0 && options.OrganSliceShare is null),
            "The official recipes show every image whole and in turn: patch_share and organ_slice_share are for our own recipe.");
    }

    private static void DemandNetwork(TrainingOptions options)
    {
        var sizes = new ModelConfig
        {
            Depths = [.. options.Depths ?? []], DepthsDecoder = [.. options.DepthsDecoder ?? []], Dims = [.. options.Dims ?? []], Classes = 1,
        };
        try
        {
            _ = sizes.Checked();
        }
        catch (ArgumentException e)
        {
            throw new BadInputException($"depths, depths_decoder or dims: {e.Message}", e);
        }
    }

    private static void Within(string name, double value, double low, double high, bool isBelow = false) => Demand(
        value >= low && value <= high && !(isBelow && value == high),
        high == double.MaxValue
            ? FormattableString.Invariant($"{name} is {value}; {low} or more is expected.")
            : FormattableString.Invariant($"{name} is {value}; {low} to {(isBelow ? "below " : "")}{high} is expected."));

    private static void Demand(bool isFulfilled, string otherwise)
    {
        if (!isFulfilled)
        {
            throw new BadInputException(otherwise);
        }
    }
}
