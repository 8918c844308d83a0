using System.Globalization;
using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Labels on a source series to one Segmentation object (PS3.3 A.51).</summary>
public static class SegWriter
{
    /// <summary>Manufacturer (0008,0070) of everything that this product writes.</summary>
    public const string Manufacturer = "VMUNet.Pacs";

    private const int SeriesNumber = 9001;
    private const int LongString = 64;

    /// <summary>Writes one segment per organ that has voxels, only non-empty frames, sorted by segment then
    /// position.</summary>
    /// <param name="source">The series that the labels lie on.</param>
    /// <param name="labels">Labels on the grid of <paramref name="source"/>; every value above 0 is an organ's.</param>
    /// <param name="organs">Meaning of the values; their order is the order of the segments.</param>
    /// <param name="provenance">Who made the labels.</param>
    /// <param name="nominalGeometry">For photographs: add spacing 1, unit axes and origin 0, without which a widely
    /// used viewer shows an empty page. Never a measure in millimetres.</param>
    /// <exception cref="ArgumentException">The grids differ, or a value has no organ.</exception>
    public static SegResult Write(SourceSeries source, LabelMap labels, IReadOnlyList<OrganLabel> organs,
        SegProvenance provenance, bool nominalGeometry = true) => Write(source, labels, organs, provenance,
            SegForm.Standard with { HasNominalGeometry = nominalGeometry });

    /// <summary>The same in another form; its limits are the caller's concern (<see cref="SegSet"/>).</summary>
    /// <exception cref="ArgumentException">The grids differ, or a value has no organ.</exception>
    public static SegResult Write(SourceSeries source, LabelMap labels, IReadOnlyList<OrganLabel> organs,
        SegProvenance provenance, SegForm form)
    {
        ArgumentNullException.ThrowIfNull(form);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(organs);
        ArgumentNullException.ThrowIfNull(provenance);
        Demand(source, labels, organs);
        var frames = SegPixels.NonEmptyFrames(labels, organs);
        if (frames.Count == 0)
        {
            return new SegResult.NothingFound();
        }
        var segments = frames.Select(f => f.Label).Distinct().Select(l => organs.First(o => o.Value == l)).ToList();
        frames = form.IsLabelMap ? SegPixels.WholeSlices(frames) : frames;
        var data = new DicomDataset(DicomTransferSyntax.ExplicitVRLittleEndian).NotValidated();
        SegHeader.CopyPatientAndStudy(source.Header, data);
        var what = provenance.IsReviewerCorrection ? "Corrected segmentation" : "VM-UNet segmentation";
        ResultSeries.Add(data, "SEG", SeriesNumber, what, provenance);
        AddImage(data, source, provenance, form.IsLabelMap);
        data.Add(new DicomSequence(DicomTag.SegmentSequence,
            [.. segments.Select((organ, i) => SegSegments.Item(i + 1, organ, source, provenance))]));
        SegFunctionalGroups.Add(data, source, frames, form);
        data.Add(new DicomSequence(DicomTag.ReferencedSeriesSequence, ReferencedSeries(source)));
        data.Add(DicomTag.Rows, (ushort)labels.Geometry.Rows);
        data.Add(DicomTag.Columns, (ushort)labels.Geometry.Columns);
        data.Add(DicomTag.NumberOfFrames, frames.Count.ToString(CultureInfo.InvariantCulture));
        var pixels = form.IsLabelMap ? SegPixels.Values(labels, frames, segments) : SegPixels.Pack(labels, frames);
        data.Add(new DicomOtherByte(DicomTag.PixelData, new MemoryByteBuffer(pixels)));
        return new SegResult.Written(new DicomFile(data), data.GetText(DicomTag.SOPInstanceUID),
            data.GetText(DicomTag.SeriesInstanceUID)) { Segments = segments };
    }

    private static void Demand(SourceSeries source, LabelMap labels, IReadOnlyList<OrganLabel> organs)
    {
        if (labels.Geometry.DifferenceFrom(source.Geometry) is { } difference)
        {
            throw new ArgumentException($"The labels do not lie on the source grid: {difference}", nameof(labels));
        }
        var known = organs.Select(o => o.Value).ToHashSet();
        if (labels.Present().FirstOrDefault(v => !known.Contains(v)) is var stray && stray != 0)
        {
            throw new ArgumentException($"Label value {stray} belongs to no organ", nameof(labels));
        }
    }

    private static void AddImage(DicomDataset data, SourceSeries source, SegProvenance provenance, bool isLabelMap)
    {
        data.Add(DicomTag.SOPClassUID, isLabelMap ? SopClasses.LabelMapSegmentation : SopClasses.Segmentation);
        data.Add(DicomTag.SOPInstanceUID, Uids.New());
        data.Add(DicomTag.ImageType, "DERIVED", "PRIMARY");
        data.Add(DicomTag.InstanceNumber, "1");
        data.Add(DicomTag.ContentDate, ResultSeries.Date(provenance.CreatedAt));
        data.Add(DicomTag.ContentTime, ResultSeries.Time(provenance.CreatedAt));
        data.Add(DicomTag.ContentLabel, "VMUNET_SEG");
        data.Add(DicomTag.ContentDescription, DicomText.Cut(
            $"{ResultSeries.Warning}; {provenance.ModelName} {provenance.AlgorithmVersion}", LongString));
        SegHeader.AddCreator(data, provenance.ReviewerName ?? "VM-UNet");
        data.Add(DicomTag.SamplesPerPixel, (ushort)1);
        data.Add(DicomTag.PhotometricInterpretation, "MONOCHROME2");
        data.Add(DicomTag.PixelRepresentation, (ushort)0);
        data.Add(DicomTag.BitsAllocated, (ushort)(isLabelMap ? 8 : 1));
        data.Add(DicomTag.BitsStored, (ushort)(isLabelMap ? 8 : 1));
        data.Add(DicomTag.HighBit, (ushort)(isLabelMap ? 7 : 0));
        if (!source.HasEvenSpacing)
        {
            data.Add(DicomTag.ImageComments, "irregular-spacing: the slices are unevenly spaced, Spacing Between Slices is "
                + "their median distance; only the position of each frame is exact");
        }
        SegHeader.AddLossyHistory(source.Header, data);
        data.Add(DicomTag.SegmentationType, isLabelMap ? "LABELMAP" : "BINARY");
        data.Add(DicomTag.SegmentsOverlap, "NO");
        if (isLabelMap)
        {
            data.Add(DicomTag.PixelPaddingValue, (ushort)0);
        }
    }

    private static DicomDataset ReferencedSeries(SourceSeries source)
    {
        var instances = source.Instances.Select(i => new DicomDataset
        {
            { DicomTag.ReferencedSOPClassUID, i.SopClassUid },
            { DicomTag.ReferencedSOPInstanceUID, i.SopInstanceUid },
        });
        return new DicomDataset
        {
            { DicomTag.SeriesInstanceUID, source.SeriesInstanceUid },
            new DicomSequence(DicomTag.ReferencedInstanceSequence, [.. instances]),
        };
    }
}
