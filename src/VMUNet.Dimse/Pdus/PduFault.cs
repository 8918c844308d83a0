namespace VMUNet.Dimse;

/// <summary>Bytes of the peer that are no legal PDU, message or command set; ends in an A-ABORT with the reason.</summary>
internal sealed class PduFault(AbortReason reason, string detail) : Exception(detail)
{
    public AbortReason Reason { get; } = reason;
}
