using VMUNet.DicomToolkit.IO.Buffer;

namespace VMUNet.DicomToolkit;

/// <summary>Makes the element class that belongs to a value representation.</summary>
internal static class ElementFactory
{
    /// <summary>An element over bytes that were read, little endian.</summary>
    public static DicomElement FromBytes(DicomVR vr, DicomTag tag, IByteBuffer data, TextEncodings encodings)
    {
        var element = FromBytes(vr, tag, data);
        if (element is DicomStringElement text)
        {
            text.Encodings = encodings;
        }

        return element;
    }

    /// <summary>An element of values of any type that suits the representation, as PS3.5 6.2 lists them.</summary>
    /// <exception cref="InvalidOperationException">The type does not suit.</exception>
    public static DicomItem FromValues<T>(DicomVR vr, DicomTag tag, T[] values)
    {
        if (vr == DicomVR.SQ)
        {
            return values switch
            {
                DicomDataset[] items => new DicomSequence(tag, items),
                { Length: 0 } => new DicomSequence(tag),
                _ => throw Unsuited<T>(vr),
            };
        }

        if (values.Length == 0)
        {
            return FromBytes(vr, tag, EmptyBuffer.Value);
        }

        if (values is IByteBuffer[] { Length: 1 } buffers && !vr.IsString)
        {
            return FromBytes(vr, tag, buffers[0]);
        }

        return (vr.IsString ? FromText(vr, tag, values) : FromNumbers(vr, tag, values)) ?? throw Unsuited<T>(vr);
    }

    private static DicomElement FromBytes(DicomVR vr, DicomTag tag, IByteBuffer data) => vr.Code switch
    {
        "AE" => new DicomApplicationEntity(tag, data),
        "AS" => new DicomAgeString(tag, data),
        "AT" => new DicomAttributeTag(tag, data),
        "CS" => new DicomCodeString(tag, data),
        "DA" => new DicomDate(tag, data),
        "DS" => new DicomDecimalString(tag, data),
        "DT" => new DicomDateTime(tag, data),
        "FD" => new DicomFloatingPointDouble(tag, data),
        "FL" => new DicomFloatingPointSingle(tag, data),
        "IS" => new DicomIntegerString(tag, data),
        "LO" => new DicomLongString(tag, null, data),
        "LT" => new DicomLongText(tag, null, data),
        "OB" => new DicomOtherByte(tag, data),
        "OD" => new DicomOtherDouble(tag, data),
        "OF" => new DicomOtherFloat(tag, data),
        "OL" => new DicomOtherLong(tag, data),
        "OV" => new DicomOtherVeryLong(tag, data),
        "OW" => new DicomOtherWord(tag, data),
        "PN" => new DicomPersonName(tag, null, data),
        "SH" => new DicomShortString(tag, null, data),
        "SL" => new DicomSignedLong(tag, data),
        "SS" => new DicomSignedShort(tag, data),
        "ST" => new DicomShortText(tag, null, data),
        "SV" => new DicomSignedVeryLong(tag, data),
        "TM" => new DicomTime(tag, data),
        "UC" => new DicomUnlimitedCharacters(tag, null, data),
        "UI" => new DicomUniqueIdentifier(tag, data),
        "UL" => new DicomUnsignedLong(tag, data),
        "UR" => new DicomUniversalResource(tag, null, data),
        "US" => new DicomUnsignedShort(tag, data),
        "UT" => new DicomUnlimitedText(tag, null, data),
        "UV" => new DicomUnsignedVeryLong(tag, data),
        _ => new DicomUnknown(tag, data),
    };

    private static DicomElement? FromText<T>(DicomVR vr, DicomTag tag, T[] values) => (vr.Code, values) switch
    {
        ("DA", DateTime[] dates) => new DicomDate(tag, dates),
        ("TM", DateTime[] times) => new DicomTime(tag, times),
        ("DT", DateTime[] instants) => new DicomDateTime(tag, instants),
        ("DS", decimal[] numbers) => new DicomDecimalString(tag, numbers),
        ("IS", int[] numbers) => new DicomIntegerString(tag, numbers),
        ("UI", DicomUID[] uids) => new DicomUniqueIdentifier(tag, uids),
        ("UI", DicomTransferSyntax[] syntaxes) => new DicomUniqueIdentifier(tag, syntaxes),
        ("CS", Enum[] or Array) when typeof(T).IsEnum =>
            new DicomCodeString(tag, [.. values.Select(v => v!.ToString()!.ToUpperInvariant())]),
        (_, string[] texts) => FromStrings(vr, tag, texts),
        _ => null,
    };

