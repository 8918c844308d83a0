using E = VMUNet.Dimse.UpperLayerEvent;

namespace VMUNet.Dimse;

/// <summary>
/// Drives <see cref="UpperLayerTable"/> over one connection. Every PDU that comes and every request of the user is an
/// event; the table says what to do. A-ABORT is always sent as the provider (source 2) with the reason.
/// </summary>
internal sealed class UpperLayer(PduConnection connection, bool isRequestor)
{
    public UpperLayerState State { get; private set; } = UpperLayerState.Idle;

    /// <summary>A connection was accepted: PS3.8 table 9-10, Evt5 in Sta1.</summary>
    public void TransportAccepted() => Fire(E.TransportAccepted);

    /// <summary>We opened a connection and ask for an association: Evt1 in Sta1, Evt2 in Sta4.</summary>
    public async Task RequestAsync(AssociateRequestPdu request, CancellationToken ct)
    {
        Fire(E.LocalAssociateRequest);
        Fire(E.TransportOpened);
        await connection.WriteAsync(PduEncoder.AssociateRequest(request), ct);
    }

    public async Task AcceptAsync(AssociateAcceptPdu accept, CancellationToken ct)
    {
        Fire(E.LocalAccept);
        await connection.WriteAsync(PduEncoder.AssociateAccept(accept), ct);
    }

    public async Task RejectAsync(RejectReason reason, CancellationToken ct)
    {
        Fire(E.LocalReject);
        await connection.WriteAsync(PduEncoder.AssociateReject(reason), ct);
    }

    /// <summary>Sends one complete P-DATA-TF.</summary>
    public async ValueTask SendDataAsync(ReadOnlyMemory<byte> pdu, CancellationToken ct)
    {
        Fire(E.LocalData);
        await connection.WriteAsync(pdu, ct);
    }

    public async Task RequestReleaseAsync(CancellationToken ct)
    {
        Fire(E.LocalReleaseRequest);
        await connection.WriteAsync(PduEncoder.ReleaseRequest(), ct);
    }

    public async Task AnswerReleaseAsync(CancellationToken ct)
    {
        Fire(E.LocalReleaseResponse);
        await connection.WriteAsync(PduEncoder.ReleaseResponse(), ct);
    }

    /// <summary>Aborts where the table allows it; where no association is, does nothing.</summary>
    public async Task AbortAsync(AbortReason reason, CancellationToken ct)
    {
        if (UpperLayerTable.Action(State, E.LocalAbort) != UpperLayerAction.None
            && Fire(E.LocalAbort) == UpperLayerAction.Aa1)
        {
            await SendAbortAsync(reason, ct);
        }
    }

