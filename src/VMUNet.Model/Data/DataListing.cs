using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>
/// The files of a data set by name, with everything that is wrong about names, lists and splits. Nothing is opened but the lists.
/// </summary>
internal sealed class DataListing
{
    private const string SegName = "seg.dcm";

    private readonly List<DataCase> _cases = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<DataFinding> _findings = [];
    private readonly Dictionary<string, IReadOnlyList<DataCase>> _splits = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _patients;
    private Dictionary<string, SpacingMm?> _spacings = [];
    private readonly string _folder;

    private DataListing(string folder)
    {
        _folder = folder;
        _patients = DataLists.Patients(folder);
    }

    /// <summary>Photographs or volumes.</summary>
    public TaskKind Kind { get; private set; }

    /// <summary>DICOM modality of the first case; null where the files do not tell.</summary>
    public string? Modality { get; private set; }

    /// <summary>Cases that have an image and labels, by name.</summary>
    public IReadOnlyList<DataCase> Cases => _cases;

    /// <summary>Splits by name, each by case name.</summary>
    public Dictionary<string, IReadOnlyList<DataCase>> Splits => _splits;

    /// <summary>What is wrong, in the order it was found.</summary>
    public IReadOnlyList<DataFinding> Findings => _findings;

    /// <summary>Reads the lists of a folder.</summary>
    /// <param name="folder">The data set.</param>
    /// <param name="dicom">Reader of DICOM pairs; null where there is none.</param>
    /// <exception cref="BadInputException">The folder has none of the layouts, or a list cannot be read.</exception>
    public static DataListing Read(string folder, DicomCaseReader? dicom)
    {
        var listing = new DataListing(folder);
        if (Directory.Exists(Path.Combine(folder, "images")))
        {
            listing.AddPairs(Path.Combine(folder, "images"));
        }
        else if (Directory.Exists(Path.Combine(folder, "train_npz")) || Directory.Exists(Path.Combine(folder, "test_vol_h5")))
        {
            listing.AddSynapse();
        }
        else if (Directory.Exists(folder) && Directory.GetDirectories(folder).Any(d => Directory.Exists(Path.Combine(d, "dicom"))))
        {
            listing.AddDicom(dicom);
        }
        else
        {
            throw new BadInputException(
                $"{folder} is no data set: a folder 'images' was expected in it, or train_npz and test_vol_h5, or NAME/dicom with NAME/seg.dcm.");
        }

        listing.Finish();
        return listing;
    }

    private void AddPairs(string images)
    {
        var files = LabelFiles.In(images);
        Kind = files.Any(LabelFiles.IsNifti) ? TaskKind.Volume : TaskKind.Picture;
        var labels = new LabelFiles(Path.Combine(_folder, Kind == TaskKind.Volume ? "labels" : "masks"), Kind);
        foreach (var file in files.Where(f => Kind == TaskKind.Volume ? LabelFiles.IsNifti(f) : IsPicture(f)))
        {
            var name = LabelFiles.NameOf(file);
            var label = labels.Of(file, out var others);
            if (others is not null)
            {
                Fault("name_twice", [name], $"Case {name} has two label files, {Path.GetFileName(label)} and {others}; keep one.");
                continue;
            }

            Add(new DataCase(name, file, label, PatientOf(name))
            {
                Layout = Kind == TaskKind.Volume ? CaseLayout.Nifti : CaseLayout.Picture,
            });
        }

        if (_cases.Count == 0 && _findings.Count == 0)
        {
            throw new BadInputException($"{images} holds no jpg, png or nii.gz image.");
        }
    }

    private void AddSynapse()
    {
        Kind = TaskKind.Volume;
        var slices = FilesOf("train_npz", "*.npz").GroupBy(SliceName.CaseOf, StringComparer.Ordinal);
        _spacings = DataLists.Spacings(_folder);
        var train = new List<string>();
        foreach (var group in slices)
        {
            string[] files = [.. group.OrderBy(SliceName.NumberOf).ThenBy(f => f, StringComparer.Ordinal)];
            train.Add(group.Key);
            Add(new DataCase(group.Key, files[0], files[0], PatientOf(group.Key))
            {
                Layout = CaseLayout.SynapseSlices, ImageFiles = files, Spacing = _spacings.GetValueOrDefault(group.Key),
            });
        }

        var test = new List<string>();
        foreach (var file in FilesOf("test_vol_h5", "*.h5"))
        {
            var name = Path.GetFileNameWithoutExtension(file);
            name = name.EndsWith(".npy", StringComparison.OrdinalIgnoreCase) ? name[..^".npy".Length] : name;
            test.Add(name);
            Add(new DataCase(name, file, file, PatientOf(name))
            {
                Layout = CaseLayout.SynapseVolume, Spacing = _spacings.GetValueOrDefault(name),
            });
        }

        if (!File.Exists(Path.Combine(_folder, "splits.json")))
        {
            AddSplit("train", train, "train_npz");
            AddSplit("test", test, "test_vol_h5");
        }
    }

