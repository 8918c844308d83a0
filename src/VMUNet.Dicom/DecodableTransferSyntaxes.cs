namespace VMUNet.Dicom;

/// <summary>The transfer syntaxes whose pixels can be read here: the one list, for files and for what a listener offers
/// to take.</summary>
public static class DecodableTransferSyntaxes
{
    private static readonly DicomTransferSyntax[] Accepted =
    [
        DicomTransferSyntax.ExplicitVRLittleEndian,
        DicomTransferSyntax.RLELossless,
        DicomTransferSyntax.JPEGProcess14SV1,
        DicomTransferSyntax.JPEGProcess14,
        DicomTransferSyntax.JPEGProcess1,
        DicomTransferSyntax.JPEGProcess2_4,
        DicomTransferSyntax.ImplicitVRLittleEndian,
    ];

    /// <summary>In files only: deflated data sets can grow a thousandfold, big endian is retired.</summary>
    private static readonly DicomTransferSyntax[] FilesOnly =
        [DicomTransferSyntax.DeflatedExplicitVRLittleEndian, DicomTransferSyntax.ExplicitVRBigEndian];

    /// <summary>UIDs to accept on the network, best first: plain, lossless, lossy; the default syntax comes last and
    /// must always be acceptable (PS3.5 10.1).</summary>
    public static IReadOnlyList<string> ForNetwork { get; } = [.. Accepted.Select(s => s.UID.UID)];

    /// <summary>UIDs that can be read from files: those of <see cref="ForNetwork"/>, deflated and big endian.</summary>
    public static IReadOnlyList<string> ForFiles { get; } = [.. Accepted.Concat(FilesOnly).Select(s => s.UID.UID)];

    /// <summary>Refuses an encoding that cannot be decoded, by its name.</summary>
    /// <param name="syntax">The syntax that came.</param>
    /// <param name="what">The object in words, with its UID.</param>
    internal static void Demand(DicomTransferSyntax syntax, string what)
    {
        if (!ForFiles.Contains(syntax.UID.UID))
        {
            throw new RefusalException(RefusalReason.UnsupportedEncoding,
                $"{what} is encoded as {syntax.UID.Name} ({syntax.UID.UID}); expected uncompressed, RLE, or JPEG baseline, "
                + "extended or lossless. Have the sender transcode it, best to explicit VR little endian");
        }
    }
}
