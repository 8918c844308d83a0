using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace VMUNet.Dimse;

/// <summary>Values of a data set's top level that a skim kept, and the digest of its pixels.</summary>
public sealed class SkimmedHeader
{
    private readonly IReadOnlyDictionary<uint, byte[]> _values;
    private readonly string? _characterSet;

    internal SkimmedHeader(
        IReadOnlyDictionary<uint, byte[]> values, long length, string sha256, string? pixelSha256, long pixelBytes)
    {
        (_values, Length, Sha256, PixelSha256, PixelBytes) = (values, length, sha256, pixelSha256, pixelBytes);
        _characterSet = values.TryGetValue(SkimTags.SpecificCharacterSet, out var raw) ? Encoding.Latin1.GetString(raw) : null;
    }

    /// <summary>Bytes of the data set.</summary>
    public long Length { get; }

    /// <summary>
    /// Digest of the whole data set, in lower-case hexadecimal: SHA-256 of its bytes without those of the pixel data, followed
    /// by their SHA-256 (of nothing when there are none). Equal for equal bytes only, and no byte is hashed twice.
    /// </summary>
    public string Sha256 { get; }

    /// <summary>
    /// SHA-256, in lower-case hexadecimal, of the pixel data's bytes; of the fragments' bytes without the offset table when
    /// it is encapsulated. Null when the data set has no pixel data.
    /// </summary>
    public string? PixelSha256 { get; }

    /// <summary>Bytes of pixel data.</summary>
    public long PixelBytes { get; }

    /// <summary>A text value, decoded by the data set's character set, without padding; empty when it is missing.</summary>
    public string Text(uint tag) => _values.TryGetValue(tag, out var value)
        ? DicomText.Decode(value, _characterSet).Trim('\0', ' ')
        : "";

    /// <summary>An unsigned 16-bit value (VR US), or null.</summary>
    public int? Number(uint tag) => _values.TryGetValue(tag, out var value) && value.Length >= 2
        ? BinaryPrimitives.ReadUInt16LittleEndian(value)
        : null;

    /// <summary>An integer string (VR IS), or null when missing or not a number.</summary>
    public int? WholeNumber(uint tag) =>
        int.TryParse(Text(tag).Split('\\')[0], NumberStyles.Integer, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    /// <summary>Decimal strings (VR DS): exactly <paramref name="count"/> finite numbers, or null.</summary>
    public double[]? Decimals(uint tag, int count)
    {
        var parts = Text(tag).Split('\\');
        var numbers = new double[count];
        for (var i = 0; i < count; i++)
        {
            if (parts.Length != count
                || !double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i])
                || !double.IsFinite(numbers[i]))
            {
                return null;
            }
        }

        return numbers;
    }

    /// <summary>A date (VR DA), or null when missing or not a date.</summary>
    public DateOnly? Date(uint tag) =>
        DateOnly.TryParseExact(Text(tag), "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : null;
}
