namespace VMUNet.Dimse;

/// <summary>The answer to an <see cref="AssociationRequest"/>.</summary>
public abstract record AssociationVerdict
{
    private AssociationVerdict()
    {
    }

    /// <summary>The association is accepted, each context with its own answer.</summary>
    /// <param name="Contexts">One answer to each proposed context.</param>
    public sealed record Accepted(IReadOnlyList<ContextAnswer> Contexts) : AssociationVerdict
    {
        /// <summary>Whose caps count; null for those of the server.</summary>
        public AssociationLane? Lane { get; init; }
    }

    /// <summary>The association is rejected.</summary>
    /// <param name="Reason">What the peer is told.</param>
    /// <param name="Why">What the log is told; no control characters.</param>
    public sealed record Rejected(RejectReason Reason, string Why) : AssociationVerdict;
}
