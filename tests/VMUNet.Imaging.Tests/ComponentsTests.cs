using CsCheck;

namespace VMUNet.Imaging.Tests;

public sealed class ComponentsTests
{
    public static TheoryData<int, string> Cases
    {
        get
        {
            var cases = new TheoryData<int, string>();
            for (var i = 0; i < ImagingGoldens.Section("components").GetArrayLength(); i++)
            {
                cases.Add(i, "face");
                cases.Add(i, "full");
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Count_sizes_and_largest_part_equal_the_golden(int index, string kind)
    {
        var golden = ImagingGoldens.Section("components")[index];
        var connectivity = kind == "face" ? Connectivity.Face : Connectivity.Full;
        var map = Map(ImagingGoldens.Numbers(golden.GetProperty("shape")), ImagingGoldens.Array<byte>(golden.GetProperty("mask")));
        var expected = golden.GetProperty(kind);

        var parts = Components.Find(map, 1, connectivity);
        var largest = Components.KeepLargest(map, 1, connectivity);

        // The list of sizes stops at 20.
        var sizes = ImagingGoldens.Numbers(expected.GetProperty("sizes_desc"));
        Assert.Equal(expected.GetProperty("count").GetInt32(), parts.Count);
        Assert.Equal(sizes, parts.Take(sizes.Length).Select(part => (int)part.Voxels));
        Assert.Equal(ImagingGoldens.Array<byte>(expected.GetProperty("largest")), largest.Labels.Labels.ToArray());
        Assert.Equal(parts.Count, largest.Count);
        Assert.Equal(parts.Sum(part => part.Voxels), largest.KeptVoxels + largest.RemovedVoxels);
    }

    [Fact]
    public void Other_labels_are_left_alone()
    {
        var map = Map([1, 7], [1, 0, 2, 1, 1, 2, 2]);

        var largest = Components.KeepLargest(map, 1);

        Assert.Equal([0, 0, 2, 1, 1, 2, 2], largest.Labels.Labels.ToArray());
        Assert.Equal(1.0 / 3, largest.RemovedShare, 12);
    }

    [Fact]
    public void Of_equally_large_parts_the_first_stays()
        => Assert.Equal([3, 3, 0, 0, 0], Components.KeepLargest(Map([1, 5], [3, 3, 0, 3, 3]), 3).Labels.Labels.ToArray());

    [Fact]
    public void Small_parts_go_and_the_largest_always_stays()
    {
        var map = Map([1, 8], [1, 0, 1, 1, 0, 1, 1, 1]);

        Assert.Equal([0, 0, 1, 1, 0, 1, 1, 1], Components.RemoveSmall(map, 1, 2).Labels.Labels.ToArray());
        Assert.Equal([0, 0, 0, 0, 0, 1, 1, 1], Components.RemoveSmall(map, 1, 100).Labels.Labels.ToArray());
    }

    [Fact]
    public void An_absent_label_has_no_parts_and_changes_nothing()
    {
        var map = Map([1, 3], [1, 0, 1]);

        Assert.Empty(Components.Find(map, 2));
        Assert.Equal([1, 0, 1], Components.KeepLargest(map, 2).Labels.Labels.ToArray());
    }

    [Fact]
    public void Parts_equal_those_of_a_flood_fill() => Volumes.Sample(
        map =>
        {
            Assert.Equal(FloodFill(map, isFull: false), Components.Find(map, 1).Select(part => part.Voxels).Order());
            Assert.Equal(FloodFill(map, isFull: true), Components.Find(map, 1, Connectivity.Full).Select(part => part.Voxels).Order());
        },
        iter: 300);

    private static Gen<LabelMap> Volumes { get; } =
        from slices in Gen.Int[1, 6]
        from rows in Gen.Int[1, 6]
        from columns in Gen.Int[1, 9]
        from share in Gen.Int[1, 9]
        from values in Gen.Int[0, 9].Array[slices * rows * columns]
        select Map([slices, rows, columns], [.. values.Select(value => value < share ? (byte)1 : (byte)0)]);

    private static LabelMap Map(int[] shape, byte[] labels) => new(
        shape.Length == 2
            ? VolumeGeometry.ForPicture(shape[0], shape[1])
            : VolumeGeometry.Axial(shape[0], shape[1], shape[2], new SpacingMm(1, 1, 1)),
        labels);

    private static IEnumerable<long> FloodFill(LabelMap map, bool isFull)
    {
        var g = map.Geometry;
        var open = map.Labels.ToArray();
        var sizes = new List<long>();
        for (var start = 0; start < open.Length; start++)
        {
            if (open[start] == 0)
            {
                continue;
            }

            long size = 0;
            var queue = new Stack<int>([start]);
            open[start] = 0;
            while (queue.TryPop(out var at))
            {
                size++;
                var (z, y, x) = (at / (g.Rows * g.Columns), at / g.Columns % g.Rows, at % g.Columns);
                foreach (var (dz, dy, dx) in Neighbours(isFull))
                {
                    var (nz, ny, nx) = (z + dz, y + dy, x + dx);
                    var next = (((nz * g.Rows) + ny) * g.Columns) + nx;
                    if (nz >= 0 && ny >= 0 && nx >= 0 && nz < g.Slices && ny < g.Rows && nx < g.Columns && open[next] == 1)
                    {
                        open[next] = 0;
                        queue.Push(next);
                    }
                }
            }

            sizes.Add(size);
        }

        return sizes.Order();
    }

    private static IEnumerable<(int, int, int)> Neighbours(bool isFull)
        => from dz in Enumerable.Range(-1, 3)
           from dy in Enumerable.Range(-1, 3)
           from dx in Enumerable.Range(-1, 3)
           let steps = Math.Abs(dz) + Math.Abs(dy) + Math.Abs(dx)
           where steps == 1 || (isFull && steps > 0)
           select (dz, dy, dx);
}
