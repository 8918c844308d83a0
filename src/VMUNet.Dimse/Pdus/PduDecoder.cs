using System.Buffers.Binary;
using System.Text;

namespace VMUNet.Dimse;

/// <summary>Bodies of PDUs into values. Every length is checked against its parent before it is used.</summary>
internal static class PduDecoder
{
    private const byte ApplicationContextItem = 0x10;
    private const byte ProposedContextItem = 0x20;
    private const byte AnsweredContextItem = 0x21;
    private const byte AbstractSyntaxItem = 0x30;
    private const byte TransferSyntaxItem = 0x40;
    private const byte UserInformationItem = 0x50;
    private const byte MaxLengthItem = 0x51;
    private const byte ImplementationClassItem = 0x52;
    private const byte AsynchronousItem = 0x53;
    private const byte RoleItem = 0x54;
    private const byte ImplementationVersionItem = 0x55;

    /// <summary>Body of an A-ASSOCIATE-RQ.</summary>
    /// <exception cref="PduFault">The body is not legal.</exception>
    public static AssociateRequestPdu AssociateRequest(ReadOnlySpan<byte> body, PeerLimits limits)
    {
        var rest = Fixed(body);
        var contexts = new List<ProposedContext>();
        string? applicationContext = null;
        UserInformation? user = null;
        while (NextItem(ref rest, out var type, out var item))
        {
            switch (type)
            {
                case ApplicationContextItem when applicationContext is null:
                    applicationContext = Text(item);
                    break;
                case ProposedContextItem:
                    AddContext(contexts, item, limits);
                    break;
                case UserInformationItem when user is null:
                    user = User(item, limits);
                    break;
                case ApplicationContextItem or UserInformationItem:
                    throw Invalid("an item that may come once came twice");
                default:
                    break; // PS3.8 9.3.1: unrecognized items are ignored
            }
        }

        return new AssociateRequestPdu
        {
            ProtocolVersion = BinaryPrimitives.ReadUInt16BigEndian(body),
            CalledAe = Text(body.Slice(4, PduLimits.AeLength)),
            CallingAe = Text(body.Slice(4 + PduLimits.AeLength, PduLimits.AeLength)),
            ApplicationContext = applicationContext ?? throw Invalid("no application context"),
            Contexts = contexts.Count > 0 ? contexts : throw Invalid("no presentation context"),
            User = user ?? throw Invalid("no user information"),
        };
    }

    /// <summary>Body of an A-ASSOCIATE-AC. Abstract syntaxes are not part of it and stay empty.</summary>
    /// <exception cref="PduFault">The body is not legal.</exception>
    public static AssociateAcceptPdu AssociateAccept(ReadOnlySpan<byte> body, PeerLimits limits)
    {
        var rest = Fixed(body);
        var contexts = new List<ContextAnswer>();
        UserInformation? user = null;
        while (NextItem(ref rest, out var type, out var item))
        {
            if (type == AnsweredContextItem)
            {
                contexts.Add(contexts.Count < limits.MaxContexts
                    ? Answer(item)
                    : throw Invalid($"more than {limits.MaxContexts} presentation contexts"));
            }
            else if (type == UserInformationItem)
            {
                user = User(item, limits);
            }
        }

        return new AssociateAcceptPdu
        {
            CalledAe = Text(body.Slice(4, PduLimits.AeLength)),
            CallingAe = Text(body.Slice(4 + PduLimits.AeLength, PduLimits.AeLength)),
            Contexts = contexts,
            User = user ?? new UserInformation(),
        };
    }

    /// <summary>Body of an A-ASSOCIATE-RJ.</summary>
    public static RejectReason AssociateReject(ReadOnlySpan<byte> body) =>
        body.Length == 4 ? new RejectReason(body[1], body[2], body[3]) : throw Invalid("A-ASSOCIATE-RJ is not 4 bytes");

    /// <summary>Source and reason of an A-ABORT.</summary>
    public static (byte Source, byte Reason) Abort(ReadOnlySpan<byte> body) =>
        body.Length == 4 ? (body[2], body[3]) : throw Invalid("A-ABORT is not 4 bytes");

