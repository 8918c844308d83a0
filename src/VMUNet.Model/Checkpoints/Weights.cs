using TorchSharp.Modules;
using VMUNet.Imaging;
using static TorchSharp.torch;

namespace VMUNet.Model.Checkpoints;

/// <summary>A network's weights in and out of safetensors files, under the official names.</summary>
public static class Weights
{
    /// <summary>Writes all parameters.</summary>
    /// <param name="network">Source.</param>
    /// <param name="path">File; replaced if it is there.</param>
    /// <param name="type">F16 halves the size and rounds.</param>
    public static void Save(VmUNet network, string path, StoredType type = StoredType.F32) =>
        SafeTensors.Write(path, Named(network).Select(p => KeyValuePair.Create(p.Key, (Tensor)p.Value)), type);

    /// <summary>Copies a file's tensors into a network: every name and every shape must be the network's own.</summary>
    /// <param name="network">Target.</param>
    /// <param name="path">A .safetensors or .pth file.</param>
    /// <exception cref="BadInputException">
    /// Missing, unexpected or mis-shaped tensors, numbers that are NaN or infinite, or a damaged file.
    /// </exception>
    public static void LoadInto(VmUNet network, string path)
    {
        using Checkpoint checkpoint = Checkpoint.Open(path);
        checkpoint.DemandWhole();
        checkpoint.LoadInto(network);
    }

    /// <summary>A new network of the file's sizes with the file's weights, in evaluation mode.</summary>
    /// <param name="path">A .safetensors or .pth file.</param>
    /// <param name="scan">Implementation of the selective scan.</param>
    /// <exception cref="BadInputException">Damaged, or not the weights of a VM-UNet.</exception>
    public static VmUNet Load(string path, ScanKind scan)
    {
        using Checkpoint checkpoint = Checkpoint.Open(path);
        var network = new VmUNet(checkpoint.ConfigOf(), scan, seed: 0);
        try
        {
            checkpoint.LoadInto(network);
            network.eval();
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>The sizes of the network that these are the weights of.</summary>
    /// <exception cref="BadInputException">Not the weights of a VM-UNet; nothing was allocated for them.</exception>
    internal static ModelConfig ConfigOf(IReadOnlyDictionary<string, long[]> shapes, string source)
    {
        try
        {
            // The sizes are a claim of the file until every shape follows from them; only then is a network built.
            ModelConfig config = ModelConfig.FromTensors(shapes);
            TensorFit.Of(TensorShapes.Of(config), shapes).Demand(source);
            return config;
        }
        catch (Exception e) when (e is ArgumentException or OverflowException)
        {
            throw new BadInputException($"{source} holds no weights of a VM-UNet: {e.Message}", e);
        }
    }

    /// <summary>Copies named tensors into a network; nothing is copied unless all fit.</summary>
    internal static void LoadInto(VmUNet network, IReadOnlyDictionary<string, Tensor> tensors, string source)
    {
        TensorFit.Of(TensorShapes.Of(network.Config), tensors.ToDictionary(t => t.Key, t => t.Value.shape)).Demand(source);
        using IDisposable off = no_grad();
        foreach ((string name, Parameter parameter) in Named(network))
        {
            parameter.copy_(tensors[name]);
        }
    }

    /// <summary>Refuses weights that would silently make every result NaN.</summary>
    /// <exception cref="BadInputException">A number is NaN or infinite.</exception>
    internal static void DemandFinite(Tensor tensor, string name, string source)
    {
        // The sum of x * 0 is 0 exactly when every number is finite: one pass, no mask.
        using Tensor product = tensor.Times(0);
        using Tensor sum = product.sum();
        if (sum.item<float>() != 0)
        {
            throw new BadInputException($"{source} cannot be used: {name} holds NaN or infinite numbers.");
        }
    }

    private static Dictionary<string, Parameter> Named(VmUNet network) =>
        network.named_parameters().ToDictionary(p => p.name, p => p.parameter, StringComparer.Ordinal);
}
