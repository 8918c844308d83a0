using static VMUNet.EndToEnd.Tests.Hostile.HostileDataSet;
using static VMUNet.EndToEnd.Tests.Hostile.RawPeer;

namespace VMUNet.EndToEnd.Tests.Hostile;

/// <summary>What a sent data set may be. Each case names the status; "|" separates answers that are both
/// right.</summary>
internal static class DataSetCases
{
    private const string Own = "1.2.3.4";
    private const uint Undefined = 0xFFFF_FFFF;
    private const uint Sequence = 0x0040_A730;

    public static Dictionary<string, (byte[] DataSet, bool IsImplicit, string Expected)> All { get; } = new()
    {
        ["a legal image"] = (Image("1.2.3.4.1"), false, "status 0000"),
        ["a legal image in implicit VR"] = (Image("1.2.3.4.2", isImplicit: true), true, "status 0000"),
        ["nothing"] = ([], false, "status C000|status C001"),
        ["one byte"] = ([8], false, "status C000"),
        ["a header cut off"] = (Image(Own)[..13], false, "status C000"),
        ["the first half"] = (Half(Image(Own, pixelBytes: 4000)), false, "status C000"),
        ["all but the last byte"] = (Image(Own)[..^1], false, "status C000"),
        ["random bytes"] = (Noise(1, 60_000), false, "status C000"),
        ["random bytes in implicit VR"] = (Noise(2, 60_000), true, "status C000"),
        ["a legal image, then random bytes"] = ([.. Image(Own), .. Noise(3, 5_000)], false, "status C000"),
        ["implicit VR on an explicit context"] = (Image(Own, isImplicit: true), false, "status C000"),
        ["explicit VR on an implicit context"] = (Image(Own), true, "status C000|status A900|status C001"),
        ["big endian"] = (Swapped(Image(Own)), false, "status C000"),
        ["a Part 10 header before the data set"] =
            ([.. new byte[128], .. Ascii("DICM"), .. Image(Own)], false, "status C000"),
        ["a value of 4 GB"] = (Image(Own, after: OneHeader(0x0029_1010, "OB", 0xFFFF_FFF0)), false, "status C000"),
        ["pixels of 4 GB"] = ([.. Image(Own, pixelBytes: 0), .. OneHeader(0x7FE0_0010, "OW", 0xFFFF_FFFE)], false,
            "status C000"),
        ["pixels one byte short"] =
            ([.. Image(Own, pixelBytes: 0), .. OneHeader(0x7FE0_0010, "OW", 32), .. new byte[31]], false,
                "status C000"),
        ["fragments in a native syntax without end"] =
            ([.. Image(Own, pixelBytes: 0), .. OneHeader(0x7FE0_0010, "OB", Undefined), .. Mark(0xFFFE_E000, 0)], false,
                "status C000"),
        ["nested 31 deep"] = (Image("1.2.3.4.3", after: Nested(31, false)), false, "status 0000"),
        ["nested 33 deep"] = (Image(Own, after: Nested(33, false)), false, "status C000"),
        ["nested 33 deep, lengths given"] = (Image(Own, after: Nested(33, true)), false, "status C000"),
        ["nested 20,000 deep"] = (Image(Own, after: Nested(20_000, false)), false, "status C000"),
        ["nested 20,000 deep, lengths given"] = (Image(Own, after: Nested(20_000, true)), false, "status C000"),
        ["a sequence longer than the data set"] =
            (Image(Own, after: OneHeader(Sequence, "SQ", 0x00FF_0000)), false, "status C000"),
        ["an item longer than its sequence"] =
            (Image(Own, after: [.. OneHeader(Sequence, "SQ", 16), .. Mark(0xFFFE_E000, 64), .. new byte[8]]), false,
                "status C000"),
        ["an element longer than its item"] =
            (Image(Own, after: [.. OneHeader(Sequence, "SQ", 16), .. Mark(0xFFFE_E000, 8),
                .. OneHeader(0x0008_0050, "SH", 64)]), false, "status C000"),
        ["a sequence that does not end"] =
            (Image(Own, after: [.. OneHeader(Sequence, "SQ", Undefined), .. Mark(0xFFFE_E000, Undefined)]), false,
                "status C000"),
        ["a sequence of something else than items"] =
            (Image(Own, after: [.. OneHeader(Sequence, "SQ", Undefined), .. One(0x0008_0050, "SH", Text("x"))]), false,
                "status C000"),
        ["a stray end of item"] = (Image(Own, after: Mark(0xFFFE_E00D, 0)), false, "status C000"),
        ["a stray end of sequence"] = (Image(Own, after: Mark(0xFFFE_E0DD, 0)), false, "status C000"),
        ["an end of sequence with a length"] =
            (Image(Own, after: [.. OneHeader(Sequence, "SQ", Undefined), .. Mark(0xFFFE_E0DD, 8), .. new byte[8]]),
                false, "status C000"),
        ["300,000 elements"] = (Image(Own, after: Elements(300_000)), false, "status C000"),
        ["200,000 items"] = (Image(Own, after: Items(200_000)), false, "status C000"),
        ["group 0000 inside"] = (Image(Own, before: One(0x0000_0100, "US", Little16(1))), false, "status C000"),
        ["group 0002 inside"] = (Image(Own, before: One(0x0002_0010, "UI", Uid(Explicit))), false, "status C000"),
        ["two study UIDs"] = (Image(Own, after: One(0x0020_000D, "UI", Uid("1.2.9"))), false, "status C000"),
        ["a VR in lower case"] = (Image(Own, after: One(0x0029_1010, "ab", Text("x"))), false, "status C000"),
        ["a VR of the future"] = (Image("1.2.3.4.4", after: One(0x0029_1010, "ZZ", new byte[8])), false, "status 0000"),
        ["a value of odd length"] =
            (Image("1.2.3.4.5", after: One(0x0029_1010, "LO", Ascii("odd"))), false, "status 0000"),
        ["UN of undefined length"] =
            (Image("1.2.3.4.6", after: [.. OneHeader(0x0029_1010, "UN", Undefined), .. Mark(0xFFFE_E000, Undefined),
                8, 0, 0x50, 0, 2, 0, 0, 0, 0x41, 0x20, .. Mark(0xFFFE_E00D, 0), .. Mark(0xFFFE_E0DD, 0)]), false,
                    "status 0000"),
        ["a character set that is none"] = (Image("1.2.3.4.7", charset: "ISO_IR 999\\X"), false, "status 0000"),
        ["overlong UTF-8"] = (Image("1.2.3.4.8", name: "\u00c0\u00ae\u00c0\u00ae/\u00ff\u00fe"), false, "status 0000"),
        ["a name that is markup"] = (Image("1.2.3.4.9", name: "<script>alert(1)</script>"), false, "status 0000"),
        ["a name that is SQL"] = (Image("1.2.3.4.10", name: "'; drop table instance; --"), false, "status 0000"),
        ["a name that is a format string"] = (Image("1.2.3.4.11", name: "%s%n{0}{{}}$(id)`id`"), false, "status 0000"),
        ["a name of nulls and terminal codes"] =
            (Image("1.2.3.4.12", name: "\0\0\u001b[2J\u0007"), false, "status 0000"),
        ["a modality of 60 kB"] =
            (Image("1.2.3.4.13", after: One(0x0018_1030, "LO", [.. Enumerable.Repeat((byte)'x', 60_000)])), false,
                "status 0000"),
        ["another instance than announced"] = (Image("1.2.3.5"), false, "status A900"),
        ["another class than announced"] = (Image(Own, sopClass: "1.2.840.10008.5.1.4.1.1.2"), false, "status A900"),
        ["a study that is a path"] = (Image(Own, study: "../../../tmp/x"), false, "status 0117"),
        ["a study of 65 characters"] = (Image(Own, study: new string('1', 65)), false, "status 0117"),
        ["a study with a null inside"] = (Image(Own, study: "1.2\0.3"), false, "status 0117"),
        ["a series of dots"] = (Image(Own, series: "..."), false, "status 0117"),
        ["a series with a leading zero"] = (Image(Own, series: "1.02"), false, "status 0117"),
        ["no study"] = (Image(Own, study: ""), false, "status C001"),
        ["no series"] = (Image(Own, series: ""), false, "status C001"),
        ["no rows"] = (Image(Own, rows: 0), false, "status C001"),
        ["no pixels"] = (Image(Own, pixelBytes: 0), false, "status C001"),
        ["more than the limit"] = (Image(Own, pixelBytes: 5_000_000), false, "status A702"),
        ["much more than the limit"] = (Image(Own, pixelBytes: 30_000_000), false, "abort 2/0|closed"),
        ["fragments in a native syntax that end well"] =
            ([.. Image(Own, pixelBytes: 0), .. OneHeader(0x7FE0_0010, "OB", Undefined), .. Mark(0xFFFE_E000, 0),
                .. Mark(0xFFFE_E000, 2), 1, 2, .. Mark(0xFFFE_E0DD, 0)], false, "status C000"),
        ["pixels twice"] = ([.. Image(Own), .. One(0x7FE0_0010, "OW", new byte[32])], false, "status C000"),
        ["words of undefined length"] =
            (Image(Own, after: [.. OneHeader(0x0029_1010, "OW", Undefined), .. Mark(0xFFFE_E0DD, 0)]), false, "status C000"),
        ["text of undefined length"] = (Image(Own, after: OneHeader(0x0029_1010, "UT", Undefined)), false, "status C000"),
        ["UN of undefined length that does not end"] =
            (Image(Own, after: [.. OneHeader(0x0029_1010, "UN", Undefined), .. Mark(0xFFFE_E000, Undefined)]), false,
                "status C000"),
        ["UN of undefined length in explicit VR"] =
            (Image(Own, after: [.. OneHeader(0x0029_1010, "UN", Undefined), .. Mark(0xFFFE_E000, Undefined),
                .. One(0x0008_0100, "SH", Text("x")), .. Mark(0xFFFE_E00D, 0), .. Mark(0xFFFE_E0DD, 0)]), false, "status C000"),
        ["an item with the tag of none"] =
            (Image(Own, after: [.. OneHeader(Sequence, "SQ", Undefined), .. Mark(0xFFFE_E001, 0), .. Mark(0xFFFE_E0DD, 0)]),
                false, "status C000"),
        ["an end of item with a length"] =
            (Image(Own, after: [.. OneHeader(Sequence, "SQ", Undefined), .. Mark(0xFFFE_E000, Undefined),
                .. Mark(0xFFFE_E00D, 4), .. new byte[4], .. Mark(0xFFFE_E0DD, 0)]), false, "status C000"),
        ["an end of sequence inside an open item"] =
            (Image(Own, after: [.. OneHeader(Sequence, "SQ", Undefined), .. Mark(0xFFFE_E000, Undefined), .. Mark(0xFFFE_E0DD, 0)]),
                false, "status C000"),
        ["private elements without owner"] = (Image("1.2.3.4.20", after: One(0x0029_1010, "LO", Text("x"))), false, "status 0000"),
        ["an owner that is a number"] = (Image("1.2.3.4.21",
            after: [.. One(0x0029_0010, "US", Little16(7)), .. One(0x0029_1010, "FD", new byte[8])]), false, "status 0000"),
        ["a number of three bytes"] = (Image("1.2.3.4.22", after: One(0x0029_1010, "US", new byte[3])), false, "status 0000"),
        ["a class that is missing"] = (Image(Own, sopClass: ""), false, "status A900"),
        ["an instance that is missing"] = (Image(""), false, "status A900|status 0117"),
        ["a study of two values"] = (Image(Own, study: "1.2\\1.3"), false, "status 0117"),
        ["a study of a minus"] = (Image(Own, study: "1.-2"), false, "status 0117"),
        ["a study of 60,000 characters"] = (Image(Own, study: new string('1', 60_000)), false, "status 0117"),
        ["a position that is none"] =
            (Image("1.2.3.4.23", after: One(0x0020_0032, "DS", Text("NaN\\1e999\\x"))), false, "status 0000"),
        ["a date that is none"] = (Image("1.2.3.4.24", before: One(0x0008_0020, "DA", Text("99999999"))), false, "status 0000"),
        ["an instance number beyond all numbers"] =
            (Image("1.2.3.4.25", after: One(0x0020_0013, "IS", Text("99999999999999999999"))), false, "status 0000"),
        ["numbers of frames below zero"] =
            (Image("1.2.3.4.26", after: One(0x0028_0008, "IS", Text("-2147483648"))), false, "status 0000"),
        ["a character set of escape sequences"] =
            (Image("1.2.3.4.27", charset: "\\ISO 2022 IR 87\\ISO 2022 IR 149", name: "\u001b$B\u001b$)C\u001b("), false, "status 0000"),
        ["descriptions of 1 MB each"] =
            (Image("1.2.3.4.14", isImplicit: true,
                before: [.. Long(0x0008_0070), .. Long(0x0008_1030), .. Long(0x0008_103E)]), true, "status 0000"),
    };

    private static byte[] Half(byte[] bytes) => bytes[..(bytes.Length / 2)];

    private static byte[] Noise(int seed, int count)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Swapped(byte[] bytes) =>
        [.. bytes.Chunk(2).SelectMany(pair => pair.Reverse())];

    /// <summary>A value of 1 MB, implicit VR.</summary>
    internal static byte[] Long(uint tag) =>
        [(byte)(tag >> 16), (byte)(tag >> 24), (byte)tag, (byte)(tag >> 8), .. Little32(1_000_000),
            .. new byte[1_000_000]];
}
