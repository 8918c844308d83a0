using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>The source of a volume or picture: identity, geometry and one reference per slice.</summary>
public sealed class SourceSeries
{
    internal SourceSeries(DicomDataset header, VolumeGeometry geometry, IReadOnlyList<SourceFrame> frames,
        IReadOnlyList<SourceInstance> instances, string pixelDigest)
    {
        Header = header;
        Geometry = geometry;
        Frames = frames;
        Instances = instances;
        PixelDigest = pixelDigest;
    }

    /// <summary>Study Instance UID (0020,000D).</summary>
    public string StudyInstanceUid => Text(DicomTag.StudyInstanceUID);

    /// <summary>Series Instance UID (0020,000E).</summary>
    public string SeriesInstanceUid => Text(DicomTag.SeriesInstanceUID);

    /// <summary>Modality (0008,0060).</summary>
    public string Modality => Text(DicomTag.Modality);

    /// <summary>SOP class of the images.</summary>
    public string SopClassUid => Text(DicomTag.SOPClassUID);

    /// <summary>Body Part Examined (0018,0015); empty when absent.</summary>
    public string BodyPart => Text(DicomTag.BodyPartExamined);

    /// <summary>Study Description (0008,1030); empty when absent.</summary>
    public string StudyDescription => Text(DicomTag.StudyDescription);

    /// <summary>Series Description (0008,103E); empty when absent.</summary>
    public string SeriesDescription => Text(DicomTag.SeriesDescription);

    /// <summary>Protocol Name (0018,1030); empty when absent.</summary>
    public string ProtocolName => Text(DicomTag.ProtocolName);

    /// <summary>Frame of Reference UID (0020,0052); empty for photographs.</summary>
    public string FrameOfReferenceUid => Text(DicomTag.FrameOfReferenceUID);

    /// <summary>SHA-256 (lower-case hex) of size, decoded pixels in position order and, for slices, position, orientation
    /// and spacing: the same images in another transfer syntax, order or with corrected demographics give the same digest,
    /// corrected geometry gives another.</summary>
    public string PixelDigest { get; }

    /// <summary>The grid of the volume or picture.</summary>
    public VolumeGeometry Geometry { get; }

    /// <summary>One entry per slice, index = z.</summary>
    public IReadOnlyList<SourceFrame> Frames { get; }

    /// <summary>Every instance that the slices came from, in order of first use.</summary>
    public IReadOnlyList<SourceInstance> Instances { get; }

    /// <summary>False for a photograph: no position in the patient.</summary>
    public bool HasPatientGeometry => Geometry.Unit == LengthUnit.Millimetre;

    /// <summary>Orientation, spacing and thickness as written in the source; null for a photograph.</summary>
    internal SourcePlane? Plane { get; init; }

    /// <summary>Whether one distance between slices holds for the whole stack (tilted or not).</summary>
    internal bool HasEvenSpacing { get; init; } = true;

    /// <summary>The first slice's instance: the origin of copied attributes. Its pixel data stays in the file until asked
    /// for.</summary>
    internal DicomDataset Header { get; }

    private string Text(DicomTag tag) => Header.GetText(tag);
}

/// <summary>Texts of the source that a SEG repeats: re-formatting numbers breaks viewers that compare them.</summary>
/// <param name="Orientation">Image Orientation (Patient), six numbers.</param>
/// <param name="Spacing">Pixel Spacing, two numbers.</param>
/// <param name="Thickness">Slice Thickness; empty when the source has none.</param>
internal sealed record SourcePlane(
    IReadOnlyList<string> Orientation, IReadOnlyList<string> Spacing, string Thickness);
