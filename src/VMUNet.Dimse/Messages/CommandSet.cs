using System.Buffers.Binary;
using System.Text;

namespace VMUNet.Dimse;

/// <summary>
/// A DIMSE command set (PS3.7 section 6.3 and annex E): group 0000 in implicit VR little endian. At most 64 kB and 64
/// elements; every element lies inside the buffer.
/// </summary>
internal sealed class CommandSet
{
    private const ushort NoDataSet = 0x0101;

    private readonly SortedDictionary<ushort, byte[]> _elements = [];

    public ushort Field => Number(0x0100) ?? 0;

    public ushort MessageId => Number(0x0110) ?? 0;

    public ushort RespondedTo => Number(0x0120) ?? 0;

    public bool HasDataSet => Number(0x0800) != NoDataSet;

    public ushort Priority => Number(0x0700) ?? 0;

    public ushort Status => Number(0x0900) ?? 0;

    public ushort EventType => Number(0x1002) ?? 0;

    /// <summary>Remaining, completed, failed and warning sub-operations of a C-MOVE; 0 where absent.</summary>
    public (int Remaining, int Completed, int Failed, int Warning) SubOperations =>
        (Number(0x1020) ?? 0, Number(0x1021) ?? 0, Number(0x1022) ?? 0, Number(0x1023) ?? 0);

    /// <summary>The peer's words, for logs and rows: no control character of them gets there.</summary>
    public string? ErrorComment => Text(0x0902) is { } comment
        ? new string([.. comment.Select(c => char.IsControl(c) ? '?' : c)])
        : null;

    public string AffectedSopClass => Text(0x0002) ?? "";

    public string AffectedSopInstance => Text(0x1000) ?? "";

    /// <summary>Parses the assembled bytes of a command set.</summary>
    /// <exception cref="PduFault">The bytes are no command set.</exception>
    public static CommandSet Parse(ReadOnlySpan<byte> bytes)
    {
        var set = new CommandSet();
        while (!bytes.IsEmpty)
        {
            if (bytes.Length < 8 || set._elements.Count == PduLimits.MaxCommandElements)
            {
                throw Invalid("command set cut off, or of more than 64 elements");
            }

            var group = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
            var element = BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            if (group != 0 || length > bytes.Length - 8)
            {
                throw Invalid("command element of another group, or longer than its set");
            }

            if (!set._elements.TryAdd(element, bytes.Slice(8, (int)length).ToArray()))
            {
                throw Invalid("command element twice");
            }

            bytes = bytes[(8 + (int)length)..];
        }

        set.Check();
        return set;
    }

    // PS3.7 E.1: the group length counts everything behind itself; only responses and C-CANCEL have no number of their own.
    private void Check()
    {
        if (!_elements.TryGetValue(0, out var length) || length.Length != 4
            || BinaryPrimitives.ReadUInt32LittleEndian(length) != _elements.Values.Sum(v => 8 + v.Length) - 12)
        {
            throw Invalid("command set without group length, or of another length");
        }

        if (Number(0x0100) is not { } field || Number(0x0800) is null)
        {
            throw Invalid("command set without command field or data set type");
        }

        if (field < CommandField.CancelRequest && Number(0x0110) is null)
        {
            throw Invalid("request without message id");
        }
    }

    public static CommandSet EchoRequest(ushort messageId) => new CommandSet()
        .Put(0x0002, SopClasses.Verification)
        .Put(0x0100, CommandField.EchoRequest)
        .Put(0x0110, messageId)
        .Put(0x0800, NoDataSet);

    public static CommandSet StoreRequest(ushort messageId, string sopClass, string sopInstance) => new CommandSet()
        .Put(0x0002, sopClass)
        .Put(0x0100, CommandField.StoreRequest)
        .Put(0x0110, messageId)
        .Put(0x0700, 0)
        .Put(0x0800, 0x0001)
        .Put(0x1000, sopInstance);

    public static CommandSet FindRequest(ushort messageId, string model) => new CommandSet()
        .Put(0x0002, model)
        .Put(0x0100, CommandField.FindRequest)
        .Put(0x0110, messageId)
        .Put(0x0700, 0)
        .Put(0x0800, 0x0001);

    public static CommandSet MoveRequest(ushort messageId, string model, string destination) => new CommandSet()
        .Put(0x0002, model)
        .Put(0x0100, CommandField.MoveRequest)
        .Put(0x0110, messageId)
        .Put(0x0600, destination)
        .Put(0x0700, 0)
        .Put(0x0800, 0x0001);

    public static CommandSet ActionRequest(ushort messageId, string sopClass, string sopInstance, ushort actionType) => new CommandSet()
        .Put(0x0003, sopClass)
        .Put(0x0100, CommandField.ActionRequest)
        .Put(0x0110, messageId)
        .Put(0x0800, 0x0001)
        .Put(0x1001, sopInstance)
        .Put(0x1008, actionType);

    /// <summary>Ends a C-FIND or C-MOVE that has brought enough; it has no response of its own.</summary>
    public static CommandSet Cancel(ushort messageId) => new CommandSet()
        .Put(0x0100, CommandField.CancelRequest)
        .Put(0x0120, messageId)
        .Put(0x0800, NoDataSet);

    /// <summary>The one final response to a request: its number, class and instance are echoed.</summary>
    public static CommandSet Response(CommandSet request, DimseStatus status)
    {
        var response = new CommandSet()
            .Put(0x0100, (ushort)(request.Field | CommandField.ResponseBit))
            .Put(0x0120, request.MessageId)
            .Put(0x0800, NoDataSet)
            .Put(0x0900, status.Code);
        foreach (var echoed in (ReadOnlySpan<ushort>)[0x0002, 0x1000, 0x1002])
        {
            if (request._elements.TryGetValue(echoed, out var value))
            {
                response._elements[echoed] = value;
            }
        }

        return status.Comment is null ? response : response.Put(0x0902, status.Comment);
    }

    /// <summary>The encoded set, group length first.</summary>
    public byte[] ToBytes()
    {
        var length = _elements.Sum(e => e.Key == 0 ? 0 : 8 + e.Value.Length);
        var bytes = new byte[12 + length];
        var at = Write(bytes, 0, 0x0000, BitConverter.GetBytes(length));
        foreach (var (element, value) in _elements.Where(e => e.Key != 0))
        {
            at = Write(bytes, at, element, value);
        }

        return bytes[..at];
    }

    private static int Write(byte[] bytes, int at, ushort element, byte[] value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at + 2), element);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at + 4), value.Length);
        value.CopyTo(bytes, at + 8);
        return at + 8 + value.Length;
    }

    private CommandSet Put(ushort element, ushort value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        _elements[element] = bytes;
        return this;
    }

    private CommandSet Put(ushort element, string value)
    {
        var padding = element is 0x0002 or 0x0003 or 0x1000 or 0x1001 ? "\0" : " ";
        _elements[element] = Encoding.ASCII.GetBytes(value.Length % 2 == 0 ? value : value + padding);
        return this;
    }

    private ushort? Number(ushort element) => _elements.TryGetValue(element, out var value) && value.Length == 2
        ? BinaryPrimitives.ReadUInt16LittleEndian(value)
        : null;

    private string? Text(ushort element) => _elements.TryGetValue(element, out var value)
        ? Encoding.Latin1.GetString(value).TrimEnd('\0', ' ')
        : null;

    private static PduFault Invalid(string detail) => new(AbortReason.InvalidParameterValue, detail);
}
