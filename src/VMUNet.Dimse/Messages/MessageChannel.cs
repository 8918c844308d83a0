namespace VMUNet.Dimse;

/// <summary>Messages of one established association: fragments into commands and data sets, and back (PS3.7 annex F, PS3.8 annex E).</summary>
internal sealed class MessageChannel(
    UpperLayer upperLayer,
    PeerLimits limits,
    IReadOnlyDictionary<byte, ContextAnswer> contexts)
{
    private ReadOnlyMemory<byte> _unread;
    private int _emptyInARow;

    /// <summary>Contexts that were accepted, by number.</summary>
    public IReadOnlyDictionary<byte, ContextAnswer> Contexts => contexts;

    /// <summary>True when a fragment that has come was not read yet.</summary>
    public bool HasUnread => !_unread.IsEmpty;

    /// <summary>
    /// Next command, or how the association ended: a release that was asked for is reported, not answered.
    /// </summary>
    public async ValueTask<(Command? Command, Indication? End)> ReadCommandAsync(TimeSpan patience, CancellationToken ct)
    {
        var assembled = new ArrayBuilder();
        ContextAnswer? context = null;
        while (true)
        {
            var (value, end) = await NextValueAsync(patience, insideMessage: context is not null, ct);
            if (end is not null)
            {
                return context is not null && end is Indication.ReleaseRequested
                    ? (null, await FaultAsync(AbortReason.UnexpectedPdu, "release inside a message", ct))
                    : (null, end);
            }

            if (!value.IsCommand || (context is not null && context.Id != value.ContextId))
            {
                return (null, await FaultAsync(AbortReason.UnexpectedPdu, "fragment of another message", ct));
            }

            if (!contexts.TryGetValue(value.ContextId, out context))
            {
                return (null, await FaultAsync(AbortReason.InvalidParameterValue, "context was not accepted", ct));
            }

            if (!assembled.TryAdd(value.Bytes.Span, PduLimits.MaxCommandLength))
            {
                return (null, await FaultAsync(AbortReason.InvalidParameterValue, "command set over 64 kB", ct));
            }

            if (value.IsLast)
            {
                return await ParseAsync(context, assembled, ct);
            }
        }
    }

    /// <summary>The data set that follows a command, as a stream of its bytes.</summary>
    public DataSetStream OpenDataSet(ContextAnswer context) => new(this, context.Id);

    /// <summary>Sends a command set; one PDU as a rule, more where the peer takes only small ones.</summary>
    public async ValueTask SendCommandAsync(byte contextId, CommandSet command, int maxValue, CancellationToken ct)
    {
        var bytes = command.ToBytes();
        for (var at = 0; at < bytes.Length; at += maxValue)
        {
            var part = bytes.AsMemory(at, Math.Min(maxValue, bytes.Length - at));
            var isLast = at + part.Length == bytes.Length;
            await upperLayer.SendDataAsync(PduEncoder.Data(contextId, isCommand: true, isLast, part.Span), ct);
        }
    }

    /// <summary>Next fragment of the data set of a context; ends the association when something else comes.</summary>
    /// <exception cref="AssociationLostException">The association is over.</exception>
    internal async ValueTask<DataValue> NextDataFragmentAsync(byte contextId, CancellationToken ct)
    {
        var (value, end) = await NextValueAsync(limits.Idle, insideMessage: true, ct);
        end ??= value.IsCommand || value.ContextId != contextId
            ? await FaultAsync(AbortReason.UnexpectedPdu, "fragment of another message", ct)
            : null;
        if (end is Indication.ReleaseRequested)
        {
            end = await FaultAsync(AbortReason.UnexpectedPdu, "release inside a message", ct);
        }

        return end switch
        {
            null => value,
            Indication.Ended ended => throw new AssociationLostException(ended.End, ended.Why),
            _ => throw new AssociationLostException(AssociationEnd.ProtocolError, "association ended inside a message"),
        };
    }

    private async ValueTask<(Command?, Indication?)> ParseAsync(
        ContextAnswer context, ArrayBuilder assembled, CancellationToken ct)
    {
        try
        {
            return (new Command(context, CommandSet.Parse(assembled.Written)), null);
        }
        catch (PduFault fault)
        {
            return (null, await FaultAsync(fault.Reason, fault.Message, ct));
        }
    }

    private async ValueTask<(DataValue Value, Indication? End)> NextValueAsync(
        TimeSpan patience, bool insideMessage, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                if (PduDecoder.NextValue(ref _unread, out var value))
                {
                    CountEmpty(value);
                    return (value, null);
                }
            }
            catch (PduFault fault)
            {
                return (default, await FaultAsync(fault.Reason, fault.Message, ct));
            }

            var indication = await upperLayer.ReceiveAsync(patience, insideMessage, ct);
            if (indication is not Indication.Data data)
            {
                return (default, indication);
            }

            _unread = data.Body;
        }
    }

    // Legal one by one; but they bring a message no further, and satisfy every rule of time and rate for ever.
    private void CountEmpty(DataValue value)
    {
        _emptyInARow = value.Bytes.IsEmpty && !value.IsLast ? _emptyInARow + 1 : 0;
        if (_emptyInARow > PduLimits.MaxEmptyFragments)
        {
            throw new PduFault(
                AbortReason.InvalidParameterValue, $"more than {PduLimits.MaxEmptyFragments} empty fragments in a row");
        }
    }

    private async ValueTask<Indication> FaultAsync(AbortReason reason, string why, CancellationToken ct)
    {
        await upperLayer.AbortAsync(reason, ct);
        return new Indication.Ended(AssociationEnd.ProtocolError, why);
    }
}

/// <summary>A command set and the context that it came on.</summary>
internal sealed record Command(ContextAnswer Context, CommandSet Set);

/// <summary>Bytes that grow with what really came.</summary>
internal sealed class ArrayBuilder
{
    private byte[] _bytes = new byte[512];
    private int _length;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public bool TryAdd(ReadOnlySpan<byte> more, int limit)
    {
        if (more.Length > limit - _length)
        {
            return false;
        }

        if (_length + more.Length > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + more.Length));
        }

        more.CopyTo(_bytes.AsSpan(_length));
        _length += more.Length;
        return true;
    }
}
