using static VMUNet.EndToEnd.Tests.Hostile.RawPeer;

namespace VMUNet.EndToEnd.Tests.Hostile;

/// <summary>More of PS3.8: lengths of each PDU, items of the request, what follows an end. "|" separates answers that are both
/// right, " then " answers that come one after the other.</summary>
internal static class PduCases
{
    private const string Commitment = "1.2.840.10008.1.20.1";
    private const string NotStored = "1.2.840.10008.5.1.4.1.1.9.1.1";
    private static readonly byte[] s_mr = Context(1, MrImage, Implicit);

    public static Dictionary<string, (byte[][] Script, string Expected)> BeforeAssociation { get; } = new()
    {
        ["an acceptance of 4 GB"] = ([[2, 0, 0xFF, 0xFF, 0xFF, 0xFF]], "abort 2/6|abort 2/2"),
        ["a rejection of 5 bytes"] = ([Pdu(3, new byte[5])], "abort 2/6|abort 2/2"),
        ["data of 4 GB"] = ([[4, 0, 0xFF, 0xFF, 0xFF, 0xFF]], "abort 2/6|abort 2/2"),
        ["a release of no bytes"] = ([Pdu(5)], "abort 2/6|abort 2/2"),
        ["a release of 4 GB"] = ([[5, 0, 0xFF, 0xFF, 0xFF, 0xFF]], "abort 2/6|abort 2/2"),
        ["an abort of 1 MB"] = ([[7, 0, 0, 0x10, 0, 0]], "abort 2/6|closed"),
        ["PDU type 0"] = ([Pdu(0, new byte[4])], "abort 2/1"),
        ["PDU type 8"] = ([Pdu(8, new byte[4])], "abort 2/1"),
        ["PDU type 81 hexadecimal"] = ([Pdu(0x81, new byte[68])], "abort 2/1"),
        ["all protocol versions"] = ([Associate(version: 0xFFFF)], "accept 0,0,0"),
        ["a protocol version of the highest bit"] = ([Associate(version: 0x8000)], "reject 1/2/2"),
        ["an empty application context"] = ([Associate(application: "")], "reject 1/1/2"),
        ["an application context of 60 kB"] = ([Associate(application: new string('1', 60_000))], "reject 1/1/2"),
        ["a called title in lower case"] = ([Associate(called: "vmunet")], "reject 1/1/7"),
        ["a called title with a delete character"] = ([Associate(called: "VMUNET\u007F")], "reject 1/1/7"),
        ["a calling title of nulls"] = ([Associate(calling: new string('\0', 16))], "reject 1/1/3"),
        ["a calling title with a delete character"] = ([Associate(calling: "A\u007F")], "reject 1/1/3"),
        ["a calling title with a null inside"] = ([Associate(calling: "A\0B")], "reject 1/1/3"),
        ["129 contexts"] = ([Associate(contexts: [.. Enumerable.Range(0, 129).Select(i =>
            Context((byte)((2 * i) + 1), MrImage, Implicit))])], "abort 2/6"),
        ["context number 255"] = ([Associate(contexts: [Context(255, MrImage, Implicit)])], "accept 0"),
        ["context number 128"] = ([Associate(contexts: [Context(128, MrImage, Implicit)])], "abort 2/6"),
        ["a context of no bytes"] = ([Associate(contexts: [Item(0x20)])], "abort 2/6"),
        ["a context of 3 bytes"] = ([Associate(contexts: [Item(0x20, [1, 0, 0])])], "abort 2/6"),
        ["a context without class"] =
            ([Associate(contexts: [Item(0x20, [1, 0, 0, 0], Item(0x40, Ascii(Implicit)))])], "abort 2/6"),
        ["a context of two classes"] = ([Associate(contexts: [Item(0x20, [1, 0, 0, 0], Item(0x30, Ascii(MrImage)),
            Item(0x30, Ascii(Verification)), Item(0x40, Ascii(Implicit)))])], "abort 2/6"),
        ["a context with an unknown sub-item"] = ([Associate(contexts: [Item(0x20, [1, 0, 0, 0],
            Item(0x30, Ascii(MrImage)), Item(0x77, new byte[9]), Item(0x40, Ascii(Implicit)))])], "accept 0"),
        ["a transfer syntax of no bytes"] =
            ([Associate(contexts: [Context(1, MrImage, "")])], "accept 2|accept 4|abort 2/6"),
        ["a class with a leading zero"] = ([Associate(contexts: [Context(1, "1.02.3", Implicit)])], "accept 2|abort 2/6"),
        ["a class that ends with a dot"] = ([Associate(contexts: [Context(1, "1.2.", Implicit)])], "accept 2|abort 2/6"),
        ["a class with a null inside"] = ([Associate(contexts: [Context(1, "1.2\0.3", Implicit)])], "accept 2|abort 2/6"),
        ["one bad class among good ones"] =
            ([Associate(contexts: [s_mr, Context(3, "..", Implicit), Context(5, Verification, Implicit)])], "accept 0,2,0"),
        ["an unknown item"] = ([Associate(contexts: [Item(0x99, new byte[500]), s_mr])], "accept 0"),
        ["application context and user information twice"] = ([Associate(contexts:
            [Item(0x10, Ascii(ApplicationContext)), s_mr, Item(0x50, MaxLength(16384))])], "abort 2/6"),
        ["no user information"] = ([Pdu(1, [0, 1, 0, 0], Title("VMUNET"), Title("ATTACKER"), new byte[32],
            Item(0x10, Ascii(ApplicationContext)), s_mr)], "abort 2/6"),
        ["user information of no bytes"] = ([Associate(user: [])], "accept 0,0,0"),
        ["three bytes behind the last item"] = ([Pdu(1, [0, 1, 0, 0], Title("VMUNET"), Title("ATTACKER"), new byte[32],
            Item(0x10, Ascii(ApplicationContext)), s_mr, Item(0x50, MaxLength(16384)), [0x50, 0, 0])], "abort 2/6"),
        ["64 user items"] = ([Associate(user: [.. Enumerable.Repeat(MaxLength(16384), 64)])], "accept 0,0,0"),
        ["user items of no bytes"] =
            ([Associate(user: [MaxLength(16384), Item(0x52), Item(0x53), Item(0x55), Item(0x58)])], "accept 0,0,0|abort 2/6"),
        ["user information inside user information"] =
            ([Associate(user: [MaxLength(16384), Item(0x50, MaxLength(1))])], "accept 0,0,0"),
        ["a maximum length of 4 GB"] = ([Associate(user: [MaxLength(0xFFFF_FFFF)])], "accept 0,0,0"),
        ["a maximum length of five bytes"] = ([Associate(user: [Item(0x51, new byte[5])])], "abort 2/6"),
        ["a role of 3 bytes"] = ([Associate(user: [MaxLength(16384), Item(0x54, [0, 0, 1])])], "abort 2/6"),
        ["a role without class"] = ([Associate(user: [MaxLength(16384), Item(0x54, [0, 0, 1, 1])])], "accept 0,0,0"),
        ["sixty roles of one class"] = ([Associate(user: [MaxLength(16384), .. Enumerable.Repeat(
            Item(0x54, [0, 25], Ascii(MrImage), [1, 1]), 60)])], "accept 0,0,0"),
        ["a refused context is used"] = ([Associate(contexts: [Context(1, Verification, Implicit),
            Context(3, NotStored, Implicit)]), Echo(context: 3, sopClass: NotStored)], "accept 0,3 then abort 2/6"),
        ["two requests in one write"] = ([[.. Associate(), .. Associate()]], "accept 0,0,0 then abort 2/2"),
        ["a request and an abort in one write"] = ([[.. Associate(), .. Pdu(7, new byte[4])]], "accept 0,0,0 then closed"),
        ["a commitment asked of us"] = ([Associate(contexts: [Context(1, Commitment, Implicit)])], "accept 3"),
        ["an event without its data set"] = ([Archive(), Event(type: 0x0101)], "accept 0 then status C000"),
        ["an event of an empty data set"] =
            ([Archive(), Event(), Value(1, false, true, [])], "accept 0 then status C000"),
        ["an event over its limit"] =
            ([Archive(), Event(), .. DataSet(1, new byte[5_000_000])], "accept 0 then status 0110"),
        ["an event of a transaction that nobody asked for"] = ([Archive(), Event(), Value(1, false, true,
            [8, 0, 0x95, 0x11, 6, 0, 0, 0, .. Ascii("2.25.9")])], "accept 0 then status 0000"),
        ["a stored object on the commitment's context"] =
            ([Archive(), Store(1, Commitment), Value(1, false, true, [1, 2])], "accept 0 then status 0122"),
    };

