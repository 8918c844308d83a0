using TorchSharp;
using VMUNet.Imaging;
using VMUNet.Model.Scan.Cuda;

namespace VMUNet.Model;

/// <summary>A model in memory, ready to predict. Several threads may use it at once; dispose it when none does.</summary>
public sealed class LoadedModel : IDisposable
{
    private LoadedModel(string folder, ModelManifest manifest, VmUNet network, DeviceChoice device)
    {
        Device = device;
        Batch = device.IsCuda ? BatchOn(device, manifest, network) : BatchSize.Cpu;
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

    /// <summary>Where the network computes, and why there.</summary>
    public DeviceChoice Device { get; }

    internal VmUNet Network { get; }

    /// <summary>How answers become labels.</summary>
    internal PredictionRules Rules => Manifest.Prediction ?? PredictionRules.Plain;

    /// <summary>Slices that go through the network at once; on a CUDA device what its memory was found to take.</summary>
    internal int Batch { get; set; }

    /// <summary>Reads a model folder.</summary>
    /// <param name="folder">Folder with model.json and weights.safetensors.</param>
    /// <param name="precision">How the network computes.</param>
    /// <param name="device"><c>auto</c>, <c>cpu</c> or <c>cuda:N</c>.</param>
    /// <exception cref="BadInputException">
    /// The device is not there, a file is missing, the weights' hash is not the manifest's (both are named), or the tensors do not fit the architecture.
    /// </exception>
    public static LoadedModel Load(string folder, Precision precision = Precision.Fp32, string device = DeviceChoice.Auto) =>
        Load(folder, DeviceChoice.Of(device), _ => precision);

    /// <summary>
    /// The same with the fast profile where the device gains by it and the manifest holds the proof that it does no harm; else
    /// with float32.
    /// </summary>
    /// <param name="folder">Folder with model.json and weights.safetensors.</param>
    /// <param name="device"><c>auto</c>, <c>cpu</c> or <c>cuda:N</c>.</param>
    /// <exception cref="BadInputException">As <see cref="Load(string, Precision, string)"/>.</exception>
    public static LoadedModel LoadFastest(string folder, string device = DeviceChoice.Auto)
    {
        var choice = DeviceChoice.Of(device);
        Precision Fastest() => choice.IsCuda ? Precision.Fast : PrecisionProbe.Choose(); // halved traffic on any device
        return Load(folder, choice, manifest => manifest.PrecisionGate.Allows() ? Fastest() : Precision.Fp32);
    }

    /// <inheritdoc/>
    public void Dispose() => Network.Dispose();

    private static LoadedModel Load(string folder, DeviceChoice choice, Func<ModelManifest, Precision> precision)
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

        var network = new VmUNet(ModelFiles.ConfigOf(manifest, 0), choice.IsCuda ? ScanKind.Cuda : ScanKind.Managed, seed: 0);
        try
        {
            Checkpoints.Weights.LoadInto(network, weights);
            if (choice.IsCuda)
            {
                network.to(choice.ToDevice());
            }

            network.Prepare(precision(manifest));
            return new LoadedModel(folder, manifest, network, choice);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static int BatchOn(DeviceChoice device, ModelManifest manifest, VmUNet network)
    {
        CudaDriver driver = CudaDriver.Demand();
        using CudaDriver.Entered entered = driver.Enter(device.Index);
        return BatchSize.For(network.Config, manifest.Preprocessing.Size, driver.Memory().Free);
    }
}
