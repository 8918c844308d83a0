namespace VMUNet.Dimse;

/// <summary>What the upper layer tells its user (PS3.8 section 7).</summary>
internal abstract record Indication
{
    private Indication()
    {
    }

    public sealed record AssociateRequested(AssociateRequestPdu Pdu) : Indication;

    public sealed record AssociateAccepted(AssociateAcceptPdu Pdu) : Indication;

    public sealed record AssociateRejected(RejectReason Reason) : Indication;

    /// <summary>A P-DATA-TF body, valid until the next receive.</summary>
    public sealed record Data(ReadOnlyMemory<byte> Body) : Indication;

    public sealed record ReleaseRequested : Indication;

    public sealed record Released : Indication;

    /// <summary>The association is over: the peer aborted or closed, or we aborted for the reason given.</summary>
    public sealed record Ended(AssociationEnd End, string Why) : Indication;
}
