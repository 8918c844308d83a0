namespace VMUNet.Dimse;

/// <summary>Reason of an A-ABORT by the service provider, source 2 (PS3.8 table 9-26).</summary>
public enum AbortReason
{
    /// <summary>Not specified; we use it for timeouts and local limits.</summary>
    NotSpecified = 0,

    /// <summary>Unrecognized PDU.</summary>
    UnrecognizedPdu = 1,

    /// <summary>Unexpected PDU.</summary>
    UnexpectedPdu = 2,

    /// <summary>Unrecognized PDU parameter.</summary>
    UnrecognizedParameter = 4,

    /// <summary>Unexpected PDU parameter.</summary>
    UnexpectedParameter = 5,

    /// <summary>Invalid PDU parameter value.</summary>
    InvalidParameterValue = 6,
}
