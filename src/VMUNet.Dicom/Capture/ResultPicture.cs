using System.Globalization;
using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>A result as a picture for viewers that show neither segmentations nor reports: outlines on key slices or on
/// the photograph, a legend with sizes, and the warning burnt in.</summary>
public static class ResultPicture
{
    private const int Tiles = 6;
    private const int TilesInRow = 3;
    private const int TileWidth = 384;
    private const int LargestPhotograph = 1536;
    private const double DarkHu = -160;
    private const double BrightHu = 240;

    /// <summary>Draws a volume's result.</summary>
    /// <param name="volume">The image.</param>
    /// <param name="isCt">True: shown in a fixed soft tissue window, else from the 1st to the 99th percentile.</param>
    /// <param name="labels">Labels on its grid; at least one organ.</param>
    /// <param name="measurements">Sizes for the legend.</param>
    /// <param name="model">Name and version of the model, for the caption.</param>
    /// <returns>The picture, and the slices that it shows.</returns>
    public static (Picture Picture, IReadOnlyList<int> Slices) Draw(Volume volume, bool isCt, LabelMap labels,
        IReadOnlyList<OrganMeasurement> measurements, string model)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(measurements);
        var slices = KeySlices.Of(labels, Tiles);
        var grid = volume.Geometry;
        var (low, high) = isCt ? (DarkHu, BrightHu) : Window(volume, slices);
        var ratio = grid.Rows * grid.RowSpacingMm / (grid.Columns * grid.ColumnSpacingMm);
        var height = (int)Math.Clamp(Math.Round(TileWidth * ratio), 64, 4 * TileWidth);
        var tiles = slices.Select(z => new OverlayTile(
            Enlarge(volume.Slice(z), grid, height, low, high),
            Resample.Nearest(labels.Slice(z), grid.Rows, grid.Columns, height, TileWidth),
            string.Create(CultureInfo.InvariantCulture, $"{z + 1}/{grid.Slices}"))).ToList();
        return (Overlay.Sheet(tiles, TilesInRow, Legend(measurements), Caption(measurements, model)), slices);
    }

    /// <summary>Draws a photograph's result; large photographs are made smaller.</summary>
    /// <param name="photograph">The photograph.</param>
    /// <param name="labels">Labels of the same size; at least one organ.</param>
    /// <param name="measurements">Sizes for the legend.</param>
    /// <param name="model">Name and version of the model, for the caption.</param>
    public static Picture Draw(
        Picture photograph, LabelMap labels, IReadOnlyList<OrganMeasurement> measurements, string model)
    {
        ArgumentNullException.ThrowIfNull(photograph);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(measurements);
        var scale = Math.Min(1.0, (double)LargestPhotograph / Math.Max(photograph.Rows, photograph.Columns));
        var (rows, columns) = ((int)Math.Max(1, photograph.Rows * scale), (int)Math.Max(1, photograph.Columns * scale));
        var tile = new OverlayTile(scale < 1 ? Shrink(photograph, rows, columns) : photograph,
            Resample.Nearest(labels.Labels, photograph.Rows, photograph.Columns, rows, columns), "");
        return Overlay.Sheet([tile], 1, Legend(measurements), Caption(measurements, model));
    }

    private static List<OrganLabel> Legend(IReadOnlyList<OrganMeasurement> measurements) =>
        [.. measurements.Where(m => m.IsFound).Select(m => m.Organ with { Name = Entry(m) })];

    private static string Entry(OrganMeasurement m) => m.VolumeMl is { } volume
        ? string.Create(CultureInfo.InvariantCulture, $"{SegSegments.Label(m.Organ)} {volume:0.#} mL")
        : string.Create(CultureInfo.InvariantCulture, $"{SegSegments.Label(m.Organ)} {m.Voxels} pixels");

    private static string Caption(IReadOnlyList<OrganMeasurement> measurements, string model)
    {
        var absent = measurements.Where(m => !m.IsFound).Select(m => SegSegments.Label(m.Organ)).ToList();
        return model + (absent.Count > 0 ? $"; not found: {string.Join(", ", absent)}" : "");
    }

    private static (double Low, double High) Window(Volume volume, IReadOnlyList<int> slices)
    {
        var sample = new List<float>();
        foreach (var z in slices)
        {
            var slice = volume.Slice(z);
            for (var i = 0; i < slice.Length; i += 7)
            {
                sample.Add(slice[i]);
            }
        }
        sample.Sort();
        var (low, high) = (sample[sample.Count / 100], sample[sample.Count - 1 - sample.Count / 100]);
        return high > low ? (low, high) : (low, low + 1);
    }

    private static Picture Enlarge(ReadOnlySpan<float> slice, VolumeGeometry grid, int height, double low, double high)
    {
        var values = Resample.Bilinear(slice, grid.Rows, grid.Columns, height, TileWidth);
        var rgb = new byte[3 * values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            rgb.AsSpan(3 * i, 3).Fill((byte)Math.Clamp(Math.Round(255 * (values[i] - low) / (high - low)), 0, 255));
        }
        return new Picture(height, TileWidth, rgb);
    }

    /// <summary>Mean of the pixels that fall into each one.</summary>
    private static Picture Shrink(Picture picture, int rows, int columns)
    {
        var rgb = new byte[3 * rows * columns];
        for (var y = 0; y < rows; y++)
        {
            var (top, bottom) = Range(y, rows, picture.Rows);
            for (var x = 0; x < columns; x++)
            {
                var (left, right) = Range(x, columns, picture.Columns);
                for (var c = 0; c < 3; c++)
                {
                    rgb[3 * (y * columns + x) + c] = Mean(picture, top, bottom, left, right, c);
                }
            }
        }
        return new Picture(rows, columns, rgb);
    }

    private static (int From, int To) Range(int index, int count, int from)
    {
        var start = (int)((long)index * from / count);
        return (start, Math.Max(start + 1, (int)((long)(index + 1) * from / count)));
    }

    private static byte Mean(Picture picture, int top, int bottom, int left, int right, int channel)
    {
        var sum = 0L;
        for (var y = top; y < bottom; y++)
        {
            for (var x = left; x < right; x++)
            {
                sum += picture.Rgb[3 * (y * picture.Columns + x) + channel];
            }
        }
        return (byte)(sum / ((long)(bottom - top) * (right - left)));
    }
}
