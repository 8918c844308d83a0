namespace VMUNet.Dicom;

/// <summary>What a SEG says about itself, read without its pixels: enough to find its source series.</summary>
public sealed record SegReferences
{
    /// <summary>SOP class of the SEG.</summary>
    public required string SopClassUid { get; init; }

    /// <summary>SOP instance of the SEG.</summary>
    public required string SopInstanceUid { get; init; }

    /// <summary>Series of the SEG itself.</summary>
    public required string SeriesInstanceUid { get; init; }

    /// <summary>Its study.</summary>
    public required string StudyInstanceUid { get; init; }

    /// <summary>The referenced source series; null when the SEG names none.</summary>
    public string? ReferencedSeriesUid { get; init; }

    /// <summary>SOP instances of source images that the SEG names.</summary>
    public required IReadOnlyList<string> ReferencedInstanceUids { get; init; }

    /// <summary>Which model made it; null for a SEG that does not say so in our words.</summary>
    public SegMaker? Maker { get; init; }

    /// <summary>True for an object of ours that shows some of a result's organs, others of its series the rest.</summary>
    public bool IsPart { get; init; }

    /// <summary>True for a SEG that this product made by itself, so it is no reviewer's correction.</summary>
    public required bool IsOurs { get; init; }
}
