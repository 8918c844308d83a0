namespace VMUNet.Imaging.Tests.Metrics;

/// <summary>Surface distances by comparing every pair of border voxels: slow, and plainly what the definition says.</summary>
internal static class BruteForce
{
    internal static double[] Directed(LabelMap from, LabelMap to, byte label)
    {
        var (source, target) = (Border(from, label), Border(to, label));
        double[] distances = [.. source.Select(p => target.Min(r => (p - r).Length))];
        Array.Sort(distances);
        return distances;
    }

    internal static double Percentile95(double[] sorted)
    {
        var h = (sorted.Length - 1) * 0.95;
        var i = (int)h;
        return i + 1 < sorted.Length ? sorted[i] + ((h - i) * (sorted[i + 1] - sorted[i])) : sorted[i];
    }

    private static List<Vector3D> Border(LabelMap map, byte label)
    {
        var g = map.Geometry;
        var border = new List<Vector3D>();
        for (var z = 0; z < g.Slices; z++)
        {
            for (var y = 0; y < g.Rows; y++)
            {
                for (var x = 0; x < g.Columns; x++)
                {
                    var isBorder = !(Has(z - 1, y, x) && Has(z + 1, y, x) && Has(z, y - 1, x) && Has(z, y + 1, x)
                        && Has(z, y, x - 1) && Has(z, y, x + 1));
                    if (Has(z, y, x) && isBorder)
                    {
                        border.Add(g.ToPatient(z, y, x));
                    }
                }
            }
        }

        return border;

        bool Has(int z, int y, int x) => z >= 0 && y >= 0 && x >= 0 && z < g.Slices && y < g.Rows && x < g.Columns
            && map.Labels[(((z * g.Rows) + y) * g.Columns) + x] == label;
    }
}
