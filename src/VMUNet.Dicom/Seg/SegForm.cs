using System.Globalization;

namespace VMUNet.Dicom;

/// <summary>The form in which a destination takes segmentations.</summary>
public sealed record SegForm
{
    private const int BitsInAByte = 8;

    /// <summary>One BINARY object with every organ: the form of the record, and of destinations without settings.</summary>
    public static SegForm Standard { get; } = new();

    /// <summary>Most frames in one object; null for any number.</summary>
    public int? MaxFrames { get; init; }

    /// <summary>Most segments in one object; null for any number.</summary>
    public int? MaxSegments { get; init; }

    /// <summary>Photographs get spacing 1, unit axes and origin 0, without which a widely used viewer shows an empty page.
    /// Default true.</summary>
    public bool HasNominalGeometry { get; init; } = true;

    /// <summary>LABELMAP (PS3.3 A.51, Supplement 243) instead of BINARY.</summary>
    public bool IsLabelMap { get; init; }

    /// <summary>
    /// What this form asks for of one result beyond the standard; equal to <see cref="Standard"/> where the record serves.
    /// A label map is made only where viewers draw BINARY wrongly without a word: several frames of a size that is no
    /// multiple of eight pixels.
    /// </summary>
    /// <param name="source">The series.</param>
    /// <param name="frames">Frames of the standard object.</param>
    /// <param name="segments">Its segments.</param>
    public SegForm For(SourceSeries source, int frames, int segments)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new SegForm
        {
            MaxFrames = MaxFrames < frames ? MaxFrames : null,
            MaxSegments = MaxSegments < segments ? MaxSegments : null,
            HasNominalGeometry = HasNominalGeometry || source.HasPatientGeometry,
            IsLabelMap = IsLabelMap && frames > 1
                && (long)source.Geometry.Rows * source.Geometry.Columns % BitsInAByte != 0,
        };
    }

    /// <summary>What distinguishes the form, for timelines; empty for the standard one.</summary>
    /// <param name="objects">Objects that a result became in it.</param>
    public string Describe(int objects)
    {
        var words = new List<string>();
        if (objects > 1)
        {
            words.Add(string.Create(CultureInfo.InvariantCulture, $"{objects} objects"));
        }
        if (IsLabelMap)
        {
            words.Add("label map, for viewers draw binary frames of this size wrongly");
        }
        if (!HasNominalGeometry)
        {
            words.Add("without nominal geometry");
        }
        return words.Count > 0 ? "as " + string.Join(", ", words) : "";
    }
}
