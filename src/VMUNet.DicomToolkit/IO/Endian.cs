namespace VMUNet.DicomToolkit.IO;

/// <summary>Byte order.</summary>
public readonly record struct Endian
{
    /// <summary>Low byte first.</summary>
    public static readonly Endian Little;

    /// <summary>High byte first.</summary>
    public static readonly Endian Big = new() { IsBig = true };

    /// <summary>This machine's; only little endian machines are supported.</summary>
    public static Endian LocalMachine => Little;

    private bool IsBig { get; init; }

    /// <inheritdoc/>
    public override string ToString() => IsBig ? "Big Endian" : "Little Endian";
}