    public static Dictionary<string, (byte[][] Script, string Expected)> InsideAssociation { get; } = new()
    {
        ["a rejection"] = ([Pdu(3, new byte[4])], "abort 2/2"),
        ["a release response"] = ([Pdu(6, new byte[4])], "abort 2/2"),
        ["a release of 5 bytes"] = ([Pdu(5, new byte[5])], "abort 2/6"),
        ["a release of no bytes"] = ([Pdu(5)], "abort 2/6"),
        ["an abort of no bytes"] = ([Pdu(7)], "abort 2/6|closed"),
        ["an acceptance of 4 GB"] = ([[2, 0, 0xFF, 0xFF, 0xFF, 0xFF]], "abort 2/6|abort 2/2"),
        ["data of no bytes"] = ([Pdu(4)], "abort 2/6"),
        ["data of 5 bytes"] = ([Pdu(4, new byte[5])], "abort 2/6"),
        ["a request, then three bytes more in its PDU"] =
            ([Pdu(4, Echo()[6..], [0, 0, 0])], "status 0000 then abort 2/6"),
        ["a request, then a value that is longer than the rest"] =
            ([Pdu(4, Echo()[6..], [0, 0, 0, 9, 1, 3])], "status 0000 then abort 2/6"),
        ["a release, then a request"] = ([Pdu(5, new byte[4]), Echo()], "release then closed"),
        ["two releases"] = ([[.. Pdu(5, new byte[4]), .. Pdu(5, new byte[4])]], "release then closed"),
        ["a release, then random bytes"] = ([Pdu(5, new byte[4]), new byte[4_000]], "release then closed"),
    };

    /// <summary>An archive's request: it reports commitments, so it is their provider.</summary>
    private static byte[] Archive() => Associate(contexts: [Context(1, Commitment, Implicit)],
        user: [MaxLength(16384), Item(0x54, [0, (byte)Commitment.Length], Ascii(Commitment), [0, 1])]);

    private static byte[] Event(ushort type = 1) => Value(1, true, true, Command(
        Element(0x0002, Uid(Commitment)), Element(0x0100, Little16(0x0100)), Element(0x0110, Little16(3)),
        Element(0x0800, Little16(type)), Element(0x1000, Uid("1.2.840.10008.1.20.1.1")), Element(0x1002, Little16(1))));
}
