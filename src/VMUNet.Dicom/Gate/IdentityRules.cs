namespace VMUNet.Dicom;

/// <summary>A result belongs to the patient and study of its source, and to no series of theirs.</summary>
internal static class IdentityRules
{
    private static readonly DicomTag[] Copied =
    [
        DicomTag.PatientID, DicomTag.PatientName, DicomTag.PatientBirthDate, DicomTag.PatientSex,
        DicomTag.StudyInstanceUID, DicomTag.StudyDate, DicomTag.StudyTime, DicomTag.AccessionNumber,
        DicomTag.ReferringPhysicianName, DicomTag.StudyID,
    ];

    public static IEnumerable<string> Faults(DicomDataset data, SourceSeries source)
    {
        foreach (var tag in Copied)
        {
            if (!data.Contains(tag))
            {
                yield return $"Attribute {tag} is missing";
            }
            else if (data.GetText(tag) != source.Header.GetText(tag))
            {
                yield return $"Attribute {tag} differs from the source series";
            }
        }
        if (data.GetText(DicomTag.SeriesInstanceUID) == source.SeriesInstanceUid)
        {
            yield return "The result is filed in the source series; expected a series of its own";
        }
        if (source.Instances.Any(i => i.SopInstanceUid == data.GetText(DicomTag.SOPInstanceUID)))
        {
            yield return "The result has the instance UID of a source image";
        }
    }
}