    /// <summary>Takes the next presentation data value off a P-DATA-TF body (PS3.8 table 9-23).</summary>
    /// <returns>False at the end of the body.</returns>
    public static bool NextValue(ref ReadOnlyMemory<byte> body, out DataValue value)
    {
        value = default;
        if (body.IsEmpty)
        {
            return false;
        }

        if (body.Length < 6)
        {
            throw Invalid("presentation data value without its header");
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(body.Span);
        if (length < 2 || length > body.Length - 4)
        {
            throw Invalid("presentation data value outside its PDU");
        }

        var header = body.Span[5];
        value = new DataValue(body.Span[4], (header & 1) != 0, (header & 2) != 0, body.Slice(6, (int)length - 2));
        body = body[(4 + (int)length)..];
        return true;
    }

    private static ReadOnlySpan<byte> Fixed(ReadOnlySpan<byte> body) =>
        body.Length >= PduLimits.AssociateFixedLength
            ? body[PduLimits.AssociateFixedLength..]
            : throw Invalid("association PDU shorter than its fixed part");

    private static void AddContext(List<ProposedContext> contexts, ReadOnlySpan<byte> item, PeerLimits limits)
    {
        if (contexts.Count == limits.MaxContexts)
        {
            throw Invalid($"more than {limits.MaxContexts} presentation contexts");
        }

        if (item.Length < 4)
        {
            throw Invalid("presentation context without its header");
        }

        var id = item[0];
        if (id % 2 == 0 || contexts.Exists(c => c.Id == id))
        {
            throw Invalid("presentation context number even or repeated");
        }

        contexts.Add(Proposed(id, item[4..], limits));
    }

    private static ProposedContext Proposed(byte id, ReadOnlySpan<byte> rest, PeerLimits limits)
    {
        string? abstractSyntax = null;
        var transferSyntaxes = new List<string>();
        while (NextItem(ref rest, out var type, out var item))
        {
            switch (type)
            {
                case AbstractSyntaxItem when abstractSyntax is null:
                    abstractSyntax = Text(item);
                    break;
                case AbstractSyntaxItem:
                    throw Invalid("presentation context with two abstract syntaxes");
                case TransferSyntaxItem when transferSyntaxes.Count == limits.MaxTransferSyntaxes:
                    throw Invalid($"more than {limits.MaxTransferSyntaxes} transfer syntaxes in a presentation context");
                case TransferSyntaxItem:
                    transferSyntaxes.Add(Text(item));
                    break;
                default:
                    break;
            }
        }

        return abstractSyntax is null || transferSyntaxes.Count == 0
            ? throw Invalid("presentation context without abstract or transfer syntax")
            : new ProposedContext(id, abstractSyntax, transferSyntaxes);
    }

    private static ContextAnswer Answer(ReadOnlySpan<byte> item)
    {
        if (item.Length < 4)
        {
            throw Invalid("presentation context without its header");
        }

        var rest = item[4..];
        var transferSyntax = "";
        while (NextItem(ref rest, out var type, out var part))
        {
            transferSyntax = type == TransferSyntaxItem ? Text(part) : transferSyntax;
        }

        return item[2] <= 4
            ? new ContextAnswer(item[0], (ContextResult)item[2], "", transferSyntax)
            : throw Invalid("presentation context with an unknown result");
    }

    private static UserInformation User(ReadOnlySpan<byte> rest, PeerLimits limits)
    {
        var user = new UserInformation();
        var roles = new List<RoleSelection>();
        var count = 0;
        while (NextItem(ref rest, out var type, out var item))
        {
            if (++count > limits.MaxUserItems)
            {
                throw Invalid($"more than {limits.MaxUserItems} user information items");
            }

            user = type switch
            {
                MaxLengthItem => user with
                {
                    MaxPduLength = item.Length == 4
                        ? BinaryPrimitives.ReadUInt32BigEndian(item)
                        : throw Invalid("maximum length item is not 4 bytes"),
                },
                ImplementationClassItem => user with { ImplementationClassUid = Text(item) },
                ImplementationVersionItem => user with { ImplementationVersionName = Text(item) },
                AsynchronousItem => user with { ProposesAsynchronousOperations = true },
                _ => user,
            };
            if (type == RoleItem)
            {
                roles.Add(Role(item));
            }
        }

        return user with { Roles = roles };
    }

    private static RoleSelection Role(ReadOnlySpan<byte> item)
    {
        if (item.Length < 4)
        {
            throw Invalid("role selection item too short");
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(item);
        return item.Length == length + 4
            ? new RoleSelection(Text(item.Slice(2, length)), item[^2] != 0, item[^1] != 0)
            : throw Invalid("role selection item with a wrong length");
    }

    private static bool NextItem(ref ReadOnlySpan<byte> rest, out byte type, out ReadOnlySpan<byte> item)
    {
        type = 0;
        item = default;
        if (rest.IsEmpty)
        {
            return false;
        }

        if (rest.Length < 4)
        {
            throw Invalid("item without its header");
        }

        type = rest[0];
        int length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
        if (length > rest.Length - 4)
        {
            throw Invalid("item longer than its parent");
        }

        item = rest.Slice(4, length);
        rest = rest[(4 + length)..];
        return true;
    }

    // Padding by a null or a space is common in the field and carries no meaning.
    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes).TrimEnd('\0', ' ').TrimStart(' ');

    private static PduFault Invalid(string detail) => new(AbortReason.InvalidParameterValue, detail);
}

/// <summary>One presentation data value: a fragment of a command set or of a data set.</summary>
internal readonly record struct DataValue(byte ContextId, bool IsCommand, bool IsLast, ReadOnlyMemory<byte> Bytes);
