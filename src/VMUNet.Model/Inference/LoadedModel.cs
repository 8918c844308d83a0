using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>A model in memory, ready to predict. Several threads may use it at once; dispose it when none does.</summary>
public sealed class LoadedModel : IDisposable
{
    private LoadedModel(string folder, ModelManifest manifest, VmUNet network)
    {
        Folder = folder;
        Manifest = manifest;
        Network = network;
    }

    /// <summary>Folder it was read from.</summary>
    public string Folder { get; }

    /// <summary>Content of model.json.</summary>
    public ModelManifest Manifest { get; }

    /// <summary>Name of the model.</summary>
    public string Name => Manifest.Name;

    /// <summary>Hash of the weights file, checked while loading.</summary>
    public string WeightsSha256 => Manifest.WeightsSha256;

    /// <summary>How the network computes.</summary>
    public Precision Precision => Network.Precision;

    internal VmUNet Network { get; }

    /// <summary>Reads a model folder.</summary>
    /// <param name="folder">Folder with model.json and weights.safetensors.</param>
    /// <param name="precision">How the network computes.</param>
    /// <exception cref="BadInputException">
    /// A file is missing, the weights' hash is not the manifest's (both are named), or the tensors do not fit the architecture.
    /// </exception>
    public static LoadedModel Load(string folder, Precision precision = Precision.Fp32) => Load(folder, _ => precision);

    /// <summary>
    /// The same with the fast profile where the processor gains by it and the manifest holds the proof that it does no harm; else
    /// with float32.
    /// </summary>
    /// <param name="folder">Folder with model.json and weights.safetensors.</param>
    /// <exception cref="BadInputException">As <see cref="Load(string, Precision)"/>.</exception>
    public static LoadedModel LoadFastest(string folder) =>
        Load(folder, manifest => manifest.PrecisionGate.Allows() ? PrecisionProbe.Choose() : Precision.Fp32);

    /// <inheritdoc/>
    public void Dispose() => Network.Dispose();

    private static LoadedModel Load(string folder, Func<ModelManifest, Precision> precision)
    {
        var (manifest, weights) = ModelFiles.Verify(folder);
        if (manifest.Preprocessing.Size <= 0 || manifest.Preprocessing.Size % 32 != 0)
        {
            throw new BadInputException(
                $"{folder} states the network size {manifest.Preprocessing.Size}; the size trained last, a multiple of 32, is required.");
        }

        var classes = manifest.Architecture.Classes;
        if (manifest.Labels.Count != (classes == 1 ? 1 : classes - 1))
        {
            throw new BadInputException(
                $"{folder} has {classes} classes and {manifest.Labels.Count} labels; expected one label for one class, else one for each "
                + "but the background.");
        }

        var network = new VmUNet(ModelFiles.ConfigOf(manifest, 0), ScanKind.Managed, seed: 0);
        try
        {
            Checkpoints.Weights.LoadInto(network, weights);
            network.Prepare(precision(manifest));
            return new LoadedModel(folder, manifest, network);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }
}
