using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.Dicom.Tests.Seg;

public sealed class OtherGridTests : IDisposable
{
    private static readonly Vector3D BallCentre = new(9, -1.5, 1);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0.5)]
    [InlineData(1.7)]
    public void Each_voxel_gets_the_label_of_the_SEG_voxel_that_its_centre_lies_in(double scale)
    {
        var source = Source();
        // its first voxel lies a little inside the first of the source
        Vector3D origin = new(0.1, -9.9, -19.7);
        double[] step = [0.75 * scale, 0.5 * scale, 2.5 * scale];
        var (rows, columns, slices) = ((int)(6.5 / scale), (int)(5.5 / scale), (int)(4.4 / scale));
        var finer = Source(new SyntheticSeries
        {
            SeriesUid = "2.25.77",
            Rows = rows,
            Columns = columns,
            Spacing = step[..2],
            Positions = SyntheticSeries.Along([0, 0, step[2]], slices, [origin.X, origin.Y, origin.Z]),
        });
        byte Value(int z, int y, int x) => z < 0 || y < 0 || x < 0 || z >= slices || y >= rows || x >= columns
            ? (byte)0
            : (byte)((5 * z + 3 * y + x) % 9);

        var read = Read.Seg(Write(finer, Value), source, Organs.Eight);

        for (var i = 0; i < read.Map.Labels.Length; i++)
        {
            var at = source.Geometry.ToPatient(i / 30, i / 5 % 6, i % 5) - origin;
            Assert.Equal(Value(Round(at.Z / step[2]), Round(at.Y / step[0]), Round(at.X / step[1])), read.Map.Labels[i]);
        }
        Assert.Contains(read.Notes, n => n.StartsWith("other-grid: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, 0.9)]
    [InlineData(25, 0.9)]
    [InlineData(90, 0.9)]
    public void A_ball_drawn_on_turned_planes_of_another_spacing_stays_a_ball_in_its_place(double degrees, double least)
    {
        var source = Source(Large());
        var (sin, cos) = (Math.Sin(degrees * Math.PI / 180), Math.Cos(degrees * Math.PI / 180));
        Vector3D column = new(0, cos, sin), normal = new(0, -sin, cos);
        var corner = BallCentre - new Vector3D(1, 0, 0) * 8.4 - column * 8.4 - normal * 8.4;
        var turned = Source(new SyntheticSeries
        {
            SeriesUid = "2.25.78",
            Rows = 29,
            Columns = 29,
            Spacing = [0.6, 0.6],
            Orientation = [1, 0, 0, column.X, column.Y, column.Z],
            Positions = SyntheticSeries.Along([0.7 * normal.X, 0.7 * normal.Y, 0.7 * normal.Z], 25, [corner.X, corner.Y, corner.Z]),
        });

        var read = Read.Seg(Write(turned, (z, y, x) => Ball(turned.Geometry, z, y, x)), source, Organs.Eight).Map;

        int both = 0, either = 0;
        for (var i = 0; i < read.Labels.Length; i++)
        {
            var expected = Ball(source.Geometry, i / (24 * 26), i / 26 % 24, i % 26) == 5;
            both += expected && read.Labels[i] == 5 ? 2 : 0;
            either += (expected ? 1 : 0) + (read.Labels[i] == 5 ? 1 : 0);
        }
        Assert.True(either > 500, $"{either} voxels");
        Assert.True(both >= least * either, $"DSC {(double)both / either:0.000}");
    }

    [Fact]
    public void Fractional_and_label_map_SEGs_of_another_grid_are_read_too()
    {
        var source = Source(Large());
        var finer = Source(new SyntheticSeries
        {
            SeriesUid = "2.25.79",
            Rows = 48,
            Columns = 52,
            Spacing = [0.375, 0.375],
            Positions = SyntheticSeries.Along([0, 0, 1.25], 16, [-0.1875, -10.1875, -8]),
        });
        var binary = Write(finer, (z, y, x) => (byte)(Ball(finer.Geometry, z, y, x) == 5 ? y < 22 ? 5 : 7 : 0));

        var expected = Read.Seg(binary, source, Organs.Eight).Map.Labels.ToArray();

        Assert.Contains((byte)5, expected);
        Assert.Contains((byte)7, expected);
        Assert.Equal(expected, Read.Seg(OtherForms.Fractional(binary, _folder.File("f")), source, Organs.Eight).Map.Labels.ToArray());
        Assert.Equal(expected, Read.Seg(OtherForms.LabelMap(binary, _folder.File("l")), source, Organs.Eight).Map.Labels.ToArray());
    }

    [Fact]
    public void Labels_far_outside_the_images_are_refused()
    {
        var source = Source();
        var elsewhere = Source(new SyntheticSeries
        {
            SeriesUid = "2.25.80",
            Spacing = [1.5, 1.5],
            Positions = SyntheticSeries.Along([0, 0, 5], 4, [0, -10, -20]),
        });

        var refused = Assert.IsType<SegContent.Refused>(
            SegReader.Read(Write(elsewhere, (_, _, _) => 5), source, Organs.Eight));

        Assert.Equal(RefusalReason.OffGrid, refused.Reason);
        Assert.Contains("outside the source images", refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void The_gate_never_takes_another_grid_for_ours()
    {
        var source = Source();
        var finer = Source(new SyntheticSeries { SeriesUid = "2.25.81", Spacing = [0.375, 0.25] });
        var labels = Read.Seg(Write(finer, (_, _, _) => 5), source, Organs.Eight).Map;

        Assert.IsType<GateVerdict.Held>(OutgoingGate.Check(Write(finer, (_, _, _) => 5), source, labels, Organs.Eight));
    }

    private static SyntheticSeries Large() => new()
    {
        Rows = 24,
        Columns = 26,
        Spacing = [0.75, 0.75],
        Positions = SyntheticSeries.Along([0, 0, 2.5], 8, [0, -10, -20 + 12]),
    };

    private static byte Ball(VolumeGeometry grid, int z, int y, int x) =>
        (grid.ToPatient(z, y, x) - BallCentre).Length < 6 ? (byte)5 : (byte)0;

    private static int Round(double index) => (int)Math.Floor(index + 0.5);

    private SourceSeries Source(SyntheticSeries? series = null)
    {
        series ??= new SyntheticSeries();
        return Read.Volume(series.Write(_folder.File(series.SeriesUid))).Source;
    }

    private string Write(SourceSeries source, Func<int, int, int, byte> label)
    {
        var grid = source.Geometry;
        var labels = new byte[grid.VoxelCount];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = label(i / (grid.Rows * grid.Columns), i / grid.Columns % grid.Rows, i % grid.Columns);
        }
        var written = Assert.IsType<SegResult.Written>(
            SegWriter.Write(source, new LabelMap(grid, labels), Organs.Eight, Organs.Model));
        var path = _folder.File(written.SopInstanceUid);
        written.Save(path);
        return path;
    }
}
