using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace VMUNet.Model.Checkpoints;

/// <summary>A network's weights in and out of safetensors files, under the official names.</summary>
public static class Weights
{
    private const int MostNamesInMessage = 8;

    /// <summary>Writes all parameters.</summary>
    /// <param name="network">Source.</param>
    /// <param name="path">File; replaced if it is there.</param>
    /// <param name="type">F16 halves the size and rounds.</param>
    public static void Save(VmUNet network, string path, StoredType type = StoredType.F32) =>
        SafeTensors.Write(path, Named(network).Select(p => KeyValuePair.Create(p.Key, (Tensor)p.Value)), type);

    /// <summary>Copies a file's tensors into a network: every name and every shape must be the network's own.</summary>
    /// <exception cref="InvalidDataException">Missing, unexpected or mis-shaped tensors, or a damaged file.</exception>
    public static void LoadInto(VmUNet network, string path)
    {
        using DisposeScope scope = NewDisposeScope();
        LoadInto(network, SafeTensors.Read(path), Path.GetFileName(path));
    }

    /// <summary>A new network of the file's sizes with the file's weights.</summary>
    /// <exception cref="InvalidDataException">Damaged, or not the weights of a VM-UNet.</exception>
    public static VmUNet Load(string path, ScanKind scan)
    {
        IReadOnlyDictionary<string, StoredTensor> header = SafeTensors.ReadHeader(path);
        ModelConfig config;
        try
        {
            config = ModelConfig.FromTensors(header.ToDictionary(t => t.Key, t => t.Value.Shape));
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{Path.GetFileName(path)} holds no weights of a VM-UNet: {e.Message}", e);
        }

        var network = new VmUNet(config, scan, seed: 0);
        try
        {
            LoadInto(network, path);
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>Copies named tensors into a network; nothing is copied unless all fit.</summary>
    internal static void LoadInto(VmUNet network, IReadOnlyDictionary<string, Tensor> tensors, string source)
    {
        Dictionary<string, Parameter> parameters = Named(network);
        string[] missing = [.. parameters.Keys.Where(name => !tensors.ContainsKey(name))];
        string[] unexpected = [.. tensors.Keys.Where(name => !parameters.ContainsKey(name))];
        string[] misshaped =
        [
            .. parameters.Where(p => tensors.TryGetValue(p.Key, out Tensor? t) && !t.shape.SequenceEqual(p.Value.shape))
                .Select(p => $"{p.Key} ({Sizes(tensors[p.Key])} for {Sizes(p.Value)})"),
        ];
        if (missing.Length + unexpected.Length + misshaped.Length > 0)
        {
            throw new InvalidDataException(
                $"{source} does not fit this network:{Listed("missing", missing)}{Listed("unexpected", unexpected)}"
                + $"{Listed("of another shape", misshaped)}.");
        }

        using IDisposable off = no_grad();
        foreach ((string name, Parameter parameter) in parameters)
        {
            parameter.copy_(tensors[name]);
        }
    }

    private static Dictionary<string, Parameter> Named(VmUNet network) =>
        network.named_parameters().ToDictionary(p => p.name, p => p.parameter, StringComparer.Ordinal);

    private static string Listed(string what, string[] names) => names.Length == 0
        ? ""
        : $" {names.Length} {what}: {string.Join(", ", names.Order(StringComparer.Ordinal).Take(MostNamesInMessage))}"
            + (names.Length > MostNamesInMessage ? ", ...;" : ";");

    private static string Sizes(Tensor t) => string.Join("x", t.shape);
}
