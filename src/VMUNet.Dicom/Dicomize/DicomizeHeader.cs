using System.Globalization;

namespace VMUNet.Dicom;

/// <summary>UIDs that the images of one dicomized series share.</summary>
internal sealed record StudyUids(string Study, string Series, string FrameOfReference)
{
    public static StudyUids New(DicomizeOptions options) =>
        new(options.StudyInstanceUid ?? Uids.New(), Uids.New(), Uids.New());
}

/// <summary>Patient, study, series, equipment and SOP common modules of a dicomized image.</summary>
internal static class DicomizeHeader
{
    private const int LongString = 64;

    public static DicomDataset Create(DicomizeOptions options, StudyUids uids, int instanceNumber)
    {
        var id = DicomText.Cut(options.PatientId, LongString);
        var date = options.CreatedAt.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        var time = options.CreatedAt.ToString("HHmmss", CultureInfo.InvariantCulture);
        var data = new DicomDataset(DicomTransferSyntax.ExplicitVRLittleEndian)
        {
            { DicomTag.SpecificCharacterSet, "ISO_IR 192" },
            { DicomTag.SOPClassUID, SopClass(options.Kind) },
            { DicomTag.SOPInstanceUID, Uids.New() },
            { DicomTag.PatientName, id.Replace('^', ' ').Replace('=', ' ') },
            { DicomTag.PatientID, id },
            { DicomTag.PatientBirthDate, Array.Empty<string>() },
            { DicomTag.PatientSex, "O" },
            { DicomTag.StudyInstanceUID, uids.Study },
            { DicomTag.StudyDate, date },
            { DicomTag.StudyTime, time },
            { DicomTag.AccessionNumber, Array.Empty<string>() },
            { DicomTag.ReferringPhysicianName, Array.Empty<string>() },
            { DicomTag.StudyID, "1" },
            { DicomTag.Modality, Modality(options.Kind) },
            { DicomTag.SeriesInstanceUID, uids.Series },
            { DicomTag.SeriesNumber, "1" },
            { DicomTag.ContentDate, date },
            { DicomTag.ContentTime, time },
            { DicomTag.InstanceNumber, instanceNumber.ToString(CultureInfo.InvariantCulture) },
            { DicomTag.Manufacturer, SegWriter.Manufacturer },
            { DicomTag.ManufacturerModelName, "dicomize" },
        };
        AddText(data, DicomTag.StudyDescription, options.StudyDescription);
        AddText(data, DicomTag.SeriesDescription, options.SeriesDescription);
        var isPhotograph = options.Kind == DicomizeKind.Dermoscopy;
        AddText(data, DicomTag.BodyPartExamined,
            options.BodyPart.Length == 0 && isPhotograph ? "SKIN" : options.BodyPart.ToUpperInvariant());
        if (!isPhotograph)
        {
            data.Add(DicomTag.FrameOfReferenceUID, uids.FrameOfReference);
            data.Add(DicomTag.PositionReferenceIndicator, Array.Empty<string>());
        }
        return data;
    }

    private static void AddText(DicomDataset data, DicomTag tag, string text)
    {
        if (text.Length > 0)
        {
            data.Add(tag, DicomText.Cut(text, LongString));
        }
    }

    private static string SopClass(DicomizeKind kind) => kind switch
    {
        DicomizeKind.Ct => SopClasses.Ct,
        DicomizeKind.Mr => SopClasses.Mr,
        _ => SopClasses.VlPhotographic,
    };

    private static string Modality(DicomizeKind kind) => kind switch
    {
        DicomizeKind.Ct => "CT",
        DicomizeKind.Mr => "MR",
        _ => "XC",
    };
}
