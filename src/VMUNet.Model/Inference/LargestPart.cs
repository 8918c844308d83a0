using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>Keeps the largest face-connected part of a label; ties go to the first in memory order.</summary>
internal static class LargestPart
{
    /// <summary>A copy of the map without the label's smaller parts.</summary>
    public static LabelMap Keep(LabelMap map, byte label)
    {
        var labels = map.Labels.ToArray();
        var visited = new bool[labels.Length];
        var largest = new List<int>();
        for (var i = 0; i < labels.Length; i++)
        {
            if (labels[i] != label || visited[i])
            {
                continue;
            }

            var part = Grow(map.Geometry, labels, visited, i);
            var (kept, dropped) = part.Count > largest.Count ? (part, largest) : (largest, part);
            foreach (var voxel in dropped)
            {
                labels[voxel] = 0;
            }

            largest = kept;
        }

        return new LabelMap(map.Geometry, labels);
    }

    private static List<int> Grow(VolumeGeometry grid, byte[] labels, bool[] visited, int seed)
    {
        var slice = grid.Rows * grid.Columns;
        var part = new List<int> { seed };
        visited[seed] = true;
        for (var head = 0; head < part.Count; head++)
        {
            var at = part[head];
            var (row, column) = (at % slice / grid.Columns, at % grid.Columns);
            Visit(at >= slice, at - slice);
            Visit(at < labels.Length - slice, at + slice);
            Visit(row > 0, at - grid.Columns);
            Visit(row < grid.Rows - 1, at + grid.Columns);
            Visit(column > 0, at - 1);
            Visit(column < grid.Columns - 1, at + 1);
        }

        return part;

        void Visit(bool isInside, int next)
        {
            if (isInside && !visited[next] && labels[next] == labels[seed])
            {
                visited[next] = true;
                part.Add(next);
            }
        }
    }
}
