using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Files of one series to a volume or a picture, or to a refusal with its reason.</summary>
public static class SeriesReader
{
    /// <summary>The files below a folder in ordinal order of their paths, or the one file given.</summary>
    /// <param name="fileOrFolder">A path; one that does not exist gives an empty list.</param>
    public static IReadOnlyList<string> FilesIn(string fileOrFolder)
    {
        if (File.Exists(fileOrFolder))
        {
            return [fileOrFolder];
        }
        if (!Directory.Exists(fileOrFolder))
        {
            return [];
        }
        var files = Directory.GetFiles(fileOrFolder, "*", SearchOption.AllDirectories);
        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }

    /// <summary>DICOM files by their Series Instance UID, groups in order of first appearance; other files, DICOMDIR
    /// and files without a series are left out.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> GroupBySeries(IEnumerable<string> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        var groups = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var order = new List<List<string>>();
        foreach (var file in files)
        {
            var uid = SeriesFiles.TryReadHeader(file)?.GetText(DicomTag.SeriesInstanceUID);
            if (string.IsNullOrEmpty(uid))
            {
                continue;
            }
            if (!groups.TryGetValue(uid, out var group))
            {
                groups[uid] = group = [];
                order.Add(group);
            }
            group.Add(file);
        }
        return order;
    }

    /// <summary>The instances of one series among the files below a folder, by their headers.</summary>
    /// <param name="folder">A folder; one that does not exist gives none.</param>
    /// <param name="seriesInstanceUid">The series.</param>
    public static IEnumerable<(string SopInstanceUid, string Path)> InstancesIn(string folder, string seriesInstanceUid) =>
        from path in FilesIn(folder)
        let header = SeriesFiles.TryReadHeader(path)
        where header is not null && header.GetText(DicomTag.SeriesInstanceUID) == seriesInstanceUid
        select (header.GetText(DicomTag.SOPInstanceUID), path);

    /// <summary>Reads the files of one series; files that are not DICOM are left out with a note.</summary>
    /// <param name="files">Paths in any order.</param>
    /// <param name="ct">Checked once a slice.</param>
    /// <returns>A volume for images with a place in the patient, a picture for photographs and captures, else a
    /// refusal.</returns>
    public static SeriesContent Read(IReadOnlyList<string> files, CancellationToken ct)
    {
        using var budget = new MemoryBudget();
        return Read(files, budget, ct);
    }

    /// <summary>The same within given memory: a volume that may take more is refused before its pixels are read.</summary>
    public static SeriesContent Read(IReadOnlyList<string> files, MemoryBudget budget, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(budget);
        try
        {
            var notes = new List<string>();
            var slices = SeriesFiles.Open(files, notes, ct);
            return IsPhotograph(slices) ? ReadPhotograph(slices) : ReadVolume(slices, notes, budget, ct);
        }
        catch (RefusalException refusal)
        {
            return new SeriesContent.Refused(refusal.Reason, refusal.Message);
        }
    }

    /// <summary>Colour is no measure of tissue, so a colour capture is a picture even where it carries a
    /// position.</summary>
    private static bool IsPhotograph(IReadOnlyList<SliceHeader> slices) =>
        slices.All(s => !SopClasses.NeedsGeometry(s.SopClassUid) && (!s.HasGeometry || s.IsColour));

    private static SeriesContent.AsPhotograph ReadPhotograph(IReadOnlyList<SliceHeader> slices)
    {
        var slice = slices[0];
        if (slices.Count > 1 || slice.Data.GetInt(DicomTag.NumberOfFrames, 1) > 1)
        {
            throw new RefusalException(RefusalReason.SeveralPhotographs,
                $"Series {slice.Data.GetText(DicomTag.SeriesInstanceUID)} holds several photographs "
                + $"({slices.Count} images); expected one. Send every photograph as a series of its own");
        }
        var picture = PhotographDecoder.Decode(slice);
        using var digest = new PixelDigest(1, picture.Rows, picture.Columns);
        digest.Append(picture.Rgb);
        var source = new SourceSeries(slice.Data, VolumeGeometry.ForPicture(picture.Rows, picture.Columns),
            [SeriesFiles.Reference(slice)], [new SourceInstance(slice.SopClassUid, slice.SopInstanceUid)],
            digest.ToHex());
        return new SeriesContent.AsPhotograph(picture, source);
    }

    private static SeriesContent.AsVolume ReadVolume(
        IReadOnlyList<SliceHeader> candidates, List<string> notes, MemoryBudget budget, CancellationToken ct)
    {
        var slices = SliceSelection.Select(candidates, notes);
        var (geometry, isEven) = StackGeometry.Of(slices, notes);
        budget.Demand(geometry, slices[0].Data.GetText(DicomTag.SeriesInstanceUID));
        var voxels = new float[geometry.VoxelCount];
        var size = geometry.Rows * geometry.Columns;
        using var digest = new PixelDigest(geometry.Slices, geometry.Rows, geometry.Columns);
        for (var z = 0; z < slices.Count; z++)
        {
            ct.ThrowIfCancellationRequested();
            var target = voxels.AsSpan(z * size, size);
            SeriesFiles.ReadPhysical(slices[z], target);
            digest.Append(target);
            digest.Append(slices[z].Position!, slices[z].Orientation!, slices[z].Spacing!);
        }
        var instances = slices.Select(s => new SourceInstance(s.SopClassUid, s.SopInstanceUid)).Distinct().ToList();
        var source = new SourceSeries(slices[0].Data, geometry, [.. slices.Select(SeriesFiles.Reference)], instances,
            digest.ToHex())
        {
            Plane = new SourcePlane(slices[0].OrientationText!, slices[0].SpacingText!,
                slices[0].Text(DicomTag.SliceThickness)),
            HasEvenSpacing = isEven,
        };
        return new SeriesContent.AsVolume(new Volume(geometry, voxels), source, notes);
    }
}
