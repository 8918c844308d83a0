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
        Assert.Equal(
            data.Split("train").Concat(data.Split("dev")).Select(c => c.Name).Order(StringComparer.Ordinal), data.Split("train+dev").Select(c => c.Name));
        Assert.NotEqual(data.Split("train").Count, data.Split("train+dev").Count);
        Assert.Equal(data.ManifestSha256("train", "dev"), data.ManifestSha256("train+dev"));
        Assert.Contains("'night'", Assert.Throws<BadInputException>(() => data.Split("train+night")).Message, StringComparison.Ordinal);
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

    [Theory]
    [InlineData("""{"train":null}""", "null")]
    [InlineData("""{"train":["p000",null]}""", "null")]
    [InlineData("""{"all":["p000"]}""", "'all'")]
    [InlineData("""[1]""", "not of the form")]
    [InlineData("""{"train":[],"dev":["p000"]}""", "holds no case")]
    public void Splits_that_cannot_be_used_are_refused_with_a_reason(string json, string reason)
    {
        var folder = SyntheticData.Pictures(_folder.File("d"), 3, side: 8);
        File.WriteAllText(Path.Combine(folder, "splits.json"), json);

        var fault = Assert.Throws<BadInputException>(() => DataSet.Open(folder).Split("train"));

        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_are_found_in_other_extensions_and_under_the_archives_names()
    {
        var pictures = SyntheticData.Pictures(_folder.File("p"), 4, side: 8);
        void Rename(string from, string to) => File.Move(Path.Combine(pictures, from), Path.Combine(pictures, to));
        Rename("images/p000.png", "images/p000.PNG");
        Rename("masks/p001.png", "masks/p001.PNG");
        Rename("masks/p002.png", "masks/p002_segmentation.png");
        File.Copy(Path.Combine(pictures, "masks/p003.png"), Path.Combine(pictures, "masks/p003_segmentation.png"));
        var volumes = SyntheticData.Volumes(_folder.File("v"), 1);
        var label = Path.Combine(volumes, "labels", "v0.nii.gz");
        NiftiFile.Write(Path.Combine(volumes, "labels", "v0.nii"), NiftiFile.ReadLabels(label));
        File.Delete(label);

        var cases = DataSet.Open(pictures).Cases.Concat(DataSet.Open(volumes).Cases).ToList();

        Assert.Equal(
            ["p000.png", "p001.PNG", "p002_segmentation.png", "p003.png", "v0.nii"], cases.Select(c => Path.GetFileName(c.LabelPath)));
    }

    [Fact]
    public void The_archive_once_wrote_its_ending_with_a_capital()
    {
        var folder = SyntheticData.Pictures(_folder.File("p"), 3, side: 8);
        File.Move(Path.Combine(folder, "masks/p000.png"), Path.Combine(folder, "masks/p000_Segmentation.png"));

        Assert.Equal("p000_Segmentation.png", Path.GetFileName(DataSet.Open(folder).Cases[0].LabelPath));
    }

    [Fact]
    public void Hidden_files_are_neither_images_nor_labels()
    {
        var pictures = SyntheticData.Pictures(_folder.File("p"), 3, side: 8);
        var volumes = SyntheticData.Volumes(_folder.File("v"), 1);
        foreach (var file in new[] { "p/images/._p000.png", "p/masks/._p000.png", "p/images/.DS_Store", "v/images/._v0.nii.gz" })
        {
            File.WriteAllText(_folder.File(file), "x");
        }

        Assert.Equal(["p000", "p001", "p002"], DataSet.Open(pictures).Cases.Select(c => c.Name));
        Assert.Equal(["v0"], DataSet.Open(volumes).Cases.Select(c => c.Name));
    }

    [Fact]
    public void A_mask_of_another_kind_beside_the_expected_one_is_named()
    {
        var folder = SyntheticData.Pictures(_folder.File("p"), 3, side: 8);
        File.Move(Path.Combine(folder, "masks/p001.png"), Path.Combine(folder, "masks/p001.jpg"));

        var fault = Assert.Throws<BadInputException>(() => DataSet.Open(folder));

        Assert.Contains("p001.png was expected; p001.jpg is not read, save it as PNG", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("locked", "train", "dev", "locked")]
    [InlineData("locked", "test", "locked")]
    [InlineData("test", "train", "test")]
    [InlineData("all", "train", "dev")]
    [InlineData("all")]
    public void The_split_that_reports_is_one_that_nothing_was_trained_or_chosen_on(string expected, params string[] splits)
    {
        var folder = SyntheticData.Pictures(_folder.File("p"), 4, side: 8);
        SyntheticData.WriteSplits(folder, splits.Select((s, i) => (s, i)).ToDictionary(s => s.s, s => new[] { $"p00{s.i}" }));

        Assert.Equal(expected, DataSet.Open(folder).ReportingSplit);
    }

    [Theory]
    [InlineData("train", "dev")]
    [InlineData("train+dev", null)]
    [InlineData("dev", null)]
    [InlineData("all", null)]
    public void Dev_chooses_unless_it_is_trained_on(string trainSplit, string? expected)
    {
        var data = DataSet.Open(SyntheticData.Pictures(_folder.File("p"), 4, side: 8));

        Assert.Equal(expected, data.ChoosingSplit(trainSplit));
    }

    [Fact]
    public void Two_label_files_that_could_be_meant_are_refused()
    {
        var folder = SyntheticData.Volumes(_folder.File("v"), 1);
        var labels = NiftiFile.ReadLabels(Path.Combine(folder, "labels", "v0.nii.gz"));
        File.Move(Path.Combine(folder, "labels", "v0.nii.gz"), Path.Combine(folder, "labels", "v0.NII.GZ"));
        NiftiFile.Write(Path.Combine(folder, "labels", "v0.nii"), labels);

        var fault = Assert.Throws<BadInputException>(() => DataSet.Open(folder));

        Assert.Contains("two label files", fault.Message, StringComparison.Ordinal);
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
