using VMUNet.DicomToolkit.IO.Buffer;

namespace VMUNet.DicomToolkit;

/// <summary>An item with values of its own, not a sequence.</summary>
public abstract class DicomElement : DicomItem
{
    /// <summary>Makes an element over bytes in little endian order.</summary>
    protected DicomElement(DicomTag tag, IByteBuffer? data) : base(tag) => Buffer = data ?? EmptyBuffer.Value;

    /// <summary>Number of values.</summary>
    public abstract int Count { get; }

    /// <summary>Bytes of the value in little endian order.</summary>
    public virtual IByteBuffer Buffer { get; protected set; }

    /// <summary>Number of bytes of the value.</summary>
    public uint Length => (uint)Buffer.Size;

    /// <summary>
    /// The value number <paramref name="item"/>, or with an array type all values. Without a number: elements of text
    /// give all values joined by backslashes, binary ones the first, as text too.
    /// </summary>
    /// <exception cref="DicomDataException">There is no such value, or it cannot be converted.</exception>
    public abstract T Get<T>(int item = -1);

    /// <inheritdoc/>
    public override void Validate()
    {
        ValidateString();
        ValidateVM();
    }

    /// <summary>Checks the number of values against the dictionary.</summary>
    protected virtual void ValidateVM()
    {
        if (Tag.IsPrivate || Count == 0)
        {
            return;
        }

        var entry = Tag.DictionaryEntry;
        if (!entry.ValueMultiplicity.Allows(Count))
        {
            throw new DicomValidationException("", ValueRepresentation,
                $"{Tag} {entry.Keyword} holds {Count} values, expected {entry.ValueMultiplicity}");
        }
    }

    /// <summary>Checks text values against their VR.</summary>
    protected virtual void ValidateString()
    {
    }

    internal DicomDataException NoSuchValue(int item) =>
        new($"{Tag} {Tag.DictionaryEntry.Keyword} has {Count} values; value {item} was asked for.");

    internal DicomDataException CannotConvert(Type type) =>
        new($"{Tag} {Tag.DictionaryEntry.Keyword} of VR {ValueRepresentation} cannot be had as {type.Name}.");
}
