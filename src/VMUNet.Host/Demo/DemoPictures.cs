using System.Globalization;
using VMUNet.Dicom;
using VMUNet.Imaging;

namespace VMUNet.Host.Demo;

/// <summary>Overlay pictures of the demo's results.</summary>
internal static class DemoPictures
{
    private const int SlicesShown = 3;
    private const double BrightShare = 0.995;

    /// <summary>Writes one picture of a photograph, or three slices of a volume, spread over those with findings.</summary>
    public static IReadOnlyList<string> Write(
        SeriesContent content, LabelMap labels, IReadOnlyList<OrganLabel> organs, string folder, string name) => content switch
        {
            SeriesContent.AsPhotograph photograph =>
                [Save(Overlay.Draw(photograph.Picture, labels.Labels, organs, name), folder, name)],
            SeriesContent.AsVolume volume => [.. Shown(labels).Select(z => WriteSlice(volume.Volume, labels, z, organs, folder, name))],
            _ => throw new InvalidOperationException("nothing to draw"),
        };

    private static string WriteSlice(
        Volume volume, LabelMap labels, int z, IReadOnlyList<OrganLabel> organs, string folder, string name)
    {
        var sorted = volume.Voxels.ToArray();
        Array.Sort(sorted);
        var (low, high) = (sorted[0], Math.Max(sorted[(int)((sorted.Length - 1) * BrightShare)], sorted[0] + 1));
        var caption = string.Create(CultureInfo.InvariantCulture, $"{name}, slice {z + 1}");
        var file = string.Create(CultureInfo.InvariantCulture, $"{name}-{z + 1:00}");
        return Save(Overlay.Draw(Overlay.FromSlice(volume, z, low, high), labels.Slice(z), organs, caption), folder, file);
    }

    private static IEnumerable<int> Shown(LabelMap labels)
    {
        var found = Enumerable.Range(0, labels.Geometry.Slices).Where(z => labels.Slice(z).ContainsAnyExcept((byte)0)).ToList();
        return Enumerable.Range(1, SlicesShown).Select(n => found[n * found.Count / (SlicesShown + 1)]).Distinct();
    }

    private static string Save(Picture picture, string folder, string name)
    {
        var path = Path.Combine(folder, name + ".png");
        PictureFile.WritePng(path, picture);
        return path;
    }
}
