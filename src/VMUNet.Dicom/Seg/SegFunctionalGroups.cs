using System.Globalization;

namespace VMUNet.Dicom;

/// <summary>Dimensions and functional groups (PS3.3 C.7.6.16 and C.7.6.17): where every frame lies and what it came
/// from.</summary>
internal static class SegFunctionalGroups
{
    /// <summary>Adds dimension, frame of reference and functional group modules.</summary>
    public static void Add(
        DicomDataset data, SourceSeries source, IReadOnlyList<SegFrame> frames, SegForm form)
    {
        var isPlaced = source.HasPatientGeometry || form.HasNominalGeometry;
        AddFrameOfReference(data, source, isPlaced);
        AddDimensions(data, isPlaced, form.IsLabelMap);
        var shared = new DicomDataset().NotValidated();
        if (isPlaced)
        {
            shared.Add(new DicomSequence(DicomTag.PixelMeasuresSequence, PixelMeasures(source)));
            shared.Add(new DicomSequence(DicomTag.PlaneOrientationSequence, new DicomDataset
            {
                { DicomTag.ImageOrientationPatient, Orientation(source) },
            }));
        }
        data.Add(new DicomSequence(DicomTag.SharedFunctionalGroupsSequence, shared));
        var positions = frames.Select(f => f.Slice).Distinct().Order().ToList();
        data.Add(new DicomSequence(DicomTag.PerFrameFunctionalGroupsSequence,
            [.. frames.Select(f => Frame(source, f, positions.BinarySearch(f.Slice) + 1, isPlaced))]));
    }

    private static void AddFrameOfReference(DicomDataset data, SourceSeries source, bool isPlaced)
    {
        if (!isPlaced)
        {
            // type 2C: wanted where no plane orientation is given
            data.Add(DicomTag.PatientOrientation, Array.Empty<string>());
            return;
        }
        var uid = source.HasPatientGeometry && source.FrameOfReferenceUid.Length > 0
            ? source.FrameOfReferenceUid
            : Uids.FromName("frame-of-reference|" + source.SeriesInstanceUid);
        data.Add(DicomTag.FrameOfReferenceUID, uid);
        data.Add(DicomTag.PositionReferenceIndicator, source.Header.GetText(DicomTag.PositionReferenceIndicator));
    }

    private static void AddDimensions(DicomDataset data, bool isPlaced, bool isLabelMap)
    {
        var organization = Uids.New();
        data.Add(new DicomSequence(DicomTag.DimensionOrganizationSequence, new DicomDataset
        {
            { DicomTag.DimensionOrganizationUID, organization },
        }));
        var segment = Index(organization, DicomTag.ReferencedSegmentNumber, DicomTag.SegmentIdentificationSequence);
        var position = Index(organization, DicomTag.ImagePositionPatient, DicomTag.PlanePositionSequence);
        data.Add(new DicomSequence(DicomTag.DimensionIndexSequence, (isPlaced, isLabelMap) switch
        {
            (true, false) => [segment, position],
            (true, true) => [position],
            _ => [segment],
        }));
    }

    private static DicomDataset Index(string organization, DicomTag attribute, DicomTag group) => new()
    {
        { DicomTag.DimensionOrganizationUID, organization },
        { DicomTag.DimensionIndexPointer, attribute },
        { DicomTag.FunctionalGroupPointer, group },
    };

    private static DicomDataset PixelMeasures(SourceSeries source)
    {
        var measures = new DicomDataset().NotValidated();
        if (source.Plane is not { } plane)
        {
            measures.Add(DicomTag.PixelSpacing, "1", "1");
            measures.Add(DicomTag.SliceThickness, "1");
            measures.Add(DicomTag.SpacingBetweenSlices, "1");
            return measures;
        }
        measures.Add(DicomTag.PixelSpacing, [.. plane.Spacing.Select(DicomText.ToLegalDecimalString)]);
        var step = DicomText.ToDecimalString(source.Geometry.Spacing.Z);
        measures.Add(DicomTag.SliceThickness,
            plane.Thickness is { Length: > 0 } t ? DicomText.ToLegalDecimalString(t) : step);
        // readers demand it; of uneven slices it is the median, which the image comments say: frames keep their own positions
        measures.Add(DicomTag.SpacingBetweenSlices, step);
        return measures;
    }

    private static string[] Orientation(SourceSeries source) => source.Plane is { } plane
        ? [.. plane.Orientation.Select(DicomText.ToLegalDecimalString)]
        : ["1", "0", "0", "0", "1", "0"];

    private static DicomDataset Frame(SourceSeries source, SegFrame frame, int positionIndex, bool isPlaced)
    {
        var isLabelMap = frame.Segment == 0;
        uint[] values = isLabelMap ? [(uint)positionIndex]
            : isPlaced ? [(uint)frame.Segment, (uint)positionIndex]
            : [(uint)frame.Segment];
        var groups = new DicomDataset().NotValidated();
        groups.Add(new DicomSequence(DicomTag.FrameContentSequence, new DicomDataset
        {
            { DicomTag.DimensionIndexValues, values },
        }));
        if (!isLabelMap)
        {
            groups.Add(new DicomSequence(DicomTag.SegmentIdentificationSequence, new DicomDataset
            {
                { DicomTag.ReferencedSegmentNumber, (ushort)frame.Segment },
            }));
        }
        groups.Add(new DicomSequence(DicomTag.DerivationImageSequence, Derivation(source.Frames[frame.Slice])));
        if (isPlaced)
        {
            var position = source.Frames[frame.Slice].PositionText?.Select(DicomText.ToLegalDecimalString);
            groups.Add(new DicomSequence(DicomTag.PlanePositionSequence, new DicomDataset
            {
                { DicomTag.ImagePositionPatient, position?.ToArray() ?? ["0", "0", "0"] },
            }));
        }
        return groups;
    }

    /// <summary>The item that names one image or frame as source of a derived one.</summary>
    public static DicomDataset SourceImage(SourceFrame frame)
    {
        var image = new DicomDataset
        {
            { DicomTag.ReferencedSOPClassUID, frame.SopClassUid },
            { DicomTag.ReferencedSOPInstanceUID, frame.SopInstanceUid },
            { DicomTag.SpatialLocationsPreserved, "YES" },
            new DicomSequence(DicomTag.PurposeOfReferenceCodeSequence, SegSegments.Code(Terminology.SourceImage)),
        };
        if (frame.FrameNumber is { } number)
        {
            image.Add(DicomTag.ReferencedFrameNumber, number.ToString(CultureInfo.InvariantCulture));
        }
        return image;
    }

    private static DicomDataset Derivation(SourceFrame frame) => new()
    {
        new DicomSequence(DicomTag.DerivationCodeSequence, SegSegments.Code(Terminology.Segmentation)),
        new DicomSequence(DicomTag.SourceImageSequence, SourceImage(frame)),
    };
}
