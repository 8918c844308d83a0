using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>Images with their labels brought to one small square, for sheets of many.</summary>
internal static class Tile
{
    private const double LowPercentile = 0.005;
    private const double HighPercentile = 0.995;

    /// <summary>Rows of a tile that its caption covers.</summary>
    public const int CaptionRows = 14;

    /// <summary>Fits a picture into a square: block means for the image, the nearest value for labels, black beside it.</summary>
    /// <param name="picture">The image.</param>
    /// <param name="labels">Rows x columns labels, or empty.</param>
    /// <param name="side">Side of the square.</param>
    /// <param name="pixelAspect">Height of a pixel divided by its width.</param>
    /// <param name="stretch">True fills the square and gives up the aspect.</param>
    public static (Picture Image, byte[] Labels) Fit(
        Picture picture, ReadOnlySpan<byte> labels, int side, double pixelAspect, bool stretch = false)
    {
        var (high, wide) = (picture.Rows * pixelAspect, (double)picture.Columns);
        var height = stretch || high >= wide ? side : Math.Max(1, (int)Math.Round(side * high / wide));
        var width = stretch || wide >= high ? side : Math.Max(1, (int)Math.Round(side * wide / high));
        var (top, left) = ((side - height) / 2, (side - width) / 2);
        var rgb = new byte[3 * side * side];
        var map = new byte[side * side];
        for (var y = 0; y < height; y++)
        {
            var (y0, y1) = Block(y, height, picture.Rows);
            for (var x = 0; x < width; x++)
            {
                var (x0, x1) = Block(x, width, picture.Columns);
                var at = (top + y) * side + left + x;
                Mean(picture, y0, y1, x0, x1, rgb.AsSpan(3 * at, 3));
                if (!labels.IsEmpty)
                {
                    map[at] = labels[(y0 + y1) / 2 * picture.Columns + (x0 + x1) / 2];
                }
            }
        }

        return (new Picture(side, side, rgb), map);
    }

    /// <summary>A slice of a volume as a picture, windowed by the volume's own range; brought to canonical orientation before.</summary>
    public static Picture OfSlice(Volume volume, int z)
    {
        var low = OrderStatistic.At(volume.Voxels, LowPercentile);
        return Overlay.FromSlice(volume, z, low, Math.Max(OrderStatistic.At(volume.Voxels, HighPercentile), low + 1e-3));
    }

    /// <summary>The picture with its first rows at a quarter of their brightness: light writing there can be read on bright skin too.</summary>
    public static Picture Dimmed(Picture picture, int rows)
    {
        var rgb = picture.Rgb.ToArray();
        foreach (ref var value in rgb.AsSpan(0, 3 * rows * picture.Columns))
        {
            value /= 4;
        }

        return new Picture(picture.Rows, picture.Columns, rgb);
    }

    private static (int From, int To) Block(int index, int count, int size)
    {
        var from = (int)((long)index * size / count);
        return (from, Math.Max(from + 1, (int)((index + 1L) * size / count)));
    }

    private static void Mean(Picture picture, int y0, int y1, int x0, int x1, Span<byte> target)
    {
        Span<int> sums = stackalloc int[3];
        sums.Clear();
        for (var y = y0; y < y1; y++)
        {
            for (var x = x0; x < x1; x++)
            {
                var at = 3 * (y * picture.Columns + x);
                sums[0] += picture.Rgb[at];
                sums[1] += picture.Rgb[at + 1];
                sums[2] += picture.Rgb[at + 2];
            }
        }

        var count = (y1 - y0) * (x1 - x0);
        for (var c = 0; c < 3; c++)
        {
            target[c] = (byte)((sums[c] + count / 2) / count);
        }
    }
}
