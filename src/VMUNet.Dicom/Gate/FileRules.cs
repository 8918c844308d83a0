namespace VMUNet.Dicom;

/// <summary>What must hold for the file around a result: its meta header names the object inside, in the encoding that
/// everybody reads.</summary>
internal static class FileRules
{
    public static IEnumerable<string> Faults(string file, DicomDataset data)
    {
        var meta = DicomFile.Open(file, FileReadOption.SkipLargeTags).FileMetaInfo;
        if (meta.GetText(DicomTag.MediaStorageSOPClassUID) != data.GetText(DicomTag.SOPClassUID)
            || meta.GetText(DicomTag.MediaStorageSOPInstanceUID) != data.GetText(DicomTag.SOPInstanceUID))
        {
            yield return "The file's meta header names another object than the file holds";
        }
        if (data.InternalTransferSyntax != DicomTransferSyntax.ExplicitVRLittleEndian)
        {
            yield return $"The file is encoded as {data.InternalTransferSyntax.UID}, expected Explicit VR Little Endian";
        }
    }
}
