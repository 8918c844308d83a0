namespace VMUNet.Dimse;

/// <summary>How long and how slowly one connection may behave.</summary>
internal sealed record PeerLimits
{
    /// <summary>Greatest P-DATA-TF body that we announce and accept.</summary>
    public int MaxPduLength { get; init; } = 131_072;

    /// <summary>Bytes of an A-ASSOCIATE-RQ or -AC body.</summary>
    public int MaxAssociateLength { get; init; } = 262_144;

    /// <summary>Presentation contexts of an A-ASSOCIATE-RQ; their odd numbers allow 128.</summary>
    public int MaxContexts { get; init; } = PduLimits.MaxContexts;

    /// <summary>Transfer syntaxes of a proposed presentation context.</summary>
    public int MaxTransferSyntaxes { get; init; } = 64;

    /// <summary>User information items of an A-ASSOCIATE-RQ or -AC.</summary>
    public int MaxUserItems { get; init; } = 64;

    /// <summary>Time for the association to be made (ARTIM).</summary>
    public TimeSpan Association { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time without any byte between messages.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Length of the window in which a sender must make progress inside a message.</summary>
    public TimeSpan RateWindow { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Least bytes a second over the window.</summary>
    public int MinBytesPerSecond { get; init; } = 1_024;

    /// <summary>Time in which the peer must take what we write.</summary>
    public TimeSpan Write { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time given to the peer to close after the last PDU.</summary>
    public TimeSpan Close { get; init; } = TimeSpan.FromSeconds(5);
}
