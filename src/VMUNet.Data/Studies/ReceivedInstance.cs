namespace VMUNet.Data.Studies;

/// <summary>
/// One instance whose file is complete, flushed and renamed into place. Patient id and issuer are hashed with the site's
/// key before anything is stored; they reach no row.
/// </summary>
public sealed record ReceivedInstance
{
    /// <summary>(0008,0018).</summary>
    public required string SopInstanceUid { get; init; }

    /// <summary>(0008,0016).</summary>
    public required string SopClassUid { get; init; }

    /// <summary>(0020,000D).</summary>
    public required string StudyInstanceUid { get; init; }

    /// <summary>(0020,000E).</summary>
    public required string SeriesInstanceUid { get; init; }

    /// <summary>Transfer syntax of the stored file.</summary>
    public required string TransferSyntaxUid { get; init; }

    /// <summary>
    /// File, relative to the data folder. Unlike contents need unlike paths: a second object under a known SOP instance
    /// UID must not overwrite the first, so the file name depends on the content as well.
    /// </summary>
    public required string Path { get; init; }

    /// <summary>Size of the file in bytes.</summary>
    public required long ByteCount { get; init; }

    /// <summary>
    /// Digest of the data set as received, lower-case hex, without the Part 10 header that we write: equal for equal bytes only.
    /// The listener gives SHA-256 of the bytes without those of the pixel data, followed by their SHA-256.
    /// </summary>
    public required string FileSha256 { get; init; }

    /// <summary>SHA-256 of the pixel data element's bytes, lower-case hex; null for objects without pixels.</summary>
    public string? PixelSha256 { get; init; }

    /// <summary>(0010,0020); may be empty.</summary>
    public string PatientId { get; init; } = "";

    /// <summary>(0010,0021); may be empty.</summary>
    public string IssuerOfPatientId { get; init; } = "";

    /// <summary>(0008,0060).</summary>
    public string Modality { get; init; } = "";

    /// <summary>(0018,0015).</summary>
    public string BodyPart { get; init; } = "";

    /// <summary>(0008,1030).</summary>
    public string StudyDescription { get; init; } = "";

    /// <summary>(0008,103E).</summary>
    public string SeriesDescription { get; init; } = "";

    /// <summary>(0018,1030).</summary>
    public string ProtocolName { get; init; } = "";

    /// <summary>(0008,0070).</summary>
    public string Manufacturer { get; init; } = "";

    /// <summary>(0008,1090).</summary>
    public string ManufacturerModel { get; init; } = "";

    /// <summary>(0008,0020); null when absent or malformed.</summary>
    public DateOnly? StudyDate { get; init; }

    /// <summary>(0020,0052).</summary>
    public string? FrameOfReferenceUid { get; init; }

    /// <summary>(0020,0013).</summary>
    public int? InstanceNumber { get; init; }

    /// <summary>(0020,0032): x, y, z in LPS millimetres.</summary>
    public double[]? ImagePosition { get; init; }

    /// <summary>(0020,0037): six direction cosines.</summary>
    public double[]? ImageOrientation { get; init; }

    /// <summary>(0028,0010).</summary>
    public int? Rows { get; init; }

    /// <summary>(0028,0011).</summary>
    public int? Columns { get; init; }

    /// <summary>(0028,0008).</summary>
    public int? NumberOfFrames { get; init; }

    /// <summary>AE title of the sender.</summary>
    public string CallingAe { get; init; } = "";

    /// <summary>Row of the association that brought it (<see cref="AssociationLog"/>); null for other ways in.</summary>
    public long? AssociationId { get; init; }

    /// <summary>Backfill: its series waits behind live ones.</summary>
    public bool IsBatch { get; init; }

    /// <summary>How long the series must be quiet before it may be complete. Default 60 s.</summary>
    public TimeSpan QuietPeriod { get; init; } = TimeSpan.FromSeconds(60);
}