    private static DicomElement? FromStrings(DicomVR vr, DicomTag tag, string[] values) => vr.Code switch
    {
        "AE" => new DicomApplicationEntity(tag, values),
        "AS" => new DicomAgeString(tag, values),
        "CS" => new DicomCodeString(tag, values),
        "DA" => new DicomDate(tag, values),
        "DS" => new DicomDecimalString(tag, values),
        "DT" => new DicomDateTime(tag, values),
        "IS" => new DicomIntegerString(tag, values),
        "LO" => new DicomLongString(tag, values),
        "PN" => new DicomPersonName(tag, values),
        "SH" => new DicomShortString(tag, values),
        "TM" => new DicomTime(tag, values),
        "UC" => new DicomUnlimitedCharacters(tag, values),
        "UI" => new DicomUniqueIdentifier(tag, values),
        "LT" => new DicomLongText(tag, string.Join('\\', values)),
        "ST" => new DicomShortText(tag, string.Join('\\', values)),
        "UR" => new DicomUniversalResource(tag, string.Join('\\', values)),
        "UT" => new DicomUnlimitedText(tag, string.Join('\\', values)),
        _ => null,
    };

    private static DicomElement? FromNumbers<T>(DicomVR vr, DicomTag tag, T[] values) => vr.Code switch
    {
        "AT" => values is DicomTag[] tags ? new DicomAttributeTag(tag, tags) : null,
        "FD" => Numbers<T, double>(values) is { } v ? new DicomFloatingPointDouble(tag, v) : null,
        "FL" => Numbers<T, float>(values) is { } v ? new DicomFloatingPointSingle(tag, v) : null,
        "OB" => Numbers<T, byte>(values) is { } v ? new DicomOtherByte(tag, v) : null,
        "OD" => Numbers<T, double>(values) is { } v ? new DicomOtherDouble(tag, v) : null,
        "OF" => Numbers<T, float>(values) is { } v ? new DicomOtherFloat(tag, v) : null,
        "OL" => Numbers<T, uint>(values) is { } v ? new DicomOtherLong(tag, v) : null,
        "OV" => Numbers<T, ulong>(values) is { } v ? new DicomOtherVeryLong(tag, v) : null,
        "OW" => Numbers<T, ushort>(values) is { } v ? new DicomOtherWord(tag, v) : null,
        "SL" => Numbers<T, int>(values) is { } v ? new DicomSignedLong(tag, v) : null,
        "SS" => Numbers<T, short>(values) is { } v ? new DicomSignedShort(tag, v) : null,
        "SV" => Numbers<T, long>(values) is { } v ? new DicomSignedVeryLong(tag, v) : null,
        "UL" => Numbers<T, uint>(values) is { } v ? new DicomUnsignedLong(tag, v) : null,
        "UN" => Numbers<T, byte>(values) is { } v ? new DicomUnknown(tag, v) : null,
        "US" => Numbers<T, ushort>(values) is { } v ? new DicomUnsignedShort(tag, v) : null,
        "UV" => Numbers<T, ulong>(values) is { } v ? new DicomUnsignedVeryLong(tag, v) : null,
        _ => null,
    };

    /// <summary>Numbers of the very type, or text that reads as such numbers; null otherwise.</summary>
    private static TV[]? Numbers<T, TV>(T[] values)
        where TV : unmanaged =>
        typeof(T) == typeof(TV) ? (TV[])(object)values
            : values is string[] texts ? (TV[]?)ValueConverter.ConvertAll(texts, typeof(TV)) : null;

    private static InvalidOperationException Unsuited<T>(DicomVR vr) =>
        new($"Values of type {typeof(T).Name} do not make an element of VR {vr}; "
            + $"convert them to {vr.ValueType.Name} first.");
}
