namespace VMUNet.Imaging;

/// <summary>The few slices of a volume that show a result best.</summary>
public static class KeySlices
{
    /// <summary>The slice where each organ is largest; where that leaves room, the slices farthest from those chosen in
    /// the range of the organs.</summary>
    /// <param name="labels">The result.</param>
    /// <param name="limit">Most slices to give, at least one.</param>
    /// <returns>Slice indices, ascending, each once; empty when nothing was found.</returns>
    public static IReadOnlyList<int> Of(LabelMap labels, int limit)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        var areas = Areas(labels);
        var used = Enumerable.Range(0, areas.Length).Where(z => areas[z].AsSpan(1).IndexOfAnyExcept(0) >= 0).ToList();
        var best = Enumerable.Range(1, 255)
            .Select(label => (Label: label, Total: used.Sum(z => (long)areas[z][label])))
            .Where(o => o.Total > 0)
            .OrderByDescending(o => o.Total)
            .Select(o => used.MaxBy(z => areas[z][o.Label]));
        var chosen = new SortedSet<int>();
        foreach (var z in best)
        {
            if (chosen.Count < limit)
            {
                chosen.Add(z);
            }
        }
        while (chosen.Count < Math.Min(limit, used.Count))
        {
            chosen.Add(used.Where(z => !chosen.Contains(z)).MaxBy(z => chosen.Min(c => Math.Abs(c - z))));
        }
        return [.. chosen];
    }

    private static int[][] Areas(LabelMap labels)
    {
        var areas = new int[labels.Geometry.Slices][];
        for (var z = 0; z < areas.Length; z++)
        {
            var counts = areas[z] = new int[256];
            foreach (var label in labels.Slice(z))
            {
                counts[label]++;
            }
        }
        return areas;
    }
}
