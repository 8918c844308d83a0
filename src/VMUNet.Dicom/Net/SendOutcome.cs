using VMUNet.Dimse;

namespace VMUNet.Dicom;

/// <summary>What became of one file that was to be sent.</summary>
public sealed record SendOutcome
{
    /// <summary>The file.</summary>
    public required string File { get; init; }

    /// <summary>Its SOP instance; empty when the file could not be read.</summary>
    public required string SopInstanceUid { get; init; }

    /// <summary>The peer's answer; null when there was none.</summary>
    public DimseStatus? Status { get; init; }

    /// <summary>The answer's code, for rows; null when there was none.</summary>
    public int? StatusCode => Status?.Code;

    /// <summary>Why there was no answer; null when there was one.</summary>
    public string? Failure { get; init; }

    /// <summary>True when the peer has the object: success, or a warning.</summary>
    public bool IsStored => Status is { IsStored: true };

    /// <summary>True when another attempt later may succeed.</summary>
    public bool IsRetryable => Status?.IsRetryable ?? IsFailureRetryable;

    internal bool IsFailureRetryable { get; init; }

    /// <summary>The answer or the failure, for logs.</summary>
    public override string ToString() => $"{SopInstanceUid}: {Status?.ToString() ?? Failure}";
}
