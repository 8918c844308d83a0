namespace VMUNet.Imaging;

/// <summary>What one value of a label map stands for: name, coded meaning and display colour.</summary>
public sealed record OrganLabel
{
    /// <summary>Value in the label map, 1 to 255; 0 is background and never an organ.</summary>
    public required byte Value { get; init; }

    /// <summary>Stable lower-case name used in reports and manifests, for example <c>left-kidney</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Segmented property category (PS3.3 C.8.20.4).</summary>
    public required CodedConcept Category { get; init; }

    /// <summary>Segmented property type.</summary>
    public required CodedConcept Type { get; init; }

    /// <summary>Modifier of the type, such as laterality.</summary>
    public CodedConcept? Modifier { get; init; }

    /// <summary>Anatomic region, for findings that are not themselves anatomy.</summary>
    public CodedConcept? AnatomicRegion { get; init; }

    /// <summary>Display colour.</summary>
    public required Rgb Colour { get; init; }
}
