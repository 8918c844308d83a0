namespace VMUNet.Dicom;

/// <summary>Carries a refusal out of the steps of reading; the public entry turns it into a value.</summary>
internal sealed class RefusalException(RefusalReason reason, string detail) : Exception(detail)
{
    public RefusalReason Reason { get; } = reason;
}