    /// <summary>
    /// Next thing the peer does. Illegal bytes, silence and a closed connection come back as
    /// <see cref="Indication.Ended"/>, after the abort has been sent.
    /// </summary>
    public async ValueTask<Indication> ReceiveAsync(TimeSpan patience, bool insideMessage, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                var frame = await connection.ReadAsync(patience, insideMessage, ct);
                var indication = await TakeAsync(frame, ct);
                if (indication is not null)
                {
                    return indication;
                }
            }
            catch (PduFault fault)
            {
                return await InvalidAsync(fault, ct);
            }
            catch (TransportEnded ended)
            {
                return await TransportEndedAsync(ended, ct);
            }
        }
    }

    /// <summary>After the last PDU: waits for the peer to close, where the table says that it should.</summary>
    public async Task FinishAsync(CancellationToken ct)
    {
        if (State == UpperLayerState.AwaitingTransportClose)
        {
            await connection.LingerAsync(ct);
            Fire(E.TransportClosed);
        }
    }

    private async ValueTask<Indication?> TakeAsync(PduFrame frame, CancellationToken ct)
    {
        switch (Fire(EventOf(frame.Type)))
        {
            case UpperLayerAction.Ae3:
                return new Indication.AssociateAccepted(PduDecoder.AssociateAccept(frame.Body.Span, connection.Limits));
            case UpperLayerAction.Ae4:
                return new Indication.AssociateRejected(PduDecoder.AssociateReject(frame.Body.Span));
            case UpperLayerAction.Ae6:
                return new Indication.AssociateRequested(PduDecoder.AssociateRequest(frame.Body.Span, connection.Limits));
            case UpperLayerAction.Dt2 or UpperLayerAction.Ar6:
                return new Indication.Data(frame.Body);
            case UpperLayerAction.Ar2:
                return new Indication.ReleaseRequested();
            case UpperLayerAction.Ar3:
                return new Indication.Released();
            case UpperLayerAction.Ar8 when isRequestor:
                await AnswerReleaseAsync(ct); // AR-9; then Sta11 waits for the peer's answer
                return null;
            case UpperLayerAction.Ar10:
                await AnswerReleaseAsync(ct); // AR-4
                return new Indication.Released();
            case UpperLayerAction.Aa1 or UpperLayerAction.Aa7 or UpperLayerAction.Aa8:
                await SendAbortAsync(AbortReason.UnexpectedPdu, ct);
                return new Indication.Ended(AssociationEnd.ProtocolError, $"unexpected {frame.Type}");
            case UpperLayerAction.Aa2 or UpperLayerAction.Aa3:
                var (source, reason) = PduDecoder.Abort(frame.Body.Span);
                return new Indication.Ended(AssociationEnd.AbortedByPeer, $"A-ABORT source {source} reason {reason}");
            default:
                return null; // AA-6 ignores, AR-8 of an acceptor waits for the answer to its own request
        }
    }

    private async ValueTask<Indication> InvalidAsync(PduFault fault, CancellationToken ct)
    {
        if (UpperLayerTable.Action(State, E.InvalidPduReceived) != UpperLayerAction.None)
        {
            Fire(E.InvalidPduReceived);
            await SendAbortAsync(fault.Reason, ct);
        }

        return new Indication.Ended(AssociationEnd.ProtocolError, fault.Message);
    }

    private async ValueTask<Indication> TransportEndedAsync(TransportEnded ended, CancellationToken ct)
    {
        switch (ended.End)
        {
            case ReadEnd.Closed:
                Fire(E.TransportClosed);
                return new Indication.Ended(AssociationEnd.ConnectionClosed, "connection closed");
            case ReadEnd.TimedOut when State is UpperLayerState.AwaitingAssociateRequest:
                Fire(E.ArtimExpired);
                return new Indication.Ended(AssociationEnd.IdleTooLong, "no association request in time");
            default:
                await AbortAsync(AbortReason.NotSpecified, ct);
                return ended.End == ReadEnd.TooSlow
                    ? new Indication.Ended(AssociationEnd.TooSlow, "peer sent too slowly")
                    : new Indication.Ended(AssociationEnd.IdleTooLong, "peer was silent for too long");
        }
    }

    private async ValueTask SendAbortAsync(AbortReason reason, CancellationToken ct)
    {
        try
        {
            await connection.WriteAsync(PduEncoder.Abort(reason), ct);
        }
        catch (TransportEnded)
        {
            return; // the peer is gone; there is nobody to tell
        }
    }

    private UpperLayerAction Fire(E happened)
    {
        var action = UpperLayerTable.Action(State, happened);
        if (action == UpperLayerAction.None)
        {
            throw new InvalidOperationException($"{happened} cannot happen in {State}.");
        }

        State = UpperLayerTable.Next(action, State, isRequestor);
        return action;
    }

    private static E EventOf(PduType type) => type switch
    {
        PduType.AssociateRequest => E.AssociateRequestReceived,
        PduType.AssociateAccept => E.AssociateAcceptReceived,
        PduType.AssociateReject => E.AssociateRejectReceived,
        PduType.Data => E.DataReceived,
        PduType.ReleaseRequest => E.ReleaseRequestReceived,
        PduType.ReleaseResponse => E.ReleaseResponseReceived,
        _ => E.AbortReceived,
    };
}
