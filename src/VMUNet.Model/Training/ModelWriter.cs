using System.Reflection;
using System.Text.Json;
using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>Writes the chosen weights as a model folder, with training.json beside them.</summary>
internal sealed class ModelWriter(TrainingOptions options, StartingPoint start, WeightLayout layout, TrainingMix mix)
{
    /// <summary>Writes weights.safetensors, model.json and training.json.</summary>
    public TrainingResult Write(TrainingState state)
    {
        var counters = state.Counters;
        using var scope = NewDisposeScope();
        var images = (long)counters.BestStep * options.Batch;
        var manifest = Manifest(counters, images);
        manifest = ModelFiles.Write(options.Out, manifest, layout.Tensors(state.Best));

        var result = new TrainingResult
        {
            ModelFolder = options.Out,
            WeightsSha256 = manifest.WeightsSha256,
            DataManifestSha256 = mix.ManifestSha256,
            Seed = options.Seed,
            Steps = counters.Step,
            Images = (long)counters.Step * options.Batch,
            Loss = counters.Curve.Count == 0 ? double.NaN : counters.Curve[^1].Loss,
            DevDsc = counters.BestDsc,
            SkippedSteps = counters.Skipped,
        };
        // Folders are local to this machine and say nothing about the run.
        var told = options with
        {
            Data = NameOf(options.Data),
            Out = NameOf(options.Out),
            InitialModel = options.InitialModel is null ? null : NameOf(options.InitialModel),
            CuratedData = options.CuratedData is null ? null : NameOf(options.CuratedData),
        };
        var record = new TrainingRecord(told, CodeVersion, mix.ManifestSha256, mix.Cases, counters.BestWeights, counters.BestStep, counters.Curve);
        File.WriteAllText(Path.Combine(options.Out, "training.json"), JsonSerializer.Serialize(record, ModelJson.Options) + "\n");
        return result;
    }

    internal static string CodeVersion =>
        typeof(ModelWriter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private static string NameOf(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));

    private ModelManifest Manifest(TrainingCounters counters, long images)
    {
        var size = options.Stages[^1].Size;
        if (counters.Curve.Count > 0)
        {
            size = new Schedule(options).SizeAt(Math.Max(0, counters.BestStep - 1));
        }

        return new ModelManifest
        {
            Name = options.Name ?? NameOf(options.Out),
            Task = start.Task.Name,
            Kind = start.Task.Kind,
            Modality = start.Task.Modality,
            WeightsSha256 = string.Empty,
            Architecture = ModelArchitecture.Of(start.Config),
            Labels = start.Task.Labels,
            Preprocessing = start.Task.Preprocessing with { Size = size },
            Postprocessing = start.Task.Postprocessing,
            Routes = [start.Task.Name],
            Provenance = new ModelProvenance
            {
                DataManifestSha256 = mix.ManifestSha256,
                TrainingCases = mix.Cases,
                Seed = options.Seed,
                CodeVersion = CodeVersion,
                Images = images,
                InitialWeightsSha256 = start.WeightsSha256,
                DevDsc = counters.BestDsc,
                Weights = counters.BestWeights,
            },
        };
    }
}

/// <summary>Content of training.json: how the weights came about.</summary>
internal sealed record TrainingRecord(
    TrainingOptions Options,
    string CodeVersion,
    string DataManifestSha256,
    int TrainingCases,
    string? ChosenWeights,
    int ChosenStep,
    IReadOnlyList<TrainingPoint> Curve);
