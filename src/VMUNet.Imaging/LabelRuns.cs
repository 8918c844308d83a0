namespace VMUNet.Imaging;

/// <summary>The runs of one label along rows, in memory order, with union-find over those that touch.</summary>
internal sealed class LabelRuns
{
    private readonly List<Run> _runs = [];
    private readonly List<int> _parents = [];

    private LabelRuns()
    {
    }

    /// <summary>Voxels of one row: columns FirstX to LastX, beginning at index Start of the volume.</summary>
    internal readonly record struct Run(int Start, int FirstX, int LastX)
    {
        internal int Length => LastX - FirstX + 1;
    }

    internal int Count => _runs.Count;

    internal Run this[int index] => _runs[index];

    internal static LabelRuns Of(LabelMap l, byte label, Connectivity connectivity)
    {
        var (slices, rows, columns) = (l.Geometry.Slices, l.Geometry.Rows, l.Geometry.Columns);
        var runs = new LabelRuns();
        var rowStarts = new int[(slices * rows) + 1]; // index of the first run of every row
        for (var row = 0; row < slices * rows; row++)
        {
            rowStarts[row] = runs.Count;
            runs.AddRow(l.Labels.Slice(row * columns, columns), label, row * columns);
        }

        rowStarts[^1] = runs.Count;
        for (var z = 0; z < slices; z++)
        {
            for (var y = 0; y < rows; y++)
            {
                runs.JoinRow(rowStarts, z, y, rows, connectivity);
            }
        }

        return runs;
    }

    internal int Root(int run)
    {
        while (_parents[run] != run)
        {
            _parents[run] = _parents[_parents[run]];
            run = _parents[run];
        }

        return run;
    }

    private void AddRow(ReadOnlySpan<byte> row, byte label, int rowStart)
    {
        var x = 0;
        while (true)
        {
            var skipped = row[x..].IndexOf(label);
            if (skipped < 0)
            {
                return;
            }

            x += skipped;
            var length = row[x..].IndexOfAnyExcept(label);
            length = length < 0 ? row.Length - x : length;
            _parents.Add(_runs.Count);
            _runs.Add(new Run(rowStart + x, x, x + length - 1));
            x += length;
        }
    }

    private void JoinRow(int[] rowStarts, int z, int y, int rows, Connectivity connectivity)
    {
        var row = (z * rows) + y;
        var isFull = connectivity == Connectivity.Full;
        var reach = isFull ? 1 : 0;
        if (y > 0)
        {
            Join(rowStarts, row, row - 1, reach);
        }

        if (z == 0)
        {
            return;
        }

        Join(rowStarts, row, row - rows, reach);
        if (isFull && y > 0)
        {
            Join(rowStarts, row, row - rows - 1, reach);
        }

        if (isFull && y + 1 < rows)
        {
            Join(rowStarts, row, row - rows + 1, reach);
        }
    }

    // Two sorted lists of runs; those that overlap (or, with reach 1, meet at a corner) belong together.
    private void Join(int[] rowStarts, int row, int other, int reach)
    {
        var (i, j) = (rowStarts[row], rowStarts[other]);
        while (i < rowStarts[row + 1] && j < rowStarts[other + 1])
        {
            var (a, b) = (_runs[i], _runs[j]);
            if (a.FirstX <= b.LastX + reach && b.FirstX <= a.LastX + reach)
            {
                Union(i, j);
            }

            if (a.LastX < b.LastX)
            {
                i++;
            }
            else
            {
                j++;
            }
        }
    }

    private void Union(int a, int b)
    {
        var (rootA, rootB) = (Root(a), Root(b));
        if (rootA < rootB)
        {
            _parents[rootB] = rootA;
        }
        else
        {
            _parents[rootA] = rootB;
        }
    }
}
