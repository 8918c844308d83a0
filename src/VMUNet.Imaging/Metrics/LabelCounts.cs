using System.Numerics;

namespace VMUNet.Imaging.Metrics;

/// <summary>Voxel counts and the common bounding box of every label of a pair, found in one pass over both maps.</summary>
internal sealed class LabelCounts
{
    private readonly long[] _prediction = new long[256];
    private readonly long[] _reference = new long[256];
    private readonly long[] _both = new long[256];
    private readonly VoxelBox[] _boxes = new VoxelBox[256];

    private LabelCounts() => Array.Fill(_boxes, VoxelBox.Empty);

    internal long Prediction(byte label) => _prediction[label];

    internal long Reference(byte label) => _reference[label];

    internal long Both(byte label) => _both[label];

    internal VoxelBox Box(byte label) => _boxes[label];

    /// <summary>Labels that occur in either map, background left out.</summary>
    internal IEnumerable<byte> Present()
        => Enumerable.Range(1, 255).Where(label => _prediction[label] + _reference[label] > 0).Select(label => (byte)label);

    internal static LabelCounts Of(LabelMap prediction, LabelMap reference)
    {
        var total = new LabelCounts();
        Parallel.For(
            0,
            reference.Geometry.Slices,
            () => new LabelCounts(),
            (z, _, part) =>
            {
                part.AddSlice(prediction.Slice(z), reference.Slice(z), z, reference.Geometry.Columns);
                return part;
            },
            part =>
            {
                lock (total)
                {
                    total.Add(part);
                }
            });
        return total;
    }

    private void AddSlice(ReadOnlySpan<byte> prediction, ReadOnlySpan<byte> reference, int z, int columns)
    {
        var rows = prediction.Length / columns;
        for (var y = 0; y < rows; y++)
        {
            AddRow(prediction.Slice(y * columns, columns), reference.Slice(y * columns, columns), z, y);
        }
    }

    // Most voxels are background in both; the rest comes in runs of one pair of labels.
    private void AddRow(ReadOnlySpan<byte> prediction, ReadOnlySpan<byte> reference, int z, int y)
    {
        var x = 0;
        while (x < prediction.Length)
        {
            if (x + Vector<byte>.Count <= prediction.Length
                && (new Vector<byte>(prediction[x..]) | new Vector<byte>(reference[x..])) == Vector<byte>.Zero)
            {
                x += Vector<byte>.Count;
                continue;
            }

            var (p, r, first) = (prediction[x], reference[x], x);
            do
            {
                x++;
            }
            while (x < prediction.Length && prediction[x] == p && reference[x] == r);

            if ((p | r) != 0)
            {
                AddRun(p, r, z, y, first, x - 1);
            }
        }
    }

    private void AddRun(byte p, byte r, int z, int y, int first, int last)
    {
        var count = last - first + 1;
        _prediction[p] += count;
        _reference[r] += count;
        _boxes[p].Include(z, y, first, last);
        if (p == r)
        {
            _both[p] += count;
        }
        else
        {
            _boxes[r].Include(z, y, first, last);
        }
    }

    private void Add(LabelCounts part)
    {
        for (var label = 0; label < 256; label++)
        {
            _prediction[label] += part._prediction[label];
            _reference[label] += part._reference[label];
            _both[label] += part._both[label];
            _boxes[label].Include(part._boxes[label]);
        }
    }
}
