namespace VMUNet.Dimse;

/// <summary>User information of an A-ASSOCIATE-RQ or -AC as far as we read it (PS3.7 annex D.3.3).</summary>
internal sealed record UserInformation
{
    /// <summary>Greatest P-DATA-TF body that the sender of this item accepts; 0 = no limit.</summary>
    public uint MaxPduLength { get; init; } = PduLimits.DefaultPeerMaxPdu;

    public string? ImplementationClassUid { get; init; }

    public string? ImplementationVersionName { get; init; }

    public bool ProposesAsynchronousOperations { get; init; }

    public IReadOnlyList<RoleSelection> Roles { get; init; } = [];
}

/// <summary>SCU/SCP role selection (item 54).</summary>
internal sealed record RoleSelection(string SopClass, bool Scu, bool Scp);

/// <summary>A-ASSOCIATE-RQ (PS3.8 table 9-11).</summary>
internal sealed record AssociateRequestPdu
{
    public ushort ProtocolVersion { get; init; } = 1;

    /// <summary>The 16 characters as sent.</summary>
    public required string CalledAe { get; init; }

    /// <summary>The 16 characters as sent.</summary>
    public required string CallingAe { get; init; }

    public string ApplicationContext { get; init; } = PduLimits.DicomApplicationContext;

    public required IReadOnlyList<ProposedContext> Contexts { get; init; }

    public UserInformation User { get; init; } = new();
}

/// <summary>A-ASSOCIATE-AC (PS3.8 table 9-17).</summary>
internal sealed record AssociateAcceptPdu
{
    public required string CalledAe { get; init; }

    public required string CallingAe { get; init; }

    public required IReadOnlyList<ContextAnswer> Contexts { get; init; }

    public UserInformation User { get; init; } = new();
}
