namespace VMUNet.DicomToolkit;

/// <summary>Owner of a block of private elements (PS3.5 section 7.8).</summary>
public sealed class DicomPrivateCreator : IEquatable<DicomPrivateCreator>
{
    internal DicomPrivateCreator(string creator) => Creator = creator;

    /// <summary>The owner's name as it stands in (gggg,00bb).</summary>
    public string Creator { get; }

    /// <inheritdoc/>
    public bool Equals(DicomPrivateCreator? other) => other is not null && other.Creator == Creator;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DicomPrivateCreator);

    /// <inheritdoc/>
    public override int GetHashCode() => Creator.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Creator;
}
