using System.IO.Compression;
using System.Text;
using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.Model.Tests.Data;

public sealed class SynapseFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Volumes_and_slices_written_by_other_programs_are_read_value_for_value()
    {
        var data = DataSet.Open(Layout());
        var task = TaskDefinition.Get("abdomen-ct-8");

        Assert.Equal(TaskKind.Volume, data.Kind);
        Assert.Equal(["case0001", "case0002"], data.Split("test").Select(c => c.Name));
        Assert.Equal(["case0003"], data.Split("train").Select(c => c.Name));
        foreach (var item in data.Cases)
        {
            var (volume, labels) = CaseFiles.ReadVolume(item, task);
            Assert.Equal((item.Name == "case0003" ? 2 : 3, 5, 4), (volume.Geometry.Slices, volume.Geometry.Rows, volume.Geometry.Columns));
            for (var i = 0; i < volume.Voxels.Length; i++)
            {
                var (z, y, x) = (i / 20, i / 4 % 5, i % 4);
                Assert.Equal(-125 + 400 * ((31 * z + 7 * y + x) % 101 / 100.0), volume.Voxels[i], 1e-4);
                Assert.Equal((z + 2 * y + 3 * x) % 9, labels.Labels[i]);
            }
        }
    }

    [Fact]
    public void Distances_are_in_voxels_unless_a_list_gives_millimetres()
    {
        var folder = Layout();
        File.WriteAllText(Path.Combine(folder, "spacing.csv"), "name,slice_mm,row_mm,column_mm\ncase0001,3,0.8,0.7\n");
        var data = DataSet.Open(folder);
        var task = TaskDefinition.Get("abdomen-ct-8");

        var with = CaseFiles.ReadVolume(data.Cases[0], task).Volume.Geometry;
        var without = CaseFiles.ReadVolume(data.Cases[1], task).Volume.Geometry;

        Assert.Equal((LengthUnit.Millimetre, new SpacingMm(3, 0.8, 0.7)), (with.Unit, with.Spacing));
        Assert.Equal(LengthUnit.Pixel, without.Unit);
    }

    [Fact]
    public void Damaged_files_are_refused_and_never_believed()
    {
        var folder = Layout();
        var h5 = Path.Combine(folder, "test_vol_h5", "case0001.npy.h5");
        var bytes = File.ReadAllBytes(h5);
        File.WriteAllBytes(h5, bytes[..(bytes.Length / 2)]);
        var npz = Path.Combine(folder, "train_npz", "case0003_slice000.npz");
        WriteNpz(npz, "{'descr': '<f4', 'fortran_order': False, 'shape': (100000, 100000), }");
        var data = DataSet.Open(folder);
        var task = TaskDefinition.Get("abdomen-ct-8");

        Assert.Throws<BadInputException>(() => CaseFiles.ReadVolume(data.Cases[0], task));
        var fault = Assert.Throws<BadInputException>(() => CaseFiles.ReadVolume(data.Cases[2], task));
        Assert.Contains("100000 x 100000", fault.Message, StringComparison.Ordinal);
        WriteNpz(npz, "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }");
        Assert.Throws<BadInputException>(() => CaseFiles.ReadVolume(data.Cases[2], task));
    }

    [Fact]
    public void Values_in_HU_instead_of_0_to_1_are_refused()
    {
        var folder = _folder.File("hu");
        Directory.CreateDirectory(Path.Combine(folder, "train_npz"));
        const string Header = "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 4), }";
        var path = Path.Combine(folder, "train_npz", "case0001_slice000.npz");
        var task = TaskDefinition.Get("abdomen-ct-8");

        WriteNpz(path, Header, value: 7f); // 2675 HU: metal in a file that was scaled but not clipped
        Assert.Equal(2675, CaseFiles.ReadVolume(DataSet.Open(folder).Cases[0], task).Volume.Voxels[0]);

        WriteNpz(path, Header, value: -1000f);
        var fault = Assert.Throws<BadInputException>(() => CaseFiles.ReadVolume(DataSet.Open(folder).Cases[0], task));
        Assert.Contains("case0001", fault.Message, StringComparison.Ordinal);
        Assert.Contains("-1000", fault.Message, StringComparison.Ordinal);
        Assert.Contains("(HU + 125) / 400", fault.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    // The image's values are all the same; those of the label are 0.
    private static void WriteNpz(string path, string header, float value = 0)
    {
        File.Delete(path);
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var name in new[] { "image.npy", "label.npy" })
        {
            using var stream = zip.CreateEntry(name).Open();
            stream.Write([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0, (byte)header.Length, 0]);
            stream.Write(Encoding.ASCII.GetBytes(header));
            for (var i = 0; i < 16; i++)
            {
                stream.Write(BitConverter.GetBytes(name == "image.npy" ? value : 0));
            }
        }
    }

    private string Layout()
    {
        var goldens = Path.Combine(RepoPaths.Goldens, "synapse");
        var folder = _folder.File("synapse");
        foreach (var (part, pattern) in new[] { ("train_npz", "*.npz"), ("test_vol_h5", "*.h5") })
        {
            Directory.CreateDirectory(Path.Combine(folder, part));
            foreach (var file in Directory.GetFiles(goldens, pattern))
            {
                File.Copy(file, Path.Combine(folder, part, Path.GetFileName(file)));
            }
        }

        return folder;
    }
}
