using System.Globalization;

namespace VMUNet.DicomToolkit;

/// <summary>Name of a data element: group and element number, and for private ones the owner
/// (PS3.5 section 7.1).</summary>
public sealed partial class DicomTag : IFormattable, IEquatable<DicomTag>, IComparable<DicomTag>, IComparable
{
    /// <summary>(ffff,ffff), which names no element.</summary>
    public static readonly DicomTag Unknown = new(0xFFFFFFFFu);

    /// <summary>Makes a tag.</summary>
    public DicomTag(ushort group, ushort element) => (Group, Element) = (group, element);

    /// <summary>Makes a private tag; the low byte of <paramref name="element"/> counts inside the
    /// owner's block.</summary>
    public DicomTag(ushort group, ushort element, string privateCreator)
        : this(group, element, new DicomPrivateCreator(privateCreator))
    {
    }

    /// <summary>Makes a private tag of an owner.</summary>
    public DicomTag(ushort group, ushort element, DicomPrivateCreator? privateCreator)
        : this(group, element) => PrivateCreator = privateCreator;

    private DicomTag(uint tag) : this((ushort)(tag >> 16), (ushort)tag)
    {
    }

    /// <summary>Group number.</summary>
    public ushort Group { get; }

    /// <summary>Element number.</summary>
    public ushort Element { get; }

    /// <summary>The group is odd.</summary>
    public bool IsPrivate => (Group & 1) == 1;

    /// <summary>Owner of a private tag, when known.</summary>
    public DicomPrivateCreator? PrivateCreator { get; set; }

    /// <summary>What PS3.6 says of the tag; <see cref="DicomDictionary.UnknownTag"/> when it says nothing.</summary>
    public DicomDictionaryEntry DictionaryEntry => DicomDictionary.Default[this];

    internal uint Key => ((uint)Group << 16) | Element;

    /// <summary>Reads "(gggg,eeee)", "gggg,eeee", "ggggeeee", either with ":owner", or a keyword.</summary>
    /// <exception cref="DicomDataException">None of these.</exception>
    public static DicomTag Parse(string s)
    {
        ArgumentNullException.ThrowIfNull(s);
        var text = s.Trim().Trim('(', ')');
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var digits = (colon < 0 ? text : text[..colon]).Replace(",", "", StringComparison.Ordinal);
        if (digits.Length == 8 &&
            uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var tag))
        {
            return colon < 0 ? new DicomTag(tag) : new DicomTag((ushort)(tag >> 16), (ushort)tag, text[(colon + 1)..]);
        }

        return DicomDictionary.Default.Find(text)?.Tag ??
            throw new DicomDataException("Not a tag: expected (gggg,eeee) or a keyword of the dictionary.");
    }

    /// <summary>Group in the high half, element in the low half.</summary>
    public static implicit operator DicomTag(uint tag) => new(tag);

    /// <summary>Group in the high half, element in the low half.</summary>
    public static explicit operator uint(DicomTag tag) => tag.Key;

    /// <inheritdoc cref="Equals(DicomTag)"/>
    public static bool operator ==(DicomTag? a, DicomTag? b) => a is null ? b is null : a.Equals(b);

    /// <inheritdoc cref="Equals(DicomTag)"/>
    public static bool operator !=(DicomTag? a, DicomTag? b) => !(a == b);

    /// <summary>"(gggg,eeee)", lower case.</summary>
    public override string ToString() => ToString("G", null);

    /// <summary>"G": (gggg,eeee); "J": GGGGEEEE; "X": gggg,eeee without parentheses.</summary>
    public string ToString(string? format, IFormatProvider? formatProvider) => format switch
    {
        "J" => $"{Group:X4}{Element:X4}",
        "X" => $"{Group:x4},{Element:x4}",
        _ => PrivateCreator is null ? $"({Group:x4},{Element:x4})"
            : $"({Group:x4},{Element:x4}:{PrivateCreator.Creator})",
    };

    /// <summary>By group, element, then owner.</summary>
    public int CompareTo(DicomTag? other) => other is null ? 1
        : Key != other.Key ? Key.CompareTo(other.Key)
        : string.CompareOrdinal(PrivateCreator?.Creator, other.PrivateCreator?.Creator);

    /// <inheritdoc/>
    public int CompareTo(object? obj) => CompareTo(obj as DicomTag);

    /// <summary>Same group, element and owner.</summary>
    public bool Equals(DicomTag? other) => other is not null && CompareTo(other) == 0;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DicomTag);

    /// <inheritdoc/>
    public override int GetHashCode() => Key.GetHashCode();
}
