using System.Buffers;

namespace VMUNet.Imaging;

/// <summary>
/// Cubic B-spline interpolation as scipy.ndimage (order 3): a recursive prefilter along rows and columns makes the spline pass
/// through the samples, then four taps an axis. Beyond the image lies its mirror (scipy's mode constant) or its edge values
/// (mode nearest). Float64 inside. Source: Unser, "Splines: a perfect fit", 1999.
/// </summary>
internal static class CubicSpline
{
    private const double Pole = -0.26794919243112270647; // sqrt(3) - 2
    private const double Gain = 6;                       // (1 - pole) (1 - 1 / pole)

    // Edge values are carried this far before the filter, as scipy does; the pole to the 12th is 1.4e-7.
    private const int EdgePadding = 12;

    internal static float[] Zoom(ReadOnlySpan<float> source, int rows, int columns, int newRows, int newColumns, CubicTail tail)
    {
        var padding = tail == CubicTail.Edge ? EdgePadding : 0;
        var (paddedRows, paddedColumns) = (rows + (2 * padding), columns + (2 * padding));
        var coefficients = ArrayPool<double>.Shared.Rent(paddedRows * paddedColumns);
        var stretched = ArrayPool<double>.Shared.Rent(newRows * paddedColumns);
        try
        {
            Pad(source, rows, columns, padding, coefficients);
            FilterColumns(coefficients, paddedRows, paddedColumns);
            for (var y = 0; y < paddedRows; y++)
            {
                FilterRow(coefficients.AsSpan(y * paddedColumns, paddedColumns));
            }

            StretchRows(coefficients, Taps(rows, newRows, padding), paddedColumns, stretched);
            return StretchColumns(stretched, Taps(columns, newColumns, padding), newRows, paddedColumns);
        }
        finally
        {
            ArrayPool<double>.Shared.Return(coefficients);
            ArrayPool<double>.Shared.Return(stretched);
        }
    }

    private static void Pad(ReadOnlySpan<float> source, int rows, int columns, int padding, double[] target)
    {
        var at = 0;
        for (var y = -padding; y < rows + padding; y++)
        {
            var row = source.Slice(Math.Clamp(y, 0, rows - 1) * columns, columns);
            for (var x = -padding; x < columns + padding; x++)
            {
                target[at++] = row[Math.Clamp(x, 0, columns - 1)];
            }
        }
    }

    private static void FilterRow(Span<double> c)
    {
        if (c.Length < 2)
        {
            return;
        }

        foreach (ref var value in c)
        {
            value *= Gain;
        }

        c[0] = MirroredStart(c);
        for (var i = 1; i < c.Length; i++)
        {
            c[i] += Pole * c[i - 1];
        }

        c[^1] = ((Pole * c[^2]) + c[^1]) * Pole / ((Pole * Pole) - 1);
        for (var i = c.Length - 2; i >= 0; i--)
        {
            c[i] = Pole * (c[i + 1] - c[i]);
        }
    }

    // The infinite mirrored sum in closed form; after 40 terms the powers of the pole are below 1e-22.
    private static double MirroredStart(ReadOnlySpan<double> c)
    {
        var last = c.Length - 1;
        var poleToLast = Math.Pow(Pole, last);
        var sum = c[0] + (poleToLast * c[last]);
        var power = Pole;
        var backPower = poleToLast * poleToLast / Pole;
        for (var i = 1; i < last && i < 40; i++)
        {
            sum += (power + backPower) * c[i];
            power *= Pole;
            backPower /= Pole;
        }

        return sum / (1 - (poleToLast * poleToLast));
    }

