using VMUNet.Dicom;
using VMUNet.Imaging;
using VMUNet.Model;

namespace VMUNet.Host;

/// <summary>Reads training pairs of a DICOM series and a SEG, as reviewers' workstations export them.</summary>
internal sealed class DicomPairs : DicomCaseReader
{
    /// <summary>The reader; it holds nothing.</summary>
    public static DicomPairs Reader { get; } = new();

    /// <inheritdoc/>
    public override (TaskKind Kind, string Modality) KindOf(string seriesFolder)
    {
        var (content, source) = SourceFolder.ReadContent(seriesFolder, CancellationToken.None);
        return (content is SeriesContent.AsPhotograph ? TaskKind.Picture : TaskKind.Volume, source.Modality);
    }

    /// <inheritdoc/>
    public override LabelledImage Read(string seriesFolder, string segFile, IReadOnlyList<OrganLabel> organs)
    {
        var (content, source) = SourceFolder.ReadContent(seriesFolder, CancellationToken.None);
        var labels = SegReader.Read(segFile, source, organs) switch
        {
            SegContent.Labels read => read.Map,
            SegContent.Refused refused => throw new BadInputException($"'{segFile}' is refused ({refused.Reason}): {refused.Detail}"),
            var other => throw new InvalidOperationException($"unknown content {other.GetType().Name}"),
        };
        return content switch
        {
            SeriesContent.AsVolume volume => new LabelledImage(volume.Volume, null, labels),
            SeriesContent.AsPhotograph photograph => new LabelledImage(null, photograph.Picture, labels),
            _ => throw new InvalidOperationException($"unknown content {content.GetType().Name}"),
        };
    }
}
