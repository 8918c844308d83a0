namespace VMUNet.DicomToolkit;

/// <summary>One entry of a data set: an element with a value, a sequence, or fragments of pixel data.</summary>
public abstract class DicomItem : IComparable<DicomItem>, IComparable
{
    /// <summary>Makes an item.</summary>
    protected DicomItem(DicomTag tag)
    {
        ArgumentNullException.ThrowIfNull(tag);
        Tag = tag;
    }

    /// <summary>Its name.</summary>
    public DicomTag Tag { get; internal set; }

    /// <summary>The type of its value.</summary>
    public abstract DicomVR ValueRepresentation { get; }

    /// <summary>Checks the value against VR and VM.</summary>
    /// <exception cref="DicomValidationException">A rule is broken.</exception>
    public virtual void Validate()
    {
    }

    /// <summary>By tag.</summary>
    public int CompareTo(DicomItem? other) => other is null ? 1 : Tag.CompareTo(other.Tag);

    /// <inheritdoc/>
    public int CompareTo(object? obj) => CompareTo(obj as DicomItem);

    /// <inheritdoc/>
    public override string ToString() => $"{Tag} {ValueRepresentation} {Tag.DictionaryEntry.Name}";
}
