using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>
/// The official augmentation of Synapse: with probability 1/2 quarter turns and a flip, else with probability 1/2 a rotation by whole
/// degrees, nearest neighbour for the image too; then the cubic spline for the image and the nearest corner for the labels.
/// </summary>
/// <remarks>It turns and mirrors the body without exchanging left and right kidneys; that is the official recipe, not ours.</remarks>
internal static class SynapseExample
{
    private const int LargestAngle = 20;

    /// <summary>Fills one example.</summary>
    /// <param name="sample">A slice of a windowed CT.</param>
    /// <param name="random">The example's own stream; null changes nothing.</param>
    /// <param name="size">Side of the network input.</param>
    /// <param name="image">Receives 3 x size x size values: the slice three times.</param>
    /// <param name="target">Receives size x size label values.</param>
    public static void Fill(Sample sample, SeededRandom? random, int size, Span<float> image, Span<float> target)
    {
        var slice = sample.Planes[sample.Planes.Count / 2].ToArray();
        var labels = Array.ConvertAll(sample.Labels.ToArray(), l => (float)l);
        var (rows, columns) = (sample.Rows, sample.Columns);
        if (random is not null && random.Chance(0.5))
        {
            var turns = random.Next(4);
            var flipsRows = random.Next(2) == 0;
            (slice, _, _) = TurnedAndFlipped(slice, rows, columns, turns, flipsRows);
            (labels, rows, columns) = TurnedAndFlipped(labels, rows, columns, turns, flipsRows);
        }
        else if (random is not null && random.Chance(0.5))
        {
            var degrees = random.Next(2 * LargestAngle) - LargestAngle; // -20 to 19
            slice = Rotated(slice, rows, columns, degrees);
            labels = Rotated(labels, rows, columns, degrees);
        }

        var zoomed = Resample.Cubic(slice, rows, columns, size, size, CubicTail.PaperZero);
        for (var c = 0; c < sample.Planes.Count; c++)
        {
            var plane = image.Slice(c * size * size, size * size);
            for (var i = 0; i < plane.Length; i++)
            {
                plane[i] = (zoomed[i] - sample.Mean[c]) / sample.Deviation[c];
            }
        }

        Resample.NearestCorners<float>(labels, rows, columns, size, size).CopyTo(target);
    }

    /// <summary>numpy's rot90 (counter-clockwise), then flip along rows or columns.</summary>
    internal static (float[] Values, int Rows, int Columns) TurnedAndFlipped(float[] values, int rows, int columns, int turns, bool flipsRows)
    {
        for (var turn = 0; turn < turns; turn++)
        {
            var turned = new float[values.Length];
            for (var row = 0; row < columns; row++)
            {
                for (var column = 0; column < rows; column++)
                {
                    turned[row * rows + column] = values[column * columns + columns - 1 - row];
                }
            }

            (values, rows, columns) = (turned, columns, rows);
        }

        var flipped = new float[values.Length];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                flipped[row * columns + column] = flipsRows
                    ? values[(rows - 1 - row) * columns + column]
                    : values[row * columns + columns - 1 - column];
            }
        }

        return (flipped, rows, columns);
    }

    /// <summary>scipy.ndimage.rotate with order 0 and reshape off: same size, zeros beyond the edge.</summary>
    internal static float[] Rotated(float[] values, int rows, int columns, double degrees)
    {
        var (sin, cos) = Math.SinCos(Math.PI / 180 * degrees);
        var (middleRow, middleColumn) = ((rows - 1) / 2.0, (columns - 1) / 2.0);
        var rotated = new float[values.Length];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                var y = middleRow + cos * (row - middleRow) + sin * (column - middleColumn);
                var x = middleColumn - sin * (row - middleRow) + cos * (column - middleColumn);
                if (y >= 0 && y <= rows - 1 && x >= 0 && x <= columns - 1)
                {
                    rotated[row * columns + column] = values[(int)Math.Floor(y + 0.5) * columns + (int)Math.Floor(x + 0.5)];
                }
            }
        }

        return rotated;
    }
}
