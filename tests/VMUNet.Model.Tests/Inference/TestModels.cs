using VMUNet.Model.Checkpoints;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests.Inference;

/// <summary>Model folders with random weights: enough for everything but accuracy.</summary>
internal static class TestModels
{
    public static LoadedModel Random(string folder, string taskName, int size = 64)
    {
        Write(folder, taskName, size);
        return LoadedModel.Load(folder);
    }

    public static void Write(string folder, string taskName, int size = 64, bool half = false)
    {
        var task = TaskDefinition.Get(taskName);
        var config = new ModelConfig
        {
            Dims = [8, 16, 32, 64], Depths = [1, 1, 1, 1], DepthsDecoder = [1, 1, 1, 1], Classes = task.Classes,
        };
        using var network = new VmUNet(config, ScanKind.Managed, seed: 3);
        var layout = WeightLayout.Of(network);
        var flat = new float[layout.Count];
        layout.Gather(network, flat);

        // Larger last weights and no bias: the random network then answers with several labels.
        foreach (var range in layout.Ranges.Where(r => r.Name.StartsWith("vmunet.final_conv", StringComparison.Ordinal)))
        {
            for (var i = 0; i < range.Length; i++)
            {
                flat[range.Offset + i] *= range.Shape.Length == 1 ? 0 : 10;
            }
        }

        using var scope = NewDisposeScope();
        ModelFiles.Write(
            folder,
            Manifest(Path.GetFileName(folder), task, config, size),
            layout.Tensors(flat),
            half ? StoredType.F16 : StoredType.F32);
    }

    /// <summary>The same weights under another manifest.</summary>
    public static void Rewrite(string folder, ModelManifest manifest)
    {
        using var scope = NewDisposeScope();
        ModelFiles.Write(folder, manifest, SafeTensors.Read(Path.Combine(folder, ModelFiles.WeightsName)));
    }

    private static ModelManifest Manifest(string name, TaskDefinition task, ModelConfig config, int size) => new()
    {
        Name = name,
        Task = task.Name,
        Kind = task.Kind,
        Modality = task.Modality,
        WeightsSha256 = string.Empty,
        Architecture = new ModelArchitecture
        {
            Dims = config.Dims, Depths = config.Depths, DepthsDecoder = config.DepthsDecoder, Classes = config.Classes,
        },
        Labels = task.Labels,
        Preprocessing = task.Preprocessing with { Size = size },
        Provenance = new ModelProvenance { DataManifestSha256 = "none", TrainingCases = 0, Seed = 3, CodeVersion = "test" },
    };
}
