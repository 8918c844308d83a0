using VMUNet.Imaging;
using VMUNet.Model.Checkpoints;

namespace VMUNet.Model;

/// <summary>Where a run starts: a random network of the wanted size, or a model's weights with its frozen preprocessing.</summary>
internal sealed record StartingPoint(TaskDefinition Task, ModelConfig Config, string? WeightsPath, string? WeightsSha256)
{
    /// <summary>Reads the initial model when the options name one.</summary>
    public static StartingPoint Of(TrainingOptions options)
    {
        var task = TaskDefinition.Get(options.Task);
        if (options.InitialModel is null)
        {
            task = Prepared(task, options);
            if (options.InitialCheckpoint is not null)
            {
                return OfCheckpoint(options, task, options.InitialCheckpoint);
            }

            var config = new ModelConfig
            {
                Depths = [.. options.Depths],
                DepthsDecoder = [.. options.DepthsDecoder],
                Dims = [.. options.Dims],
                Classes = task.Classes,
                DropPathRate = options.DropPathRate,
            };
            return new StartingPoint(task, config, null, null);
        }

        var (manifest, path) = ModelFiles.Verify(options.InitialModel);
        if (manifest.Task != options.Task)
        {
            throw new BadInputException($"{options.InitialModel} was trained for {manifest.Task}, not for {options.Task}.");
        }

        task = task with { Preprocessing = manifest.Preprocessing, Prediction = manifest.Prediction, Postprocessing = manifest.Postprocessing };
        return new StartingPoint(
            task,
            ModelFiles.ConfigOf(manifest, options.DropPathRate),
            path,
            manifest.WeightsSha256);
    }

    // The network's size is the run's, not the checkpoint's, where that is a VMamba: it has no decoder to read depths from.
    private static StartingPoint OfCheckpoint(TrainingOptions options, TaskDefinition task, string path)
    {
        using var checkpoint = Checkpoint.Open(path);
        var config = checkpoint.IsVmamba
            ? VmambaNames.ConfigOf(checkpoint.Shapes, task.Classes, checkpoint.Source) with
            {
                Depths = [.. options.Depths], DepthsDecoder = [.. options.DepthsDecoder],
            }
            : checkpoint.ConfigOf();
        if (config.Classes != task.Classes)
        {
            throw new BadInputException(
                $"{checkpoint.Source} has {config.Classes} classes, task {task.Name} needs {task.Classes}; a VMamba encoder fits every task.");
        }

        return new StartingPoint(task, config with { DropPathRate = options.DropPathRate }, path, SafeTensors.Hash(path));
    }

    // The official recipes scale intensities their own way, and their slices stand alone.
    private static TaskDefinition Prepared(TaskDefinition task, TrainingOptions options)
    {
        var preprocessing = options.Recipe switch
        {
            TrainingRecipe.Isic when task.Kind == TaskKind.Picture => new Preprocessing { Intensity = IntensityRule.FullRangePerPicture },
            TrainingRecipe.Synapse when task.Preprocessing.Intensity == IntensityRule.Window => task.Preprocessing with
            {
                Mean = [0, 0, 0], Deviation = [1, 1, 1], SlicesPerInput = 1,
            },
            TrainingRecipe.Own => task.Preprocessing,
            _ => throw new BadInputException($"The official recipe {options.Recipe} is not for task {task.Name}."),
        };
        if (options.SlicesPerInput is { } slices)
        {
            preprocessing = slices is 1 or 3
                ? preprocessing with { SlicesPerInput = slices }
                : throw new BadInputException($"{slices} slices an input: 1 or 3 were expected.");
        }

        var isOwn = options.Recipe == TrainingRecipe.Own;
        return task with
        {
            Preprocessing = preprocessing, Prediction = isOwn ? task.Prediction : null, Postprocessing = isOwn ? task.Postprocessing : [],
        };
    }
}
