using VMUNet.Dicom;
using VMUNet.Imaging;

namespace VMUNet.Reporting;

/// <summary>Source series and SEG to pictures with contours.</summary>
internal static class ResultDrawing
{
    /// <summary>Grey range of MR and other volumes: from the darkest to this share of the sorted voxels.</summary>
    private const double BrightShare = 0.995;

    private const double AbdominalWindowLowHu = -160;
    private const double AbdominalWindowHighHu = 240;

    /// <summary>Draws the slices with findings, at most <paramref name="atMost"/>, spread evenly.</summary>
    public static ResultPictures Draw(
        IReadOnlyList<string> files, string segFile, IReadOnlyList<OrganLabel> organs, int atMost, CancellationToken ct)
    {
        switch (SeriesReader.Read(files, ct))
        {
            case SeriesContent.AsPhotograph photograph:
                return SegReader.Read(segFile, photograph.Source, organs) is SegContent.Labels one
                    ? new ResultPictures([Encode(photograph.Picture, one.Map.Labels, organs, 0)], 1, null)
                    : ResultPictures.None("The SEG of this result cannot be read back.");
            case SeriesContent.AsVolume volume:
                return SegReader.Read(segFile, volume.Source, organs) is SegContent.Labels many
                    ? Draw(volume, many.Map, organs, atMost, ct)
                    : ResultPictures.None("The SEG of this result cannot be read back.");
            case SeriesContent.Refused refused:
                return ResultPictures.None($"The source files cannot be read any more: {refused.Detail}");
            default:
                return ResultPictures.None("The source files are of an unknown kind.");
        }
    }

    private static ResultPictures Draw(
        SeriesContent.AsVolume series, LabelMap labels, IReadOnlyList<OrganLabel> organs, int atMost, CancellationToken ct)
    {
        var found = Enumerable.Range(0, labels.Geometry.Slices).Where(z => labels.Slice(z).ContainsAnyExcept((byte)0)).ToArray();
        var shown = Spread(found, atMost);
        var (low, high) = WindowOf(series);
        var pictures = new List<OverlayPicture>();
        foreach (var z in shown)
        {
            ct.ThrowIfCancellationRequested();
            pictures.Add(Encode(Overlay.FromSlice(series.Volume, z, low, high), labels.Slice(z), organs, z));
        }

        return new ResultPictures(pictures, labels.Geometry.Slices, null);
    }

    private static OverlayPicture Encode(
        Picture picture, ReadOnlySpan<byte> labels, IReadOnlyList<OrganLabel> organs, int slice)
    {
        var present = new List<string>();
        foreach (var organ in organs)
        {
            if (labels.Contains(organ.Value))
            {
                present.Add(organ.Name);
            }
        }

        return new OverlayPicture(slice, present, PictureFile.EncodePng(Overlay.Draw(picture, labels, organs, null)));
    }

    private static int[] Spread(int[] slices, int atMost) => slices.Length <= atMost
        ? slices
        : [.. Enumerable.Range(0, atMost).Select(n => slices[(int)((long)n * slices.Length / atMost)])];

    private static (double Low, double High) WindowOf(SeriesContent.AsVolume series)
    {
        if (series.Source.Modality == "CT")
        {
            return (AbdominalWindowLowHu, AbdominalWindowHighHu);
        }

        var sorted = series.Volume.Voxels.ToArray();
        Array.Sort(sorted);
        return (sorted[0], Math.Max(sorted[(int)((sorted.Length - 1) * BrightShare)], sorted[0] + 1));
    }
}
