using static VMUNet.EndToEnd.Tests.Hostile.RawPeer;

namespace VMUNet.EndToEnd.Tests.Hostile;

/// <summary>Writes data sets byte by byte, explicit VR little endian unless told otherwise.</summary>
internal sealed class HostileDataSet
{
    private const uint Undefined = 0xFFFF_FFFF;
    private const uint Item = 0xFFFE_E000;
    private const uint ItemEnd = 0xFFFE_E00D;
    private const uint SequenceEnd = 0xFFFE_E0DD;
    private readonly MemoryStream _bytes = new();
    private bool _isImplicit;

    /// <summary>A small legal MR image; values may be replaced by others.</summary>
    public static byte[] Image(string instance, string study = "1.2.3", string series = "1.2.3.1",
        string sopClass = MrImage,
        byte[]? before = null, byte[]? after = null, ushort rows = 4, int pixelBytes = 32, bool isImplicit = false,
        string charset = "ISO_IR 192", string name = "A^B")
    {
        var image = new HostileDataSet { _isImplicit = isImplicit }
            .Element(0x0008_0005, "CS", Text(charset))
            .Element(0x0008_0016, "UI", Uid(sopClass))
            .Element(0x0008_0018, "UI", Uid(instance))
            .Element(0x0008_0060, "CS", Text("MR"))
            .Raw(before ?? [])
            .Element(0x0010_0010, "PN", Text(name))
            .Element(0x0010_0020, "LO", Text("P1"))
            .Element(0x0020_000D, "UI", Uid(study))
            .Element(0x0020_000E, "UI", Uid(series))
            .Element(0x0028_0010, "US", Little16(rows))
            .Element(0x0028_0011, "US", Little16(4))
            .Element(0x0028_0100, "US", Little16(16))
            .Raw(after ?? []);
        return (pixelBytes > 0 ? image.Element(0x7FE0_0010, "OW", new byte[pixelBytes]) : image).ToArray();
    }

    /// <summary>Sequences inside one another: of undefined length, or each of the exact length that its parent
    /// allows.</summary>
    public static byte[] Nested(int depth, bool isDefined)
    {
        if (!isDefined)
        {
            var open = new HostileDataSet();
            for (var i = 0; i < depth; i++)
            {
                open.Header(0x0040_A730, "SQ", Undefined).Delimiter(Item, Undefined);
            }

            for (var i = 0; i < depth; i++)
            {
                open.Delimiter(ItemEnd, 0).Delimiter(SequenceEnd, 0);
            }

            return open.ToArray();
        }

        var closed = new HostileDataSet();
        for (var left = depth; left > 0; left--)
        {
            closed.Header(0x0040_A730, "SQ", (uint)(20 * left) - 12).Delimiter(Item, (uint)(20 * left) - 20);
        }

        return closed.ToArray();
    }

    public static byte[] Items(int count)
    {
        var items = new HostileDataSet().Header(0x0040_A730, "SQ", Undefined);
        for (var i = 0; i < count; i++)
        {
            items.Delimiter(Item, 0);
        }

        return items.Delimiter(SequenceEnd, 0).ToArray();
    }

    public static byte[] Elements(int count)
    {
        var elements = new HostileDataSet();
        for (var i = 0; i < count; i++)
        {
            elements.Element(0x0009_1000, "UN", []);
        }

        return elements.ToArray();
    }

    public static byte[] OneHeader(uint tag, string vr, uint length) =>
        new HostileDataSet().Header(tag, vr, length).ToArray();

    public static byte[] One(uint tag, string vr, byte[] value) =>
        new HostileDataSet().Element(tag, vr, value).ToArray();

    public static byte[] Mark(uint tag, uint length) => new HostileDataSet().Delimiter(tag, length).ToArray();

    public static byte[] Text(string text) => Ascii(text.Length % 2 == 0 ? text : text + " ");

    private HostileDataSet Element(uint tag, string vr, byte[] value) => Header(tag, vr, (uint)value.Length).Raw(value);

    private HostileDataSet Header(uint tag, string vr, uint length)
    {
        Raw(Tag(tag));
        return _isImplicit ? Raw(Little32(length))
            : vr is "OB" or "OW" or "SQ" or "UN" or "UT" or "ZZ" ? Raw([.. Ascii(vr), 0, 0, .. Little32(length)])
            : Raw([.. Ascii(vr), .. Little16((ushort)length)]);
    }

    private HostileDataSet Delimiter(uint tag, uint length) => Raw([.. Tag(tag), .. Little32(length)]);

    private HostileDataSet Raw(byte[] bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    private byte[] ToArray() => _bytes.ToArray();

    private static byte[] Tag(uint tag) => [(byte)(tag >> 16), (byte)(tag >> 24), (byte)tag, (byte)(tag >> 8)];
}
