namespace VMUNet.Dimse;

/// <summary>Whom to call, as whom, and with what patience.</summary>
public sealed record DimseClientOptions
{
    /// <summary>Host name or address.</summary>
    public required string Host { get; init; }

    /// <summary>Port.</summary>
    public required int Port { get; init; }

    /// <summary>Title that we call.</summary>
    public required string CalledAe { get; init; }

    /// <summary>Title that we give ourselves.</summary>
    public required string CallingAe { get; init; }

    /// <summary>Proposed presentation contexts, 1 to 128; Verification with implicit little endian by default.</summary>
    public IReadOnlyList<PresentationContextOffer> Contexts { get; init; } =
        [new(SopClasses.Verification, [TransferSyntaxes.ImplicitLittleEndian])];

    /// <summary>Time to connect (default 10 s).</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time for the answer to our association request (default 10 s).</summary>
    public TimeSpan AssociationTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time for a response, to which a second for every 10 MiB sent is added (default 60 s).</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Time in which the peer must take one PDU (default 30 s).</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time for the answer to our release request (default 10 s).</summary>
    public TimeSpan ReleaseTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Greatest P-DATA-TF body that we announce and accept (default 131072).</summary>
    public int MaxPduLength { get; init; } = 131_072;

    /// <summary>Calls over TLS, checking the server's name and chain, and showing our certificate if there is one; null calls plainly.</summary>
    public TlsCredentials? Tls { get; init; }

    /// <summary>Clock for the time limits.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
