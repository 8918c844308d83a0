using System.Globalization;
using VMUNet.Imaging;
using VMUNet.Model.Checkpoints;
using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>
/// A model from the weighted mean of two, or one model again with its weights in another type. A run's checkpoint gives weights that it
/// did not choose: <c>RUN:raw</c>, <c>RUN:mean</c>, <c>RUN:best</c>.
/// </summary>
public static class ModelAverage
{
    private static readonly Dictionary<string, string> Arrays = new(StringComparer.Ordinal)
    {
        ["raw"] = "weights", ["mean"] = "mean", ["best"] = "best",
    };

    /// <summary>Averages and writes a model folder.</summary>
    /// <param name="first">Model folder, or RUN:raw, RUN:mean, RUN:best; its manifest is taken over.</param>
    /// <param name="second">As <paramref name="first"/>; null takes the first alone.</param>
    /// <param name="share">Share of the second, 0 to 1.</param>
    /// <param name="folder">Folder to write; it must not exist.</param>
    /// <param name="name">Name of the model.</param>
    /// <param name="half">True writes float16.</param>
    /// <returns>The manifest written.</returns>
    /// <exception cref="BadInputException">The two differ in task, network or preprocessing, or a model cannot be read.</exception>
    public static ModelManifest Run(string first, string? second, double share, string folder, string? name, bool half)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        if (Directory.Exists(folder))
        {
            throw new BadInputException($"{folder} is there already; give another folder.");
        }

        using var scope = NewDisposeScope();
        var a = Source.Open(first);
        var b = second is null ? null : Source.Open(second);
        if (b is not null)
        {
            Demand(a, b);
        }

        var mixed = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (tensorName, values) in a.Tensors)
        {
            using var kept = b is null ? null : values.Times(1 - share);
            using var added = b?.Tensors[tensorName].Times(share);
            mixed[tensorName] = b is null ? values : kept!.Plus(added!);
        }

        var manifest = a.Manifest with
        {
            Name = name ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)),
            Provenance = a.Manifest.Provenance with
            {
                CodeVersion = ModelWriter.CodeVersion,
                DevDsc = null,
                Weights = b is null ? a.Told : string.Create(
                    CultureInfo.InvariantCulture, $"{1 - share:0.###} x {a.Told} + {share:0.###} x {b.Told}"),
            },
        };
        return ModelFiles.Write(folder, manifest, mixed, half ? StoredType.F16 : StoredType.F32);
    }

    private static void Demand(Source a, Source b)
    {
        if (a.Manifest.Task != b.Manifest.Task)
        {
            throw new BadInputException($"One model is for {a.Manifest.Task}, the other for {b.Manifest.Task}.");
        }

        TensorFit.Of(
            a.Tensors.ToDictionary(t => t.Key, t => t.Value.shape), b.Tensors.ToDictionary(t => t.Key, t => t.Value.shape)).Demand("The second model");
        var (x, y) = (a.Manifest.Preprocessing, b.Manifest.Preprocessing);
        if ((x.Intensity, x.Size, x.SlicesPerInput, x.WindowLow, x.WindowHigh) != (y.Intensity, y.Size, y.SlicesPerInput, y.WindowLow, y.WindowHigh)
            || !(x.Mean ?? []).SequenceEqual(y.Mean ?? []) || !(x.Deviation ?? []).SequenceEqual(y.Deviation ?? []))
        {
            throw new BadInputException("The two models prepare images differently; their mean would fit neither.");
        }

        if (!(a.Manifest.Prediction ?? PredictionRules.Plain).IsSameAs(b.Manifest.Prediction ?? PredictionRules.Plain))
        {
            throw new BadInputException("The two models' prediction rules differ; give both the same in model.json.");
        }
    }

    private sealed record Source(ModelManifest Manifest, Dictionary<string, Tensor> Tensors, string Told)
    {
        public static Source Open(string text)
        {
            var colon = text.LastIndexOf(':');
            if (colon > 0 && Arrays.TryGetValue(text[(colon + 1)..], out var array))
            {
                return OfRun(text[..colon], array, text[(colon + 1)..]);
            }

            var (manifest, path) = ModelFiles.Verify(text);
            return new Source(
                manifest,
                SafeTensors.Read(path).ToDictionary(t => t.Key, t => t.Value.to(ScalarType.Float32), StringComparer.Ordinal),
                manifest.WeightsSha256[..12]);
        }

        private static Source OfRun(string folder, string array, string word)
        {
            var manifest = ModelFiles.ReadManifest(folder);
            var (values, step) = TrainingState.ReadArray(folder, array);
            using var network = new VmUNet(ModelFiles.ConfigOf(manifest, 0), ScanKind.Reference, seed: 0);
            var layout = WeightLayout.Of(network);
            return layout.Count == values.Length
                ? new Source(
                    manifest,
                    layout.Tensors(values).ToDictionary(t => t.Key, t => t.Value, StringComparer.Ordinal),
                    $"{word} weights after step {step} of the run with seed {manifest.Provenance.Seed}")
                : throw new BadInputException($"{folder} holds {values.Length} weights; its manifest's network has {layout.Count}.");
        }
    }
}
