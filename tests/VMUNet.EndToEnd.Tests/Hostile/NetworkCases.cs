using static VMUNet.EndToEnd.Tests.Hostile.RawPeer;

namespace VMUNet.EndToEnd.Tests.Hostile;

/// <summary>What a peer may do wrong below the data set: PS3.8's PDUs and PS3.7's commands. Each case names what must
/// come
/// back; "|" separates answers that the standard leaves open.</summary>
internal static class NetworkCases
{
    private static readonly byte[] LongUid = Ascii(new string('1', 65));

    public static Dictionary<string, (byte[][] Script, string Expected)> BeforeAssociation { get; } = new()
    {
        ["HTTP"] = ([Ascii("GET / HTTP/1.1\r\nHost: x\r\n\r\n")], "abort 2/1"),
        ["a TLS hello"] = ([[0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3]], "abort 2/1"),
        ["an SSH banner"] = ([Ascii("SSH-2.0-OpenSSH_9.2\r\n")], "abort 2/1"),
        ["zeros"] = ([new byte[64]], "abort 2/1"),
        ["ones"] = ([[.. Enumerable.Repeat((byte)0xFF, 64)]], "abort 2/1"),
        ["a request of 4 GB"] = ([[1, 0, 0xFF, 0xFF, 0xFF, 0xFF]], "abort 2/6"),
        ["a request of 2 GB"] = ([[1, 0, 0x7F, 0xFF, 0xFF, 0xFF]], "abort 2/6"),
        ["a request one byte over the limit"] = ([[1, 0, 0, 4, 0, 1]], "abort 2/6"),
        ["a request that is too short"] = ([Pdu(1, new byte[67])], "abort 2/6"),
        ["a request of no items"] = ([Pdu(1, new byte[68])], "abort 2/6|reject 1/2/2"),
        ["data"] = ([Echo()], "abort 2/2"),
        ["a release"] = ([Pdu(5, new byte[4])], "abort 2/2"),
        ["a release response"] = ([Pdu(6, new byte[4])], "abort 2/2"),
        ["an acceptance"] = ([Pdu(2, new byte[68])], "abort 2/2"),
        ["a rejection"] = ([Pdu(3, new byte[4])], "abort 2/2"),
        ["an abort"] = ([Pdu(7, new byte[4])], "closed"),
        ["protocol version 0"] = ([Associate(version: 0)], "reject 1/2/2"),
        ["protocol version 2"] = ([Associate(version: 2)], "reject 1/2/2"),
        ["another application context"] = ([Associate(application: "1.2.3")], "reject 1/1/2"),
        ["no application context"] = ([Associate(application: null)], "reject 1/1/2|abort 2/6"),
        ["a called title that is not ours"] = ([Associate(called: "NOBODY")], "reject 1/1/7"),
        ["a called title of spaces"] = ([Associate(called: "")], "reject 1/1/7"),
        ["a called title with a null"] = ([Associate(called: "VMUNET\0X")], "reject 1/1/7"),
        ["a calling title of spaces"] = ([Associate(calling: "")], "reject 1/1/3"),
        ["a calling title with terminal codes"] = ([Associate(calling: "\u001b]0;x\u0007\u001b[2J")], "reject 1/1/3"),
        ["a calling title with a line feed"] = ([Associate(calling: "A\nERROR: forged")], "reject 1/1/3"),
        ["a calling title with a backslash"] = ([Associate(calling: "A\\B")], "reject 1/1/3"),
        ["a calling title that is not ASCII"] = ([Associate(calling: "\u00c4\u00d6\u00dc")], "reject 1/1/3"),
        ["an even context number"] = ([Associate(contexts: [Context(2, MrImage, Implicit)])], "abort 2/6"),
        ["context number 0"] = ([Associate(contexts: [Context(0, MrImage, Implicit)])], "abort 2/6"),
        ["a repeated context number"] =
            ([Associate(contexts: [Context(1, MrImage, Implicit), Context(1, Verification, Implicit)])], "abort 2/6"),
        ["no context"] = ([Associate(contexts: [])], "abort 2/6"),
        ["a context without transfer syntax"] = ([Associate(contexts: [Context(1, MrImage)])], "abort 2/6"),
        ["65 transfer syntaxes"] =
            ([Associate(contexts: [Context(1, MrImage, [.. Enumerable.Repeat(Implicit, 65)])])], "abort 2/6"),
        ["128 contexts of 60 transfer syntaxes"] =
            ([Associate(contexts: [.. Enumerable.Range(0, 128).Select(i =>
                Context((byte)((2 * i) + 1), MrImage, [.. Enumerable.Repeat(Implicit, 60)]))])],
            "accept " + string.Join(",", Enumerable.Repeat(0, 128))),
        ["a class of 65 characters"] =
            ([Associate(contexts: [Context(1, new string('1', 65), Implicit)])], "accept 2|accept 3|abort 2/6"),
        ["a class that is a path"] =
            ([Associate(contexts: [Context(1, "../../etc/passwd", Implicit)])], "accept 2|accept 3|abort 2/6"),
        ["a transfer syntax that is text"] =
            ([Associate(contexts: [Context(1, MrImage, "'; drop table")])], "accept 2|accept 4|abort 2/6"),
        ["an empty class"] = ([Associate(contexts: [Context(1, "", Implicit)])], "accept 2|accept 3|abort 2/6"),
        ["video and deflated only"] = ([Associate(contexts:
            [Context(1, MrImage, "1.2.840.10008.1.2.4.102"), Context(3, MrImage, "1.2.840.10008.1.2.1.99")])],
                "accept 4,4"),
        ["big endian only"] = ([Associate(contexts: [Context(1, MrImage, "1.2.840.10008.1.2.2")])], "accept 4"),
        ["a class that is not stored here"] =
            ([Associate(contexts: [Context(1, "1.2.840.10008.5.1.4.1.1.9.1.1", Implicit)])], "accept 3"),
        ["an item longer than the request"] =
            ([Associate(contexts: [[0x20, 0, 0xFF, 0xFF, 1, 0, 0, 0]])], "abort 2/6"),
        ["a sub-item longer than its item"] =
            ([Associate(contexts: [Item(0x20, [1, 0, 0, 0], [0x30, 0, 0x40, 0])])], "abort 2/6"),
        ["66 user items"] = ([Associate(user: [.. Enumerable.Repeat(MaxLength(16384), 66)])], "abort 2/6"),
        ["a maximum length of two bytes"] = ([Associate(user: [Item(0x51, [0, 9])])], "abort 2/6"),
        ["a user item longer than its parent"] = ([Associate(user: [[0x52, 0, 0x10, 0]])], "abort 2/6"),
        ["a role whose UID is longer than the item"] =
            ([Associate(user: [MaxLength(16384), Item(0x54, [0xFF, 0xFF, 0x31])])], "abort 2/6"),
        ["PDUs of at most 1 byte"] = ([Associate(user: [MaxLength(1)])], "reject 2/3/2"),
        ["PDUs of at most 127 bytes"] = ([Associate(user: [MaxLength(127)])], "reject 2/3/2"),
        ["PDUs without limit"] = ([Associate(user: [MaxLength(0)])], "accept 0,0,0"),
        ["a user identity of 60 kB"] =
            ([Associate(user: [MaxLength(16384), Item(0x58, [2, 0], new byte[60_000])])], "accept 0,0,0|abort 2/6"),
        ["an implementation UID of 65 characters"] =
            ([Associate(user: [MaxLength(16384), Item(0x52, LongUid)])], "accept 0,0,0|abort 2/6"),
    };

