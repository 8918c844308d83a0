namespace VMUNet.Dimse;

/// <summary>A C-STORE request (PS3.7 section 9.3.1). Its identifiers have been checked against the rule of a UID.</summary>
public sealed record StoreRequest
{
    /// <summary>Affected SOP class; equals the abstract syntax of the context.</summary>
    public required string SopClassUid { get; init; }

    /// <summary>Affected SOP instance.</summary>
    public required string SopInstanceUid { get; init; }

    /// <summary>Transfer syntax of the context, so of the data set.</summary>
    public required string TransferSyntaxUid { get; init; }

    /// <summary>Message id.</summary>
    public required ushort MessageId { get; init; }
}
