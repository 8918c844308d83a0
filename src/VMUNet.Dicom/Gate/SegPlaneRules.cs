using System.Globalization;
using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Every frame lies in the plane of the source slice that it names, pixel on pixel; a photograph's has the
/// nominal plane or none.</summary>
internal static class SegPlaneRules
{
    // half of what the strictest viewer allows
    private const double PositionToleranceMm = 5e-5;
    private const double CosineTolerance = 5e-5;
    private const double SpacingTolerance = 5e-5;

    private static readonly DicomTag Segment = DicomTag.ReferencedSegmentNumber;
    private static readonly DicomTag Position = DicomTag.ImagePositionPatient;

    public static IEnumerable<string> Faults(DicomDataset data, SourceSeries source, SegForm form)
    {
        if (data.GetInt(DicomTag.Rows, 0) != source.Geometry.Rows
            || data.GetInt(DicomTag.Columns, 0) != source.Geometry.Columns)
        {
            return ["The SEG has another size than the source images"];
        }
        var isPlaced = data.Contains(DicomTag.FrameOfReferenceUID);
        if (source.HasPatientGeometry || isPlaced)
        {
            return Dimensions(data, form.IsLabelMap ? [Position] : [Segment, Position]).Concat(Space(data, source)).Concat(Planes(data, source));
        }
        return Dimensions(data, [Segment]).Concat(data.Contains(DicomTag.PatientOrientation)
            ? []
            : ["Without planes, Patient Orientation must be there, even empty"]);
    }

    private static IEnumerable<string> Dimensions(DicomDataset data, DicomTag[] expected)
    {
        var pointers = data.GetItems(DicomTag.DimensionIndexSequence)
            .Select(i => i.GetDicomItem<DicomAttributeTag>(DicomTag.DimensionIndexPointer)?.Values.FirstOrDefault()).ToList();
        if (!pointers.SequenceEqual(expected))
        {
            yield return $"The dimensions are not {string.Join(" and ", expected.Select(t => t.ToString()))}";
        }
    }

    private static IEnumerable<string> Space(DicomDataset data, SourceSeries source)
    {
        var uid = data.GetText(DicomTag.FrameOfReferenceUID);
        if (uid.Length == 0)
        {
            yield return "There is no frame of reference";
        }
        else if (source.HasPatientGeometry && source.FrameOfReferenceUid.Length > 0 && uid != source.FrameOfReferenceUid)
        {
            yield return $"The SEG lies in frame of reference {uid}, the source in {source.FrameOfReferenceUid}";
        }
        var shared = data.GetFirstItem(DicomTag.SharedFunctionalGroupsSequence);
        var measures = shared?.GetFirstItem(DicomTag.PixelMeasuresSequence);
        var grid = source.Geometry;
        if (!IsNear(measures?.GetNumbers(DicomTag.PixelSpacing, 2), [grid.RowSpacingMm, grid.ColumnSpacingMm],
            SpacingTolerance * grid.RowSpacingMm))
        {
            yield return "Pixel Spacing differs from the source images";
        }
        if (measures?.GetNumber(DicomTag.SliceThickness) is null
            || !IsNear(measures.GetNumbers(DicomTag.SpacingBetweenSlices, 1), [grid.Spacing.Z],
                SpacingTolerance * grid.Spacing.Z))
        {
            yield return "Slice Thickness is missing, or Spacing Between Slices is not that of the source positions";
        }
        var cosines = shared?.GetFirstItem(DicomTag.PlaneOrientationSequence)
            ?.GetNumbers(DicomTag.ImageOrientationPatient, 6);
        if (cosines is null || !IsNear(cosines.ToVector(), grid.RowDirection)
            || !IsNear(cosines.ToVector(3), grid.ColumnDirection))
        {
            yield return "The orientation differs from the source images";
        }
    }

    private static IEnumerable<string> Planes(DicomDataset data, SourceSeries source)
    {
        var frames = data.GetItems(DicomTag.PerFrameFunctionalGroupsSequence);
        for (var i = 0; i < frames.Count; i++)
        {
            var position = frames[i].GetFirstItem(DicomTag.PlanePositionSequence)
                ?.GetNumbers(DicomTag.ImagePositionPatient, 3);
            if (position is null || SliceOf(frames[i], source) is not { } slice)
            {
                yield return $"Frame {i + 1} has no position, or names no slice of the source";
                continue;
            }
            var away = (position.ToVector() - (slice.Position ?? default)).Length;
            if (away > PositionToleranceMm)
            {
                yield return string.Create(CultureInfo.InvariantCulture,
                    $"Frame {i + 1} lies {away:0.####} mm from the source slice that it names");
            }
        }
    }

    private static SourceFrame? SliceOf(DicomDataset frame, SourceSeries source)
    {
        var image = frame.GetFirstItem(DicomTag.DerivationImageSequence)?.GetFirstItem(DicomTag.SourceImageSequence);
        var uid = image?.GetText(DicomTag.ReferencedSOPInstanceUID);
        var number = image?.GetInt(DicomTag.ReferencedFrameNumber, 1);
        return source.Frames.FirstOrDefault(f => f.SopInstanceUid == uid && (f.FrameNumber ?? 1) == number);
    }

    /// <summary>Cosines are repeated as the source wrote them, which may be a hair off length 1.</summary>
    private static bool IsNear(Vector3D actual, Vector3D expected) =>
        (actual.Normalize() - expected).Length <= CosineTolerance;

    private static bool IsNear(double[]? actual, double[] expected, double tolerance) =>
        actual is not null && actual.Zip(expected).All(p => Math.Abs(p.First - p.Second) <= tolerance);
}
