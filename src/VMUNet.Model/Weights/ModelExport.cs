using System.Text.Json;
using VMUNet.Imaging;
using VMUNet.Model.Checkpoints;
using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>Writes a model as one safetensors file: float32 under the official names, the manifest as text beside the tensors.</summary>
public static class ModelExport
{
    private const string ManifestKey = "vmunet.model";

    /// <summary>Checks a model folder and writes its file; replaced if it is there.</summary>
    /// <param name="folder">Model folder.</param>
    /// <param name="path">File to write.</param>
    /// <returns>SHA-256 of the file, lower-case hexadecimal.</returns>
    /// <exception cref="BadInputException">The model is damaged.</exception>
    public static string Run(string folder, string path)
    {
        using LoadedModel model = LoadedModel.Load(folder);
        SafeTensors.Write(
            path,
            model.Network.named_parameters().Select(p => KeyValuePair.Create(p.name, (Tensor)p.parameter)),
            StoredType.F32,
            new Dictionary<string, string>
            {
                ["format"] = "pt", // what other readers expect of a file with tensors of PyTorch's layout
                [ManifestKey] = JsonSerializer.Serialize(model.Manifest, ModelJson.Options),
            });
        return SafeTensors.Hash(path);
    }

    /// <summary>The manifest in an exported file, or null in any other.</summary>
    /// <exception cref="BadInputException">There is one that cannot be read.</exception>
    internal static ModelManifest? ManifestIn(Checkpoint checkpoint)
    {
        if (!checkpoint.Metadata.TryGetValue(ManifestKey, out string? text))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<ModelManifest>(text, ModelJson.Options);
        }
        catch (JsonException e)
        {
            throw new BadInputException($"The manifest in {checkpoint.Source} is damaged: {e.Message}", e);
        }
    }
}
