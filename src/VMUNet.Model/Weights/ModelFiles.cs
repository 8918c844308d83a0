using System.Text.Json;
using VMUNet.Imaging;
using VMUNet.Model.Checkpoints;
using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>Reads and writes the two files of a model folder and holds them to each other by the weights' hash.</summary>
internal static class ModelFiles
{
    /// <summary>File name of the weights.</summary>
    public const string WeightsName = "weights.safetensors";

    /// <summary>File name of the manifest.</summary>
    public const string ManifestName = "model.json";

    /// <summary>Reads a manifest only.</summary>
    /// <exception cref="BadInputException">The file is missing or not a manifest.</exception>
    public static ModelManifest ReadManifest(string folder)
    {
        var path = Path.Combine(folder, ManifestName);
        if (!File.Exists(path))
        {
            throw new BadInputException($"{folder} is no model folder: {ManifestName} was expected in it.");
        }

        try
        {
            var manifest = JsonSerializer.Deserialize<ModelManifest>(File.ReadAllText(path), ModelJson.Options)
                ?? throw new BadInputException($"{path} is empty.");
            Demand(manifest, path);
            return manifest;
        }
        catch (JsonException e)
        {
            throw new BadInputException($"{path} is not a model manifest: {e.Message}", e);
        }
    }

    private static void Demand(ModelManifest manifest, string path)
    {
        if (manifest.Postprocessing.FirstOrDefault(rule => !(rule.SmallestMm3 is null or > 0)) is { } wrong)
        {
            throw new BadInputException(
                $"{path}: smallest_mm3 of label {wrong.Value} is {wrong.SmallestMm3}; a volume above 0 mm³ was expected.");
        }

        if (manifest.Postprocessing.FirstOrDefault(rule => rule.BridgeMm is { } mm && !(mm > 0 && rule.KeepLargest)) is { } bridge)
        {
            throw new BadInputException(
                $"{path}: bridge_mm of label {bridge.Value} is {bridge.BridgeMm}; a width above 0 mm and keep_largest were expected.");
        }

        if (manifest.Prediction?.FaultFor(manifest.Kind, manifest.Architecture.Classes == 1) is { } fault)
        {
            throw new BadInputException($"{path}: {fault}");
        }
    }

    /// <summary>Reads the manifest and holds the weights file against its hash; returns where that file is.</summary>
    /// <exception cref="BadInputException">The weights' hash is not the manifest's; the message names both.</exception>
    public static (ModelManifest Manifest, string WeightsPath) Verify(string folder)
    {
        var manifest = ReadManifest(folder);
        var path = Path.Combine(folder, WeightsName);
        if (!File.Exists(path))
        {
            throw new BadInputException($"{folder} has a manifest but no {WeightsName}.");
        }

        var hash = SafeTensors.Hash(path);
        if (!hash.Equals(manifest.WeightsSha256, StringComparison.OrdinalIgnoreCase))
        {
            throw new BadInputException(
                $"The weights in {path} are damaged or were exchanged: the manifest says SHA-256 {manifest.WeightsSha256}, "
                + $"the file has {hash}. Restore the model folder.");
        }

        return (manifest, path);
    }

    /// <summary>Writes both files, the weights first; the manifest returned carries their hash.</summary>
    public static ModelManifest Write(
        string folder,
        ModelManifest manifest,
        IEnumerable<KeyValuePair<string, Tensor>> tensors,
        StoredType type = StoredType.F32)
    {
        Directory.CreateDirectory(folder);
        var weights = Path.Combine(folder, WeightsName);
        SafeTensors.Write(weights, tensors, type);
        var complete = manifest with { WeightsSha256 = SafeTensors.Hash(weights) };

        var path = Path.Combine(folder, ManifestName);
        File.WriteAllText(path + ".tmp", JsonSerializer.Serialize(complete, ModelJson.Options) + "\n");
        File.Move(path + ".tmp", path, overwrite: true);
        return complete;
    }

    /// <summary>Network dimensions of a manifest.</summary>
    public static ModelConfig ConfigOf(ModelManifest manifest, double dropPathRate) => new()
    {
        Depths = [.. manifest.Architecture.Depths],
        DepthsDecoder = [.. manifest.Architecture.DepthsDecoder],
        Dims = [.. manifest.Architecture.Dims],
        StateSize = manifest.Architecture.DState,
        Classes = manifest.Architecture.Classes,
        InputChannels = manifest.Architecture.InputChannels,
        DropPathRate = dropPathRate,
    };
}