    // The same filter down all columns at once, row by row, so that memory is walked in order.
    private static void FilterColumns(double[] c, int rows, int columns)
    {
        if (rows < 2)
        {
            return;
        }

        var column = new double[rows];
        var start = new double[columns];
        for (var x = 0; x < columns; x++)
        {
            for (var y = 0; y < rows; y++)
            {
                column[y] = c[(y * columns) + x] * Gain;
            }

            start[x] = MirroredStart(column);
        }

        start.CopyTo(c, 0);
        for (var y = 1; y < rows; y++)
        {
            var row = c.AsSpan(y * columns, columns);
            var above = c.AsSpan((y - 1) * columns, columns);
            for (var x = 0; x < columns; x++)
            {
                row[x] = (Gain * row[x]) + (Pole * above[x]);
            }
        }

        var end = c.AsSpan((rows - 1) * columns, columns);
        var beforeEnd = c.AsSpan((rows - 2) * columns, columns);
        for (var x = 0; x < columns; x++)
        {
            end[x] = ((Pole * beforeEnd[x]) + end[x]) * Pole / ((Pole * Pole) - 1);
        }

        for (var y = rows - 2; y >= 0; y--)
        {
            var row = c.AsSpan(y * columns, columns);
            var below = c.AsSpan((y + 1) * columns, columns);
            for (var x = 0; x < columns; x++)
            {
                row[x] = Pole * (below[x] - row[x]);
            }
        }
    }

    // With padding the last coordinate is clamped to the edge; without, one that rounding puts outside keeps weights of zero.
    private static Tap[] Taps(int size, int newSize, int padding)
    {
        var paddedSize = size + (2 * padding);
        var taps = new Tap[newSize];
        for (var i = 0; i < newSize; i++)
        {
            var at = Resample.CornerCoordinate(i, size, newSize);
            if (at > size - 1)
            {
                if (padding == 0)
                {
                    continue;
                }

                at = size - 1;
            }

            var below = (int)Math.Floor(at);
            var t = at - below;
            below += padding;
            var u = 1 - t;
            taps[i] = new Tap
            {
                I0 = Mirror(below - 1, paddedSize),
                I1 = Mirror(below, paddedSize),
                I2 = Mirror(below + 1, paddedSize),
                I3 = Mirror(below + 2, paddedSize),
                W0 = u * u * u / 6,
                W1 = ((t * t * (t - 2) * 3) + 4) / 6,
                W2 = ((u * u * (u - 2) * 3) + 4) / 6,
                W3 = t * t * t / 6,
            };
        }

        return taps;
    }

    private static int Mirror(int index, int size)
    {
        if (size == 1)
        {
            return 0;
        }

        var period = 2 * (size - 1);
        index = ((index % period) + period) % period;
        return index < size ? index : period - index;
    }

    private static void StretchRows(double[] c, Tap[] taps, int columns, double[] target)
    {
        for (var y = 0; y < taps.Length; y++)
        {
            var tap = taps[y];
            var r0 = c.AsSpan(tap.I0 * columns, columns);
            var r1 = c.AsSpan(tap.I1 * columns, columns);
            var r2 = c.AsSpan(tap.I2 * columns, columns);
            var r3 = c.AsSpan(tap.I3 * columns, columns);
            var to = target.AsSpan(y * columns, columns);
            for (var x = 0; x < to.Length; x++)
            {
                to[x] = (tap.W0 * r0[x]) + (tap.W1 * r1[x]) + (tap.W2 * r2[x]) + (tap.W3 * r3[x]);
            }
        }
    }

    private static float[] StretchColumns(double[] c, Tap[] taps, int rows, int columns)
    {
        var target = new float[rows * taps.Length];
        for (var y = 0; y < rows; y++)
        {
            var row = c.AsSpan(y * columns, columns);
            var to = target.AsSpan(y * taps.Length, taps.Length);
            for (var x = 0; x < to.Length; x++)
            {
                ref readonly var tap = ref taps[x];
                to[x] = (float)((tap.W0 * row[tap.I0]) + (tap.W1 * row[tap.I1]) + (tap.W2 * row[tap.I2]) + (tap.W3 * row[tap.I3]));
            }
        }

        return target;
    }

    private struct Tap
    {
        internal int I0, I1, I2, I3;
        internal double W0, W1, W2, W3;
    }
}
