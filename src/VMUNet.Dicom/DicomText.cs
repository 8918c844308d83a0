using System.Globalization;
using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Lenient reading of single values, and decimal strings of at most 16 characters.</summary>
internal static class DicomText
{
    private const int DecimalStringLength = 16;

    /// <summary>The value as text, several joined by backslash, numbers in the invariant culture; empty when absent,
    /// empty or a sequence.</summary>
    public static string GetText(this DicomDataset data, DicomTag tag)
    {
        if (!data.Contains(tag) || data.GetDicomItem<DicomElement>(tag) is not { Count: > 0 } element)
        {
            return "";
        }
        // of binary values the toolkit's own text is the first one only
        if (element.ValueRepresentation.IsString)
        {
            return data.TryGetString(tag, out var text) ? text?.Trim() ?? "" : "";
        }
        return data.TryGetValues<object>(tag, out var numbers) ? string.Join('\\', numbers.Select(Invariant))
            : data.TryGetValues<string>(tag, out var tags) ? string.Join('\\', tags) : "";
    }

    /// <summary>The first integer of a value, or the fallback when absent or unreadable.</summary>
    public static int GetInt(this DicomDataset data, DicomTag tag, int fallback)
    {
        var text = data.GetText(tag).Split('\\')[0];
        return int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : fallback;
    }

    /// <summary>The parts of a multi-valued string; null when their number is not the wanted one.</summary>
    public static string[]? GetParts(this DicomDataset data, DicomTag tag, int count)
    {
        var parts = data.GetText(tag).Split('\\', StringSplitOptions.TrimEntries);
        return parts.Length == count && parts[0].Length > 0 ? parts : null;
    }

    /// <summary>Finite decimal numbers; null when the count differs or one is no number.</summary>
    public static double[]? GetNumbers(this DicomDataset data, DicomTag tag, int count)
    {
        var parts = data.GetParts(tag, count);
        if (parts is null)
        {
            return null;
        }
        var numbers = new double[count];
        for (var i = 0; i < count; i++)
        {
            if (!TryParse(parts[i], out numbers[i]))
            {
                return null;
            }
        }
        return numbers;
    }

    /// <summary>The first finite decimal number of a value; null when absent or no number.</summary>
    public static double? GetNumber(this DicomDataset data, DicomTag tag) =>
        TryParse(data.GetText(tag).Split('\\')[0], out var value) ? value : null;

    /// <summary>The first item of a sequence; null when absent or empty.</summary>
    public static DicomDataset? GetFirstItem(this DicomDataset data, DicomTag tag) =>
        data.TryGetSequence(tag, out var sequence) && sequence.Items.Count > 0 ? sequence.Items[0] : null;

    /// <summary>The items of a sequence; empty when absent.</summary>
    public static IReadOnlyList<DicomDataset> GetItems(this DicomDataset data, DicomTag tag) =>
        data.TryGetSequence(tag, out var sequence) ? [.. sequence.Items] : [];

    /// <summary>The bytes of an element's value; empty when absent.</summary>
    public static byte[] GetBytes(this DicomDataset data, DicomTag tag) =>
        data.Contains(tag) && data.GetDicomItem<DicomElement>(tag) is { } element ? element.Buffer.Data : [];

    /// <summary>Number as decimal string (DS): the shortest exact form, else the closest of at most 16
    /// characters.</summary>
    public static string ToDecimalString(double value)
    {
        if (!double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(nameof(value), "A decimal string holds finite numbers only");
        }
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        for (var digits = 15; text.Length > DecimalStringLength && digits > 1; digits--)
        {
            text = value.ToString("G" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        }
        return text is "-0" ? "0" : text;
    }

    /// <summary>The source's own text when it is a legal decimal string, else the closest legal one.</summary>
    public static string ToLegalDecimalString(string text)
    {
        var trimmed = text.Trim();
        return trimmed.Length <= DecimalStringLength || !TryParse(trimmed, out var value)
            ? trimmed
            : ToDecimalString(value);
    }

    /// <summary>A text cut to the length its value representation allows.</summary>
    public static string Cut(string text, int length) => text.Length <= length ? text : text[..length].TrimEnd();

    public static Vector3D ToVector(this double[] numbers, int start = 0) =>
        new(numbers[start], numbers[start + 1], numbers[start + 2]);

    /// <summary>Bytes of a pixel value, which has an even length in any file (PS3.5 section 8.1.1): a last 0 where the
    /// pixels are odd in number.</summary>
    public static byte[] Even(ReadOnlySpan<byte> pixels)
    {
        var bytes = new byte[pixels.Length + pixels.Length % 2];
        pixels.CopyTo(bytes);
        return bytes;
    }

    private static string? Invariant(object value) => Convert.ToString(value, CultureInfo.InvariantCulture);

    private static bool TryParse(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
}
