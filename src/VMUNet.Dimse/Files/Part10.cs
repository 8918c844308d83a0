using System.Buffers.Binary;
using System.Text;

namespace VMUNet.Dimse;

/// <summary>The beginning of a DICOM file: preamble, "DICM", group 0002 in explicit VR little endian (PS3.10).</summary>
public static class Part10
{
    private const int PreambleLength = 128;
    private const int MaxMetaLength = 65_536;
    private const int MaxMetaElements = 64;

    /// <summary>Reads up to the data set and leaves the stream there.</summary>
    /// <param name="stream">Readable; at the first byte of the file.</param>
    /// <exception cref="Part10FormatException">Not a DICOM file, or file meta information that breaks the rules.</exception>
    public static Part10Header ReadHeader(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var start = new byte[PreambleLength + 4 + 12];
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length
            || !start.AsSpan(PreambleLength, 4).SequenceEqual("DICM"u8))
        {
            throw new Part10FormatException("Not a DICOM file: expected \"DICM\" at byte 128.");
        }

        var length = MetaLength(start.AsSpan(PreambleLength + 4));
        var meta = new byte[length];
        if (stream.ReadAtLeast(meta, length, throwOnEndOfStream: false) < length)
        {
            throw new Part10FormatException($"File meta information says {length} bytes; the file ends before.");
        }

        var elements = Elements(meta);
        return new Part10Header
        {
            SopClassUid = Uid(elements, 0x0002, "Media Storage SOP Class UID"),
            SopInstanceUid = Uid(elements, 0x0003, "Media Storage SOP Instance UID"),
            TransferSyntaxUid = Uid(elements, 0x0010, "Transfer Syntax UID"),
            SourceAeTitle = elements.GetValueOrDefault((ushort)0x0016),
            DataSetOffset = start.Length + length,
        };
    }

    /// <summary>Preamble, prefix and file meta information for a data set that follows.</summary>
    public static byte[] BuildHeader(
        string sopClassUid, string sopInstanceUid, string transferSyntaxUid, string? sourceAeTitle)
    {
        using var meta = new MemoryStream();
        Write(meta, 0x0001, "OB", [0, 1]);
        Write(meta, 0x0002, "UI", Padded(sopClassUid, 0));
        Write(meta, 0x0003, "UI", Padded(sopInstanceUid, 0));
        Write(meta, 0x0010, "UI", Padded(transferSyntaxUid, 0));
        Write(meta, 0x0012, "UI", Padded(OurImplementation.ClassUid, 0));
        Write(meta, 0x0013, "SH", Padded(OurImplementation.VersionName, ' '));
        if (sourceAeTitle is not null)
        {
            Write(meta, 0x0016, "AE", Padded(AeTitle.Escape(sourceAeTitle), ' '));
        }

        using var file = new MemoryStream();
        file.Write(new byte[PreambleLength]);
        file.Write("DICM"u8);
        Write(file, 0x0000, "UL", BitConverter.GetBytes((uint)meta.Length));
        meta.WriteTo(file);
        return file.ToArray();
    }

    private static int MetaLength(ReadOnlySpan<byte> groupLength)
    {
        var length = BinaryPrimitives.ReadUInt32LittleEndian(groupLength[8..]);
        return groupLength[..8].SequenceEqual<byte>([2, 0, 0, 0, (byte)'U', (byte)'L', 4, 0]) && length <= MaxMetaLength
            ? (int)length
            : throw new Part10FormatException("File meta information has no legal group length (0002,0000).");
    }

    private static Dictionary<ushort, string> Elements(ReadOnlySpan<byte> meta)
    {
        var elements = new Dictionary<ushort, string>();
        while (!meta.IsEmpty)
        {
            if (meta.Length < 8 || BinaryPrimitives.ReadUInt16LittleEndian(meta) != 2 || elements.Count == MaxMetaElements)
            {
                throw new Part10FormatException("File meta information holds something that is no element of group 0002.");
            }

            var element = BinaryPrimitives.ReadUInt16LittleEndian(meta[2..]);
            var isLong = meta[4..6].SequenceEqual("OB"u8) || meta[4..6].SequenceEqual("UN"u8);
            var header = isLong ? 12 : 8;
            if (meta.Length < header)
            {
                throw new Part10FormatException("File meta information is cut off.");
            }

            var length = isLong
                ? BinaryPrimitives.ReadUInt32LittleEndian(meta[8..])
                : BinaryPrimitives.ReadUInt16LittleEndian(meta[6..]);
            if (length > meta.Length - header)
            {
                throw new Part10FormatException($"Element (0002,{element:X4}) is longer than the file meta information.");
            }

            elements[element] = Encoding.Latin1.GetString(meta.Slice(header, (int)length)).TrimEnd('\0', ' ');
            meta = meta[(header + (int)length)..];
        }

        return elements;
    }

    private static string Uid(Dictionary<ushort, string> elements, ushort element, string name) =>
        elements.TryGetValue(element, out var uid) && DicomUidRule.IsValid(uid)
            ? uid
            : throw new Part10FormatException($"{name} (0002,{element:X4}) is missing or no legal identifier.");

    private static byte[] Padded(string text, int with) =>
        Encoding.ASCII.GetBytes(text.Length % 2 == 0 ? text : text + (char)with);

    private static void Write(MemoryStream to, ushort element, string vr, byte[] value)
    {
        Span<byte> header = stackalloc byte[12];
        BinaryPrimitives.WriteUInt16LittleEndian(header, 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header[2..], element);
        header[4] = (byte)vr[0];
        header[5] = (byte)vr[1];
        var isLong = vr == "OB";
        if (isLong)
        {
            header[6..8].Clear();
            BinaryPrimitives.WriteInt32LittleEndian(header[8..], value.Length);
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(header[6..], (ushort)value.Length);
        }

        to.Write(header[..(isLong ? 12 : 8)]);
        to.Write(value);
    }
}
