namespace VMUNet.DicomToolkit;

/// <summary>Group 0002 of a file (PS3.10 section 7.1).</summary>
public class DicomFileMetaInformation : DicomDataset
{
    /// <summary>Implementation class UID of this library: 2.25 and a random number drawn once.</summary>
    internal static readonly DicomUID Implementation =
        new("2.25.291160601100484230290189275396788211576", "VMUNet.DicomToolkit", DicomUidType.SOPClass);

    /// <summary>Implementation version name of this library.</summary>
    internal const string ImplementationName = "VMUNET_1";

    /// <summary>Empty meta information.</summary>
    public DicomFileMetaInformation() => ValidateItems = false;

    /// <summary>Meta information for a data set: its class, instance and syntax.</summary>
    /// <exception cref="DicomDataException">The data set lacks its SOP Class UID or SOP Instance UID.</exception>
    public DicomFileMetaInformation(DicomDataset dataset) : this()
    {
        ArgumentNullException.ThrowIfNull(dataset);
        MediaStorageSOPClassUID = dataset.GetSingleValue<DicomUID>(DicomTag.SOPClassUID);
        MediaStorageSOPInstanceUID = dataset.GetSingleValue<DicomUID>(DicomTag.SOPInstanceUID);
        Describe(dataset);
    }

    /// <summary>A copy.</summary>
    public DicomFileMetaInformation(DicomFileMetaInformation metaInfo) : this()
    {
        ArgumentNullException.ThrowIfNull(metaInfo);
        metaInfo.CopyTo(this);
    }

    /// <summary>(0002,0001), normally 00 01.</summary>
    public byte[] Version
    {
        get => GetValues<byte>(DicomTag.FileMetaInformationVersion);
        set => AddOrUpdate(new DicomOtherByte(DicomTag.FileMetaInformationVersion, value));
    }

    /// <summary>(0002,0002).</summary>
    public DicomUID MediaStorageSOPClassUID
    {
        get => GetSingleValue<DicomUID>(DicomTag.MediaStorageSOPClassUID);
        set => AddOrUpdate(DicomTag.MediaStorageSOPClassUID, value);
    }

    /// <summary>(0002,0003).</summary>
    public DicomUID MediaStorageSOPInstanceUID
    {
        get => GetSingleValue<DicomUID>(DicomTag.MediaStorageSOPInstanceUID);
        set => AddOrUpdate(DicomTag.MediaStorageSOPInstanceUID, value);
    }

    /// <summary>(0002,0010); null when the element is not there.</summary>
    public DicomTransferSyntax TransferSyntax
    {
        get => GetSingleValueOrDefault<DicomTransferSyntax>(DicomTag.TransferSyntaxUID, null!);
        set => AddOrUpdate(DicomTag.TransferSyntaxUID, value);
    }

    /// <summary>(0002,0012).</summary>
    public DicomUID ImplementationClassUID
    {
        get => GetSingleValue<DicomUID>(DicomTag.ImplementationClassUID);
        set => AddOrUpdate(DicomTag.ImplementationClassUID, value);
    }

    /// <summary>(0002,0013); null when the element is not there.</summary>
    public string ImplementationVersionName
    {
        get => GetSingleValueOrDefault<string>(DicomTag.ImplementationVersionName, null!);
        set => AddOrUpdate(DicomTag.ImplementationVersionName, value);
    }

    /// <summary>(0002,0016); null when the element is not there.</summary>
    public string SourceApplicationEntityTitle
    {
        get => GetSingleValueOrDefault<string>(DicomTag.SourceApplicationEntityTitle, null!);
        set => AddOrUpdate(DicomTag.SourceApplicationEntityTitle, value);
    }

    /// <inheritdoc/>
    public override string ToString() => "DICOM File Meta Info";

    /// <summary>Meta information with as much of class and instance as the data set has.</summary>
    internal static DicomFileMetaInformation Partial(DicomDataset dataset)
    {
        var meta = new DicomFileMetaInformation();
        if (dataset.TryGetSingleValue<DicomUID>(DicomTag.SOPClassUID, out var sopClass))
        {
            meta.MediaStorageSOPClassUID = sopClass;
        }

        if (dataset.TryGetSingleValue<DicomUID>(DicomTag.SOPInstanceUID, out var instance))
        {
            meta.MediaStorageSOPInstanceUID = instance;
        }

        meta.Describe(dataset);
        return meta;
    }

    private void Describe(DicomDataset dataset)
    {
        Version = [0, 1];
        TransferSyntax = dataset.InternalTransferSyntax;
        ImplementationClassUID = Implementation;
        ImplementationVersionName = ImplementationName;
    }
}
