namespace VMUNet.Dimse;

/// <summary>One connection of a <see cref="DimseServer"/>, from its first byte to its end.</summary>
internal sealed class ServerAssociation(
    PduConnection connection,
    ConnectionTable.Entry entry,
    ConnectionTable connections,
    DimseServerOptions options,
    IAssociationHandler handler,
    IReadOnlyList<string>? certificateNames,
    TimeProvider time)
{
    private readonly UpperLayer _upperLayer = new(connection, isRequestor: false);
    private readonly PeerLimits _limits = options.ToPeerLimits();

    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            _upperLayer.TransportAccepted();
            var request = await FirstAsync(stopping);
            if (request is not null)
            {
                await NegotiateAsync(request, stopping);
            }

            connections.EndAssociation(entry);
            await _upperLayer.FinishAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            await _upperLayer.AbortAsync(AbortReason.NotSpecified, CancellationToken.None);
        }
    }

    private async Task<AssociateRequestPdu?> FirstAsync(CancellationToken stopping)
    {
        using var artim = new CancellationTokenSource(_limits.Association, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(artim.Token, stopping);
        try
        {
            var indication = await _upperLayer.ReceiveAsync(_limits.Association, insideMessage: false, either.Token);
            if (indication is Indication.AssociateRequested requested)
            {
                return requested.Pdu;
            }

            var ended = indication as Indication.Ended;
            handler.Refused(entry.Address, ended?.End ?? AssociationEnd.ProtocolError, ended?.Why ?? "no association");
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // PS3.8 table 9-10, Evt18 in Sta2: close without a word.
            handler.Refused(entry.Address, AssociationEnd.IdleTooLong, "no association request in time");
        }

        return null;
    }

    private async Task NegotiateAsync(AssociateRequestPdu pdu, CancellationToken ct)
    {
        var request = new AssociationRequest
        {
            CalledAe = pdu.CalledAe,
            CallingAe = pdu.CallingAe,
            RemoteAddress = entry.Address,
            IsSecure = certificateNames is not null,
            CertificateNames = certificateNames ?? [],
            ProviderRoles = [.. pdu.User.Roles.Where(r => r.Scp).Select(r => r.SopClass)],
            Contexts = pdu.Contexts,
        };
        switch (ProtocolVerdict(pdu) ?? handler.Judge(request))
        {
            case AssociationVerdict.Rejected rejected:
                await _upperLayer.RejectAsync(rejected.Reason, ct);
                handler.Refused(entry.Address, AssociationEnd.Rejected, rejected.Why);
                break;
            case AssociationVerdict.Accepted accepted:
                await ServeAsync(pdu, request, accepted, ct);
                break;
            default:
                throw new InvalidOperationException("unknown verdict");
        }
    }

    private static AssociationVerdict.Rejected? ProtocolVerdict(AssociateRequestPdu pdu)
    {
        if ((pdu.ProtocolVersion & 1) == 0)
        {
            return new(RejectReason.ProtocolVersionNotSupported, "protocol version without bit 0");
        }

        if (pdu.ApplicationContext != PduLimits.DicomApplicationContext)
        {
            return new(RejectReason.ApplicationContextNotSupported, "another application context");
        }

        if (pdu.User.MaxPduLength is > 0 and < PduLimits.MinPeerMaxPdu)
        {
            return new(RejectReason.LocalLimitExceeded, "peer takes PDUs of fewer than 128 bytes only");
        }

        return null;
    }

    private async Task ServeAsync(
        AssociateRequestPdu pdu, AssociationRequest request, AssociationVerdict.Accepted verdict, CancellationToken ct)
    {
        var answers = verdict.Contexts;
        if (!connections.TryAssociate(entry, verdict.Lane))
        {
            await _upperLayer.RejectAsync(RejectReason.LocalLimitExceeded, ct);
            handler.Refused(entry.Address, AssociationEnd.Rejected, "too many associations at a time");
            return;
        }

        var association = new AssociationInfo
        {
            Id = Guid.NewGuid(),
            CalledAe = request.CalledAe,
            CallingAe = request.CallingAe,
            RemoteAddress = request.RemoteAddress,
            Lane = verdict.Lane,
            Contexts = answers,
        };
        await handler.OpenedAsync(association, ct);
        var (end, why) = (AssociationEnd.InternalError, "unexpected failure");
        try
        {
            await _upperLayer.AcceptAsync(Accept(pdu, answers), ct);
            var accepted = answers.Where(a => a.Result == ContextResult.Accepted).ToDictionary(a => a.Id);
            var channel = new MessageChannel(_upperLayer, _limits, accepted);
            (end, why) = await new ServerMessages(_upperLayer, channel, association, options, handler, MaxValue(pdu))
                .RunAsync(ct);
        }
        catch (TransportEnded)
        {
            (end, why) = (AssociationEnd.ConnectionClosed, "connection broke");
        }
        catch (OperationCanceledException)
        {
            (end, why) = (AssociationEnd.Shutdown, "this side is shutting down");
            throw;
        }
        finally
        {
            await handler.ClosedAsync(association, end, why);
        }
    }

    private AssociateAcceptPdu Accept(AssociateRequestPdu pdu, IReadOnlyList<ContextAnswer> answers) => new()
    {
        CalledAe = pdu.CalledAe,
        CallingAe = pdu.CallingAe,
        Contexts = answers,
        User = new UserInformation
        {
            MaxPduLength = (uint)options.MaxPduLength,
            ProposesAsynchronousOperations = pdu.User.ProposesAsynchronousOperations,
            // PS3.7 D.3.3.4: answered only where proposed. The requestor stays SCU, but for the archive that reports a
            // storage commitment of ours.
            Roles = [.. pdu.User.Roles.Where(r => DicomUidRule.IsValid(r.SopClass)).Select(r =>
                new RoleSelection(r.SopClass, r.Scu, r.Scp && r.SopClass == SopClasses.StorageCommitmentPush))],
        },
    };

    private static int MaxValue(AssociateRequestPdu pdu) =>
        (int)Math.Min(pdu.User.MaxPduLength == 0 ? PduLimits.MaxSendPdu : pdu.User.MaxPduLength, PduLimits.MaxSendPdu) - 6;
}
