namespace VMUNet.Dimse;

/// <summary>How an association, or an attempt at one, ended.</summary>
public enum AssociationEnd
{
    /// <summary>Released in good order.</summary>
    Released,

    /// <summary>The association was rejected.</summary>
    Rejected,

    /// <summary>The peer sent an A-ABORT.</summary>
    AbortedByPeer,

    /// <summary>The connection was closed or broke.</summary>
    ConnectionClosed,

    /// <summary>We aborted: the peer broke a rule of the protocol.</summary>
    ProtocolError,

    /// <summary>We aborted: the peer was silent for too long.</summary>
    IdleTooLong,

    /// <summary>We aborted: the peer sent, or read, too slowly.</summary>
    TooSlow,

    /// <summary>We aborted: a size over its limit.</summary>
    TooLarge,

    /// <summary>We aborted: this side is shutting down.</summary>
    Shutdown,

    /// <summary>We aborted: an unexpected failure of this side.</summary>
    InternalError,
}
