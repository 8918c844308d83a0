using System.Buffers;

namespace VMUNet.Imaging.Metrics;

/// <summary>
/// Exact squared Euclidean distances, in float64, from voxels of a box to the nearest marked voxel of the box. Within each
/// slice the transform is separable: two sweeps along x, then the lower envelope of parabolas along y (Felzenszwalb and
/// Huttenlocher, "Distance Transforms of Sampled Functions", 2012). Across slices only the asked-for voxels are searched,
/// outwards from their own slice, which ends as soon as the slice distance alone exceeds the best.
/// </summary>
internal sealed class DistanceField
{
    private readonly double[] _inSlice; // squared distance to the nearest mark of the same slice, order z, y, x
    private readonly bool[] _hasMarks;
    private readonly int _rows;
    private readonly int _columns;
    private readonly double _sliceSpacing;

    private DistanceField(double[] inSlice, int slices, int rows, int columns, double sliceSpacing)
    {
        (_inSlice, _rows, _columns, _sliceSpacing) = (inSlice, rows, columns, sliceSpacing);
        _hasMarks = new bool[slices];
    }

    /// <summary>
    /// Prepares the field of the voxels (order z, y, x) whose byte has <paramref name="mark"/> set. The buffer, at least one
    /// double a voxel, holds the field while it is in use.
    /// </summary>
    internal static DistanceField Of(
        byte[] marks, byte mark, int slices, int rows, int columns, SpacingMm spacing, double[] buffer)
    {
        var field = new DistanceField(buffer, slices, rows, columns, spacing.Z);
        var size = rows * columns;
        Parallel.For(0, slices, z =>
        {
            var scratch = ArrayPool<double>.Shared.Rent(size + (4 * rows) + 1);
            try
            {
                field._hasMarks[z] = SliceField(
                    marks.AsSpan(z * size, size), mark, rows, columns, spacing, scratch, buffer.AsSpan(z * size, size));
            }
            finally
            {
                ArrayPool<double>.Shared.Return(scratch);
            }
        });
        return field;
    }

    /// <summary>Squared distance from a voxel of the box to the nearest mark; infinite if there is none.</summary>
    internal double SquaredDistance(int z, int y, int x)
    {
        var size = _rows * _columns;
        var at = (y * _columns) + x;
        var best = _hasMarks[z] ? _inSlice[(z * size) + at] : double.PositiveInfinity;
        for (var step = 1; step < _hasMarks.Length; step++)
        {
            var across = step * _sliceSpacing;
            across *= across;
            var (below, above) = (z - step, z + step);
            if (across >= best || (below < 0 && above >= _hasMarks.Length))
            {
                break;
            }

            if (below >= 0 && _hasMarks[below])
            {
                best = Math.Min(best, across + _inSlice[(below * size) + at]);
            }

            if (above < _hasMarks.Length && _hasMarks[above])
            {
                best = Math.Min(best, across + _inSlice[(above * size) + at]);
            }
        }

        return best;
    }

    private static bool SliceField(
        ReadOnlySpan<byte> marks, byte mark, int rows, int columns, SpacingMm spacing, double[] scratch, Span<double> field)
    {
        // Rows with a mark are the only sources of the y pass; their x distances are kept transposed, one run a column.
        var sources = scratch.AsSpan(rows * columns, rows);
        var count = 0;
        for (var y = 0; y < rows; y++)
        {
            if (HasMark(marks.Slice(y * columns, columns), mark))
            {
                sources[count++] = y;
            }
        }

        if (count == 0)
        {
            return false;
        }

        for (var i = 0; i < count; i++)
        {
            RowDistances(marks.Slice((int)sources[i] * columns, columns), mark, spacing.X, scratch.AsSpan(i), count);
        }

        var apex = scratch.AsSpan((rows * columns) + rows, rows);
        var height = scratch.AsSpan((rows * columns) + (2 * rows), rows);
        var from = scratch.AsSpan((rows * columns) + (3 * rows), rows + 1);
        for (var x = 0; x < columns; x++)
        {
            var used = LowerEnvelope(scratch.AsSpan(x * count, count), sources, spacing.Y, apex, height, from);
            Evaluate(apex, height, from, used, spacing.Y, field[x..], rows, columns);
        }

        return true;
    }

    private static bool HasMark(ReadOnlySpan<byte> row, byte mark)
        => mark == 0x1 ? row.ContainsAny((byte)1, (byte)3) : row.ContainsAny((byte)2, (byte)3);

    // Squared distance along the row, written with a stride so that each column's values lie together.
    private static void RowDistances(ReadOnlySpan<byte> row, byte mark, double spacing, Span<double> target, int stride)
    {
        var steps = int.MaxValue / 2;
        for (var x = 0; x < row.Length; x++)
        {
            steps = (row[x] & mark) != 0 ? 0 : steps + 1;
            target[x * stride] = steps;
        }

        steps = int.MaxValue / 2;
        for (var x = row.Length - 1; x >= 0; x--)
        {
            steps = (row[x] & mark) != 0 ? 0 : steps + 1;
            var nearest = Math.Min(target[x * stride], steps) * spacing;
            target[x * stride] = nearest * nearest;
        }
    }

    // Parabolas height + (y - apex)^2 in millimetres; "from" holds where each becomes the lowest. Returns how many remain.
    private static int LowerEnvelope(
        ReadOnlySpan<double> values, ReadOnlySpan<double> sources, double spacing,
        Span<double> apex, Span<double> height, Span<double> from)
    {
        var last = -1;
        for (var i = 0; i < values.Length; i++)
        {
            var (position, value) = (sources[i] * spacing, values[i]);
            var crossing = double.NegativeInfinity;
            while (last >= 0)
            {
                var (q, h) = (apex[last], height[last]);
                crossing = ((value - h) / (2 * (position - q))) + ((position + q) / 2);
                if (crossing > from[last])
                {
                    break;
                }

                last--;
                crossing = double.NegativeInfinity;
            }

            last++;
            apex[last] = position;
            height[last] = value;
            from[last] = crossing;
        }

        return last + 1;
    }

    private static void Evaluate(
        ReadOnlySpan<double> apex, ReadOnlySpan<double> height, ReadOnlySpan<double> from, int used, double spacing,
        Span<double> target, int rows, int stride)
    {
        var current = 0;
        for (var y = 0; y < rows; y++)
        {
            var position = y * spacing;
            while (current + 1 < used && from[current + 1] < position)
            {
                current++;
            }

            var across = position - apex[current];
            target[y * stride] = height[current] + (across * across);
        }
    }
}
