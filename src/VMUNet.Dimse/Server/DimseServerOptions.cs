using System.Net;

namespace VMUNet.Dimse;

/// <summary>Address and limits of a <see cref="DimseServer"/>.</summary>
public sealed record DimseServerOptions
{
    /// <summary>Address to listen on; loopback by default.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>Port to listen on; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>A second door for TLS, under the same limits; null for none.</summary>
    public TlsEndpoint? Tls { get; init; }

    /// <summary>Greatest P-DATA-TF body that we announce and accept, in bytes (default 131072).</summary>
    public int MaxPduLength { get; init; } = 131_072;

    /// <summary>Bytes of an A-ASSOCIATE-RQ body (default 262144); more aborts before anything is allocated.</summary>
    public int MaxAssociateLength { get; init; } = 262_144;

    /// <summary>Presentation contexts of a request (default 128, which is all there can be); more aborts.</summary>
    public int MaxContexts { get; init; } = PduLimits.MaxContexts;

    /// <summary>Transfer syntaxes of a presentation context (default 64); more aborts.</summary>
    public int MaxTransferSyntaxes { get; init; } = 64;

    /// <summary>User information items of a request (default 64); more aborts.</summary>
    public int MaxUserItems { get; init; } = 64;

    /// <summary>Time from accepting a connection to a complete A-ASSOCIATE-RQ (ARTIM; default 10 s).</summary>
    public TimeSpan AssociationTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time without any PDU between messages (default 30 s).</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Window over which a sender's rate is judged inside a message (default 30 s).</summary>
    public TimeSpan RateWindow { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Least bytes a second of a sender, over the window (default 1024).</summary>
    public int MinBytesPerSecond { get; init; } = 1_024;

    /// <summary>Time in which the peer must take what we write (default 30 s).</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time given to the peer to close after the last PDU (default 5 s).</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Associations at a time (default 32).</summary>
    public int MaxAssociations { get; init; } = 32;

    /// <summary>Associations at a time from one address (default 8).</summary>
    public int MaxAssociationsPerAddress { get; init; } = 8;

    /// <summary>Connections without association from one address; one more closes the oldest (default 16).</summary>
    public int MaxPendingPerAddress { get; init; } = 16;

    /// <summary>Connections without association from all addresses; one more closes the oldest (default 256).</summary>
    public int MaxPending { get; init; } = 256;

    /// <summary>Bytes of an object, read or drained (default 2 GiB); more aborts.</summary>
    public long MaxObjectBytes { get; init; } = 2L * 1024 * 1024 * 1024;

    /// <summary>Bytes drained after an object was refused for its size (default 16 MiB); more aborts.</summary>
    public long DrainBytes { get; init; } = 16 * 1024 * 1024;

    internal PeerLimits ToPeerLimits() => new()
    {
        MaxPduLength = MaxPduLength,
        MaxAssociateLength = MaxAssociateLength,
        MaxContexts = MaxContexts,
        MaxTransferSyntaxes = MaxTransferSyntaxes,
        MaxUserItems = MaxUserItems,
        Association = AssociationTimeout,
        Idle = IdleTimeout,
        RateWindow = RateWindow,
        MinBytesPerSecond = MinBytesPerSecond,
        Write = WriteTimeout,
        Close = CloseTimeout,
    };
}
