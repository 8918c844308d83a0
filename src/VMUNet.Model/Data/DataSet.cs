using System.Security.Cryptography;
using System.Text;
using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>
/// A labelled data set on disk, in one of four layouts: <c>images/NAME.{jpg,png}</c> with <c>masks/NAME.png</c>;
/// <c>images/NAME.nii.gz</c> with <c>labels/NAME.nii.gz</c>; <c>train_npz/CASE_sliceNNN.npz</c> and <c>test_vol_h5/CASE.npy.h5</c>;
/// <c>NAME/dicom/*</c> with <c>NAME/seg.dcm</c>. Optional <c>splits.json</c> ({"train": [names], ...}) and <c>patients.csv</c>
/// (name,patient); for the third layout also <c>spacing.csv</c>, as its files carry no millimetres.
/// </summary>
public sealed class DataSet
{
    /// <summary>Name of the split that holds every case.</summary>
    public const string AllCases = "all";

    private readonly Dictionary<string, IReadOnlyList<DataCase>> _splits;

    private DataSet(string folder, DataListing listing)
    {
        Folder = folder;
        Kind = listing.Kind;
        Cases = listing.Cases;
        _splits = listing.Splits;
    }

    /// <summary>The set's folder.</summary>
    public string Folder { get; }

    /// <summary>Photographs or volumes.</summary>
    public TaskKind Kind { get; }

    /// <summary>All cases, by name.</summary>
    public IReadOnlyList<DataCase> Cases { get; }

    /// <summary>Names of the splits, <see cref="AllCases"/> left out.</summary>
    public IReadOnlyCollection<string> SplitNames => _splits.Keys;

    /// <summary>The split to report on when none is named: <c>locked</c>, else <c>test</c>, else every case.</summary>
    public string ReportingSplit => _splits.ContainsKey("locked") ? "locked"
        : _splits.TryGetValue("test", out var test) && test.Count > 0 ? "test"
        : AllCases;

    /// <summary>
    /// The split that chooses a training's weights when none is named: <c>dev</c>, or null where the set has none or it is trained on.
    /// </summary>
    /// <param name="trainSplit">Split that is trained on, as <see cref="Split"/> takes it.</param>
    public string? ChoosingSplit(string trainSplit) =>
        _splits.TryGetValue("dev", out var dev) && !Split(trainSplit).Intersect(dev).Any() ? "dev" : null;

    /// <summary>Reads the folder's lists; images are opened later, one by one.</summary>
    /// <param name="folder">Folder of the set.</param>
    /// <param name="dicom">Reader of DICOM pairs; without one the fourth layout is refused.</param>
    /// <exception cref="BadInputException">Unknown layout, a missing label, an unknown name or a patient in two splits.</exception>
    public static DataSet Open(string folder, DicomCaseReader? dicom = null)
    {
        var listing = DataListing.Read(folder, dicom);
        return listing.Findings.FirstOrDefault(f => f.Severity == FindingSeverity.Error) is { } fault
            ? throw new BadInputException(fault.Message)
            : new DataSet(folder, listing);
    }

    /// <summary>The cases of a split, or of several, by name.</summary>
    /// <param name="name">Split name, several joined by a plus sign (<c>train+dev</c>), or <see cref="AllCases"/>.</param>
    /// <exception cref="BadInputException">No such split, or one without a case.</exception>
    public IReadOnlyList<DataCase> Split(string name)
    {
        if (name == AllCases)
        {
            return Cases;
        }

        if (PartsOf(name) is { Length: > 1 } parts)
        {
            return [.. parts.SelectMany(Split).DistinctBy(c => c.Name).OrderBy(c => c.Name, StringComparer.Ordinal)];
        }

        return _splits.TryGetValue(name, out var cases)
            ? cases.Count > 0 ? cases : throw new BadInputException($"{Folder}: split '{name}' holds no case.")
            : throw new BadInputException(
                $"{Folder} has no split '{name}'; it has {string.Join(", ", _splits.Keys.Append(AllCases))}.");
    }

    /// <summary>Refuses a task for the other kind of image.</summary>
    /// <exception cref="BadInputException">Photographs for a task of volumes, or the other way round.</exception>
    public void DemandKindOf(TaskDefinition task)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (Kind != task.Kind)
        {
            static string Named(TaskKind kind) => kind == TaskKind.Picture ? "photographs" : "volumes";
            throw new BadInputException($"{Folder} holds {Named(Kind)}, but task {task.Name} is for {Named(task.Kind)}.");
        }
    }

    /// <summary>Hash over the sorted lines <c>name sha256(image) sha256(label) split</c> of the given splits.</summary>
    public string ManifestSha256(params IReadOnlyList<string> splits) =>
        ManifestOf(splits.SelectMany(PartsOf).SelectMany(s => Split(s).Select(c => (Case: c, Split: s))));

    /// <summary>Hash over the sorted lines of the given cases.</summary>
    internal static string ManifestOf(IEnumerable<(DataCase Case, string Split)> cases)
    {
        var lines = cases.Select(c => $"{c.Case.Name} {HashOf(c.Case.ImageFiles)} {HashOf([c.Case.LabelPath])} {c.Split}");
        var text = string.Concat(lines.Order(StringComparer.Ordinal).Select(l => l + "\n"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private string[] PartsOf(string name) =>
        _splits.ContainsKey(name) ? [name] : name.Split('+', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    // One file: its own hash. Several: the hash of their hashes in order.
    private static string HashOf(IReadOnlyList<string> paths)
    {
        if (paths.Count == 1)
        {
            using var stream = File.OpenRead(paths[0]);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(paths.Select(p => HashOf([p]))))));
    }
}
