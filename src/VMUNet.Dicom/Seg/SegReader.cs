using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Anybody's Segmentation objects (BINARY, FRACTIONAL, LABELMAP) and RT Structure Sets back to labels on the
/// source grid.</summary>
public static class SegReader
{
    /// <summary>Reads a SEG or a structure set onto the grid of its source: frames are placed by geometry first, by source
    /// reference second, voxel for voxel; a SEG of another spacing or orientation is brought over by nearest voxel, with a
    /// note. Segments mean organs by code and side, then by label, never by number.</summary>
    /// <param name="segFile">Path of the SEG.</param>
    /// <param name="source">The series it belongs to.</param>
    /// <param name="organs">The organs asked for; where segments overlap, the earlier in this list wins.</param>
    public static SegContent Read(string segFile, SourceSeries source, IReadOnlyList<OrganLabel> organs)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(organs);
        try
        {
            var data = OpenAny(segFile);
            return IsStructureSet(data)
                ? StructureSetReader.Read(data, source, organs)
                : ReadAnyGrid(data, source, () => SegmentTable.Of(data, organs));
        }
        catch (RefusalException refusal)
        {
            return new SegContent.Refused(refusal.Reason, refusal.Message);
        }
    }

    /// <summary>Reads a SEG onto the grid of its source with segment numbers as label values, whatever the segments mean;
    /// where they overlap, the lower number wins.</summary>
    /// <param name="segFile">Path of the SEG.</param>
    /// <param name="source">The series it belongs to.</param>
    public static SegContent ReadSegments(string segFile, SourceSeries source)
    {
        ArgumentNullException.ThrowIfNull(source);
        try
        {
            var data = Open(segFile);
            return ReadAnyGrid(data, source, () => SegmentTable.ByNumber(data));
        }
        catch (RefusalException refusal)
        {
            return new SegContent.Refused(refusal.Reason, refusal.Message);
        }
    }

    /// <summary>What a SEG or structure set says about itself; null when the file is no readable one.</summary>
    public static SegReferences? References(string segFile) => SeriesFiles.TryReadHeader(segFile) switch
    {
        { } data when SopClasses.IsSegmentation(data.GetText(DicomTag.SOPClassUID)) => References(data),
        { } data when IsStructureSet(data) => StructureSetReader.References(data),
        _ => null,
    };

    /// <summary>Opens a SEG.</summary>
    /// <exception cref="RefusalException">The file is no DICOM file, is damaged, or holds another object.</exception>
    internal static DicomDataset Open(string segFile)
    {
        var data = OpenAny(segFile);
        return IsStructureSet(data) ? throw NoSeg(data) : data;
    }

    private static bool IsStructureSet(DicomDataset data) =>
        data.GetText(DicomTag.SOPClassUID) == SopClasses.RtStructureSet;

    private static DicomDataset OpenAny(string segFile)
    {
        var (_, data) = SeriesFiles.OpenAll([segFile], CancellationToken.None).FirstOrDefault();
        if (data is null)
        {
            throw new RefusalException(RefusalReason.NotDicom,
                $"File {Path.GetFileName(segFile)} is no DICOM file; expected a Segmentation object. Check the path");
        }
        return SopClasses.IsSegmentation(data.GetText(DicomTag.SOPClassUID)) || IsStructureSet(data)
            ? data
            : throw NoSeg(data);
    }

    private static RefusalException NoSeg(DicomDataset data) => new(RefusalReason.UnsupportedObject,
        $"Instance {data.GetText(DicomTag.SOPInstanceUID)} has class {data.GetText(DicomTag.SOPClassUID)}; expected a "
        + $"Segmentation ({SopClasses.Segmentation} or {SopClasses.LabelMapSegmentation})");

    /// <summary>As the public one, of an opened SEG that must lie on the source's own lattice.</summary>
    /// <exception cref="RefusalException">The SEG cannot be used with this source.</exception>
    internal static SegContent.Labels Read(
        DicomDataset data, SourceSeries source, IReadOnlyList<OrganLabel> organs) =>
        Read(data, source, SegmentTable.Of(data, organs));

    /// <summary>On the source's own lattice where it fits, voxel for voxel; else from the lattice that the SEG lies
    /// on.</summary>
    private static SegContent.Labels ReadAnyGrid(DicomDataset data, SourceSeries source, Func<SegmentTable> segments)
    {
        try
        {
            return Read(data, source, segments());
        }
        catch (RefusalException refusal) when (refusal.Reason == RefusalReason.OffGrid)
        {
            if (OtherGrid.Of(data, source) is { } other)
            {
                return other.Read(segments(), source);
            }
            throw;
        }
    }

    private static SegContent.Labels Read(DicomDataset data, SourceSeries source, SegmentTable segments)
    {
        DemandSamePatientSpace(data, source);
        var frames = SegFrames.Of(data);
        var painter = new LabelPainter(source.Geometry, segments.Wanted);
        var used = new HashSet<int>();
        foreach (var frame in frames.All)
        {
            PaintFrame(frame, frames, segments, source, painter, used);
        }
        segments.DemandKnown(used);
        return new SegContent.Labels(painter.ToLabelMap(), segments.Found,
            Notes(frames, segments, painter.Overlaps));
    }

    /// <summary>As the public one, of an opened SEG.</summary>
    internal static SegReferences References(DicomDataset data)
    {
        var series = data.GetFirstItem(DicomTag.ReferencedSeriesSequence);
        var listed = data.GetItems(DicomTag.ReferencedSeriesSequence)
            .SelectMany(s => s.GetItems(DicomTag.ReferencedInstanceSequence));
        var derived = data.GetItems(DicomTag.PerFrameFunctionalGroupsSequence)
            .SelectMany(f => f.GetItems(DicomTag.DerivationImageSequence))
            .SelectMany(d => d.GetItems(DicomTag.SourceImageSequence));
        var isAutomatic = data.GetItems(DicomTag.SegmentSequence)
            .All(s => s.GetText(DicomTag.SegmentAlgorithmType) == "AUTOMATIC");
        return new SegReferences
        {
            SopClassUid = data.GetText(DicomTag.SOPClassUID),
            SopInstanceUid = data.GetText(DicomTag.SOPInstanceUID),
            SeriesInstanceUid = data.GetText(DicomTag.SeriesInstanceUID),
            StudyInstanceUid = data.GetText(DicomTag.StudyInstanceUID),
            ReferencedSeriesUid = series?.GetText(DicomTag.SeriesInstanceUID) is { Length: > 0 } uid ? uid : null,
            ReferencedInstanceUids = [.. listed.Concat(derived)
                .Select(i => i.GetText(DicomTag.ReferencedSOPInstanceUID)).Where(u => u.Length > 0).Distinct()],
            Maker = SegMaker.Of(data),
            IsPart = data.GetText(DicomTag.ImageComments).Contains(SegSet.PartMark, StringComparison.Ordinal),
            IsOurs = isAutomatic && data.GetText(DicomTag.Manufacturer) == SegWriter.Manufacturer,
        };
    }

    /// <summary>Refuses an object of another study or frame of reference than the source's.</summary>
    /// <exception cref="RefusalException">They differ.</exception>
    internal static void DemandSamePatientSpace(DicomDataset data, SourceSeries source)
    {
        var sop = data.GetText(DicomTag.SOPInstanceUID);
        var study = data.GetText(DicomTag.StudyInstanceUID);
        if (study != source.StudyInstanceUid)
        {
            throw new RefusalException(RefusalReason.OtherStudy,
                $"SEG {sop} belongs to study {study}, the source series to {source.StudyInstanceUid}; expected one study. "
                + "File the SEG in the study of its images");
        }
        var space = data.GetText(DicomTag.FrameOfReferenceUID);
        if (source.HasPatientGeometry && space.Length > 0 && source.FrameOfReferenceUid.Length > 0
            && space != source.FrameOfReferenceUid)
        {
            throw new RefusalException(RefusalReason.OtherFrameOfReference,
                $"SEG {sop} lies in frame of reference {space}, the source series in {source.FrameOfReferenceUid}; expected "
                + "the same. Make the SEG on this series");
        }
    }

    private static void PaintFrame(SegFrameSource frame, SegFrames frames, SegmentTable segments, SourceSeries source,
        LabelPainter painter, HashSet<int> used)
    {
        var pixels = frames.Labelled(frame.Index);
        if (!pixels.MoveNext())
        {
            return;
        }
        var place = FramePlacement.Of(frame, frames, source);
        var number = -1;
        byte label = 0;
        do
        {
            var segment = frames.IsLabelMap ? pixels.Value : frame.SegmentNumber;
            if (segment != number)
            {
                number = segment;
                label = segments.LabelOf(segment);
                used.Add(segment);
            }
            if (label != 0 && !painter.Paint(place, pixels.Index / frames.Columns, pixels.Index % frames.Columns, label))
            {
                throw new RefusalException(RefusalReason.OffGrid,
                    $"SEG {frame} has labelled pixels outside the source images; expected all of them inside. Make the SEG "
                    + "on this series");
            }
        }
        while (pixels.MoveNext());
    }

    /// <summary>What a reader of the labels must know.</summary>
    internal static List<string> Notes(SegFrames frames, SegmentTable segments, long overlaps)
    {
        var notes = new List<string>();
        if (overlaps > 0)
        {
            notes.Add($"{overlaps} voxels lie in more than one segment; the organ earlier in the list was kept");
        }
        if (frames.IsFractional)
        {
            notes.Add("The SEG is FRACTIONAL; values of at least half the maximum count as inside");
        }
        notes.AddRange(segments.Notes);
        return notes;
    }
}
