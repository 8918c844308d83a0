namespace VMUNet.Dicom;

/// <summary>Which pixel centres lie inside polygons: even-odd over all of them, so that a polygon inside another is a
/// hole and a keyhole contour works too.</summary>
internal static class PolygonFill
{
    /// <summary>Runs of inside pixels, row by row.</summary>
    /// <param name="polygons">Closed polygons in fractional rows and columns; pixel centres have whole numbers.</param>
    /// <param name="rows">Rows of the image; runs outside are left out, columns are not limited.</param>
    /// <returns>Row, first column, and the column behind the last.</returns>
    public static IEnumerable<(int Row, int From, int To)> Runs(IReadOnlyList<(double Y, double X)[]> polygons, int rows)
    {
        var top = polygons.Min(p => p.Min(v => v.Y));
        var bottom = polygons.Max(p => p.Max(v => v.Y));
        var crossings = new List<double>();
        for (var y = (int)Math.Max(0, Math.Ceiling(top)); y <= Math.Min(rows - 1, Math.Floor(bottom)); y++)
        {
            crossings.Clear();
            foreach (var polygon in polygons)
            {
                Cross(polygon, y, crossings);
            }
            crossings.Sort();
            for (var i = 0; i + 1 < crossings.Count; i += 2)
            {
                var (from, to) = (Column(crossings[i]), Column(crossings[i + 1]));
                if (from < to)
                {
                    yield return (y, from, to);
                }
            }
        }
    }

    private static int Column(double x) => (int)Math.Clamp(Math.Ceiling(x), int.MinValue / 2, int.MaxValue / 2);

    /// <summary>An edge counts where it passes from at or above the row to below it, so that a corner counts
    /// once.</summary>
    private static void Cross((double Y, double X)[] polygon, int y, List<double> crossings)
    {
        var previous = polygon[^1];
        foreach (var point in polygon)
        {
            if (previous.Y <= y != point.Y <= y)
            {
                crossings.Add(previous.X + (y - previous.Y) / (point.Y - previous.Y) * (point.X - previous.X));
            }
            previous = point;
        }
    }
}
