using System.Buffers;

namespace VMUNet.Imaging.Metrics;

/// <summary>Distances between the borders of two masks of one label, one value a border voxel, each list sorted.</summary>
/// <param name="PredictionToReference">From every border voxel of the prediction to the reference's border.</param>
/// <param name="ReferenceToPrediction">From every border voxel of the reference to the prediction's border.</param>
internal sealed record SurfaceDistances(double[] PredictionToReference, double[] ReferenceToPrediction)
{
    private const byte PredictionBorder = 1;
    private const byte ReferenceBorder = 2;

    /// <summary>
    /// Measures one label; both masks must hold voxels. The box is the smallest around both, so what lies outside is in
    /// neither. In two dimensions neighbours in other slices do not count.
    /// </summary>
    internal static SurfaceDistances Measure(
        LabelMap prediction, LabelMap reference, byte label, VoxelBox box, SpacingMm spacing, bool isTwoDimensional)
    {
        var size = checked(box.Slices * box.Rows * box.Columns);
        var marks = ArrayPool<byte>.Shared.Rent(size);
        var buffer = ArrayPool<double>.Shared.Rent(size);
        try
        {
            Array.Clear(marks, 0, size);
            MarkBorder(prediction, label, box, isTwoDimensional, PredictionBorder, marks);
            MarkBorder(reference, label, box, isTwoDimensional, ReferenceBorder, marks);
            return new SurfaceDistances(
                Directed(marks, PredictionBorder, ReferenceBorder, box, spacing, buffer),
                Directed(marks, ReferenceBorder, PredictionBorder, box, spacing, buffer));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(marks);
            ArrayPool<double>.Shared.Return(buffer);
        }
    }

    /// <summary>Both lists as one, sorted.</summary>
    internal double[] Pooled()
    {
        var (a, b) = (PredictionToReference, ReferenceToPrediction);
        var pooled = new double[a.Length + b.Length];
        for (int i = 0, j = 0, n = 0; n < pooled.Length; n++)
        {
            pooled[n] = j == b.Length || (i < a.Length && a[i] <= b[j]) ? a[i++] : b[j++];
        }

        return pooled;
    }

    /// <summary>Percentile with linear interpolation (numpy's default).</summary>
    /// <param name="sorted">Ascending values, at least one.</param>
    /// <param name="q">0 to 1.</param>
    internal static double Percentile(double[] sorted, double q)
    {
        var h = (sorted.Length - 1) * q;
        var below = (int)Math.Floor(h);
        return below + 1 < sorted.Length
            ? sorted[below] + ((h - below) * (sorted[below + 1] - sorted[below]))
            : sorted[^1];
    }

    private static void MarkBorder(LabelMap map, byte label, VoxelBox box, bool isTwoDimensional, byte mark, byte[] marks)
    {
        var geometry = map.Geometry;
        var (slices, rows, columns) = (geometry.Slices, geometry.Rows, geometry.Columns);
        Parallel.For(box.MinZ, box.MaxZ + 1, z =>
        {
            var labels = map.Labels;
            var slice = rows * columns;
            for (var y = box.MinY; y <= box.MaxY; y++)
            {
                var at = (((long)z * rows) + y) * columns;
                var to = (((z - box.MinZ) * box.Rows) + (y - box.MinY)) * box.Columns;
                for (var x = box.MinX; x <= box.MaxX; x++, to++)
                {
                    var here = (int)(at + x);
                    if (labels[here] != label)
                    {
                        continue;
                    }

                    var isInside = x > 0 && labels[here - 1] == label && x + 1 < columns && labels[here + 1] == label
                        && y > 0 && labels[here - columns] == label && y + 1 < rows && labels[here + columns] == label
                        && (isTwoDimensional
                            || (z > 0 && labels[here - slice] == label && z + 1 < slices && labels[here + slice] == label));
                    if (!isInside)
                    {
                        marks[to] |= mark;
                    }
                }
            }
        });
    }

    private static double[] Directed(
        byte[] marks, byte fromMark, byte toMark, VoxelBox box, SpacingMm spacing, double[] buffer)
    {
        var (rows, columns) = (box.Rows, box.Columns);
        var field = DistanceField.Of(marks, toMark, box.Slices, rows, columns, spacing, buffer);
        var perSlice = new List<double>[box.Slices];
        Parallel.For(0, box.Slices, z =>
        {
            var distances = new List<double>();
            var at = z * rows * columns;
            for (var y = 0; y < rows; y++)
            {
                for (var x = 0; x < columns; x++, at++)
                {
                    if ((marks[at] & fromMark) != 0)
                    {
                        distances.Add(Math.Sqrt(field.SquaredDistance(z, y, x)));
                    }
                }
            }

            perSlice[z] = distances;
        });
        double[] all = [.. perSlice.SelectMany(distances => distances)];
        Array.Sort(all);
        return all;
    }
}
