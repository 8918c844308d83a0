namespace VMUNet.Dicom;

/// <summary>What kind of DICOM object an image becomes.</summary>
public enum DicomizeKind
{
    /// <summary>MR Image Storage.</summary>
    Mr,

    /// <summary>CT Image Storage; voxels are Hounsfield units.</summary>
    Ct,

    /// <summary>VL Photographic Image Storage of the skin.</summary>
    Dermoscopy,
}

/// <summary>How to turn an image into DICOM.</summary>
public sealed record DicomizeOptions
{
    /// <summary>The kind of object.</summary>
    public required DicomizeKind Kind { get; init; }

    /// <summary>Study date and time, as they stand here.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Patient ID (0010,0020), at most 64 characters; also the family name of the invented patient.</summary>
    public string PatientId { get; init; } = "ANONYMOUS";

    /// <summary>Study to file the series in; a new one by default.</summary>
    public string? StudyInstanceUid { get; init; }

    /// <summary>Study Description (0008,1030).</summary>
    public string StudyDescription { get; init; } = "";

    /// <summary>Series Description (0008,103E).</summary>
    public string SeriesDescription { get; init; } = "";

    /// <summary>Body Part Examined (0018,0015), a code string such as ABDOMEN; none by default, SKIN for
    /// dermoscopy.</summary>
    public string BodyPart { get; init; } = "";

    /// <summary>Compression ratio of a JPEG that the picture was read from; null for a lossless original.</summary>
    public double? LossyRatio { get; init; }
}
