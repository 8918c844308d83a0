using static VMUNet.EndToEnd.Tests.Hostile.RawPeer;

namespace VMUNet.EndToEnd.Tests.Hostile;

/// <summary>More of PS3.7: command sets that lie, requests without what they need, fragments in a strange order.</summary>
internal static class CommandCases
{
    private static readonly byte[][] s_echo =
    [
        Element(0x0002, Uid(Verification)), Element(0x0100, Little16(0x30)), Element(0x0110, Little16(7)),
        Element(0x0800, Little16(0x0101)),
    ];

    public static Dictionary<string, (byte[][] Script, string Expected)> InsideAssociation { get; } = new()
    {
        ["a command without group length"] = ([Sent(s_echo)], "abort 2/6"),
        ["a group length that is too small"] = ([Sent([Element(0, Little32(10)), .. s_echo])], "abort 2/6"),
        ["a group length of 4 GB"] = ([Sent([Element(0, Little32(0xFFFF_FFFF)), .. s_echo])], "abort 2/6"),
        ["a group length of two bytes"] = ([Sent([Element(0, Little16(56)), .. s_echo])], "abort 2/6"),
        ["a command field of four bytes"] = ([Sent([Command(
            [Element(0x0100, Little32(0x30)), .. s_echo[2..]])])], "abort 2/6"),
        ["a command without data set type"] = ([Sent([Command(s_echo[..3])])], "abort 2/6"),
        ["a request without number"] = ([Sent([Command([.. s_echo[..2], s_echo[3]])])], "abort 2/6"),
        ["a command in explicit VR"] = ([Sent([[0, 0, 0, 0, 0x55, 0x4C, 4, 0, 10, 0, 0, 0], [0, 0, 0, 1, 0x55, 0x53, 2, 0, 0x30, 0]])],
            "abort 2/6"),
        ["a command in big endian"] = ([Sent([[0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 10], [0, 0, 1, 0, 0, 0, 0, 2, 0, 0x30]])], "abort 2/6"),
        ["a command that is cut off in a value"] = ([Sent([Command(s_echo)[..^1]])], "abort 2/6"),
        ["a command of random bytes"] = ([Sent([Noise(5_000)])], "abort 2/6"),
        ["C-ECHO without class"] = ([Sent([Command(s_echo[1..])])], "status 0000|status 0122"),
        ["C-ECHO with a data set"] = ([Sent([Command([.. s_echo[..3], Element(0x0800, Little16(1))])]),
            Value(1, false, true, new byte[3_000])], "status 0000"),
        ["C-ECHO with a data set of 20 MB"] = ([Sent([Command([.. s_echo[..3], Element(0x0800, Little16(1))])]),
            .. DataSet(1, new byte[20_000_000])], "abort 2/0|closed"),
        ["N-ACTION on the verification context"] = ([Echo(field: 0x0130)], "status 0211"),
        ["C-MOVE"] = ([Echo(field: 0x0021)], "status 0211"),
        ["C-GET on a storage context"] = ([Echo(context: 3, field: 0x0010, sopClass: MrImage)], "status 0211"),
        ["an event on a storage context"] = ([Echo(context: 3, field: 0x0100, sopClass: MrImage)], "status 0122"),
        ["C-STORE without class and instance"] = ([Value(3, true, true, Command(
            Element(0x0100, Little16(1)), Element(0x0110, Little16(9)), Element(0x0800, Little16(1)))),
            Value(3, false, true, [1, 2])], "status 0117|status 0122"),
        ["an instance with a leading zero"] = (Stored("1.02.3"), "status 0117"),
        ["an instance that ends with a dot"] = (Stored("1.2."), "status 0117"),
        ["an instance of 60,000 characters"] = (Stored(new string('1', 60_000)), "status 0117"),
        ["an instance of a minus"] = (Stored("1.-2"), "status 0117"),
        ["an instance of two values"] = (Stored("1.2\\1.3"), "status 0117"),
        ["an instance of nulls"] = (Stored("\0\0\0\0"), "status 0117"),
        ["a class that is no UID"] =
            ([Store(sopClass: "'; drop table"), Value(3, false, true, [1, 2])], "status 0117|status 0122"),
        ["a data set twice"] = ([.. Stored("1..2"), Value(3, false, true, [1, 2])], "status 0117 then abort 2/2"),
        ["a command whose last fragment is empty"] =
            ([Value(1, true, false, Command(s_echo)), Value(1, true, true, [])], "status 0000"),
        ["a command in fragments of one byte"] = ([.. Command(s_echo).Select((b, i) =>
            Value(1, true, i == Command(s_echo).Length - 1, [b]))], "status 0000"),
        ["a thousand empty fragments of a command"] =
            ([.. Enumerable.Repeat(Value(1, true, false, []), 1_000), Value(1, true, true, Command(s_echo))], "status 0000"),
        ["a thousand empty fragments of an object"] = ([Store(instance: "1..2"),
            .. Enumerable.Repeat(Value(3, false, false, []), 1_000), Value(3, false, true, [])], "status 0117"),
        ["an object that is never finished, then a request"] =
            ([Store(instance: "1..2"), Value(3, false, false, [1, 2]), Echo()], "abort 2/2"),
        ["a response with a data set, then a request"] = ([Value(1, true, true, Command(
            [s_echo[0], Element(0x0100, Little16(0x8030)), Element(0x0120, Little16(7)), Element(0x0800, Little16(1))])),
            Value(1, false, true, new byte[300]), Echo()], "status 0000"),
        ["a cancellation while an object comes"] = ([Store(instance: "1..2"), Echo(context: 3, field: 0x0FFF)], "abort 2/2"),
        ["control bits that mean nothing"] = ([Pdu(4, [.. Pdv(1, true, true, Command(s_echo))[..5], 0xFF,
            .. Pdv(1, true, true, Command(s_echo))[6..]])], "status 0000"),
        ["a request on context 0"] = ([Echo(context: 0)], "abort 2/6"),
        ["a request on an even context"] = ([Echo(context: 2)], "abort 2/6"),
    };

    private static byte[] Sent(byte[][] elements) => Value(1, true, true, [.. elements.SelectMany(e => e)]);

    private static byte[][] Stored(string instance) => [Store(instance: instance), Value(3, false, true, [1, 2])];

    private static byte[] Noise(int count)
    {
        var bytes = new byte[count];
        new Random(11).NextBytes(bytes);
        return bytes;
    }
}
