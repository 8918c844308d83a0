namespace VMUNet.Dimse;

/// <summary>Why a <see cref="DimseClient"/> could not do what it was asked.</summary>
public enum DimseClientFault
{
    /// <summary>No connection: refused, unreachable, unknown host, or no answer in time.</summary>
    CannotConnect,

    /// <summary>No TLS: a certificate that is not accepted, another name, no common version, or no answer in time.</summary>
    CannotSecure,

    /// <summary>The peer rejected the association.</summary>
    Rejected,

    /// <summary>The association was aborted or lost.</summary>
    AssociationLost,

    /// <summary>The peer did not answer in time.</summary>
    NoAnswer,

    /// <summary>The peer did not accept a presentation context for this class and transfer syntax.</summary>
    ContextNotAccepted,

    /// <summary>The peer's answer is not legal.</summary>
    ProtocolError,
}

/// <summary>A failure of an association that we requested.</summary>
public sealed class DimseClientException : Exception
{
    /// <summary>A failure with its kind and a sentence for people.</summary>
    public DimseClientException(DimseClientFault fault, string message, Exception? inner = null)
        : base(message, inner) => Fault = fault;

    /// <summary>A rejection.</summary>
    public DimseClientException(RejectReason reject)
        : this(DimseClientFault.Rejected, $"The association was rejected: {reject}.") => Reject = reject;

    /// <summary>What went wrong.</summary>
    public DimseClientFault Fault { get; }

    /// <summary>The peer's reason, when it rejected.</summary>
    public RejectReason? Reject { get; }

    /// <summary>True when another attempt later may succeed: everything but a permanent rejection or a refused context.</summary>
    public bool IsRetryable => Fault switch
    {
        DimseClientFault.Rejected => Reject is { IsTransient: true },
        DimseClientFault.ContextNotAccepted => false,
        _ => true,
    };
}
