namespace VMUNet.DicomToolkit;

/// <summary>What happens to values above the large-object size (64 KiB unless given).</summary>
public enum FileReadOption
{
    /// <summary>Of a file as <see cref="ReadLargeOnDemand"/>, of a stream as <see cref="ReadAll"/>.</summary>
    Default,

    /// <summary>They stay in the file and are read when asked for.</summary>
    ReadLargeOnDemand,

    /// <summary>They are left out of the data set.</summary>
    SkipLargeTags,

    /// <summary>They are read into memory.</summary>
    ReadAll,
}

/// <summary>Layout of a file.</summary>
public enum DicomFileFormat
{
    /// <summary>Not determined.</summary>
    Unknown,

    /// <summary>Preamble, DICM, meta information, data set (PS3.10).</summary>
    DICOM3,

    /// <summary>Meta information and data set without preamble.</summary>
    DICOM3NoPreamble,

    /// <summary>A data set alone.</summary>
    DICOM3NoFileMetaInfo,
}

/// <summary>Where a reader stands, for a function that may stop it.</summary>
public sealed class ParseState
{
    /// <summary>The element before, at the same level.</summary>
    public DicomTag? PreviousTag { get; set; }

    /// <summary>The element that comes next.</summary>
    public DicomTag Tag { get; set; } = DicomTag.Unknown;

    /// <summary>Number of sequences around it.</summary>
    public int SequenceDepth { get; set; }
}
