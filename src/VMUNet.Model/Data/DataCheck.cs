using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>
/// Opens every case of a data set once and says all that is wrong, instead of stopping at the first fault as training does. One
/// case is in memory at a time.
/// </summary>
public sealed class DataCheck
{
    private const int MostThumbnails = 20_000;
    private const double AlmostEqual = 0.995;
    private const int MostNames = 5;

    private readonly DataListing _listing;
    private readonly TaskDefinition? _task;
    private readonly List<TaskDefinition> _candidates;
    private readonly List<DataFinding> _findings;
    private readonly SortedDictionary<byte, (int Cases, long Voxels)> _labels = [];
    private readonly List<(DataCase Case, string Hash, float[]? Thumbnail)> _seen = [];
    private readonly Dictionary<string, string> _splitOf = new(StringComparer.Ordinal);

    private DataCheck(DataListing listing, TaskDefinition? task)
    {
        _listing = listing;
        _task = task;
        _candidates = task is null ? Candidates(listing) : [task];
        _findings = [.. listing.Findings];
        foreach (var (split, members) in listing.Splits)
        {
            foreach (var member in members)
            {
                _splitOf.TryAdd(member.Name, split);
            }
        }
    }

    /// <summary>Checks a data set.</summary>
    /// <param name="folder">The data set.</param>
    /// <param name="task">Task whose labels are allowed; null allows those of every task of the set's kind.</param>
    /// <param name="dicom">Reader of DICOM pairs; may be null.</param>
    /// <param name="contactSheet">PNG file to write: cases with findings first, then others evenly; null for none.</param>
    /// <param name="progress">Called with (done, all); may be null.</param>
    /// <param name="cancellationToken">Looked at between cases.</param>
    /// <exception cref="BadInputException">The folder is no data set, or its lists cannot be read.</exception>
    public static DataCheckReport Run(
        string folder,
        string? task,
        DicomCaseReader? dicom,
        string? contactSheet,
        Action<int, int>? progress,
        CancellationToken cancellationToken)
    {
        var listing = DataListing.Read(folder, dicom);
        var check = new DataCheck(listing, task is null ? null : TaskDefinition.Get(task));
        if (check._task is { } given && given.Kind != listing.Kind)
        {
            throw new BadInputException($"{folder} holds {listing.Kind} cases, but {given.Name} is for {given.Kind}.");
        }

        for (var i = 0; i < listing.Cases.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            check.Look(listing.Cases[i]);
            progress?.Invoke(i + 1, listing.Cases.Count);
        }

        check.LookAtAll(folder);
        var report = check.Report(folder);
        if (contactSheet is not null)
        {
            PictureFile.WritePng(contactSheet, ContactSheet.Draw(listing, report.Findings, check._candidates));
            report = report with { ContactSheet = contactSheet };
        }

        return report;
    }

    // Tasks of the set's kind; where a series tells its modality, those of that modality.
    private static List<TaskDefinition> Candidates(DataListing listing)
    {
        var ofKind = TaskDefinition.All.Where(t => t.Kind == listing.Kind).ToList();
        var ofModality = ofKind.Where(t => t.Modality == listing.Modality).ToList();
        return ofModality.Count > 0 ? ofModality : ofKind;
    }

