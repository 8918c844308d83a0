namespace VMUNet.DicomToolkit.IO.Writer;

/// <summary>How a data set is written.</summary>
public class DicomWriteOptions
{
    /// <summary>A fresh set of defaults.</summary>
    public static DicomWriteOptions Default => new();

    /// <summary>Sequences state their length; false by default: they end with a delimiter.</summary>
    public bool ExplicitLengthSequences { get; set; }

    /// <summary>Items state their length; false by default: they end with a delimiter.</summary>
    public bool ExplicitLengthSequenceItems { get; set; }
}
