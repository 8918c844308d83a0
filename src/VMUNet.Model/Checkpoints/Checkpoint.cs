using TorchSharp.Modules;
using VMUNet.Imaging;
using static TorchSharp.torch;

namespace VMUNet.Model.Checkpoints;

/// <summary>
/// Weights of a VM-UNet, or of the VMamba that one starts from, in a file of either format, under this network's names.
/// </summary>
internal sealed class Checkpoint : IDisposable
{
    private const string Parallel = "module.";

    private readonly TensorFile _file;

    /// <summary>Name in the network (or in VMamba), name in the file.</summary>
    private readonly Dictionary<string, string> _names;

    private Checkpoint(TensorFile file)
    {
        _file = file;
        _names = Names(file);
        Shapes = _names.ToDictionary(n => n.Key, n => file.Shapes[n.Value], StringComparer.Ordinal);
        IsVmamba = VmambaNames.Match(Shapes);
    }

    /// <summary>Name of the file without its folder.</summary>
    public string Source => _file.Source;

    /// <summary>Name of the format.</summary>
    public string Format => _file.Format;

    /// <summary>Whether it holds an encoder only, to be spread over a new network.</summary>
    public bool IsVmamba { get; }

    /// <summary>Shapes under the names that <see cref="ConfigOf"/> and the loader use.</summary>
    public IReadOnlyDictionary<string, long[]> Shapes { get; }

    /// <summary>Text beside the tensors; none in a PyTorch file.</summary>
    public IReadOnlyDictionary<string, string> Metadata =>
        _file is SafeTensorsFile safe ? safe.Metadata : new Dictionary<string, string>();

    /// <summary>Opens a .pth or .safetensors file; reads names and shapes, no numbers.</summary>
    /// <exception cref="BadInputException">Missing, damaged or hostile.</exception>
    public static Checkpoint Open(string path)
    {
        TensorFile file = TensorFile.Open(path);
        try
        {
            return new Checkpoint(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The sizes of the network in the file.</summary>
    /// <exception cref="BadInputException">Not the weights of a VM-UNet; the message says what is missing.</exception>
    public ModelConfig ConfigOf()
    {
        DemandWhole();
        return Weights.ConfigOf(Shapes, Source);
    }

    /// <summary>Refuses what can only start a training.</summary>
    /// <exception cref="BadInputException">There is no decoder in it.</exception>
    public void DemandWhole()
    {
        if (IsVmamba)
        {
            throw new BadInputException(
                $"{Source} holds a VMamba without a decoder: bring it in with 'model import' and train what is missing.");
        }
    }

    /// <summary>What of the file goes where in a network of these sizes.</summary>
    /// <exception cref="BadInputException">Missing, unexpected or mis-shaped tensors; each is named.</exception>
    public TensorPlan PlanFor(ModelConfig config)
    {
        if (IsVmamba)
        {
            return VmambaNames.Plan(config, Shapes, Source);
        }

        TensorFit.Of(TensorShapes.Of(config), Shapes).Demand(Source);
        return new TensorPlan(Shapes.Keys.ToDictionary(n => n, n => n, StringComparer.Ordinal), [], []);
    }

    /// <summary>Copies the file's numbers into a network; nothing is copied unless names, shapes and numbers are all right.</summary>
    /// <exception cref="BadInputException">As <see cref="PlanFor"/>, or a number is NaN or infinite.</exception>
    public TensorPlan LoadInto(VmUNet network)
    {
        TensorPlan plan = PlanFor(network.Config);
        using var scope = NewDisposeScope();
        var tensors = plan.Sources.Values.Distinct().ToDictionary(n => n, n => _file.Read(_names[n]), StringComparer.Ordinal);
        foreach ((string name, Tensor tensor) in tensors)
        {
            Weights.DemandFinite(tensor, name, Source);
        }

        using IDisposable off = no_grad();
        foreach ((string name, Parameter parameter) in network.named_parameters())
        {
            if (plan.Sources.TryGetValue(name, out string? from))
            {
                parameter.copy_(tensors[from]);
            }
        }

        return plan;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Takes off what a parallel wrapper put before the names, and puts on the prefix that a bare inner network lacks.</summary>
    private static Dictionary<string, string> Names(TensorFile file)
    {
        bool isParallel = file.Shapes.Count > 0 && file.Shapes.Keys.All(n => n.StartsWith(Parallel, StringComparison.Ordinal));
        string[] bare = [.. file.Shapes.Keys.Select(n => isParallel ? n[Parallel.Length..] : n)];
        bool isInner = bare.Any(n => n.StartsWith("layers_up.", StringComparison.Ordinal))
            && !bare.Any(n => n.StartsWith(ModelConfig.Prefix, StringComparison.Ordinal));
        return file.Shapes.Keys.Zip(bare).ToDictionary(
            n => isInner ? ModelConfig.Prefix + n.Second : n.Second, n => n.First, StringComparer.Ordinal);
    }
}
