using System.Text.Json;
using CsCheck;

namespace VMUNet.Imaging.Tests;

public sealed class SliceStackTests
{
    private static readonly Vector3D Left = new(1, 0, 0);
    private static readonly Vector3D Posterior = new(0, 1, 0);

    public static TheoryData<string> Names
        => [.. ImagingGoldens.Section("geometry").EnumerateArray().Select(entry => entry.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Order_normal_and_gaps_equal_the_golden(string name)
    {
        var golden = Golden(name);

        var stack = Stack(golden);

        var normal = ImagingGoldens.Reals(golden.GetProperty("normal"));
        Assert.True((stack.Normal - new Vector3D(normal[0], normal[1], normal[2])).Length < 1e-12);
        Assert.Equal(ImagingGoldens.Numbers(golden.GetProperty("order")), stack.Order);
        Near(ImagingGoldens.Reals(golden.GetProperty("distance_sorted")), stack.DistancesMm);
        Near(ImagingGoldens.Reals(golden.GetProperty("gaps")), stack.GapsMm);
        var median = golden.GetProperty("median_gap");
        Assert.Equal(median.ValueKind == JsonValueKind.Null, stack.MedianGapMm is null);
        Assert.True(stack.MedianGapMm is null || Math.Abs(stack.MedianGapMm.Value - median.GetDouble()) < 1e-9);
    }

    [Theory]
    [InlineData("axial shuffled", true, true, false, 0)]
    [InlineData("axial descending z", true, true, false, 0)]
    [InlineData("feet-first style negated axes", true, true, false, 0)]
    [InlineData("coronal", true, true, false, 0)]
    [InlineData("oblique", true, true, false, 0)]
    [InlineData("gantry tilt", false, true, true, 0)]
    [InlineData("one slice missing", false, false, false, 0)]
    [InlineData("duplicated position", false, false, false, 1)]
    [InlineData("jitter below tolerance", true, true, false, 0)]
    [InlineData("variable spacing", false, false, false, 0)]
    [InlineData("single slice", true, true, false, 0)]
    public void Judges_regularity_tilt_and_duplicates(string name, bool isRegular, bool isEven, bool isTilted, int duplicates)
    {
        var stack = Stack(Golden(name));

        Assert.Equal(isRegular, stack.IsRegular);
        Assert.Equal(isEven, stack.IsEvenlySpaced);
        Assert.Equal(isTilted, stack.IsTilted);
        Assert.Equal(duplicates, stack.Duplicates.Count);
    }

    [Fact]
    public void The_tilt_is_measured_and_duplicates_are_named()
    {
        Assert.Equal(12.5, Stack(Golden("gantry tilt")).TiltDegrees, 9);
        Assert.Equal([0, 3], Stack(Golden("duplicated position")).Duplicates.Single());
    }

    [Fact]
    public void A_slice_pushed_sideways_makes_the_stack_uneven()
    {
        Vector3D[] positions = [default, new(0, 0, 3), new(2, 0, 6), new(0, 0, 9)];

        var stack = SliceStack.Of(Left, Posterior, positions);

        Assert.False(stack.IsEvenlySpaced);
        Assert.True(stack.HasEvenGaps);
        Assert.False(stack.HasEvenDrift);
        Assert.False(stack.IsTilted);
    }

    [Fact]
    public void A_missing_slice_leaves_the_drift_even()
    {
        var stack = SliceStack.Of(Left, Posterior, [default, new(0, 0, 3), new(0, 0, 9), new(0, 0, 12)]);

        Assert.False(stack.HasEvenGaps);
        Assert.True(stack.HasEvenDrift);
    }

    [Fact]
    public void Places_hold_every_slice_once_in_stack_order()
    {
        Vector3D[] positions = [new(0, 0, 6), default, new(9, 9, 6.005), new(0, 0, 3), new(0, 0, 0.01)];

        var stack = SliceStack.Of(Left, Posterior, positions);

        Assert.Equal([[1, 4], [3], [0, 2]], stack.Places);
        Assert.Equal([[1, 4], [0, 2]], stack.Duplicates);
        Assert.Single(SliceStack.Of(Left, Posterior, [default]).Places);
    }

    [Fact]
    public void The_geometry_of_every_stack_without_duplicates_hits_every_slice()
    {
        foreach (var name in Names.Select(row => (string)row.Data).Where(name => name != "duplicated position"))
        {
            var golden = Golden(name);
            var iop = ImagingGoldens.Reals(golden.GetProperty("iop"));
            var stack = Stack(golden);

            var geometry = stack.ToGeometry(
                4, 5, new Vector3D(iop[0], iop[1], iop[2]), new Vector3D(iop[3], iop[4], iop[5]), 0.7, 0.9, 3);

            Assert.Equal(stack.IsRegular, geometry.IsRegular);
            for (var z = 0; z < geometry.Slices; z++)
            {
                Assert.True((geometry.ToPatient(z, 0, 0) - stack.Positions[z]).Length < 0.01, name);
                var (back, y, x) = geometry.ToIndex(geometry.ToPatient(z, 2, 3));
                Assert.Equal((z, 2, 3), (Math.Round(back, 6), Math.Round(y, 6), Math.Round(x, 6)));
            }
        }

        Assert.Throws<InvalidOperationException>(
            () => Stack(Golden("duplicated position")).ToGeometry(4, 5, Left, Posterior, 1, 1, 1));
    }

    [Fact]
    public void Any_arrival_order_gives_the_same_stack() => Gen.Shuffle(Enumerable.Range(0, 12).ToArray()).Sample(arrival =>
    {
        Vector3D[] positions = [.. arrival.Select(i => new Vector3D(-100, 40, (i * 2.5) - 7))];

        var stack = SliceStack.Of(Left, Posterior, positions);

        Assert.Equal(Enumerable.Range(0, 12), stack.Order.Select(i => arrival[i]));
        Assert.True(stack.IsRegular);
    });

    private static JsonElement Golden(string name)
        => ImagingGoldens.Section("geometry").EnumerateArray().Single(entry => entry.GetProperty("name").GetString() == name);

    private static SliceStack Stack(JsonElement golden)
    {
        var iop = ImagingGoldens.Reals(golden.GetProperty("iop"));
        Vector3D[] positions =
        [
            .. golden.GetProperty("ipp_in_arrival_order").EnumerateArray().Select(ImagingGoldens.Reals)
                .Select(p => new Vector3D(p[0], p[1], p[2])),
        ];
        return SliceStack.Of(new Vector3D(iop[0], iop[1], iop[2]), new Vector3D(iop[3], iop[4], iop[5]), positions);
    }

    private static void Near(double[] expected, IReadOnlyList<double> actual)
    {
        Assert.Equal(expected.Length, actual.Count);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 9));
    }
}
