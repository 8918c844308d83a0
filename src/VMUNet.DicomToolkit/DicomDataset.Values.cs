using System.Diagnostics.CodeAnalysis;

namespace VMUNet.DicomToolkit;

public partial class DicomDataset
{
    /// <summary>The value number <paramref name="index"/>.</summary>
    /// <exception cref="DicomDataException">No such tag or value, or the value cannot be converted.</exception>
    public T GetValue<T>(DicomTag tag, int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        RefuseArray<T>();
        var element = Element(tag);
        return index < element.Count ? element.Get<T>(index) : throw element.NoSuchValue(index);
    }

    /// <summary>The value number <paramref name="index"/>, if it is there and can be converted.</summary>
    public bool TryGetValue<T>(DicomTag tag, int index, [MaybeNullWhen(false)] out T elementValue)
    {
        RefuseArray<T>();
        if (Find(tag) is DicomElement element && index >= 0 && index < element.Count)
        {
            return TryConvert(element, index, out elementValue);
        }

        elementValue = default;
        return false;
    }

    /// <summary>The value number <paramref name="index"/>, else the given one.</summary>
    public T GetValueOrDefault<T>(DicomTag tag, int index, T defaultValue) =>
        TryGetValue<T>(tag, index, out var value) ? value : defaultValue;

    /// <summary>All values; none for an empty element.</summary>
    /// <exception cref="DicomDataException">No such tag, or a value cannot be converted.</exception>
    public T[] GetValues<T>(DicomTag tag)
    {
        RefuseArray<T>();
        return Element(tag).Get<T[]>();
    }

    /// <summary>All values, if the tag is there and they can be converted.</summary>
    public bool TryGetValues<T>(DicomTag tag, [NotNullWhen(true)] out T[]? values)
    {
        RefuseArray<T>();
        values = null;
        return Find(tag) is DicomElement element && TryConvert(element, -1, out values);
    }

    /// <summary>Number of values.</summary>
    /// <exception cref="DicomDataException">No such tag, or a sequence.</exception>
    public int GetValueCount(DicomTag tag) => Element(tag).Count;

    /// <summary>The only value.</summary>
    /// <exception cref="DicomDataException">No such tag, no value or several, or it cannot be converted.</exception>
    public T GetSingleValue<T>(DicomTag tag)
    {
        RefuseArray<T>();
        var element = Element(tag);
        return element.Count == 1 ? element.Get<T>(0)
            : throw new DicomDataException(
                $"{tag} {tag.DictionaryEntry.Keyword} has {element.Count} values, expected one.");
    }

    /// <summary>The only value, if there is exactly one and it can be converted.</summary>
    public bool TryGetSingleValue<T>(DicomTag tag, [MaybeNullWhen(false)] out T value)
    {
        RefuseArray<T>();
        if (Find(tag) is DicomElement { Count: 1 } element)
        {
            return TryConvert(element, 0, out value);
        }

        value = default;
        return false;
    }

    /// <summary>The only value, else the given one.</summary>
    public T GetSingleValueOrDefault<T>(DicomTag tag, T defaultValue) =>
        TryGetSingleValue<T>(tag, out var value) ? value : defaultValue;

    /// <summary>Text: all values joined by backslashes. Binary numbers and tags: the first one. Empty for an empty
    /// element.</summary>
    /// <exception cref="DicomDataException">No such tag, or a sequence.</exception>
    public string GetString(DicomTag tag)
    {
        var element = Element(tag);
        return element.Count == 0 ? "" : element.Get<string>();
    }

    /// <summary>As <see cref="GetString"/>, if the tag is there.</summary>
    public bool TryGetString(DicomTag tag, [NotNullWhen(true)] out string? stringValue)
    {
        stringValue = null;
        if (Find(tag) is not DicomElement element)
        {
            return false;
        }

        if (element.Count == 0)
        {
            stringValue = "";
            return true;
        }

        return TryConvert(element, -1, out stringValue);
    }

    /// <summary>The item of a tag; null when it is not there or of another class.</summary>
    public T? GetDicomItem<T>(DicomTag tag)
        where T : DicomItem => Find(tag) as T;

    /// <summary>The sequence of a tag.</summary>
    /// <exception cref="DicomDataException">No such tag, or no sequence.</exception>
    public DicomSequence GetSequence(DicomTag tag) => Find(tag) switch
    {
        null => throw NotThere(tag),
        DicomSequence sequence => sequence,
        _ => throw new DicomDataException($"{tag} {tag.DictionaryEntry.Keyword} is not a sequence."),
    };

    /// <summary>The sequence of a tag, if it is there.</summary>
    public bool TryGetSequence(DicomTag tag, [NotNullWhen(true)] out DicomSequence? sequence)
    {
        sequence = Find(tag) as DicomSequence;
        return sequence is not null;
    }

    private static DicomDataException NotThere(DicomTag tag) =>
        new($"{tag} {tag.DictionaryEntry.Keyword} is not in the data set.");

    private static void RefuseArray<T>()
    {
        if (typeof(T).IsArray)
        {
            throw new DicomDataException("Ask for the type of one value, not for an array.");
        }
    }

    private static bool TryConvert<T>(DicomElement element, int item, [MaybeNullWhen(false)] out T value)
    {
        try
        {
            value = element.Get<T>(item);
            return value is not null;
        }
        catch (DicomDataException)
        {
            value = default;
            return false;
        }
    }

    private DicomElement Element(DicomTag tag) => Find(tag) switch
    {
        null => throw NotThere(tag),
        DicomElement element => element,
        _ => throw new DicomDataException($"{tag} {tag.DictionaryEntry.Keyword} has no values of its own."),
    };
}
