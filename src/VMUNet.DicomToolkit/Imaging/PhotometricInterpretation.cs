namespace VMUNet.DicomToolkit.Imaging;

/// <summary>What samples mean as light (0028,0004).</summary>
public sealed class PhotometricInterpretation : IEquatable<PhotometricInterpretation>
{
    /// <summary>Grey, lowest is white.</summary>
    public static readonly PhotometricInterpretation Monochrome1 = new("MONOCHROME1", false, false);

    /// <summary>Grey, lowest is black.</summary>
    public static readonly PhotometricInterpretation Monochrome2 = new("MONOCHROME2", false, false);

    /// <summary>Index into a palette.</summary>
    public static readonly PhotometricInterpretation PaletteColor = new("PALETTE COLOR", true, false);

    /// <summary>Red, green, blue.</summary>
    public static readonly PhotometricInterpretation Rgb = new("RGB", true, false);

    /// <summary>Luminance and two differences, all at full resolution.</summary>
    public static readonly PhotometricInterpretation YbrFull = new("YBR_FULL", true, true);

    /// <summary>Luminance and two differences of every second column.</summary>
    public static readonly PhotometricInterpretation YbrFull422 = new("YBR_FULL_422", true, true);

    /// <summary>As <see cref="YbrFull422"/> with a reduced range; retired.</summary>
    public static readonly PhotometricInterpretation YbrPartial422 = new("YBR_PARTIAL_422", true, true);

    /// <summary>Irreversible transform of JPEG 2000.</summary>
    public static readonly PhotometricInterpretation YbrIct = new("YBR_ICT", true, true);

    /// <summary>Reversible transform of JPEG 2000.</summary>
    public static readonly PhotometricInterpretation YbrRct = new("YBR_RCT", true, true);

    private static readonly PhotometricInterpretation[] Known =
        [Monochrome1, Monochrome2, PaletteColor, Rgb, YbrFull, YbrFull422, YbrPartial422, YbrIct, YbrRct];

    private PhotometricInterpretation(string value, bool isColor, bool isYbr) =>
        (Value, IsColor, IsYBR) = (value, isColor, isYbr);

    /// <summary>The defined term.</summary>
    public string Value { get; }

    /// <summary>Colour, not grey.</summary>
    public bool IsColor { get; }

    /// <summary>Samples are luminance and differences.</summary>
    public bool IsYBR { get; }

    /// <summary>The interpretation of a term.</summary>
    /// <exception cref="DicomDataException">The term is not known.</exception>
    public static PhotometricInterpretation Parse(string photometricInterpretation) =>
        Array.Find(Known, k => k.Value == photometricInterpretation?.Trim()) ??
        throw new DicomDataException("The photometric interpretation is none of PS3.3 C.7.6.3.1.2.");

    /// <summary>Same term.</summary>
    public static bool operator ==(PhotometricInterpretation? a, PhotometricInterpretation? b) => Equals(a, b);

    /// <summary>Other term.</summary>
    public static bool operator !=(PhotometricInterpretation? a, PhotometricInterpretation? b) => !Equals(a, b);

    /// <inheritdoc/>
    public bool Equals(PhotometricInterpretation? other) => other is not null && other.Value == Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PhotometricInterpretation);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Value;
}
