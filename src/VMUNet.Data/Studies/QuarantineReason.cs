namespace VMUNet.Data.Studies;

/// <summary>Why an acknowledged file is kept aside.</summary>
public enum QuarantineReason
{
    /// <summary>Other pixels under a known SOP instance UID.</summary>
    PixelConflict,

    /// <summary>A known UID under another series or study.</summary>
    IdentityConflict,
}
