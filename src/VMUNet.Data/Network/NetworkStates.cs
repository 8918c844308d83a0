namespace VMUNet.Data.Network;

/// <summary>What is known of a caller.</summary>
public enum CallerState
{
    /// <summary>It was turned away; nobody has decided yet.</summary>
    Rejected,

    /// <summary>A person lets it in.</summary>
    Allowed,

    /// <summary>A person keeps it out, whatever the configuration says.</summary>
    Denied,
}

/// <summary>Where the comparison of a copy in another transfer syntax stands.</summary>
public enum CopyState
{
    /// <summary>Not compared yet.</summary>
    Waiting,

    /// <summary>The same pixels; kept, no work.</summary>
    Equal,

    /// <summary>Other pixels, or not decodable: in quarantine.</summary>
    Different,
}

/// <summary>Where the confirmation of a delivered result stands.</summary>
public enum ConfirmationState
{
    /// <summary>The destination is to be asked.</summary>
    Due,

    /// <summary>A commitment was requested; its event is awaited.</summary>
    Asked,

    /// <summary>The destination says that it keeps the object.</summary>
    Confirmed,

    /// <summary>It offers neither commitment nor query.</summary>
    Unsupported,

    /// <summary>It says that it does not keep the object; a person decides.</summary>
    Failed,
}

/// <summary>How a destination is asked.</summary>
public enum ConfirmationWay
{
    /// <summary>Storage commitment, push model.</summary>
    Commitment,

    /// <summary>C-FIND at instance level.</summary>
    Find,
}
