using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>
/// The official transforms of ISIC, in their order: normalise, mirror left-right, mirror top-bottom, rotate, resize; each change
/// with probability one half, image and mask alike.
/// </summary>
internal static class IsicExample
{
    private const double FullTurn = 360;

    /// <summary>Fills one example.</summary>
    /// <param name="sample">A photograph without block means, its normalisation in mean and deviation.</param>
    /// <param name="random">The example's own stream; null changes nothing.</param>
    /// <param name="size">Side of the network input.</param>
    /// <param name="image">Receives 3 x size x size values of 0..255.</param>
    /// <param name="target">Receives size x size shares: the mask is resized like the image, so borders are fractions.</param>
    public static void Fill(Sample sample, SeededRandom? random, int size, Span<float> image, Span<float> target)
    {
        var (rows, columns) = (sample.Rows, sample.Columns);
        var map = random is null ? null : Draw(random, rows, columns);
        var plane = new float[rows * columns];
        for (var c = 0; c < sample.Planes.Count; c++)
        {
            var source = sample.Planes[c].Span;
            for (var i = 0; i < plane.Length; i++)
            {
                var from = map is null ? i : map[i];
                plane[i] = from < 0 ? 0 : (source[from] - sample.Mean[c]) / sample.Deviation[c];
            }

            Resample.Bilinear(plane, rows, columns, image.Slice(c * size * size, size * size), size, size);
        }

        var labels = sample.Labels.Span;
        for (var i = 0; i < plane.Length; i++)
        {
            var from = map is null ? i : map[i];
            plane[i] = from >= 0 && labels[from] != 0 ? 1 : 0;
        }

        Resample.Bilinear(plane, rows, columns, target, size, size);
    }

    // For each pixel the one it is taken from, or -1. Rotation about the centre by the nearest pixel, zeros beyond the edge.
    private static int[] Draw(SeededRandom random, int rows, int columns)
    {
        var (flipColumns, flipRows, turns) = (random.Chance(0.5), random.Chance(0.5), random.Chance(0.5));
        var angle = turns ? Math.PI / 180 * random.Uniform(0, FullTurn) : 0;
        var (sin, cos) = Math.SinCos(angle);
        var (middleRow, middleColumn) = ((rows - 1) / 2.0, (columns - 1) / 2.0);
        var map = new int[rows * columns];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                var (y, x) = (row - middleRow, column - middleColumn);
                var fromRow = (int)Math.Round(middleRow + cos * y - sin * x);
                var fromColumn = (int)Math.Round(middleColumn + sin * y + cos * x);
                if ((uint)fromRow >= (uint)rows || (uint)fromColumn >= (uint)columns)
                {
                    map[row * columns + column] = -1;
                    continue;
                }

                fromRow = flipRows ? rows - 1 - fromRow : fromRow;
                fromColumn = flipColumns ? columns - 1 - fromColumn : fromColumn;
                map[row * columns + column] = fromRow * columns + fromColumn;
            }
        }

        return map;
    }
}
