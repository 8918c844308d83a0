namespace VMUNet.Dimse;

/// <summary>File meta information of a DICOM file (PS3.10 section 7.1).</summary>
public sealed record Part10Header
{
    /// <summary>Media Storage SOP Class UID.</summary>
    public required string SopClassUid { get; init; }

    /// <summary>Media Storage SOP Instance UID.</summary>
    public required string SopInstanceUid { get; init; }

    /// <summary>Transfer syntax of the data set.</summary>
    public required string TransferSyntaxUid { get; init; }

    /// <summary>Source AE title, where the file names one.</summary>
    public string? SourceAeTitle { get; init; }

    /// <summary>Position of the data set's first byte, counted from where the file began.</summary>
    public required long DataSetOffset { get; init; }
}
