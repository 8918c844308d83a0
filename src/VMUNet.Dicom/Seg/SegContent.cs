using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Outcome of reading somebody's SEG onto the source grid.</summary>
public abstract record SegContent
{
    private SegContent()
    {
    }

    /// <summary>Labels on the source grid, values of the organs asked for.</summary>
    /// <param name="Map">Labels (z, y, x) on the grid of the source series.</param>
    /// <param name="Found">Organs that the SEG has a segment for, even an empty one.</param>
    /// <param name="Notes">Overlaps and other things a reader of the scores must know.</param>
    public sealed record Labels(LabelMap Map, IReadOnlyList<OrganLabel> Found, IReadOnlyList<string> Notes) : SegContent;

    /// <summary>The SEG cannot be used with this source.</summary>
    /// <param name="Reason">The kind of refusal.</param>
    /// <param name="Detail">What was expected, what came, what to do; never patient data.</param>
    public sealed record Refused(RefusalReason Reason, string Detail) : SegContent;
}
