using VMUNet.Dimse;
using NetworkClasses = VMUNet.Dimse.SopClasses;

namespace VMUNet.Dicom;

/// <summary>Data sets that travel without a file around them: query keys, matches, commitment lists.</summary>
internal static class Identifier
{
    public static byte[] ToBytes(DicomDataset data, string transferSyntax)
    {
        // no object of its own: the file around it only lends its writer, and its reader wants both names
        var file = new DicomFile();
        file.FileMetaInfo.TransferSyntax = DicomTransferSyntax.Parse(transferSyntax);
        file.FileMetaInfo.MediaStorageSOPClassUID = DicomUID.Verification;
        file.FileMetaInfo.MediaStorageSOPInstanceUID = DicomUID.Verification;
        // not validated: wildcards and ranges are no legal values of most VRs (PS3.4 C.2.2.2)
        file.Dataset.NotValidated().AddOrUpdate(data);
        using var memory = new MemoryStream();
        file.Save(memory);
        memory.Position = 0;
        var offset = Part10.ReadHeader(memory).DataSetOffset;
        return memory.ToArray()[(int)offset..];
    }

    /// <exception cref="DicomException">The bytes are no data set, or end before it does.</exception>
    public static DicomDataset FromBytes(byte[] bytes, string transferSyntax)
    {
        // A peer's bytes: structure and depth are judged alike whichever toolkit is built, before it reads them.
        using var network = new MemoryStream(bytes);
        if (DataSetSkimmer.Skim(network, transferSyntax, new SkimLimits()) is SkimResult.Refused refused)
        {
            throw new DicomDataException($"The data set cannot be read: {refused.Detail}.");
        }

        var header = Part10.BuildHeader(NetworkClasses.Verification, NetworkClasses.Verification, transferSyntax, null);
        using var memory = new MemoryStream([.. header, .. bytes]);
        var file = DicomFile.Open(memory, FileReadOption.ReadAll);
        return file.IsPartial ? throw new DicomDataException("The data set is cut off.") : file.Dataset;
    }
}
