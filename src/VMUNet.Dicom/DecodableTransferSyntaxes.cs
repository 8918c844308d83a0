using VMUNet.Codecs;

namespace VMUNet.Dicom;

/// <summary>The transfer syntaxes whose pixels can be read here: the one list, for files and for what a listener offers
/// to take. JPEG-LS and JPEG 2000 are on it where their libraries are installed.</summary>
public static class DecodableTransferSyntaxes
{
    /// <summary>Best first: plain, lossless, lossy; the default syntax comes last and must always be acceptable
    /// (PS3.5 10.1).</summary>
    private static readonly DicomTransferSyntax[] Preferred =
    [
        DicomTransferSyntax.ExplicitVRLittleEndian,
        DicomTransferSyntax.JPEGLSLossless,
        DicomTransferSyntax.JPEG2000Lossless,
        DicomTransferSyntax.HTJ2KLossless,
        DicomTransferSyntax.HTJ2KLosslessRPCL,
        DicomTransferSyntax.RLELossless,
        DicomTransferSyntax.JPEGProcess14SV1,
        DicomTransferSyntax.JPEGProcess14,
        DicomTransferSyntax.JPEGProcess1,
        DicomTransferSyntax.JPEGProcess2_4,
        DicomTransferSyntax.JPEGLSNearLossless,
        DicomTransferSyntax.JPEG2000Lossy,
        DicomTransferSyntax.HTJ2K,
        DicomTransferSyntax.ImplicitVRLittleEndian,
    ];

    /// <summary>In files only: deflated data sets can grow a thousandfold, big endian is retired.</summary>
    private static readonly DicomTransferSyntax[] FilesOnly =
        [DicomTransferSyntax.DeflatedExplicitVRLittleEndian, DicomTransferSyntax.ExplicitVRBigEndian];

    /// <summary>UIDs to accept on the network, best first; the default syntax is the last.</summary>
    public static IReadOnlyList<string> ForNetwork { get; } = [.. Preferred.Where(IsReadable).Select(s => s.UID.UID)];

    /// <summary>UIDs that can be read from files: those of <see cref="ForNetwork"/>, deflated and big endian.</summary>
    public static IReadOnlyList<string> ForFiles { get; } = [.. ForNetwork, .. FilesOnly.Select(s => s.UID.UID)];

    /// <summary>All that the product decodes where every library is installed, best first, as UID and name.</summary>
    public static IReadOnlyList<(string Uid, string Name)> Known { get; } =
        [.. Preferred.Select(s => (s.UID.UID, UidNames.Of(s.UID.UID)))];

    /// <summary>Syntaxes that this host cannot decode, each with the Debian package that brings it; empty where all
    /// libraries are installed.</summary>
    public static IReadOnlyList<MissingCodec> Missing { get; } =
        [.. Preferred.Where(s => !IsReadable(s)).Select(s =>
            new MissingCodec(s.UID.UID, UidNames.Of(s.UID.UID), Package(s) ?? ""))];

    /// <summary>Refuses an encoding that cannot be decoded, by its name.</summary>
    /// <param name="syntax">The syntax that came.</param>
    /// <param name="what">The object in words, with its UID.</param>
    internal static void Demand(DicomTransferSyntax syntax, string what)
    {
        if (!ForFiles.Contains(syntax.UID.UID))
        {
            throw new RefusalException(RefusalReason.UnsupportedEncoding,
                $"{what} is encoded as {UidNames.Of(syntax.UID.UID)} ({syntax.UID.UID}); "
                + (Package(syntax) is { } package
                    ? $"this host lacks its decoder. Install the package {package}"
                    : "expected uncompressed, RLE, JPEG baseline, extended or lossless, JPEG-LS or JPEG 2000. Have the "
                        + "sender transcode it, best to explicit VR little endian"));
        }
    }

    private static bool IsReadable(DicomTransferSyntax syntax) =>
        !syntax.IsEncapsulated || FrameCodec.CanDecode(syntax.UID.UID);

    private static string? Package(DicomTransferSyntax syntax) => FrameCodec.MissingPackage(syntax.UID.UID);
}
