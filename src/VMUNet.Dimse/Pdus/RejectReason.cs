namespace VMUNet.Dimse;

/// <summary>Result, source and reason of an A-ASSOCIATE-RJ (PS3.8 table 9-21).</summary>
/// <param name="Result">1 permanent, 2 transient.</param>
/// <param name="Source">1 service user, 2 provider (ACSE), 3 provider (presentation).</param>
/// <param name="Reason">Meaning depends on the source.</param>
public readonly record struct RejectReason(byte Result, byte Source, byte Reason)
{
    /// <summary>Permanent, application context name not supported.</summary>
    public static readonly RejectReason ApplicationContextNotSupported = new(1, 1, 2);

    /// <summary>Permanent, calling AE title not recognized.</summary>
    public static readonly RejectReason CallingAeNotRecognized = new(1, 1, 3);

    /// <summary>Permanent, called AE title not recognized.</summary>
    public static readonly RejectReason CalledAeNotRecognized = new(1, 1, 7);

    /// <summary>Permanent, protocol version not supported.</summary>
    public static readonly RejectReason ProtocolVersionNotSupported = new(1, 2, 2);

    /// <summary>Transient, temporary congestion.</summary>
    public static readonly RejectReason TemporaryCongestion = new(2, 3, 1);

    /// <summary>Transient, local limit exceeded.</summary>
    public static readonly RejectReason LocalLimitExceeded = new(2, 3, 2);

    /// <summary>True when another attempt later may succeed.</summary>
    public bool IsTransient => Result == 2;

    /// <summary>The three numbers and their meaning, for people.</summary>
    public override string ToString() => $"{Result}/{Source}/{Reason} ({Meaning})";

    private string Meaning => (Source, Reason) switch
    {
        (1, 2) => "application context name not supported",
        (1, 3) => "calling AE title not recognized",
        (1, 7) => "called AE title not recognized",
        (2, 2) => "protocol version not supported",
        (3, 1) => "temporary congestion",
        (3, 2) => "local limit exceeded",
        _ => "no reason given",
    };
}