    private DataCheckReport Report(string folder) => new()
    {
        Data = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))),
        Kind = _listing.Kind,
        Task = _task?.Name,
        Cases = _listing.Cases.Count,
        Splits = _listing.Splits.ToDictionary(s => s.Key, s => s.Value.Count),
        Labels = _labels.ToDictionary(
            l => l.Key.ToString(CultureInfo.InvariantCulture),
            l => new LabelPresence(NameOf(l.Key), l.Value.Cases, l.Value.Voxels)),
        Findings = [.. _findings.OrderBy(f => f.Severity)],
        ManifestSha256 = _findings.Any(f => f.Kind == "unreadable")
            ? null
            : DataSet.ManifestOf(_listing.Cases.Select(c => (c, _splitOf.GetValueOrDefault(c.Name, DataSet.AllCases)))),
    };

    private string? NameOf(byte value) =>
        _task?.Labels.FirstOrDefault(l => l.Value == value)?.Name
        ?? (_candidates.Count == 1 ? _candidates[0].Labels.FirstOrDefault(l => l.Value == value)?.Name : null);

    private void Look(DataCase item)
    {
        try
        {
            switch (item.Layout)
            {
                case CaseLayout.Picture:
                    LookAtPicture(item, PictureFile.Read(item.ImagePath), PictureFile.Read(item.LabelPath));
                    break;
                case CaseLayout.Nifti:
                    LookAtVolume(item, new LabelledVolume(NiftiFile.Read(item.ImagePath), NiftiFile.Read(item.LabelPath)));
                    LookForOrientation(item);
                    break;
                case CaseLayout.SynapseSlices:
                    LookAtVolume(item, SynapseFiles.ReadSlices(item));
                    break;
                case CaseLayout.SynapseVolume:
                    LookAtVolume(item, SynapseFiles.ReadVolume(item));
                    break;
                default:
                    LookAtDicom(item);
                    break;
            }
        }
        catch (BadInputException e)
        {
            Error("unreadable", item, e.Message);
        }
    }

    private void LookAtPicture(DataCase item, Picture picture, Picture mask)
    {
        if ((mask.Rows, mask.Columns) != (picture.Rows, picture.Columns))
        {
            Error("mismatched_size", item, $"Case {item.Name}: the picture has {picture.Rows} x {picture.Columns} pixels, its mask {mask.Rows} x {mask.Columns}.");
        }

        var labels = new byte[mask.Rows * mask.Columns];
        Span<bool> seen = stackalloc bool[256];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = mask.Rgb[3 * i];
            if (mask.Rgb[3 * i + 1] != labels[i] || mask.Rgb[3 * i + 2] != labels[i])
            {
                Error("unreadable", item, $"Case {item.Name}: a mask must be grey (0 and 255, or label values), but this one is coloured.");
                return;
            }

            seen[labels[i]] = true;
        }

        var between = seen[1..byte.MaxValue].Count(true);
        if (seen[byte.MaxValue] && between > 0)
        {
            // 255 stands for label 1; a lower value beside it is no label of any task.
            Error("label_out_of_range", item,
                $"Case {item.Name}: beside 255 its mask holds {between} values between 0 and 255, as smoothing "
                + "or lossy compression leave them; take 128 and more as lesion and save it as PNG with 0 and 255 only.");
        }
        else
        {
            labels.AsSpan().Replace(byte.MaxValue, (byte)1);
            LookAtLabels(item, labels);
        }

        Remember(item, picture.Rgb, [picture.Rows, picture.Columns], Thumbnail.Of(picture));
    }

    private void LookAtVolume(DataCase item, LabelledVolume read)
    {
        var (volume, numbers) = (read.Volume, read.Labels);
        if (numbers.Geometry.DifferenceFrom(volume.Geometry) is { } difference)
        {
            Error("mismatched_size", item, $"Case {item.Name}: image and labels lie on different grids: {difference}");
        }

        if (CaseFiles.ToLabels(numbers, out var stranger) is { } labels)
        {
            LookAtLabels(item, labels.Labels);
        }
        else
        {
            Error("label_out_of_range", item, FormattableString.Invariant(
                $"Case {item.Name}: label values must be whole numbers from 0 to 255, but {stranger} came."));
        }

        Remember(item, MemoryMarshal.AsBytes(volume.Voxels), Sizes(volume.Geometry), null);
    }

    private void LookForOrientation(DataCase item)
    {
        if (!NiftiFile.StatesOrientation(item.ImagePath))
        {
            _findings.Add(new DataFinding(
                FindingSeverity.Warning, "no_orientation", [item.Name],
                $"Case {item.Name}: the image states no orientation (qform and sform codes are 0); the first axis is taken to run to the "
                + "patient's right, and left and right organs are exchanged if it does not. Look at the contact sheet."));
        }
    }

    private void LookAtDicom(DataCase item)
    {
        LabelledImage? read = null;
        for (var i = 0; read is null; i++)
        {
            try
            {
                read = item.Dicom!.Read(item.ImagePath, item.LabelPath, _candidates[i].Labels);
            }
            catch (BadInputException) when (i + 1 < _candidates.Count)
            {
                // The next task may know the segments' codes; the last refusal is told.
            }
        }

        LookAtLabels(item, read.Labels.Labels);
        if (read.Picture is { } picture)
        {
            Remember(item, picture.Rgb, [picture.Rows, picture.Columns], Thumbnail.Of(picture));
        }
        else
        {
            Remember(item, MemoryMarshal.AsBytes(read.Volume!.Voxels), Sizes(read.Volume.Geometry), null);
        }
    }

    private void LookAtLabels(DataCase item, ReadOnlySpan<byte> labels)
    {
        var counts = new long[256];
        foreach (var value in labels)
        {
            counts[value]++;
        }

        var strangers = new List<int>();
        for (var value = 1; value < counts.Length; value++)
        {
            if (counts[value] == 0)
            {
                continue;
            }

            if (!_candidates.Any(t => t.Labels.Any(l => l.Value == value)))
            {
                strangers.Add(value);
            }

            var (cases, voxels) = _labels.GetValueOrDefault((byte)value);
            _labels[(byte)value] = (cases + 1, voxels + counts[value]);
        }

        if (strangers.Count > 0)
        {
            var who = _task is null ? "no task for such images knows" : $"task {_task.Name} does not know";
            var shown = string.Join(", ", strangers.Take(MostNames)) + (strangers.Count > MostNames ? ", ..." : "");
            Error("label_out_of_range", item, $"Case {item.Name} holds label {shown} ({strangers.Sum(s => counts[s])} voxels), which {who}.");
        }
        else if (counts[0] == labels.Length)
        {
            _findings.Add(new DataFinding(FindingSeverity.Warning, "empty_label", [item.Name], $"Case {item.Name} has no labelled voxel."));
        }
    }

    private void Remember(DataCase item, ReadOnlySpan<byte> pixels, int[] sizes, float[]? thumbnail)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(sizes.AsSpan()));
        hash.AppendData(pixels);
        _seen.Add((item, Convert.ToHexStringLower(hash.GetHashAndReset()), thumbnail));
    }

    private void LookAtAll(string folder)
    {
        foreach (var same in _seen.GroupBy(s => s.Hash).Where(g => g.Count() > 1))
        {
            Alike([.. same.Select(s => s.Case)], "duplicate_pixels", "have the same pixels", FindingSeverity.Warning, FindingSeverity.Error);
        }

        LookForAlmostEqual();
        string[] alone = _splitOf.Count == 0 ? [] : [.. _listing.Cases.Select(c => c.Name).Where(n => !_splitOf.ContainsKey(n))];
        if (alone.Length > 0)
        {
            _findings.Add(new DataFinding(FindingSeverity.Warning, "in_no_split", alone, $"{alone.Length} cases are in no split: {Named(alone)}."));
        }

        foreach (var item in _listing.Cases.Where(c => c.Layout == CaseLayout.Dicom))
        {
            string[] others = [.. LabelFiles.In(Path.GetDirectoryName(item.LabelPath)!).Where(f => f != item.LabelPath).Select(Path.GetFileName)!];
            if (others.Length > 0)
            {
                _findings.Add(new DataFinding(
                    FindingSeverity.Warning, "unused_file", [item.Name], $"Case {item.Name}: only seg.dcm is read, not {Named(others)}."));
            }
        }

        var labels = Path.Combine(folder, _listing.Kind == TaskKind.Volume ? "labels" : "masks");
        var used = _listing.Cases.Select(c => Path.GetFileName(c.LabelPath)).ToHashSet(StringComparer.Ordinal);
        string[] orphans = [.. LabelFiles.In(labels).Select(Path.GetFileName).Where(f => !used.Contains(f!))!];
        if (orphans.Length > 0)
        {
            _findings.Add(new DataFinding(
                FindingSeverity.Warning, "label_without_image", orphans, $"{orphans.Length} label files have no image: {Named(orphans)}."));
        }
    }

    // A second photograph of the same lesion, or one saved anew, differs in every byte and still leaks from split to split.
    private void LookForAlmostEqual()
    {
        var with = _seen.Where(s => s.Thumbnail is not null).Take(MostThumbnails).ToList();
        for (var i = 0; i < with.Count; i++)
        {
            for (var j = i + 1; j < with.Count; j++)
            {
                if (with[i].Hash != with[j].Hash && Thumbnail.Correlation(with[i].Thumbnail!, with[j].Thumbnail!) > AlmostEqual)
                {
                    Alike(
                        [with[i].Case, with[j].Case], "near_duplicate", "look almost alike when small",
                        FindingSeverity.Warning, FindingSeverity.Warning);
                }
            }
        }
    }

    private void Alike(DataCase[] cases, string kind, string what, FindingSeverity within, FindingSeverity across)
    {
        string[] names = [.. cases.Select(c => c.Name)];
        string[] splits = [.. names.Select(n => _splitOf.GetValueOrDefault(n)).OfType<string>().Distinct()];
        var where = splits.Length > 1 ? $", in the splits {string.Join(" and ", splits)}" : "";
        _findings.Add(new DataFinding(
            splits.Length > 1 ? across : within, kind, names, $"Cases {Named(names)} {what}{where}."));
    }

    private static int[] Sizes(VolumeGeometry geometry) => [geometry.Slices, geometry.Rows, geometry.Columns];

    /// <summary>The first names, and how many more there are.</summary>
    internal static string Named(string[] names) =>
        string.Join(", ", names.Take(MostNames)) + (names.Length > MostNames ? $" and {names.Length - MostNames} more" : "");

    private void Error(string kind, DataCase item, string message) =>
        _findings.Add(new DataFinding(FindingSeverity.Error, kind, [item.Name], message));
}
