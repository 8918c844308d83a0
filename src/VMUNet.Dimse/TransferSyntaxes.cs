namespace VMUNet.Dimse;

/// <summary>Transfer syntax identifiers (PS3.5 section 10) and what the network needs to know of them.</summary>
public static class TransferSyntaxes
{
    /// <summary>Implicit VR little endian, the default syntax.</summary>
    public const string ImplicitLittleEndian = "1.2.840.10008.1.2";

    /// <summary>Explicit VR little endian.</summary>
    public const string ExplicitLittleEndian = "1.2.840.10008.1.2.1";

    /// <summary>Deflated explicit VR little endian.</summary>
    public const string DeflatedExplicitLittleEndian = "1.2.840.10008.1.2.1.99";

    /// <summary>Explicit VR big endian (retired); never negotiated.</summary>
    public const string ExplicitBigEndian = "1.2.840.10008.1.2.2";

    /// <summary>RLE lossless.</summary>
    public const string RleLossless = "1.2.840.10008.1.2.5";

    /// <summary>JPEG lossless, any selection value.</summary>
    public const string JpegLossless = "1.2.840.10008.1.2.4.57";

    /// <summary>JPEG lossless, selection value 1.</summary>
    public const string JpegLosslessFirstOrder = "1.2.840.10008.1.2.4.70";

    private const string EncapsulatedPrefix = "1.2.840.10008.1.2.4.";

    /// <summary>Little endian syntaxes in our order of preference.</summary>
    public static IReadOnlyList<string> Native { get; } = [ExplicitLittleEndian, ImplicitLittleEndian];

    /// <summary>True when data elements carry their VR (every syntax except the default one).</summary>
    public static bool IsExplicitVr(string transferSyntax) => transferSyntax != ImplicitLittleEndian;

    /// <summary>True when pixel data comes as a sequence of fragments (PS3.5 annex A.4).</summary>
    public static bool IsEncapsulated(string transferSyntax) =>
        transferSyntax == RleLossless || transferSyntax.StartsWith(EncapsulatedPrefix, StringComparison.Ordinal);
}