    private void AddDicom(DicomCaseReader? dicom)
    {
        if (dicom is null)
        {
            throw new BadInputException($"{_folder} holds DICOM pairs, which this program cannot read here.");
        }

        foreach (var folder in Directory.GetDirectories(_folder).Where(d => Directory.Exists(Path.Combine(d, "dicom"))).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(folder);
            var series = Path.Combine(folder, "dicom");
            var seg = Directory.GetFiles(folder).FirstOrDefault(f => Path.GetFileName(f).Equals(SegName, StringComparison.OrdinalIgnoreCase));
            Add(new DataCase(name, series, seg ?? Path.Combine(folder, SegName), PatientOf(name))
            {
                Layout = CaseLayout.Dicom,
                ImageFiles = [.. Directory.GetFiles(series, "*", SearchOption.AllDirectories).Where(f => !LabelFiles.IsHidden(f)).Order(StringComparer.Ordinal)],
                Dicom = dicom,
            });
        }

        (Kind, Modality) = KindOf(_cases, dicom);
    }

    // That of the first series that can be read: one that cannot is a finding of its own, not the end of all.
    private static (TaskKind Kind, string? Modality) KindOf(List<DataCase> cases, DicomCaseReader dicom)
    {
        for (var i = 0; i < cases.Count; i++)
        {
            try
            {
                return dicom.KindOf(cases[i].ImagePath);
            }
            catch (BadInputException) when (i + 1 < cases.Count)
            {
                // The last one's reason is told where none can be read.
            }
        }

        return (TaskKind.Volume, null);
    }

    private void Add(DataCase item)
    {
        if (!File.Exists(item.LabelPath))
        {
            Fault("missing_label", [item.Name], $"Case {item.Name} has an image but no label: {item.LabelPath} was expected{OtherMask(item)}.");
        }
        else if (!_names.Add(item.Name))
        {
            Fault("name_twice", [item.Name], $"{_folder} holds two images called {item.Name}; keep one.");
        }
        else
        {
            _cases.Add(item);
        }
    }

    private static string OtherMask(DataCase item)
    {
        var folder = Path.GetDirectoryName(item.LabelPath)!;
        return item.Layout == CaseLayout.Picture && LabelFiles.In(folder).FirstOrDefault(f => LabelFiles.NameOf(f) == item.Name) is { } other
            ? $"; {Path.GetFileName(other)} is not read, save it as PNG (a JPEG blurs the border: 128 and more is lesion)"
            : "";
    }

    private void Finish()
    {
        _cases.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        var path = Path.Combine(_folder, "splits.json");
        if (File.Exists(path))
        {
            foreach (var (split, names) in DataLists.Splits(path))
            {
                AddSplit(split, names, path);
            }
        }

        LookForStrangers("patients.csv", _patients.Keys);
        LookForStrangers("spacing.csv", _spacings.Keys);
        var splitOfPatient = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (split, members) in _splits)
        {
            foreach (var group in members.GroupBy(m => m.Patient, StringComparer.Ordinal))
            {
                if (!splitOfPatient.TryAdd(group.Key, split))
                {
                    var first = splitOfPatient[group.Key];
                    string[] cases = [.. _splits[first].Where(c => c.Patient == group.Key).Concat(group).Select(c => c.Name).Distinct()];
                    Fault(
                        "patient_in_two_splits", cases,
                        $"{path} puts patient {group.Key} into '{first}' and '{split}' "
                        + $"(case {group.First().Name}); a patient belongs to one split.");
                }
            }
        }
    }

    // A list whose names are written otherwise does nothing, and nobody would notice: no patient is held together, no distance in mm.
    private void LookForStrangers(string list, IEnumerable<string> names)
    {
        var known = _cases.Select(c => c.Name).Concat(_findings.SelectMany(f => f.Cases)).ToHashSet(StringComparer.Ordinal);
        string[] strangers = [.. names.Where(n => !known.Contains(n)).Order(StringComparer.Ordinal)];
        if (strangers.Length > 0)
        {
            _findings.Add(new DataFinding(
                FindingSeverity.Warning, "unknown_name", strangers,
                $"{list} lists {strangers.Length} names that no image has: {DataCheck.Named(strangers)}. A name is the file's without its extension."));
        }
    }

    private void AddSplit(string split, IReadOnlyList<string> names, string source)
    {
        var byName = _cases.ToDictionary(c => c.Name, StringComparer.Ordinal);
        var members = new List<DataCase>();
        foreach (var name in names)
        {
            if (!byName.TryGetValue(name, out var member))
            {
                if (!_findings.Any(f => f.Kind is "missing_label" or "name_twice" && f.Cases.Contains(name)))
                {
                    Fault("unknown_name", [name], $"{source} lists {name} in '{split}', but no such image exists.");
                }
            }
            else if (members.Contains(member))
            {
                Fault("listed_twice", [name], $"{source} lists a case twice in '{split}': {name}.");
            }
            else
            {
                members.Add(member);
            }
        }

        members.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        _splits[split] = members;
    }

    private void Fault(string kind, IReadOnlyList<string> cases, string message) =>
        _findings.Add(new DataFinding(FindingSeverity.Error, kind, cases, message));

    private string PatientOf(string name) => _patients.GetValueOrDefault(name, name);

    private IReadOnlyList<string> FilesOf(string folder, string pattern) => LabelFiles.In(Path.Combine(_folder, folder), pattern);

    private static bool IsPicture(string file) =>
        Path.GetExtension(file).ToUpperInvariant() is ".JPG" or ".JPEG" or ".PNG";
}
