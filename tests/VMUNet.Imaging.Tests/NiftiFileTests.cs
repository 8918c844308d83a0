using System.Buffers.Binary;
using System.IO.Compression;
using VMUNet.Testing;

namespace VMUNet.Imaging.Tests;

public sealed class NiftiFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("labels.nii")]
    [InlineData("labels.nii.gz")]
    public void Reads_back_the_labels_and_the_geometry_it_wrote(string name)
    {
        var geometry = ObliqueGeometry();
        var labels = Enumerable.Range(0, 3 * 4 * 5).Select(i => (byte)(i % 7)).ToArray();

        NiftiFile.Write(_folder.File(name), new LabelMap(geometry, labels));
        var back = NiftiFile.ReadLabels(_folder.File(name));

        Assert.Equal(labels, back.Labels.ToArray());
        Assert.Null(geometry.DifferenceFrom(back.Geometry));
        Assert.True((geometry.ToPatient(2, 3, 4) - back.Geometry.ToPatient(2, 3, 4)).Length < 1e-4);
    }

    [Fact]
    public void Reads_back_real_values()
    {
        var voxels = Enumerable.Range(0, 3 * 4 * 5).Select(i => (i * 0.37f) - 5).ToArray();

        NiftiFile.Write(_folder.File("image.nii.gz"), new Volume(ObliqueGeometry(), voxels));

        Assert.Equal(voxels, NiftiFile.Read(_folder.File("image.nii.gz")).Voxels.ToArray());
    }

    [Theory]
    [InlineData((short)4, false)]
    [InlineData((short)4, true)]
    [InlineData((short)2, false)]
    [InlineData((short)256, false)]
    [InlineData((short)512, true)]
    [InlineData((short)8, true)]
    [InlineData((short)768, false)]
    [InlineData((short)16, true)]
    [InlineData((short)64, true)]
    [InlineData((short)1024, true)]
    [InlineData((short)1280, false)]
    public void Reads_every_number_type_in_both_byte_orders_with_slope_and_intercept(short dataType, bool isBigEndian)
    {
        var bytes = NiftiBytes.Make(dataType, isBigEndian, columns: 2, rows: 2, slices: 1, [1, 2, 3, 100], slope: 2, intercept: -3);
        File.WriteAllBytes(_folder.File("a.nii"), bytes);

        var volume = NiftiFile.Read(_folder.File("a.nii"));

        Assert.Equal([-1f, 1f, 3f, 197f], volume.Voxels.ToArray());
        Assert.Equal(new SpacingMm(4, 3, 2), volume.Geometry.Spacing);
    }

    [Fact]
    public void Takes_a_slope_of_zero_as_unscaled()
    {
        var bytes = NiftiBytes.Make(4, false, 2, 1, 1, [-7, 9], slope: 0, intercept: 5);
        File.WriteAllBytes(_folder.File("a.nii"), bytes);

        Assert.Equal([-7f, 9f], NiftiFile.Read(_folder.File("a.nii")).Voxels.ToArray());
    }

    [Fact]
    public void Brings_the_affine_from_ras_to_lps()
    {
        var bytes = NiftiBytes.Make(4, false, 2, 2, 2, [0, 0, 0, 0, 0, 0, 0, 0]);
        File.WriteAllBytes(_folder.File("a.nii"), bytes); // sform: diag(2, 3, 4), origin (10, 20, 30) in RAS

        var geometry = NiftiFile.Read(_folder.File("a.nii")).Geometry;

        Assert.Equal(new Vector3D(-10, -20, 30), geometry.Origin);
        Assert.Equal(new Vector3D(-12, -23, 34), geometry.ToPatient(1, 1, 1));
    }

    [Fact]
    public void The_written_qform_says_the_same_as_the_sform()
    {
        foreach (var geometry in new[] { ObliqueGeometry(), LeftHanded(ObliqueGeometry()), TurnedRound() })
        {
            NiftiFile.Write(_folder.File("q.nii"), new LabelMap(geometry, new byte[60]));
            var bytes = File.ReadAllBytes(_folder.File("q.nii"));
            BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(254), 0); // take the sform away
            File.WriteAllBytes(_folder.File("q.nii"), bytes);

            var back = NiftiFile.ReadLabels(_folder.File("q.nii")).Geometry;

            Assert.Null(geometry.DifferenceFrom(back));
        }
    }

    [Fact]
    public void A_file_read_and_written_again_keeps_every_bit_of_its_affine()
    {
        NiftiFile.Write(_folder.File("a.nii"), new LabelMap(ObliqueGeometry(), new byte[60]));

        NiftiFile.Write(_folder.File("b.nii"), NiftiFile.ReadLabels(_folder.File("a.nii")));

        Assert.Equal(File.ReadAllBytes(_folder.File("a.nii"))[280..328], File.ReadAllBytes(_folder.File("b.nii"))[280..328]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Refuses_a_size_that_lies_before_allocating(bool isCompressed)
    {
        var bytes = NiftiBytes.Make(4, false, 2, 2, 1, [1, 2, 3, 4]);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(42), 1000);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(44), 1000);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(46), 800);
        Write("lies.nii", bytes, isCompressed);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var refusal = Assert.Throws<BadInputException>(() => NiftiFile.Read(_folder.File("lies.nii")));

        Assert.Contains("1000 x 1000 x 800", refusal.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Refuses_a_truncated_file(bool isCompressed)
    {
        var whole = NiftiBytes.Make(4, false, 50, 50, 1, new double[2500]);
        Write("cut.nii", whole.AsSpan(0, whole.Length - 100).ToArray(), isCompressed);

        Assert.Throws<BadInputException>(() => NiftiFile.Read(_folder.File("cut.nii")));
    }

    [Fact]
    public void Refuses_a_compressed_file_that_was_cut_off()
    {
        var random = new Random(1);
        Write("whole.nii.gz", NiftiBytes.Make(4, false, 50, 50, 1, [.. Enumerable.Range(0, 2500).Select(_ => (double)random.Next(30000))]), true);
        var bytes = File.ReadAllBytes(_folder.File("whole.nii.gz"));
        File.WriteAllBytes(_folder.File("cut.nii.gz"), bytes[..(bytes.Length / 2)]);

        Assert.Throws<BadInputException>(() => NiftiFile.Read(_folder.File("cut.nii.gz")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Refuses_more_voxels_than_the_header_says(bool isCompressed)
    {
        Write("more.nii", [.. NiftiBytes.Make(4, false, 2, 2, 1, [1, 2, 3, 4]), 1, 2], isCompressed);

        Assert.Throws<BadInputException>(() => NiftiFile.Read(_folder.File("more.nii")));
    }

    [Fact]
    public void Refuses_nan_fractional_labels_several_volumes_and_foreign_files()
    {
        File.WriteAllBytes(_folder.File("nan.nii"), NiftiBytes.Make(16, false, 2, 1, 1, [1, double.NaN]));
        File.WriteAllBytes(_folder.File("half.nii"), NiftiBytes.Make(16, false, 2, 1, 1, [1, 0.5]));
        File.WriteAllBytes(_folder.File("big.nii"), NiftiBytes.Make(4, false, 2, 1, 1, [1, 300]));
        var four = NiftiBytes.Make(4, false, 2, 1, 1, [1, 1]);
        BinaryPrimitives.WriteInt16LittleEndian(four.AsSpan(40), 4);
        BinaryPrimitives.WriteInt16LittleEndian(four.AsSpan(48), 3);
        File.WriteAllBytes(_folder.File("four.nii"), four);
        File.WriteAllText(_folder.File("text.nii"), new string('x', 1000));
        File.WriteAllText(_folder.File("empty.nii"), "");

        Assert.Contains("NaN", Refusal(() => NiftiFile.Read(_folder.File("nan.nii"))), StringComparison.Ordinal);
        Assert.Contains("0.5", Refusal(() => NiftiFile.ReadLabels(_folder.File("half.nii"))), StringComparison.Ordinal);
        Assert.Contains("300", Refusal(() => NiftiFile.ReadLabels(_folder.File("big.nii"))), StringComparison.Ordinal);
        Assert.Contains("3 volumes", Refusal(() => NiftiFile.Read(_folder.File("four.nii"))), StringComparison.Ordinal);
        Assert.Contains("not a NIfTI-1", Refusal(() => NiftiFile.Read(_folder.File("text.nii"))), StringComparison.Ordinal);
        Assert.Contains("header", Refusal(() => NiftiFile.Read(_folder.File("empty.nii"))), StringComparison.Ordinal);
        Assert.Contains("no such file", Refusal(() => NiftiFile.Read(_folder.File("absent.nii"))), StringComparison.Ordinal);
    }

    [Fact]
    public void Any_damaged_header_is_refused_or_read_but_never_crashes()
    {
        var whole = NiftiBytes.Make(4, false, 3, 3, 3, [.. Enumerable.Range(0, 27).Select(i => (double)i)]);
        var random = new Random(7);
        for (var round = 0; round < 2000; round++)
        {
            var bytes = whole.ToArray();
            for (var n = 0; n < 1 + (round % 4); n++)
            {
                bytes[random.Next(348)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(_folder.File("fuzz.nii"), bytes);
            try
            {
                NiftiFile.Read(_folder.File("fuzz.nii"));
            }
            catch (BadInputException)
            {
                // refused in words: the behaviour wanted
            }
        }
    }

    [Fact]
    public void Reads_real_images_and_their_labels_on_one_grid()
    {
        var shared = RepoPaths.Shared;
        Assert.SkipWhen(shared is null, "../shared is not there");

        var image = NiftiFile.Read(Path.Combine(shared!, "data/abdomen-mr-chaos/images/chaos_t2_05.nii.gz"));
        var labels = NiftiFile.ReadLabels(Path.Combine(shared!, "data/abdomen-mr-chaos/labels/chaos_t2_05.nii.gz"));

        Assert.Null(image.Geometry.DifferenceFrom(labels.Geometry));
        Assert.Equal(256, image.Geometry.Rows);
        Assert.Equal([1, 2, 3, 4], labels.Present());

        // In the patient the liver lies right of the spleen: smaller x in LPS.
        Assert.True(MeanX(labels, 1) < MeanX(labels, 4));
    }

    private static double MeanX(LabelMap labels, byte value)
    {
        double sum = 0, count = 0;
        for (var z = 0; z < labels.Geometry.Slices; z++)
        {
            var slice = labels.Slice(z);
            for (var i = 0; i < slice.Length; i++)
            {
                if (slice[i] == value)
                {
                    sum += labels.Geometry.ToPatient(z, i / labels.Geometry.Columns, i % labels.Geometry.Columns).X;
                    count++;
                }
            }
        }

        return sum / count;
    }

    private static string Refusal(Action action) => Assert.Throws<BadInputException>(action).Message;

    private void Write(string name, byte[] bytes, bool isCompressed)
    {
        using var file = File.Create(_folder.File(name));
        using var target = isCompressed ? new GZipStream(file, CompressionLevel.Fastest) : (Stream)file;
        target.Write(bytes);
    }

    private static VolumeGeometry ObliqueGeometry()
    {
        var row = new Vector3D(0.9, 0.3, -0.1).Normalize();
        var column = new Vector3D(0.2, 0.1, 1).Cross(row).Normalize();
        return new VolumeGeometry
        {
            Slices = 3,
            Rows = 4,
            Columns = 5,
            Origin = new Vector3D(-120.25, 33.5, 1234.75),
            RowDirection = row,
            ColumnDirection = column,
            SliceStep = row.Cross(column).Normalize() * 2.5,
            RowSpacingMm = 0.7,
            ColumnSpacingMm = 0.9,
        };
    }

    private static VolumeGeometry LeftHanded(VolumeGeometry g) => g with { SliceStep = -g.SliceStep };

    private static VolumeGeometry TurnedRound() => ObliqueGeometry() with
    {
        RowDirection = new Vector3D(-1, 0, 0),
        ColumnDirection = new Vector3D(0, 0, -1),
        SliceStep = new Vector3D(0, -3, 0),
    };
}
