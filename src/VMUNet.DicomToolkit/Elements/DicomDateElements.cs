using System.Globalization;
using VMUNet.DicomToolkit.IO.Buffer;

namespace VMUNet.DicomToolkit;

/// <summary>Dates and times as text; they convert to <see cref="DateTime"/>.</summary>
public abstract class DicomDateElement : DicomMultiStringElement
{
    private readonly string[] _formats;

    /// <summary>From instants, written in the first format.</summary>
    protected DicomDateElement(DicomTag tag, string[] dateFormats, params DateTime[] values)
        : base(tag, [.. values.Select(v => v.ToString(dateFormats[0], CultureInfo.InvariantCulture))]) =>
            _formats = dateFormats;

    /// <summary>From text.</summary>
    protected DicomDateElement(DicomTag tag, string[] dateFormats, params string[] values) : base(tag, values) =>
        _formats = dateFormats;

    /// <summary>Over bytes.</summary>
    protected DicomDateElement(DicomTag tag, string[] dateFormats, IByteBuffer buffer) : base(tag, null, buffer) =>
        _formats = dateFormats;

    private protected override object? ConvertValue(string value, Type type) =>
        type != typeof(DateTime) && type != typeof(DateTime?) ? base.ConvertValue(value, type)
        : DateTime.TryParseExact(value, _formats, CultureInfo.InvariantCulture, DateTimeStyles.NoCurrentDateDefault,
            out var at)
            ? at : null;
}

/// <summary>DA: dates.</summary>
public class DicomDate : DicomDateElement
{
    private static readonly string[] Formats = ["yyyyMMdd", "yyyy.MM.dd", "yyyy/MM/dd", "yyyy-MM-dd", "yyyyMM", "yyyy"];

    /// <summary>From dates.</summary>
    public DicomDate(DicomTag tag, params DateTime[] values) : base(tag, Formats, values)
    {
    }

    /// <summary>From text.</summary>
    public DicomDate(DicomTag tag, params string[] values) : base(tag, Formats, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomDate(DicomTag tag, IByteBuffer data) : base(tag, Formats, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.DA;
}

/// <summary>TM: times of day; as <see cref="DateTime"/> they lie on the first day of year 1.</summary>
public class DicomTime : DicomDateElement
{
    private static readonly string[] Formats =
    [
        "HHmmss", "HHmmss.FFFFFF", "HHmm", "HH", "HH:mm:ss", "HH:mm:ss.FFFFFF", "HH:mm",
    ];

    /// <summary>From instants.</summary>
    public DicomTime(DicomTag tag, params DateTime[] values) : base(tag, Formats, values)
    {
    }

    /// <summary>From text.</summary>
    public DicomTime(DicomTag tag, params string[] values) : base(tag, Formats, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomTime(DicomTag tag, IByteBuffer data) : base(tag, Formats, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.TM;
}

/// <summary>DT: instants, with or without an offset from UTC.</summary>
public class DicomDateTime : DicomDateElement
{
    private static readonly string[] Formats =
    [
        "yyyyMMddHHmmss", "yyyyMMddHHmmss.FFFFFF", "yyyyMMddHHmm", "yyyyMMddHH", "yyyyMMdd", "yyyyMM", "yyyy",
        "yyyyMMddHHmmsszzz", "yyyyMMddHHmmss.FFFFFFzzz", "yyyyMMddHHmmzzz", "yyyyMMddHHzzz", "yyyyMMddzzz",
    ];

    /// <summary>From instants.</summary>
    public DicomDateTime(DicomTag tag, params DateTime[] values) : base(tag, Formats, values)
    {
    }

    /// <summary>From text.</summary>
    public DicomDateTime(DicomTag tag, params string[] values) : base(tag, Formats, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomDateTime(DicomTag tag, IByteBuffer data) : base(tag, Formats, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.DT;
}
