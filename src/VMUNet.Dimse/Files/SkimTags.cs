namespace VMUNet.Dimse;

/// <summary>Top-level elements whose values a skim keeps: group in the high half, element in the low half.</summary>
public static class SkimTags
{
#pragma warning disable CS1591 // the names are the standard's keywords (PS3.6 section 6)
    public const uint SpecificCharacterSet = 0x0008_0005;
    public const uint SopClassUid = 0x0008_0016;
    public const uint SopInstanceUid = 0x0008_0018;
    public const uint StudyDate = 0x0008_0020;
    public const uint Modality = 0x0008_0060;
    public const uint Manufacturer = 0x0008_0070;
    public const uint StudyDescription = 0x0008_1030;
    public const uint SeriesDescription = 0x0008_103E;
    public const uint ManufacturerModelName = 0x0008_1090;
    public const uint PatientId = 0x0010_0020;
    public const uint IssuerOfPatientId = 0x0010_0021;
    public const uint BodyPartExamined = 0x0018_0015;
    public const uint ProtocolName = 0x0018_1030;
    public const uint StudyInstanceUid = 0x0020_000D;
    public const uint SeriesInstanceUid = 0x0020_000E;
    public const uint InstanceNumber = 0x0020_0013;
    public const uint ImagePositionPatient = 0x0020_0032;
    public const uint ImageOrientationPatient = 0x0020_0037;
    public const uint FrameOfReferenceUid = 0x0020_0052;
    public const uint NumberOfFrames = 0x0028_0008;
    public const uint Rows = 0x0028_0010;
    public const uint Columns = 0x0028_0011;
    public const uint PixelSpacing = 0x0028_0030;
    public const uint BitsAllocated = 0x0028_0100;
#pragma warning restore CS1591

    private static readonly HashSet<uint> Wanted =
    [
        SpecificCharacterSet, SopClassUid, SopInstanceUid, StudyDate, Modality, Manufacturer, StudyDescription,
        SeriesDescription, ManufacturerModelName, PatientId, IssuerOfPatientId, BodyPartExamined, ProtocolName,
        StudyInstanceUid, SeriesInstanceUid, InstanceNumber, ImagePositionPatient, ImageOrientationPatient,
        FrameOfReferenceUid, NumberOfFrames, Rows, Columns, PixelSpacing, BitsAllocated,
    ];

    internal static bool IsWanted(uint tag) => Wanted.Contains(tag);

    /// <summary>Pixel data in any of its three forms: (7FE0,0008), (7FE0,0009), (7FE0,0010).</summary>
    internal static bool IsPixelData(uint tag) => tag is 0x7FE0_0008 or 0x7FE0_0009 or 0x7FE0_0010;
}
