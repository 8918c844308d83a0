using System.Reflection;
using System.Text.Json;
using VMUNet.Imaging;
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
            Rollbacks = counters.Rollbacks,
            EndedEarly = counters.EndedEarly,
            Seconds = Math.Round(counters.Seconds, 1),
        };
        WriteRecord(state, TimeSpan.FromSeconds(counters.Seconds));
        return result;
    }

    /// <summary>Writes training.json and the picture of the curves.</summary>
    public void WriteRecord(TrainingState state, TimeSpan spent)
    {
        var counters = state.Counters;
        // Folders are local to this machine and say nothing about the run; sizes are those of the network, whoever gave them.
        var told = options with
        {
            Depths = start.Config.Depths,
            DepthsDecoder = start.Config.DepthsDecoder,
            Dims = start.Config.Dims,
            Data = NameOf(options.Data),
            Out = NameOf(options.Out),
            InitialModel = options.InitialModel is null ? null : NameOf(options.InitialModel),
            InitialCheckpoint = options.InitialCheckpoint is null ? null : NameOf(options.InitialCheckpoint),
            CuratedData = options.CuratedData is null ? null : NameOf(options.CuratedData),
        };
        var record = new TrainingRecord(
            told, options.Seed, CodeVersion, mix.ManifestSha256, mix.Cases, start.WeightsSha256, counters.Fitted, counters.Step,
            Math.Round(spent.TotalSeconds, 1), counters.Skipped, counters.Rollbacks, counters.EndedEarly, counters.BestWeights,
            counters.BestStep, counters.BestDsc, counters.Curve);
        var path = Path.Combine(options.Out, "training.json");
        File.WriteAllText(path + ".tmp", JsonSerializer.Serialize(record, ModelJson.Options) + "\n");
        File.Move(path + ".tmp", path, overwrite: true);
        if (counters.Curve.Count > 0)
        {
            PictureFile.WritePng(Path.Combine(options.Out, "curve.png"), Curves(counters.Curve));
        }
    }

    private static Picture Curves(List<TrainingPoint> curve)
    {
        var loss = new CurvePanel(
            "training loss", [new CurveSeries("loss", new Rgb(40, 90, 180), [.. curve.Select(p => ((double)p.Images, (double?)p.Loss))])]);
        var dsc = new CurvePanel(
            "DSC on dev",
            [
                new CurveSeries("running mean", new Rgb(20, 130, 60), [.. curve.Select(p => ((double)p.Images, p.DevDscMean))]),
                new CurveSeries("raw weights", new Rgb(220, 120, 30), [.. curve.Select(p => ((double)p.Images, p.DevDscRaw))]),
            ]);
        return CurveChart.Draw(curve.Any(p => (p.DevDscMean ?? p.DevDscRaw) is not null) ? [loss, dsc] : [loss], "examples");
    }

    internal static string CodeVersion =>
        typeof(ModelWriter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private static string NameOf(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));

    private ModelManifest Manifest(TrainingCounters counters, long images)
    {
        var size = options.Stages[^1].Size;
        if (counters.Curve.Count > 0 || counters.BestStep > 0)
        {
            var stages = counters.Fitted ?? options.Stages;
            size = new Schedule(options with { Stages = stages }).SizeAt(Math.Max(0, counters.BestStep - 1));
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
            Prediction = start.Task.Prediction,
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
    int Seed,
    string CodeVersion,
    string DataManifestSha256,
    int TrainingCases,
    string? InitialWeightsSha256,
    IReadOnlyList<TrainingStage>? StagesFittedToBudget,
    int Steps,
    double Seconds,
    int SkippedSteps,
    int Rollbacks,
    string? EndedEarly,
    string? ChosenWeights,
    int ChosenStep,
    double? ChosenDevDsc,
    IReadOnlyList<TrainingPoint> Curve);
