using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>
/// A labelled data set on disk: <c>images/NAME.{jpg,png}</c> with <c>masks/NAME.png</c>, or <c>images/NAME.nii.gz</c> with
/// <c>labels/NAME.nii.gz</c>. Optional <c>splits.json</c> ({"train": [names], ...}) and <c>patients.csv</c> (name,patient).
/// </summary>
public sealed class DataSet
{
    /// <summary>Name of the split that holds every case.</summary>
    public const string AllCases = "all";

    private readonly Dictionary<string, IReadOnlyList<DataCase>> _splits;

    private DataSet(string folder, TaskKind kind, IReadOnlyList<DataCase> cases, Dictionary<string, IReadOnlyList<DataCase>> splits)
    {
        Folder = folder;
        Kind = kind;
        Cases = cases;
        _splits = splits;
    }

    /// <summary>The set's folder.</summary>
    public string Folder { get; }

    /// <summary>Photographs or volumes.</summary>
    public TaskKind Kind { get; }

    /// <summary>All cases, by name.</summary>
    public IReadOnlyList<DataCase> Cases { get; }

    /// <summary>Names of the splits, <see cref="AllCases"/> left out.</summary>
    public IReadOnlyCollection<string> SplitNames => _splits.Keys;

    /// <summary>Reads the folder's lists; images are opened later, one by one.</summary>
    /// <param name="folder">Folder of the set.</param>
    /// <exception cref="BadInputException">Unknown layout, a missing label, an unknown name or a patient in two splits.</exception>
    public static DataSet Open(string folder)
    {
        var images = Path.Combine(folder, "images");
        if (!Directory.Exists(images))
        {
            throw new BadInputException($"{folder} is no data set: a folder 'images' was expected in it.");
        }

        var patients = ReadPatients(folder);
        var (kind, cases) = ReadCases(folder, images, patients);
        return new DataSet(folder, kind, cases, ReadSplits(folder, cases));
    }

    /// <summary>The cases of one split, by name.</summary>
    /// <param name="name">Split name, or <see cref="AllCases"/>.</param>
    /// <exception cref="BadInputException">No such split.</exception>
    public IReadOnlyList<DataCase> Split(string name)
    {
        if (name == AllCases)
        {
            return Cases;
        }

        return _splits.TryGetValue(name, out var cases)
            ? cases
            : throw new BadInputException(
                $"{Folder} has no split '{name}'; it has {string.Join(", ", _splits.Keys.Append(AllCases))}.");
    }

    /// <summary>Hash over the sorted lines <c>name sha256(image) sha256(label) split</c> of the given splits.</summary>
    public string ManifestSha256(params IReadOnlyList<string> splits)
    {
        var lines = splits.SelectMany(s => Split(s).Select(c => $"{c.Name} {HashOf(c.ImagePath)} {HashOf(c.LabelPath)} {s}"));
        var text = string.Concat(lines.Order(StringComparer.Ordinal).Select(l => l + "\n"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private static string HashOf(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static (TaskKind Kind, List<DataCase> Cases) ReadCases(
        string folder, string images, Dictionary<string, string> patients)
    {
        var files = Directory.GetFiles(images);
        var kind = files.Any(IsNifti) ? TaskKind.Volume : TaskKind.Picture;
        var cases = new List<DataCase>();
        foreach (var file in files.Where(f => kind == TaskKind.Volume ? IsNifti(f) : IsPicture(f)))
        {
            var name = NameOf(file);
            var label = kind == TaskKind.Volume
                ? Path.Combine(folder, "labels", Path.GetFileName(file))
                : Path.Combine(folder, "masks", name + ".png");
            if (!File.Exists(label))
            {
                throw new BadInputException($"Case {name} has an image but no label: {label} was expected.");
            }

            cases.Add(new DataCase(name, file, label, patients.GetValueOrDefault(name, name)));
        }

        if (cases.Count == 0)
        {
            throw new BadInputException($"{images} holds no jpg, png or nii.gz image.");
        }

        cases.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        var twice = cases.GroupBy(c => c.Name).FirstOrDefault(g => g.Count() > 1);
        return twice is null
            ? (kind, cases)
            : throw new BadInputException($"{images} holds two images called {twice.Key}; keep one.");
    }

    private static Dictionary<string, IReadOnlyList<DataCase>> ReadSplits(string folder, List<DataCase> cases)
    {
        var result = new Dictionary<string, IReadOnlyList<DataCase>>(StringComparer.Ordinal);
        var path = Path.Combine(folder, "splits.json");
        if (!File.Exists(path))
        {
            return result;
        }

        var byName = cases.ToDictionary(c => c.Name, StringComparer.Ordinal);
        var splitOfPatient = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (split, names) in ParseSplits(path))
        {
            var members = new List<DataCase>();
            foreach (var name in names)
            {
                var member = byName.GetValueOrDefault(name)
                    ?? throw new BadInputException($"{path} lists {name} in '{split}', but no such image exists.");
                if (!splitOfPatient.TryAdd(member.Patient, split) && splitOfPatient[member.Patient] != split)
                {
                    throw new BadInputException(
                        $"{path} puts patient {member.Patient} into '{splitOfPatient[member.Patient]}' and '{split}' "
                        + $"(case {name}); a patient belongs to one split.");
                }

                members.Add(member);
            }

            members.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
            if (members.Distinct().Count() != members.Count)
            {
                throw new BadInputException($"{path} lists a case twice in '{split}'.");
            }

            result[split] = members;
        }

        return result;
    }

    private static Dictionary<string, string[]> ParseSplits(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, string[]>>(File.ReadAllText(path)) ?? [];
        }
        catch (JsonException e)
        {
            throw new BadInputException($"{path} is not of the form {{\"train\": [names], ...}}: {e.Message}", e);
        }
    }

    private static Dictionary<string, string> ReadPatients(string folder)
    {
        var patients = new Dictionary<string, string>(StringComparer.Ordinal);
        var path = Path.Combine(folder, "patients.csv");
        if (!File.Exists(path))
        {
            return patients;
        }

        foreach (var line in File.ReadLines(path).Skip(1).Where(l => l.Length > 0))
        {
            var comma = line.IndexOf(',', StringComparison.Ordinal);
            if (comma <= 0)
            {
                throw new BadInputException($"{path} has the line '{line}'; 'name,patient' was expected.");
            }

            patients[line[..comma].Trim()] = line[(comma + 1)..].Trim();
        }

        return patients;
    }

    private static bool IsNifti(string file) =>
        file.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase) || file.EndsWith(".nii", StringComparison.OrdinalIgnoreCase);

    private static bool IsPicture(string file) =>
        Path.GetExtension(file).ToUpperInvariant() is ".JPG" or ".JPEG" or ".PNG";

    private static string NameOf(string file)
    {
        var name = Path.GetFileName(file);
        return name.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase)
            ? name[..^".nii.gz".Length]
            : Path.GetFileNameWithoutExtension(name);
    }
}

/// <summary>One image with its label file.</summary>
/// <param name="Name">File name without extension.</param>
/// <param name="ImagePath">Image file.</param>
/// <param name="LabelPath">Label file.</param>
/// <param name="Patient">Patient key; the name itself when the set has no list of patients.</param>
public sealed record DataCase(string Name, string ImagePath, string LabelPath, string Patient);
