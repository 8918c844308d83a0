using System.Buffers.Binary;
using System.Text;

namespace VMUNet.Dimse;

/// <summary>Values into complete PDUs, one array each, so that one PDU is one write.</summary>
internal static class PduEncoder
{
    /// <summary>Header of a P-DATA-TF with one value: PDU header, value length, context, control byte.</summary>
    public const int DataHeaderLength = PduLimits.HeaderLength + 6;

    public static byte[] AssociateRequest(AssociateRequestPdu pdu)
    {
        var body = new List<byte>(1024);
        AddFixed(body, pdu.ProtocolVersion, pdu.CalledAe, pdu.CallingAe);
        AddItem(body, 0x10, Ascii(pdu.ApplicationContext));
        foreach (var context in pdu.Contexts)
        {
            var item = new List<byte> { context.Id, 0, 0, 0 };
            AddItem(item, 0x30, Ascii(context.AbstractSyntax));
            foreach (var syntax in context.TransferSyntaxes)
            {
                AddItem(item, 0x40, Ascii(syntax));
            }

            AddItem(body, 0x20, item);
        }

        AddItem(body, 0x50, User(pdu.User));
        return Pdu(PduType.AssociateRequest, body);
    }

    public static byte[] AssociateAccept(AssociateAcceptPdu pdu)
    {
        var body = new List<byte>(1024);
        AddFixed(body, 1, pdu.CalledAe, pdu.CallingAe);
        AddItem(body, 0x10, Ascii(PduLimits.DicomApplicationContext));
        foreach (var context in pdu.Contexts)
        {
            var item = new List<byte> { context.Id, 0, (byte)context.Result, 0 };
            AddItem(item, 0x40, Ascii(context.TransferSyntax));
            AddItem(body, 0x21, item);
        }

        AddItem(body, 0x50, User(pdu.User));
        return Pdu(PduType.AssociateAccept, body);
    }

    public static byte[] AssociateReject(RejectReason reason) =>
        Pdu(PduType.AssociateReject, [0, reason.Result, reason.Source, reason.Reason]);

    public static byte[] Abort(AbortReason reason) => Pdu(PduType.Abort, [0, 0, 2, (byte)reason]);

    public static byte[] ReleaseRequest() => Pdu(PduType.ReleaseRequest, [0, 0, 0, 0]);

    public static byte[] ReleaseResponse() => Pdu(PduType.ReleaseResponse, [0, 0, 0, 0]);

    /// <summary>A P-DATA-TF with one value.</summary>
    public static byte[] Data(byte contextId, bool isCommand, bool isLast, ReadOnlySpan<byte> value)
    {
        var pdu = new byte[DataHeaderLength + value.Length];
        value.CopyTo(pdu.AsSpan(DataHeaderLength));
        WriteDataHeader(pdu, contextId, isCommand, isLast, value.Length);
        return pdu;
    }

    /// <summary>Writes the header of a P-DATA-TF whose value already lies behind it.</summary>
    public static void WriteDataHeader(Span<byte> pdu, byte contextId, bool isCommand, bool isLast, int valueLength)
    {
        pdu[0] = (byte)PduType.Data;
        pdu[1] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(pdu[2..], (uint)valueLength + 6);
        BinaryPrimitives.WriteUInt32BigEndian(pdu[6..], (uint)valueLength + 2);
        pdu[10] = contextId;
        pdu[11] = (byte)((isCommand ? 1 : 0) | (isLast ? 2 : 0));
    }

    private static List<byte> User(UserInformation user)
    {
        var items = new List<byte>();
        var maximum = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(maximum, user.MaxPduLength);
        AddItem(items, 0x51, maximum);
        AddItem(items, 0x52, Ascii(user.ImplementationClassUid ?? OurImplementation.ClassUid));
        if (user.ProposesAsynchronousOperations)
        {
            AddItem(items, 0x53, [0, 1, 0, 1]);
        }

        foreach (var role in user.Roles)
        {
            var uid = Ascii(role.SopClass);
            AddItem(items, 0x54,
                [0, (byte)uid.Length, .. uid, (byte)(role.Scu ? 1 : 0), (byte)(role.Scp ? 1 : 0)]);
        }

        AddItem(items, 0x55, Ascii(user.ImplementationVersionName ?? OurImplementation.VersionName));
        return items;
    }

    private static void AddFixed(List<byte> body, ushort version, string calledAe, string callingAe)
    {
        body.AddRange([(byte)(version >> 8), (byte)version, 0, 0]);
        body.AddRange(Ascii(calledAe.PadRight(PduLimits.AeLength)).AsSpan(0, PduLimits.AeLength));
        body.AddRange(Ascii(callingAe.PadRight(PduLimits.AeLength)).AsSpan(0, PduLimits.AeLength));
        body.AddRange(new byte[32]);
    }

    private static void AddItem(List<byte> to, byte type, IReadOnlyCollection<byte> value)
    {
        to.AddRange([type, 0, (byte)(value.Count >> 8), (byte)value.Count]);
        to.AddRange(value);
    }

    private static byte[] Pdu(PduType type, List<byte> body)
    {
        var pdu = new byte[PduLimits.HeaderLength + body.Count];
        pdu[0] = (byte)type;
        BinaryPrimitives.WriteUInt32BigEndian(pdu.AsSpan(2), (uint)body.Count);
        body.CopyTo(pdu, PduLimits.HeaderLength);
        return pdu;
    }

    private static byte[] Ascii(string text) => Encoding.Latin1.GetBytes(text);
}
