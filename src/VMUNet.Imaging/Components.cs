namespace VMUNet.Imaging;

/// <summary>
/// Connected parts of one label. Runs of voxels along rows are joined to touching runs of the row above and of the slice
/// before by union-find, so memory grows with the number of runs and not with the volume.
/// </summary>
public static class Components
{
    /// <summary>The parts of a label, largest first; parts of one size in memory order.</summary>
    /// <param name="l">Labels.</param>
    /// <param name="label">Which one.</param>
    /// <param name="connectivity">Face by default.</param>
    public static IReadOnlyList<ConnectedComponent> Find(LabelMap l, byte label, Connectivity connectivity = Connectivity.Face)
    {
        ArgumentNullException.ThrowIfNull(l);
        return [.. Rank(LabelRuns.Of(l, label, connectivity)).Select(part => part.Component)];
    }

    /// <summary>
    /// Removes all parts of a label but the largest; of equally large ones the first in memory order stays. Not for organs that
    /// come in several parts.
    /// </summary>
    /// <param name="l">Labels; not changed.</param>
    /// <param name="label">Which one.</param>
    /// <param name="connectivity">Face by default.</param>
    public static LargestComponent KeepLargest(LabelMap l, byte label, Connectivity connectivity = Connectivity.Face)
        => Keep(l, label, connectivity, parts => parts.Take(1));

    /// <summary>
    /// As the other one, but parts that hang together only by a thin bridge within a slice count as two: the largest is sought after an
    /// opening by a diamond, and what lies near it stays. Without anything so thick, the bridge is not looked at.
    /// </summary>
    /// <param name="l">Labels; not changed.</param>
    /// <param name="label">Which one.</param>
    /// <param name="bridgeMm">Bridges up to about twice as wide are cut, mm; above 0.</param>
    public static LargestComponent KeepLargest(LabelMap l, byte label, double bridgeMm)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bridgeMm);
        var core = KeepLargest(Opening.Of(l, label, bridgeMm), label);
        if (core.KeptVoxels == 0)
        {
            return KeepLargest(l, label);
        }

        var near = Opening.Near(l, core.Labels, label, bridgeMm);
        long kept = 0, removed = 0;
        var labels = l.Labels.ToArray();
        for (var i = 0; i < labels.Length; i++)
        {
            if (labels[i] != label)
            {
                continue;
            }

            (labels[i], kept, removed) = near.Labels[i] == label ? (label, kept + 1, removed) : ((byte)0, kept, removed + 1);
        }

        return new LargestComponent(new LabelMap(l.Geometry, labels), core.Count, kept, removed);
    }

    /// <summary>Removes parts of a label below a size; the largest part always stays.</summary>
    /// <param name="l">Labels; not changed.</param>
    /// <param name="label">Which one.</param>
    /// <param name="minVoxels">Smallest size that stays.</param>
    /// <param name="connectivity">Face by default.</param>
    public static LargestComponent RemoveSmall(
        LabelMap l, byte label, long minVoxels, Connectivity connectivity = Connectivity.Face)
        => Keep(l, label, connectivity, parts => parts.Where((part, rank) => rank == 0 || part.Component.Voxels >= minVoxels));

    private static LargestComponent Keep(
        LabelMap l, byte label, Connectivity connectivity,
        Func<List<(int Root, ConnectedComponent Component)>, IEnumerable<(int Root, ConnectedComponent Component)>> choose)
    {
        ArgumentNullException.ThrowIfNull(l);
        ArgumentOutOfRangeException.ThrowIfZero(label);
        var runs = LabelRuns.Of(l, label, connectivity);
        var parts = Rank(runs);
        var kept = choose(parts).Select(part => part.Root).ToHashSet();
        long keptVoxels = 0, removedVoxels = 0;
        var labels = l.Labels.ToArray();
        for (var i = 0; i < runs.Count; i++)
        {
            var run = runs[i];
            if (kept.Contains(runs.Root(i)))
            {
                keptVoxels += run.Length;
                continue;
            }

            removedVoxels += run.Length;
            labels.AsSpan(run.Start, run.Length).Clear();
        }

        return new LargestComponent(new LabelMap(l.Geometry, labels), parts.Count, keptVoxels, removedVoxels);
    }

    private static List<(int Root, ConnectedComponent Component)> Rank(LabelRuns runs)
    {
        // The root is the first run of its part, so its start is the part's first voxel.
        var sizes = new Dictionary<int, long>();
        for (var i = 0; i < runs.Count; i++)
        {
            var root = runs.Root(i);
            sizes[root] = sizes.GetValueOrDefault(root) + runs[i].Length;
        }

        return
        [
            .. sizes.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key)
                .Select(pair => (pair.Key, new ConnectedComponent(pair.Value, runs[pair.Key].Start))),
        ];
    }
}
