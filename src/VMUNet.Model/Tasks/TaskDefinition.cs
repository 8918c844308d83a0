using System.Text.Json;
using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>What a model is for: the labels with their codes, and the preprocessing that a new training starts from.</summary>
public sealed record TaskDefinition
{
    /// <summary>Stable name, for example <c>abdomen-mr-4</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Photograph or volume.</summary>
    public required TaskKind Kind { get; init; }

    /// <summary>DICOM modality it serves: XC, MR, CT.</summary>
    public required string Modality { get; init; }

    /// <summary>One sentence for people.</summary>
    public required string Title { get; init; }

    /// <summary>Labels in order of value; background (0) is not listed.</summary>
    public required IReadOnlyList<OrganLabel> Labels { get; init; }

    /// <summary>Intensity rule for new trainings.</summary>
    public required Preprocessing Preprocessing { get; init; }

    /// <summary>How answers become labels, for new trainings.</summary>
    public PredictionRules? Prediction { get; init; }

    /// <summary>Pairs of labels that change places when left and right are mirrored.</summary>
    public IReadOnlyList<SidedPair> SidedPairs { get; init; } = [];

    /// <summary>Clean-up per label for new trainings.</summary>
    public IReadOnlyList<LabelRule> Postprocessing { get; init; } = [];

    /// <summary>Tolerance of the normalised surface distance for labels that differ from <see cref="DefaultNsdToleranceMm"/>, by name.</summary>
    public IReadOnlyDictionary<string, double> NsdToleranceMm { get; init; } = new Dictionary<string, double>();

    /// <summary>Tolerance of the normalised surface distance, millimetres, of every other label.</summary>
    public const double DefaultNsdToleranceMm = 2;

    /// <summary>Tolerance of a label's normalised surface distance, millimetres.</summary>
    public double NsdToleranceOf(OrganLabel label)
    {
        ArgumentNullException.ThrowIfNull(label);
        return NsdToleranceMm.TryGetValue(label.Name, out var own) ? own : DefaultNsdToleranceMm;
    }

    /// <summary>Channels of the network's output: 1 for a single label (sigmoid), else labels + background (softmax).</summary>
    public int Classes => Labels.Count == 1 ? 1 : Labels.Count + 1;

    /// <summary>The label that takes a label's place in a mirrored image.</summary>
    internal IReadOnlyDictionary<byte, byte> Exchange =>
        SidedPairs.SelectMany(p => new[] { (p.Left, p.Right), (p.Right, p.Left) }).ToDictionary(p => p.Item1, p => p.Item2);

    /// <summary>All tasks this build knows, by name.</summary>
    public static IReadOnlyList<TaskDefinition> All { get; } = ReadAll();

    /// <summary>Finds a task.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="BadInputException">No such task; the message lists the names.</exception>
    public static TaskDefinition Get(string name) =>
        All.FirstOrDefault(t => t.Name == name)
        ?? throw new BadInputException($"No task is called {name}; known are {string.Join(", ", All.Select(t => t.Name))}.");

    private static List<TaskDefinition> ReadAll()
    {
        var assembly = typeof(TaskDefinition).Assembly;
        var tasks = new List<TaskDefinition>();
        foreach (var resource in assembly.GetManifestResourceNames().Where(n => n.Contains(".Tasks.", StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(resource)!;
            tasks.Add(JsonSerializer.Deserialize<TaskDefinition>(stream, ModelJson.Options)!);
        }

        return [.. tasks.OrderBy(t => t.Name, StringComparer.Ordinal)];
    }
}

/// <summary>A left organ and its right twin.</summary>
/// <param name="Left">Label value of the left one.</param>
/// <param name="Right">Label value of the right one.</param>
public sealed record SidedPair(byte Left, byte Right);
