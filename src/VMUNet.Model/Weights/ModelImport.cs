using System.Text.RegularExpressions;
using VMUNet.Imaging;
using VMUNet.Model.Checkpoints;
using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>Brings a checkpoint of the official VM-UNet or VMamba, or an exported model, into a model folder.</summary>
public static partial class ModelImport
{
    private const int PictureSize = 256;
    private const int VolumeSize = 224;

    /// <summary>Reads, checks and writes; nothing is written unless every name, shape and number is right.</summary>
    /// <param name="options">What to bring in, and as what.</param>
    /// <exception cref="BadInputException">
    /// A damaged or hostile file, tensors that are missing, unexpected or mis-shaped, NaN weights, or more or fewer classes than labels.
    /// </exception>
    public static ImportReport Run(ImportOptions options)
    {
        using Checkpoint checkpoint = Checkpoint.Open(options.File);
        ModelManifest? exported = ModelExport.ManifestIn(checkpoint);
        var task = TaskDefinition.Get(options.Task ?? exported?.Task ?? throw new BadInputException(
            $"--task is missing; known are {string.Join(", ", TaskDefinition.All.Select(t => t.Name))}."));
        string name = options.Name ?? NameOf(options.File);
        string folder = FolderFor(name, options.ModelsFolder);
        ModelConfig config = checkpoint.IsVmamba
            ? VmambaNames.ConfigOf(checkpoint.Shapes, task.Classes, checkpoint.Source) with
            {
                Depths = [.. options.Depths], DepthsDecoder = [.. options.DepthsDecoder],
            }
            : checkpoint.ConfigOf();
        int[] order = OrderOf(options.Labels, task, config.Classes, checkpoint.Source);

        using var scope = NewDisposeScope();
        using VmUNet network = NetworkOf(config, checkpoint, options.Seed, out TensorPlan plan);
        Reorder(network, order);
        ModelManifest manifest = ModelFiles.Write(
            folder,
            Manifest(name, task, config, PreprocessingOf(options, task, exported), new ModelProvenance
            {
                DataManifestSha256 = exported?.Provenance.DataManifestSha256 ?? "",
                TrainingCases = exported?.Provenance.TrainingCases ?? 0,
                Seed = exported?.Provenance.Seed ?? options.Seed,
                CodeVersion = ModelWriter.CodeVersion,
                ImportedFromSha256 = SafeTensors.Hash(options.File),
            }) with { Prediction = exported?.Prediction },
            network.named_parameters().Select(p => KeyValuePair.Create(p.name, (Tensor)p.parameter)));
        return new ImportReport
        {
            Name = name,
            Folder = folder,
            Task = task.Name,
            Source = checkpoint.IsVmamba ? "vmamba" : "vm-unet",
            Format = checkpoint.Format,
            SourceSha256 = manifest.Provenance.ImportedFromSha256!,
            WeightsSha256 = manifest.WeightsSha256,
            Architecture = manifest.Architecture,
            Labels = [.. manifest.Labels.Select(l => l.Name)],
            Loaded = plan.Sources.Count,
            KeptInitial = plan.Kept,
            Unused = plan.Unused,
        };
    }

