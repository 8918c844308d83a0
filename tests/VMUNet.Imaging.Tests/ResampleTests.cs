using CsCheck;

namespace VMUNet.Imaging.Tests;

public sealed class ResampleTests
{
    public static TheoryData<int> ZoomCases => [.. Enumerable.Range(0, ImagingGoldens.Section("zoom").GetArrayLength())];

    public static TheoryData<int> LabelCases => [.. Enumerable.Range(0, ImagingGoldens.Section("labels").GetArrayLength())];

    [Theory]
    [MemberData(nameof(ZoomCases))]
    public void Windowing_equals_the_golden_bit_for_bit(int index)
    {
        var golden = ImagingGoldens.Section("zoom")[index];
        float[] hu = [.. ImagingGoldens.Array<short>(golden.GetProperty("hu")).Select(value => (float)value)];

        Assert.Equal(ImagingGoldens.Array<float>(golden.GetProperty("windowed")), Intensity.Window(hu, -125, 275));
    }

    [Theory]
    [MemberData(nameof(ZoomCases))]
    public void Zoom_equals_scipy_in_every_variant(int index)
    {
        var golden = ImagingGoldens.Section("zoom")[index];
        var source = ImagingGoldens.Array<float>(golden.GetProperty("windowed"));
        var (from, to) = (ImagingGoldens.Numbers(golden.GetProperty("in_shape")), ImagingGoldens.Numbers(golden.GetProperty("out_shape")));
        var tolerance = golden.GetProperty("tolerance_abs").GetDouble();

        Near("cubic_default", Resample.Cubic(source, from[0], from[1], to[0], to[1], CubicTail.PaperZero));
        Near("cubic_edge", Resample.Cubic(source, from[0], from[1], to[0], to[1]));
        Near("linear_edge", Resample.Bilinear(source, from[0], from[1], to[0], to[1], alignCorners: true));

        void Near(string name, float[] actual)
        {
            var expected = ImagingGoldens.Array<float>(golden.GetProperty(name));
            Assert.Equal(expected.Length, actual.Length);
            var worst = expected.Zip(actual, (a, b) => Math.Abs((double)a - b)).Max();
            Assert.True(worst <= tolerance, $"{name}: {worst}");
        }
    }

    [Fact]
    public void The_papers_tail_is_zero_and_the_edge_variant_is_not()
    {
        float[] ones = [.. Enumerable.Repeat(1f, 512 * 512)];

        var paper = Resample.Cubic(ones, 512, 512, 224, 224, CubicTail.PaperZero);
        var edge = Resample.Cubic(ones, 512, 512, 224, 224);

        Assert.Equal(447, paper.Count(value => value == 0));
        Assert.All(edge, value => Assert.InRange(value, 1 - 1e-6f, 1 + 1e-6f));
    }

    [Theory]
    [MemberData(nameof(LabelCases))]
    public void Nearest_labels_equal_the_golden(int index)
    {
        var golden = ImagingGoldens.Section("labels")[index];
        var labels = ImagingGoldens.Array<byte>(golden.GetProperty("label"));
        var (from, to) = (ImagingGoldens.Numbers(golden.GetProperty("in_shape")), ImagingGoldens.Numbers(golden.GetProperty("out_shape")));

        Assert.Equal(
            ImagingGoldens.Array<byte>(golden.GetProperty("nearest_zoom_edge")),
            Resample.NearestCorners<byte>(labels, from[0], from[1], to[0], to[1]));
        Assert.Equal(
            ImagingGoldens.Array<byte>(golden.GetProperty("nearest_half_pixel")),
            Resample.Nearest<byte>(labels, from[0], from[1], to[0], to[1]));
    }

    [Fact]
    public void An_unchanged_size_returns_every_bit() => Planes.Sample(
        plane =>
        {
            var (rows, columns, values) = plane;
            Assert.Equal(values, Resample.Bilinear(values, rows, columns, rows, columns));
            Assert.Equal(values, Resample.Bilinear(values, rows, columns, rows, columns, alignCorners: true));
            Assert.Equal(values, Resample.Cubic(values, rows, columns, rows, columns));
            Assert.Equal(values, Resample.Nearest<float>(values, rows, columns, rows, columns));
            Assert.Equal(values, Resample.NearestCorners<float>(values, rows, columns, rows, columns));
        },
        iter: 100);

    [Fact]
    public void Linear_interpolation_stays_within_the_values_and_keeps_a_constant() => Planes.Sample(
        plane =>
        {
            var (rows, columns, values) = plane;
            foreach (var alignCorners in new[] { false, true })
            {
                var bigger = Resample.Bilinear(values, rows, columns, 17, 5, alignCorners);
                Assert.InRange(bigger.Min(), values.Min() - 1e-4f, values.Max());
                Assert.InRange(bigger.Max(), values.Min(), values.Max() + 1e-4f);
            }
        },
        iter: 100);

    [Fact]
    public void Half_pixel_linear_equals_known_values()
    {
        // 2 -> 4 with pixel areas aligned: centres fall at -0.25, 0.25, 0.75, 1.25; the ends take the edge.
        Assert.Equal([0f, 0.25f, 0.75f, 1f], Resample.Bilinear([0, 1], 1, 2, 1, 4));
        Assert.Equal([0f, 0.5f, 1f], Resample.Bilinear([0, 1], 1, 2, 1, 3, alignCorners: true));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Down_and_up_again_moves_a_disk_by_less_than_a_quarter_pixel(bool alignCorners)
    {
        var disk = new float[512 * 512];
        for (var i = 0; i < disk.Length; i++)
        {
            var (dy, dx) = ((i / 512) - 301.0, (i % 512) - 180.0);
            disk[i] = (dy * dy) + (dx * dx) < 60 * 60 ? 1 : 0;
        }

        var small = Resample.Bilinear(disk, 512, 512, 224, 224, alignCorners);
        var back = Resample.Bilinear(small, 224, 224, 512, 512, alignCorners);

        var (y, x) = Centroid(back, 512);
        Assert.InRange(Math.Abs(y - 301), 0, 0.25);
        Assert.InRange(Math.Abs(x - 180), 0, 0.25);
    }

    private static Gen<(int Rows, int Columns, float[] Values)> Planes { get; } =
        from rows in Gen.Int[1, 12]
        from columns in Gen.Int[1, 12]
        from values in Gen.Float[-1000, 1000].Array[rows * columns]
        select (rows, columns, values);

    private static (double Y, double X) Centroid(float[] plane, int columns)
    {
        double sum = 0, y = 0, x = 0;
        for (var i = 0; i < plane.Length; i++)
        {
            if (plane[i] >= 0.5f)
            {
                sum++;
                y += i / columns;
                x += i % columns;
            }
        }

        return (y / sum, x / sum);
    }
}
