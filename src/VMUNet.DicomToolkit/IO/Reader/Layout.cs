using System.Buffers.Binary;

namespace VMUNet.DicomToolkit.IO.Reader;

/// <summary>How the headers of elements are laid out (PS3.5 section 7.1), and what they mean.</summary>
internal readonly record struct Layout(bool IsExplicit, bool IsBigEndian)
{
    /// <summary>Group in the high half, element in the low half.</summary>
    public uint Tag(ReadOnlySpan<byte> bytes) => ((uint)UInt16(bytes) << 16) | UInt16(bytes[2..]);

    public ushort UInt16(ReadOnlySpan<byte> bytes) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    public uint UInt32(ReadOnlySpan<byte> bytes) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    /// <summary>
    /// The representation that two bytes state; null when they state nothing. Capitals that name none belong to a later
    /// edition and have a 32-bit length (PS3.5 7.1.2); blanks, zeros and question marks, which some writers leave, mean
    /// that of the dictionary.
    /// </summary>
    public static DicomVR? Stated(byte first, byte second, DicomTag tag, DicomDataset dataset) =>
        DicomVR.Find(first, second) is { } vr ? vr
        : char.IsAsciiLetterUpper((char)first) && char.IsAsciiLetterUpper((char)second) ? DicomVR.UN
        : first == second && first is 0 or (byte)' ' or (byte)'?' ? Implied(tag, dataset) : null;

    /// <summary>The representation of an element that does not state it (PS3.5 annex A.1).</summary>
    public static DicomVR Implied(DicomTag tag, DicomDataset dataset)
    {
        var allowed = tag.DictionaryEntry.ValueRepresentations;
        if (allowed.Length == 1)
        {
            return allowed[0] == DicomVR.NONE ? DicomVR.UN : allowed[0];
        }

        if (Array.IndexOf(allowed, DicomVR.OW) >= 0)
        {
            return DicomVR.OW;
        }

        var isSigned = dataset.TryGetSingleValue<ushort>(DicomTag.PixelRepresentation, out var sign) && sign == 1;
        return isSigned ? DicomVR.SS : DicomVR.US;
    }

    /// <summary>The dictionary says that the tag is a sequence.</summary>
    public static bool IsSequence(DicomTag tag) => tag.DictionaryEntry.ValueRepresentations[0] == DicomVR.SQ;
}
