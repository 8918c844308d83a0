using VMUNet.DicomToolkit.IO;

namespace VMUNet.DicomToolkit;

/// <summary>How a data set is laid out in bytes (PS3.5 section 10, PS3.6 table A-1).</summary>
public sealed class DicomTransferSyntax : IEquatable<DicomTransferSyntax>
{
    private static readonly Dictionary<string, DicomTransferSyntax> Known = [];

    /// <summary>1.2.840.10008.1.2, the default of the network.</summary>
    public static readonly DicomTransferSyntax ImplicitVRLittleEndian = Plain(DicomUID.ImplicitVRLittleEndian, false);

    /// <summary>1.2.840.10008.1.2.1.</summary>
    public static readonly DicomTransferSyntax ExplicitVRLittleEndian = Plain(DicomUID.ExplicitVRLittleEndian, true);

    /// <summary>1.2.840.10008.1.2.2, retired; read only.</summary>
    public static readonly DicomTransferSyntax ExplicitVRBigEndian =
        Plain(DicomUID.ExplicitVRBigEndianRETIRED, true, Endian.Big);

    /// <summary>1.2.840.10008.1.2.1.99.</summary>
    public static readonly DicomTransferSyntax DeflatedExplicitVRLittleEndian =
        Plain(DicomUID.DeflatedExplicitVRLittleEndian, true, deflate: true);

    /// <summary>JPEG baseline, 8 bit, lossy.</summary>
    public static readonly DicomTransferSyntax JPEGProcess1 = Packed("1.2.840.10008.1.2.4.50", "ISO_10918_1");

    /// <summary>JPEG extended, 12 bit, lossy.</summary>
    public static readonly DicomTransferSyntax JPEGProcess2_4 = Packed("1.2.840.10008.1.2.4.51", "ISO_10918_1");

    /// <summary>JPEG lossless, any selection value.</summary>
    public static readonly DicomTransferSyntax JPEGProcess14 = Packed("1.2.840.10008.1.2.4.57");

    /// <summary>JPEG lossless, selection value 1.</summary>
    public static readonly DicomTransferSyntax JPEGProcess14SV1 = Packed("1.2.840.10008.1.2.4.70");

    /// <summary>JPEG-LS lossless.</summary>
    public static readonly DicomTransferSyntax JPEGLSLossless = Packed("1.2.840.10008.1.2.4.80");

    /// <summary>JPEG-LS near lossless.</summary>
    public static readonly DicomTransferSyntax JPEGLSNearLossless = Packed("1.2.840.10008.1.2.4.81", "ISO_14495_1");

    /// <summary>JPEG 2000 lossless.</summary>
    public static readonly DicomTransferSyntax JPEG2000Lossless = Packed("1.2.840.10008.1.2.4.90");

    /// <summary>JPEG 2000, lossy or not.</summary>
    public static readonly DicomTransferSyntax JPEG2000Lossy = Packed("1.2.840.10008.1.2.4.91", "ISO_15444_1");

    /// <summary>High-throughput JPEG 2000 lossless.</summary>
    public static readonly DicomTransferSyntax HTJ2KLossless = Packed("1.2.840.10008.1.2.4.201");

    /// <summary>High-throughput JPEG 2000 lossless with RPCL order.</summary>
    public static readonly DicomTransferSyntax HTJ2KLosslessRPCL = Packed("1.2.840.10008.1.2.4.202");

    /// <summary>High-throughput JPEG 2000, lossy or not.</summary>
    public static readonly DicomTransferSyntax HTJ2K = Packed("1.2.840.10008.1.2.4.203", "ISO_15444_15");

    /// <summary>Run-length encoding (PS3.5 annex G).</summary>
    public static readonly DicomTransferSyntax RLELossless = Packed("1.2.840.10008.1.2.5");

    private DicomTransferSyntax(DicomUID uid) => UID = uid;

    /// <summary>Its UID.</summary>
    public DicomUID UID { get; }

    /// <summary>No longer in the standard.</summary>
    public bool IsRetired => UID.IsRetired;

    /// <summary>Each element states its value representation.</summary>
    public bool IsExplicitVR { get; private init; }

    /// <summary>Pixel data is a sequence of fragments.</summary>
    public bool IsEncapsulated { get; private init; }

    /// <summary>Pixels may have been changed by compression.</summary>
    public bool IsLossy { get; private init; }

    /// <summary>Value for Lossy Image Compression Method; empty when lossless.</summary>
    public string LossyCompressionMethod { get; private init; } = "";

    /// <summary>The data set after the meta header is deflated as a whole.</summary>
    public bool IsDeflate { get; private init; }

    /// <summary>Byte order of the data set.</summary>
    public Endian Endian { get; private init; }

    /// <summary>The syntaxes that this library names.</summary>
    public static IEnumerable<DicomTransferSyntax> KnownEntries => Known.Values;

    /// <summary>The syntax of a UID; one that is not known counts as encapsulated explicit little endian
    /// (PS3.5 section A.4).</summary>
    /// <exception cref="DicomDataException">The UID is known to name something else.</exception>
    public static DicomTransferSyntax Parse(string uid) =>
        Lookup(DicomUID.Parse(uid, type: DicomUidType.TransferSyntax));

    /// <summary>The syntax of a UID that is said to name one.</summary>
    /// <exception cref="DicomDataException">The UID is of another type, or of none.</exception>
    public static DicomTransferSyntax Lookup(DicomUID uid)
    {
        ArgumentNullException.ThrowIfNull(uid);
        return Known.TryGetValue(uid.UID, out var syntax) ? syntax
            : uid.Type == DicomUidType.TransferSyntax
                ? new DicomTransferSyntax(uid) { IsExplicitVR = true, IsEncapsulated = true }
                : throw new DicomDataException($"UID {uid.UID} is not a transfer syntax.");
    }

    /// <summary>Same UID.</summary>
    public static bool operator ==(DicomTransferSyntax? a, DicomTransferSyntax? b) =>
        a is null ? b is null : a.Equals(b);

    /// <summary>Other UID.</summary>
    public static bool operator !=(DicomTransferSyntax? a, DicomTransferSyntax? b) => !(a == b);

    /// <inheritdoc/>
    public bool Equals(DicomTransferSyntax? other) => other is not null && other.UID == UID;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DicomTransferSyntax);

    /// <inheritdoc/>
    public override int GetHashCode() => UID.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => UID.Name;

    private static DicomTransferSyntax Plain(DicomUID uid, bool isExplicit, Endian? endian = null,
        bool deflate = false) =>
        Register(new DicomTransferSyntax(uid)
        {
            IsExplicitVR = isExplicit,
            Endian = endian ?? Endian.Little,
            IsDeflate = deflate,
        });

    private static DicomTransferSyntax Packed(string uid, string lossyMethod = "") =>
        Register(new DicomTransferSyntax(DicomUID.Parse(uid))
        {
            IsExplicitVR = true,
            IsEncapsulated = true,
            IsLossy = lossyMethod.Length > 0,
            LossyCompressionMethod = lossyMethod,
        });

    private static DicomTransferSyntax Register(DicomTransferSyntax syntax)
    {
        Known.Add(syntax.UID.UID, syntax);
        return syntax;
    }
}
