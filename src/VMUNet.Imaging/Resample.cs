namespace VMUNet.Imaging;

/// <summary>
/// Resampling of single planes (rows x columns, column fastest). Two conventions exist for where samples lie, and the way
/// down and the way up must use the same one: <em>half-pixel</em> (pixel areas coincide; torch align_corners = false, PIL) and
/// <em>corners</em> (first and last sample centres coincide; torch align_corners = true, scipy.ndimage.zoom).
/// An unchanged size returns the input bit for bit.
/// </summary>
public static class Resample
{
    /// <summary>Linear interpolation along both axes, values beyond the edge taken from the edge; no smoothing.</summary>
    /// <param name="source">Rows x columns values.</param>
    /// <param name="rows">Source rows.</param>
    /// <param name="columns">Source columns.</param>
    /// <param name="newRows">Target rows.</param>
    /// <param name="newColumns">Target columns.</param>
    /// <param name="alignCorners">True for the corners convention, false for half-pixel.</param>
    public static float[] Bilinear(
        ReadOnlySpan<float> source, int rows, int columns, int newRows, int newColumns, bool alignCorners = false)
    {
        var target = new float[CheckSizes(source.Length, rows, columns, newRows, newColumns)];
        Bilinear(source, rows, columns, target, newRows, newColumns, alignCorners);
        return target;
    }

    /// <summary>As the other overload, into a given plane.</summary>
    public static void Bilinear(
        ReadOnlySpan<float> source, int rows, int columns, Span<float> target, int newRows, int newColumns, bool alignCorners = false)
    {
        var size = CheckSizes(source.Length, rows, columns, newRows, newColumns);
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Length, size);
        if (rows == newRows && columns == newColumns)
        {
            source.CopyTo(target);
            return;
        }

        var vertical = LinearTaps(rows, newRows, alignCorners);
        var horizontal = LinearTaps(columns, newColumns, alignCorners);
        for (var y = 0; y < newRows; y++)
        {
            var (top, bottom, down) = vertical[y];
            var upper = source.Slice(top * columns, columns);
            var lower = source.Slice(bottom * columns, columns);
            var to = target.Slice(y * newColumns, newColumns);
            for (var x = 0; x < to.Length; x++)
            {
                var (left, right, across) = horizontal[x];
                var above = upper[left] + ((upper[right] - upper[left]) * across);
                var below = lower[left] + ((lower[right] - lower[left]) * across);
                to[x] = above + ((below - above) * down);
            }
        }
    }

    /// <summary>Nearest sample, half-pixel convention (torch's NearestExact): floor((i + 0.5) x in / out).</summary>
    /// <typeparam name="T">Pixel type, for example a label.</typeparam>
    /// <param name="source">Rows x columns values.</param>
    /// <param name="rows">Source rows.</param>
    /// <param name="columns">Source columns.</param>
    /// <param name="newRows">Target rows.</param>
    /// <param name="newColumns">Target columns.</param>
    public static T[] Nearest<T>(ReadOnlySpan<T> source, int rows, int columns, int newRows, int newColumns)
    {
        CheckSizes(source.Length, rows, columns, newRows, newColumns);
        return Pick(source, columns, HalfPixelPicks(rows, newRows), HalfPixelPicks(columns, newColumns));
    }

    /// <summary>
    /// Nearest sample, corners convention: scipy.ndimage.zoom(order = 0), the papers' way of bringing labels back. A last
    /// coordinate that rounding puts outside the image takes the edge.
    /// </summary>
    /// <typeparam name="T">Pixel type, for example a label.</typeparam>
    /// <param name="source">Rows x columns values.</param>
    /// <param name="rows">Source rows.</param>
    /// <param name="columns">Source columns.</param>
    /// <param name="newRows">Target rows.</param>
    /// <param name="newColumns">Target columns.</param>
    public static T[] NearestCorners<T>(ReadOnlySpan<T> source, int rows, int columns, int newRows, int newColumns)
    {
        CheckSizes(source.Length, rows, columns, newRows, newColumns);
        return Pick(source, columns, CornerPicks(rows, newRows), CornerPicks(columns, newColumns));
    }

    /// <summary>
    /// Cubic B-spline interpolation, scipy.ndimage.zoom(order = 3): the image preprocessing of TransUNet and VM-UNet on CT. The
    /// result may overshoot the input's range. Not the cubic kernel of torch or OpenCV.
    /// </summary>
    /// <param name="source">Rows x columns values.</param>
    /// <param name="rows">Source rows.</param>
    /// <param name="columns">Source columns.</param>
    /// <param name="newRows">Target rows.</param>
    /// <param name="newColumns">Target columns.</param>
    /// <param name="tail">What to do where rounding puts the last row or column outside the image (512 to 224 does).</param>
    public static float[] Cubic(
        ReadOnlySpan<float> source, int rows, int columns, int newRows, int newColumns, CubicTail tail = CubicTail.Edge)
    {
        CheckSizes(source.Length, rows, columns, newRows, newColumns);
        return rows == newRows && columns == newColumns
            ? source.ToArray()
            : CubicSpline.Zoom(source, rows, columns, newRows, newColumns, tail);
    }

    /// <summary>Source coordinate of a target sample in the corners convention, computed as scipy does.</summary>
    internal static double CornerCoordinate(int index, int size, int newSize)
        => newSize > 1 ? index * ((size - 1) / (double)(newSize - 1)) : 0;

    private static int CheckSizes(int length, int rows, int columns, int newRows, int newColumns)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(newRows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(newColumns);
        return length == rows * columns
            ? checked(newRows * newColumns)
            : throw new ArgumentException($"{rows} x {columns} values were expected, {length} came.", nameof(length));
    }

    private static (int Low, int High, float Share)[] LinearTaps(int size, int newSize, bool alignCorners)
    {
        var taps = new (int, int, float)[newSize];
        for (var i = 0; i < newSize; i++)
        {
            var at = alignCorners ? CornerCoordinate(i, size, newSize) : ((i + 0.5) * size / newSize) - 0.5;
            at = Math.Clamp(at, 0, size - 1);
            var low = (int)at;
            taps[i] = (low, Math.Min(low + 1, size - 1), (float)(at - low));
        }

        return taps;
    }

    private static int[] HalfPixelPicks(int size, int newSize)
    {
        var picks = new int[newSize];
        for (var i = 0; i < newSize; i++)
        {
            // Exact in whole numbers: floor((2i + 1) x in / (2 x out)).
            picks[i] = (int)(((2L * i) + 1) * size / (2L * newSize));
        }

        return picks;
    }

    private static int[] CornerPicks(int size, int newSize)
    {
        var picks = new int[newSize];
        for (var i = 0; i < newSize; i++)
        {
            picks[i] = Math.Min(size - 1, (int)Math.Floor(CornerCoordinate(i, size, newSize) + 0.5));
        }

        return picks;
    }

    private static T[] Pick<T>(ReadOnlySpan<T> source, int columns, int[] rowPicks, int[] columnPicks)
    {
        var target = new T[rowPicks.Length * columnPicks.Length];
        var at = 0;
        foreach (var y in rowPicks)
        {
            var row = source.Slice(y * columns, columns);
            foreach (var x in columnPicks)
            {
                target[at++] = row[x];
            }
        }

        return target;
    }
}
