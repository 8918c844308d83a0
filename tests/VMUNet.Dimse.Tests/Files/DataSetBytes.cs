using System.Buffers.Binary;
using System.Text;

namespace VMUNet.Dimse.Tests;

/// <summary>Writes data sets byte by byte, legal ones and others, explicit or implicit VR little endian.</summary>
internal sealed class DataSetBytes(bool isExplicit)
{
    public const uint Undefined = 0xFFFF_FFFF;

    private readonly MemoryStream _bytes = new();

    public static byte[] Instance(
        string sopClass = SopClasses.MrImage,
        string sopInstance = "1.2.3.4",
        string study = "1.2.3",
        string series = "1.2.3.1",
        bool isExplicit = true,
        byte pixel = 7,
        string description = "T1",
        string modality = "MR",
        int number = 1,
        double z = 0,
        int pixelBytes = 32) =>
        new DataSetBytes(isExplicit)
            .Text(0x00080005, "CS", "ISO_IR 192")
            .Text(0x00080016, "UI", sopClass)
            .Text(0x00080018, "UI", sopInstance)
            .Text(0x00080060, "CS", modality)
            .Text(0x0008103E, "LO", description)
            .Text(0x00100020, "LO", "PATIENT-17")
            .Text(0x0020000D, "UI", study)
            .Text(0x0020000E, "UI", series)
            .Text(0x00200013, "IS", number.ToString(System.Globalization.CultureInfo.InvariantCulture))
            .Text(0x00200032, "DS", FormattableString.Invariant($"1.5\\-2\\{z}"))
            .Text(0x00200037, "DS", "1\\0\\0\\0\\1\\0")
            .Element(0x00280010, "US", [4, 0])
            .Element(0x00280011, "US", [4, 0])
            .Element(0x00280100, "US", [16, 0])
            .Element(0x7FE00010, "OW", [.. Enumerable.Repeat(pixel, pixelBytes)])
            .ToArray();

    public DataSetBytes Text(uint tag, string vr, string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        return Element(tag, vr, bytes.Length % 2 == 0 ? bytes : [.. bytes, (byte)(vr == "UI" ? 0 : ' ')]);
    }

    public DataSetBytes Element(uint tag, string vr, byte[] value) => Header(tag, vr, (uint)value.Length).Raw(value);

    public DataSetBytes Header(uint tag, string vr, uint length)
    {
        Tag(tag);
        var isLong = vr is "OB" or "OW" or "SQ" or "UN" or "UT" or "UC" or "UR" or "OF" or "OD" or "OL" or "OV" or "SV" or "UV";
        if (!isExplicit)
        {
            return Number(length);
        }

        Raw(Encoding.ASCII.GetBytes(vr));
        return isLong ? Raw([0, 0]).Number(length) : Raw([(byte)length, (byte)(length >> 8)]);
    }

    public DataSetBytes Item(uint length) => Tag(0xFFFEE000).Number(length);

    public DataSetBytes ItemEnd() => Tag(0xFFFEE00D).Number(0);

    public DataSetBytes SequenceEnd() => Tag(0xFFFEE0DD).Number(0);

    public DataSetBytes Raw(byte[] bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public byte[] ToArray() => _bytes.ToArray();

    private DataSetBytes Tag(uint tag) =>
        Raw([(byte)(tag >> 16), (byte)(tag >> 24), (byte)tag, (byte)(tag >> 8)]);

    private DataSetBytes Number(uint number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        return Raw(bytes);
    }
}
