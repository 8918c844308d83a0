namespace VMUNet.Dicom;

/// <summary>Opens the files of a series and judges whether they are images of one series at all.</summary>
internal static class SeriesFiles
{
    /// <summary>The header of a DICOM file; null when the file is none, or cannot be read.</summary>
    public static DicomDataset? TryReadHeader(string path)
    {
        try
        {
            return DicomFile.HasValidHeader(path) ? DicomFile.Open(path, FileReadOption.SkipLargeTags).Dataset : null;
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            return null;
        }
    }

    /// <summary>Every frame of every image; the files belong to one series.</summary>
    /// <exception cref="RefusalException">Nothing usable, or contradictions.</exception>
    public static IReadOnlyList<SliceHeader> Open(
        IReadOnlyList<string> files, List<string> notes, CancellationToken ct)
    {
        if (files.Count == 0)
        {
            throw new RefusalException(RefusalReason.Empty,
                "There is no file; expected the DICOM files of one series. Check the path");
        }
        var data = OpenAll(files, ct);
        if (data.Count == 0)
        {
            throw new RefusalException(RefusalReason.NotDicom,
                $"None of {files.Count} files is a DICOM file (128 bytes, then DICM); expected the images of one series. "
                + "Check the path, or convert pictures and NIfTI files with dicomize");
        }
        if (data.Count < files.Count)
        {
            notes.Add($"{files.Count - data.Count} files that are no DICOM images were left out");
        }
        DemandOneSeries(data);
        return Images(data, notes);
    }

    /// <summary>The data sets of those files that are DICOM; DICOMDIR is left out.</summary>
    /// <exception cref="RefusalException">A file starts as DICOM and cannot be read.</exception>
    public static List<(string Path, DicomDataset Data)> OpenAll(IReadOnlyList<string> files, CancellationToken ct)
    {
        var data = new List<(string Path, DicomDataset Data)>();
        foreach (var path in files)
        {
            ct.ThrowIfCancellationRequested();
            if (Open(path) is { } opened && opened.GetText(DicomTag.SOPClassUID) != SopClasses.MediaDirectory)
            {
                data.Add((path, opened));
            }
        }
        return data;
    }

    /// <summary>Reference to where a slice came from.</summary>
    public static SourceFrame Reference(SliceHeader slice) =>
        new(slice.Path, slice.SopInstanceUid, slice.SopClassUid, slice.IsMultiFrame ? slice.FrameIndex + 1 : null)
        {
            PositionText = slice.PositionText,
            Position = slice.Position?.ToVector(),
        };

    /// <summary>Decodes one slice to physical values.</summary>
    public static void ReadPhysical(SliceHeader slice, Span<float> physical)
    {
        var samples = slice.Data.GetInt(DicomTag.SamplesPerPixel, 1);
        if (samples != 1)
        {
            throw new RefusalException(RefusalReason.UnsupportedEncoding,
                $"Instance {slice.SopInstanceUid} has {samples} samples a pixel; expected one in an image with a place in "
                + "the patient. Leave colour captures out of the series");
        }
        var rule = StoredPixels.For(slice);
        rule.ToPhysical(PixelSource.Frame(slice, rule.FrameBytes(physical.Length)), physical);
    }

    private static DicomDataset? Open(string path)
    {
        try
        {
            if (!DicomFile.HasValidHeader(path))
            {
                return null;
            }
            var file = DicomFile.Open(path, FileReadOption.ReadLargeOnDemand);
            return file.IsPartial ? throw new DicomDataException("the data set ends early") : file.Dataset;
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            throw new RefusalException(RefusalReason.Damaged,
                $"File {Path.GetFileName(path)} starts as DICOM and cannot be read to its end ({e.Message}); expected a "
                + "complete Part 10 file. Send it again");
        }
    }

    private static bool IsUnreadable(Exception e) =>
        e is DicomException or EndOfStreamException or InvalidDataException or ArgumentException
            or FormatException or OverflowException or IndexOutOfRangeException;

    private static void DemandOneSeries(List<(string Path, DicomDataset Data)> data)
    {
        var series = data.Select(d => d.Data.GetText(DicomTag.SeriesInstanceUID)).Distinct().ToList();
        if (series.Count > 1)
        {
            throw new RefusalException(RefusalReason.SeveralSeries,
                $"The files belong to {series.Count} series ({string.Join(", ", series.Take(3))}"
                + $"{(series.Count > 3 ? ", ..." : "")}); expected one. Give the folder of one series");
        }
        if (series[0].Length == 0)
        {
            throw new RefusalException(RefusalReason.Damaged,
                "The files have no Series Instance UID (0020,000E); expected one. Re-export the series");
        }
        DemandOne(data, DicomTag.StudyInstanceUID, "studies");
        DemandOne(data, DicomTag.PatientID, "patients");
    }

    /// <summary>Slices of two patients or studies under one series UID must never become one volume.</summary>
    private static void DemandOne(List<(string Path, DicomDataset Data)> data, DicomTag tag, string what)
    {
        var count = data.Select(d => d.Data.GetText(tag)).Distinct().Count();
        if (count > 1)
        {
            throw new RefusalException(RefusalReason.SeveralSeries,
                $"The files of series {data[0].Data.GetText(DicomTag.SeriesInstanceUID)} belong to {count} {what} ({tag}); "
                + "expected one. Correct the series UIDs at the sender");
        }
    }

    private static List<SliceHeader> Images(
        List<(string Path, DicomDataset Data)> data, List<string> notes)
    {
        var uid = data[0].Data.GetText(DicomTag.SeriesInstanceUID);
        var images = data.Where(d => SopClasses.IsImage(d.Data)).ToList();
        if (images.Count == 0)
        {
            throw new RefusalException(RefusalReason.UnsupportedObject,
                $"Series {uid} holds {data.Count} objects of class {data[0].Data.GetText(DicomTag.SOPClassUID)}; expected "
                + "images. Give the image series that they refer to");
        }
        if (images.Count < data.Count)
        {
            notes.Add($"{data.Count - images.Count} objects that are no images were left out");
        }
        if (images.All(d => !d.Data.Contains(DicomTag.PixelData)))
        {
            throw new RefusalException(RefusalReason.NoPixelData,
                $"Series {uid} has {images.Count} images without pixel data (7FE0,0010). Re-send the whole images");
        }
        foreach (var (_, image) in images)
        {
            if (image.GetInt(DicomTag.NumberOfFrames, 1) > 1
                && !image.Contains(DicomTag.PerFrameFunctionalGroupsSequence)
                && SopClasses.NeedsGeometry(image.GetText(DicomTag.SOPClassUID)))
            {
                throw new RefusalException(RefusalReason.UnsupportedObject,
                    $"Instance {image.GetText(DicomTag.SOPInstanceUID)} has several frames and no functional groups that "
                    + "place them; expected single-frame images or an enhanced object");
            }
        }
        return [.. images.SelectMany(d => SliceHeader.Of(d.Path, d.Data))];
    }
}