    private static VmUNet NetworkOf(ModelConfig config, Checkpoint checkpoint, int seed, out TensorPlan plan)
    {
        plan = checkpoint.PlanFor(Checked(config)); // before a network of the claimed size is built
        var network = new VmUNet(config, ScanKind.Reference, seed);
        try
        {
            plan = checkpoint.LoadInto(network);
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static ModelConfig Checked(ModelConfig config)
    {
        try
        {
            return config.Checked();
        }
        catch (ArgumentException e)
        {
            throw new BadInputException(e.Message, e);
        }
    }

    private static string FolderFor(string name, string modelsFolder)
    {
        if (!LegalName().IsMatch(name))
        {
            throw new BadInputException($"'{name}' cannot be a model's name: letters, digits, '-', '_' and '.' can; give --name.");
        }

        string folder = Path.Combine(Path.GetFullPath(modelsFolder), name);
        return Directory.Exists(folder)
            ? throw new BadInputException($"{folder} is there already; give another --name.")
            : folder;
    }

    private static string NameOf(string file) =>
        string.Concat(Path.GetFileNameWithoutExtension(file).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-')).Trim('-');

    /// <summary>For each label of the task, the class of the checkpoint that means it.</summary>
    private static int[] OrderOf(IReadOnlyList<string> given, TaskDefinition task, int classes, string source)
    {
        int labels = given.Count > 0 ? given.Count : task.Labels.Count, meant = classes == 1 ? 1 : classes - 1;
        if (labels != meant)
        {
            throw new BadInputException(
                $"{source} has {meant} {(meant == 1 ? "class" : "classes")} beside the background, and {labels} labels are given "
                + $"({string.Join(", ", given.Count > 0 ? given : task.Labels.Select(l => l.Name))}); name each class once, in the checkpoint's order.");
        }

        if (given.Count == 0)
        {
            return [.. Enumerable.Range(0, labels)];
        }

        string[] names = [.. given.Select(g => g.Trim().ToLowerInvariant().Replace(' ', '-').Replace('_', '-'))];
        string[] wanted = [.. task.Labels.Select(l => l.Name)];
        return names.Order(StringComparer.Ordinal).SequenceEqual(wanted.Order(StringComparer.Ordinal))
            ? [.. wanted.Select(w => Array.IndexOf(names, w))]
            : throw new BadInputException(
                $"The labels of {task.Name} are {string.Join(", ", wanted)}; came {string.Join(", ", names)}. Name each once, in the checkpoint's order.");
    }

    /// <summary>Puts the rows of the last convolution into the task's order, so that a class is a label value everywhere.</summary>
    private static void Reorder(VmUNet network, int[] order)
    {
        if (order.Length == 1 || order.SequenceEqual(Enumerable.Range(0, order.Length)))
        {
            return;
        }

        using IDisposable off = no_grad();
        using Tensor rows = tensor(order.Select(o => o + 1L).Prepend(0L).ToArray());
        foreach ((_, Tensor last) in network.named_parameters().Where(p => p.name.Contains("final_conv.", StringComparison.Ordinal))
            .Select(p => (p.name, (Tensor)p.parameter)))
        {
            using Tensor moved = last.index_select(0, rows);
            last.copy_(moved);
        }
    }

    private static Preprocessing PreprocessingOf(ImportOptions options, TaskDefinition task, ModelManifest? exported)
    {
        bool isPicture = task.Kind == TaskKind.Picture;
        Preprocessing chosen = exported is not null && options.Preprocessing == ImportPreprocessing.Official ? exported.Preprocessing
            : options.Preprocessing == ImportPreprocessing.Official && isPicture
                ? new Preprocessing { Intensity = IntensityRule.FullRangePerPicture }
                : task.Preprocessing;
        int size = options.Size > 0 ? options.Size : chosen.Size > 0 ? chosen.Size : isPicture ? PictureSize : VolumeSize;
        return size % VmUNet.SizeMultiple == 0
            ? chosen with { Size = size }
            : throw new BadInputException($"--size {size} is no multiple of {VmUNet.SizeMultiple}.");
    }

    private static ModelManifest Manifest(
        string name, TaskDefinition task, ModelConfig config, Preprocessing preprocessing, ModelProvenance provenance) => new()
    {
        Name = name,
        Task = task.Name,
        Kind = task.Kind,
        Modality = task.Modality,
        WeightsSha256 = "",
        Architecture = ModelArchitecture.Of(config),
        Labels = task.Labels,
        Preprocessing = preprocessing,
        Postprocessing = task.Postprocessing,
        Routes = [task.Name],
        Provenance = provenance,
    };

    [GeneratedRegex(@"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$")]
    private static partial Regex LegalName();
}

/// <summary>How images are prepared for an imported network.</summary>
public enum ImportPreprocessing
{
    /// <summary>
    /// As the model was exported, else as the official code does it: photographs scaled by their own range to 0..255, CT by the
    /// task's window to 0..1.
    /// </summary>
    Official,

    /// <summary>As new trainings of the task do it.</summary>
    Task,
}

/// <summary>What to import, and as what.</summary>
public sealed record ImportOptions
{
    /// <summary>A .pth or .safetensors file.</summary>
    public required string File { get; init; }

    /// <summary>Folder that gets the model's folder.</summary>
    public required string ModelsFolder { get; init; }

    /// <summary>Name of the model; by default the file's.</summary>
    public string? Name { get; init; }

    /// <summary>Task; may be left out for a file that <c>model export</c> wrote.</summary>
    public string? Task { get; init; }

    /// <summary>Names of the checkpoint's classes in its order, without the background; empty when it is the task's order.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Side of the network input in pixels, a multiple of 32; 0 for the exported model's, else 256 for photographs and 224 for volumes.</summary>
    public int Size { get; init; }

    /// <summary>How images are prepared.</summary>
    public ImportPreprocessing Preprocessing { get; init; }

    /// <summary>Blocks of the encoder that a VMamba checkpoint starts.</summary>
    public IReadOnlyList<int> Depths { get; init; } = [2, 2, 2, 2];

    /// <summary>Blocks of the decoder that a VMamba checkpoint starts, coarsest first.</summary>
    public IReadOnlyList<int> DepthsDecoder { get; init; } = [2, 2, 2, 1];

    /// <summary>Seed of the start values that the checkpoint has nothing for.</summary>
    public int Seed { get; init; }
}

/// <summary>What an import did, tensor by tensor.</summary>
public sealed record ImportReport
{
    /// <summary>Name of the model.</summary>
    public required string Name { get; init; }

    /// <summary>Its folder.</summary>
    public required string Folder { get; init; }

    /// <summary>Its task.</summary>
    public required string Task { get; init; }

    /// <summary><c>vm-unet</c>: ready to use; <c>vmamba</c>: a start for training, the end of its decoder is random.</summary>
    public required string Source { get; init; }

    /// <summary>Format of the file.</summary>
    public required string Format { get; init; }

    /// <summary>Hash of the file.</summary>
    public required string SourceSha256 { get; init; }

    /// <summary>Hash of the weights written.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>Sizes of the network.</summary>
    public required ModelArchitecture Architecture { get; init; }

    /// <summary>Labels, value 1 first.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Number of tensors of the network that came from the file.</summary>
    public required int Loaded { get; init; }

    /// <summary>Tensors of the network that the file has nothing for.</summary>
    public required IReadOnlyList<string> KeptInitial { get; init; }

    /// <summary>Tensors of the file that the network has no place for.</summary>
    public required IReadOnlyList<string> Unused { get; init; }
}
