using VMUNet.Imaging;

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

        task = task with { Preprocessing = manifest.Preprocessing, Postprocessing = manifest.Postprocessing };
        return new StartingPoint(
            task,
            ModelFiles.ConfigOf(manifest, options.DropPathRate),
            path,
            manifest.WeightsSha256);
    }
}
