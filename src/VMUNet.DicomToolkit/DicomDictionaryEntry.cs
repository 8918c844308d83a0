namespace VMUNet.DicomToolkit;

/// <summary>What PS3.6 says of one tag, or of one family of repeating tags.</summary>
public sealed class DicomDictionaryEntry
{
    internal DicomDictionaryEntry(DicomTag tag, string name, string keyword, DicomVM vm, bool isRetired,
        DicomVR[] vrs) =>
        (Tag, Name, Keyword, ValueMultiplicity, IsRetired, ValueRepresentations) =
            (tag, name, keyword, vm, isRetired, vrs);

    /// <summary>The tag; of a repeating family the lowest one.</summary>
    public DicomTag Tag { get; }

    /// <summary>Name for people.</summary>
    public string Name { get; }

    /// <summary>Keyword; empty for an unknown tag.</summary>
    public string Keyword { get; }

    /// <summary>Allowed value representations, preferred first.</summary>
    public DicomVR[] ValueRepresentations { get; }

    /// <summary>Allowed number of values.</summary>
    public DicomVM ValueMultiplicity { get; }

    /// <summary>No longer in the standard.</summary>
    public bool IsRetired { get; }
}
