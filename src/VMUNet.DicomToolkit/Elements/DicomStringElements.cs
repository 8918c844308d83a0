using System.Globalization;
using System.Text;
using VMUNet.DicomToolkit.IO.Buffer;

namespace VMUNet.DicomToolkit;

/// <summary>AE: application entity titles.</summary>
public class DicomApplicationEntity : DicomMultiStringElement
{
    /// <summary>From values.</summary>
    public DicomApplicationEntity(DicomTag tag, params string[] values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomApplicationEntity(DicomTag tag, IByteBuffer data) : base(tag, null, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.AE;
}

/// <summary>AS: ages.</summary>
public class DicomAgeString : DicomMultiStringElement
{
    /// <summary>From values.</summary>
    public DicomAgeString(DicomTag tag, params string[] values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomAgeString(DicomTag tag, IByteBuffer data) : base(tag, null, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.AS;
}

/// <summary>CS: codes.</summary>
public class DicomCodeString : DicomMultiStringElement
{
    /// <summary>From values.</summary>
    public DicomCodeString(DicomTag tag, params string[] values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomCodeString(DicomTag tag, IByteBuffer data) : base(tag, null, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.CS;
}

/// <summary>DS: decimal numbers as text.</summary>
public class DicomDecimalString : DicomMultiStringElement
{
    private const int MaximumCharacters = 16;

    /// <summary>From numbers, each shortened to 16 characters.</summary>
    public DicomDecimalString(DicomTag tag, params decimal[] values) : base(tag, [.. values.Select(ToDecimalString)])
    {
    }

    /// <summary>From values.</summary>
    public DicomDecimalString(DicomTag tag, params string[] values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomDecimalString(DicomTag tag, IByteBuffer data) : base(tag, null, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.DS;

    /// <summary>The number in at most 16 characters, as exact as they allow.</summary>
    public static string ToDecimalString(decimal value)
    {
        var text = value.ToString(CultureInfo.InvariantCulture);
        if (text.Length <= MaximumCharacters)
        {
            return text;
        }

        for (var digits = MaximumCharacters - 1; digits > 0; digits--)
        {
            var fixedPoint = Math.Abs(value) is >= 1e-4m and < 1e15m
                ? Math.Round(value, Math.Min(digits, 28), MidpointRounding.ToEven)
                    .ToString(CultureInfo.InvariantCulture)
                : value.ToString("E" + digits, CultureInfo.InvariantCulture);
            if (fixedPoint.Length <= MaximumCharacters)
            {
                return fixedPoint;
            }
        }

        return value.ToString("G10", CultureInfo.InvariantCulture);
    }

    private protected override object? ConvertValue(string value, Type type) =>
        ValueConverter.ConvertNumber(value, type);
}

/// <summary>IS: integers as text.</summary>
public class DicomIntegerString : DicomMultiStringElement
{
    /// <summary>From numbers.</summary>
    public DicomIntegerString(DicomTag tag, params int[] values)
        : base(tag, [.. values.Select(v => v.ToString(CultureInfo.InvariantCulture))])
    {
    }

    /// <summary>From values.</summary>
    public DicomIntegerString(DicomTag tag, params string[] values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomIntegerString(DicomTag tag, IByteBuffer data) : base(tag, null, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.IS;

    private protected override object? ConvertValue(string value, Type type) =>
        ValueConverter.ConvertNumber(value, type);
}

/// <summary>LO: text of one line.</summary>
public class DicomLongString : DicomMultiStringElement
{
    /// <summary>From values.</summary>
    public DicomLongString(DicomTag tag, params string[] values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomLongString(DicomTag tag, Encoding[]? encoding, IByteBuffer data) : base(tag, encoding, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.LO;
}

/// <summary>LT: text of one value.</summary>
public class DicomLongText : DicomStringElement
{
    /// <summary>From text.</summary>
    public DicomLongText(DicomTag tag, string value) : base(tag, value)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomLongText(DicomTag tag, Encoding[]? encodings, IByteBuffer data) : base(tag, encodings, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.LT;
}

/// <summary>PN: names of persons.</summary>
public sealed class DicomPersonName : DicomMultiStringElement
{
    /// <summary>From values, components parted by carets, groups by equals signs.</summary>
    public DicomPersonName(DicomTag tag, params string[] values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomPersonName(DicomTag tag, Encoding[]? encodings, IByteBuffer data) : base(tag, encodings, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.PN;

    /// <summary>Family name of the first group.</summary>
    public string Last => Component(0);

    /// <summary>Given name of the first group.</summary>
    public string First => Component(1);

    /// <summary>Middle name of the first group.</summary>
    public string Middle => Component(2);

    /// <summary>Prefix of the first group.</summary>
    public string Prefix => Component(3);

    /// <summary>Suffix of the first group.</summary>
    public string Suffix => Component(4);

    private string Component(int index) =>
        Count == 0 ? "" : Values[0].Split('=')[0].Split('^').ElementAtOrDefault(index) ?? "";
}

/// <summary>SH: short text of one line.</summary>
public class DicomShortString : DicomMultiStringElement
{
    /// <summary>From values.</summary>
    public DicomShortString(DicomTag tag, params string[] values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomShortString(DicomTag tag, Encoding[]? encodings, IByteBuffer data) : base(tag, encodings, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.SH;
}

/// <summary>ST: text of one value.</summary>
public class DicomShortText : DicomStringElement
{
    /// <summary>From text.</summary>
    public DicomShortText(DicomTag tag, string value) : base(tag, value)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomShortText(DicomTag tag, Encoding[]? encodings, IByteBuffer data) : base(tag, encodings, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.ST;
}

/// <summary>UC: text of one line without limit.</summary>
public class DicomUnlimitedCharacters : DicomMultiStringElement
{
    /// <summary>From values.</summary>
    public DicomUnlimitedCharacters(DicomTag tag, params string[] values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomUnlimitedCharacters(DicomTag tag, Encoding[]? encodings, IByteBuffer data) : base(tag, encodings, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.UC;
}

/// <summary>UI: unique identifiers.</summary>
public class DicomUniqueIdentifier : DicomMultiStringElement
{
    /// <summary>From text.</summary>
    public DicomUniqueIdentifier(DicomTag tag, params string[] values) : base(tag, values)
    {
    }

    /// <summary>From UIDs.</summary>
    public DicomUniqueIdentifier(DicomTag tag, params DicomUID[] values) : base(tag, [.. values.Select(v => v.UID)])
    {
    }

    /// <summary>From transfer syntaxes.</summary>
    public DicomUniqueIdentifier(DicomTag tag, params DicomTransferSyntax[] values)
        : base(tag, [.. values.Select(v => v.UID.UID)])
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomUniqueIdentifier(DicomTag tag, IByteBuffer data) : base(tag, null, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.UI;

    private protected override object? ConvertValue(string value, Type type) =>
        type == typeof(DicomUID) ? DicomUID.Parse(value)
        : type == typeof(DicomTransferSyntax) ? DicomTransferSyntax.Parse(value)
        : base.ConvertValue(value, type);
}

/// <summary>UR: a URI.</summary>
public class DicomUniversalResource : DicomStringElement
{
    /// <summary>From text.</summary>
    public DicomUniversalResource(DicomTag tag, string value) : base(tag, value)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomUniversalResource(DicomTag tag, Encoding[]? encodings, IByteBuffer data) : base(tag, encodings, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.UR;
}

/// <summary>UT: text without limit.</summary>
public class DicomUnlimitedText : DicomStringElement
{
    /// <summary>From text.</summary>
    public DicomUnlimitedText(DicomTag tag, string value) : base(tag, value)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomUnlimitedText(DicomTag tag, Encoding[]? encodings, IByteBuffer data) : base(tag, encodings, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.UT;
}
