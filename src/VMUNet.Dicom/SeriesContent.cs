using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>What the files of one series turned out to hold.</summary>
public abstract record SeriesContent
{
    private SeriesContent()
    {
    }

    /// <summary>A stack of slices in physical units, slices ascending along the normal.</summary>
    /// <param name="Volume">Voxels (z, y, x) with their geometry.</param>
    /// <param name="Source">Where every slice came from.</param>
    /// <param name="Notes">What was dropped, and what a reader of the result must know.</param>
    public sealed record AsVolume(Volume Volume, SourceSeries Source, IReadOnlyList<string> Notes) : SeriesContent;

    /// <summary>One picture without patient geometry.</summary>
    /// <param name="Picture">Pixels (row, column, channel).</param>
    /// <param name="Source">Where it came from; one frame.</param>
    public sealed record AsPhotograph(Picture Picture, SourceSeries Source) : SeriesContent;

    /// <summary>The series cannot be used.</summary>
    /// <param name="Reason">The kind of refusal.</param>
    /// <param name="Detail">What was expected, what came, what to do; never patient data.</param>
    public sealed record Refused(RefusalReason Reason, string Detail) : SeriesContent;
}
