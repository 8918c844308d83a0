namespace VMUNet.DicomToolkit.IO.Reader;

/// <summary>What is being read: a data set, a sequence or fragments, and where it ends.</summary>
internal sealed class Level
{
    public DicomDataset? Dataset { get; init; }

    public DicomSequence? Sequence { get; init; }

    public DicomFragmentSequence? Fragments { get; init; }

    public DicomDataset? Parent { get; init; }

    public bool IsItem { get; init; }

    /// <summary>Position of the end; <see cref="long.MaxValue"/> for undefined length.</summary>
    public long End { get; init; }

    /// <summary>End of the nearest parent of defined length.</summary>
    public long Limit { get; init; } = long.MaxValue;

    public Layout Encoding { get; init; }

    public DicomTag? Previous { get; set; }

    public bool HasOffsetTable { get; set; }
}