    public static Dictionary<string, (byte[][] Script, string Expected)> InsideAssociation { get; } = new()
    {
        ["a second request"] = ([Associate()], "abort 2/2"),
        ["an acceptance"] = ([Pdu(2, new byte[68])], "abort 2/2"),
        ["an unknown PDU"] = ([Pdu(0x42, new byte[4])], "abort 2/1"),
        ["a PDU over the announced maximum"] = ([[4, 0, 0, 2, 0, 7]], "abort 2/6"),
        ["a PDU of 4 GB"] = ([[4, 0, 0xFF, 0xFF, 0xFF, 0xFF]], "abort 2/6"),
        ["a value of length 0"] = ([Pdu(4, [0, 0, 0, 0, 1, 3])], "abort 2/6"),
        ["a value of length 1"] = ([Pdu(4, [0, 0, 0, 1, 1])], "abort 2/6"),
        ["a value longer than its PDU"] = ([Pdu(4, [0, 0, 1, 0, 1, 3])], "abort 2/6"),
        ["a value of 4 GB"] = ([Pdu(4, [0xFF, 0xFF, 0xFF, 0xFF, 1, 3])], "abort 2/6"),
        ["a context that was never proposed"] = ([Echo(context: 99)], "abort 2/6|abort 2/2"),
        ["a data set without command"] = ([Value(3, false, true, [1, 2])], "abort 2/2"),
        ["two commands interleaved"] = ([Value(1, true, false, [0, 0]), Echo(context: 3)], "abort 2/2"),
        ["a command inside a data set"] = ([Store(), Value(3, false, false, [1, 2]), Echo()], "abort 2/2"),
        ["a data set on another context"] = ([Store(), Value(5, false, true, [1, 2])], "abort 2/2"),
        ["a release inside an object"] = ([Store(), Value(3, false, false, [1, 2]), Pdu(5, new byte[4])], "abort 2/2"),
        ["a command over 64 kB"] = ([.. Enumerable.Repeat(Value(1, true, false, new byte[60_000]), 2)], "abort 2/6"),
        ["a command of 65 elements"] = ([Value(1, true, true, Command(
            [.. Enumerable.Range(0x0200, 65).Select(e => Element((ushort)e, [0, 0]))]))], "abort 2/6"),
        ["a command element of 4 GB"] = ([Value(1, true, true, [0, 0, 2, 0, 0xFF, 0xFF, 0xFF, 0xFF])], "abort 2/6"),
        ["a command of another group"] = ([Value(1, true, true, [8, 0, 0, 0, 0, 0, 0, 0])], "abort 2/6"),
        ["a command element twice"] = ([Value(1, true, true, Command(
            Element(0x0100, Little16(0x30)), Element(0x0100, Little16(0x30)), Element(0x0800, Little16(0x0101))))],
                "abort 2/6"),
        ["a command without field"] = ([Value(1, true, true, Command(Element(0x0800, Little16(0x0101))))], "abort 2/6"),
        ["an empty command"] = ([Value(1, true, true, [])], "abort 2/6"),
        ["an operation that is none"] = ([Echo(field: 0x7777)], "status 0211"),
        ["C-FIND"] = ([Echo(field: 0x0020)], "status 0211"),
        ["C-ECHO on a storage context"] = ([Echo(context: 3, sopClass: MrImage)], "status 0122"),
        ["C-STORE on the verification context"] =
            ([Store(context: 1, sopClass: Verification), Value(1, false, true, [1, 2])], "status 0122"),
        ["C-STORE of another class than its context"] =
            ([Store(sopClass: "1.2.840.10008.5.1.4.1.1.2"), Value(3, false, true, [1, 2])], "status 0122"),
        ["C-STORE without data set"] = ([Store(type: 0x0101)], "status C000"),
        ["a response to nothing"] = ([Echo(field: 0x8030), Echo()], "status 0000"),
        ["a cancellation of nothing"] = ([Echo(field: 0x0FFF), Echo()], "status 0000"),
        ["an instance that is a path"] =
            ([Store(instance: "../../../etc/passwd"), Value(3, false, true, [1, 2])], "status 0117"),
        ["an instance that is SQL"] =
            ([Store(instance: "1'; drop table instance; --"), Value(3, false, true, [1, 2])], "status 0117"),
        ["an instance of 65 characters"] =
            ([Store(instance: new string('1', 65)), Value(3, false, true, [1, 2])], "status 0117"),
        ["an instance with an empty component"] =
            ([Store(instance: "1..2"), Value(3, false, true, [1, 2])], "status 0117"),
        ["an instance with a null inside"] =
            ([Store(instance: "1.2\0.3"), Value(3, false, true, [1, 2])], "status 0117"),
        ["an instance that is empty"] = ([Store(instance: ""), Value(3, false, true, [1, 2])], "status 0117"),
        ["an abort inside an object"] =
            ([Store(), Value(3, false, false, new byte[5000]), Pdu(7, new byte[4])], "closed"),
    };
}
