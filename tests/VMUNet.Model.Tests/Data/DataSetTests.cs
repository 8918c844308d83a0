using VMUNet.Imaging;
using VMUNet.Model.Tests.Training;
using VMUNet.Testing;

namespace VMUNet.Model.Tests.Data;

public sealed class DataSetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Reads_pictures_splits_and_patients()
    {
        var folder = SyntheticData.Pictures(_folder.File("d"), 5, side: 8);
        File.WriteAllText(Path.Combine(folder, "patients.csv"), "name,patient\np000,anna\np001,anna\n");

        var data = DataSet.Open(folder);

        Assert.Equal(TaskKind.Picture, data.Kind);
        Assert.Equal(5, data.Split("all").Count);
        Assert.Equal(["p000", "p001", "p002"], data.Split("train").Select(c => c.Name));
        Assert.Equal("anna", data.Split("train")[1].Patient);
        Assert.Equal("p002", data.Split("train")[2].Patient);
    }

    [Fact]
    public void Refuses_a_patient_in_two_splits()
    {
        var folder = SyntheticData.Pictures(_folder.File("d"), 5, side: 8);
        File.WriteAllText(Path.Combine(folder, "patients.csv"), "name,patient\np000,anna\np004,anna\n");

        var fault = Assert.Throws<BadInputException>(() => DataSet.Open(folder));

        Assert.Contains("anna", fault.Message, StringComparison.Ordinal);
        Assert.Contains("train", fault.Message, StringComparison.Ordinal);
        Assert.Contains("locked", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_an_image_without_label_an_unknown_name_and_an_unknown_split()
    {
        var folder = SyntheticData.Pictures(_folder.File("d"), 3, side: 8);
        Assert.Throws<BadInputException>(() => DataSet.Open(folder).Split("test"));

        SyntheticData.WriteSplits(folder, new() { ["train"] = ["nobody"] });
        Assert.Contains("nobody", Assert.Throws<BadInputException>(() => DataSet.Open(folder)).Message, StringComparison.Ordinal);

        File.Delete(Path.Combine(folder, "splits.json"));
        File.Delete(Path.Combine(folder, "masks", "p001.png"));
        Assert.Contains("p001", Assert.Throws<BadInputException>(() => DataSet.Open(folder)).Message, StringComparison.Ordinal);
        Assert.Throws<BadInputException>(() => DataSet.Open(_folder.Path));
    }

    [Fact]
    public void The_manifest_hash_changes_with_a_mask_and_not_with_the_folder()
    {
        var first = SyntheticData.Pictures(_folder.File("a"), 4, side: 8);
        var second = SyntheticData.Pictures(_folder.File("b"), 4, side: 8);
        var hash = DataSet.Open(first).ManifestSha256("train");
        Assert.Equal(hash, DataSet.Open(second).ManifestSha256("train"));

        File.Copy(Path.Combine(second, "masks", "p001.png"), Path.Combine(second, "masks", "p000.png"), overwrite: true);

        Assert.NotEqual(hash, DataSet.Open(second).ManifestSha256("train"));
    }

    [Fact]
    public void Refuses_a_label_value_the_task_does_not_know()
    {
        var folder = SyntheticData.Volumes(_folder.File("v"), 1);
        var item = DataSet.Open(folder).Cases[0];
        var (_, labels) = SyntheticData.Boxes(0, 32, 4);
        var bytes = labels.Labels.ToArray();
        bytes[0] = 9;
        NiftiFile.Write(item.LabelPath, new LabelMap(labels.Geometry, bytes));

        var fault = Assert.Throws<BadInputException>(() => CaseFiles.ReadVolume(item, TaskDefinition.Get("abdomen-mr-4")));

        Assert.Contains("label 9", fault.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
