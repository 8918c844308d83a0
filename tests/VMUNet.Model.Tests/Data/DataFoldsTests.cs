using VMUNet.Imaging;
using VMUNet.Model.Tests.Training;
using VMUNet.Testing;

namespace VMUNet.Model.Tests.Data;

public sealed class DataFoldsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Every_case_of_train_and_dev_is_scored_once_patients_stay_together_and_locked_is_not_there()
    {
        var data = SyntheticData.Pictures(_folder.File("d"), 13, side: 8); // p011 is dev, p012 locked
        File.WriteAllText(
            Path.Combine(data, "patients.csv"), "name,patient\np000,anna\np001,anna\np002,anna\np003,bert\np004,bert\np012,carl\n");

        var report = DataFolds.Write(data, 4, seed: 1, _folder.File("folds"), null);

        Assert.Equal((12, 1, 4), (report.Cases, report.LeftOut, report.Folds.Count));
        var sets = report.Folds.Select(f => DataSet.Open(f.Folder)).ToList();
        Assert.Equal(DataSet.Open(data).Cases.Select(c => c.Name).Where(n => n != "p012"), sets.SelectMany(s => s.Split("dev")).Select(c => c.Name).Order());
        Assert.All(sets, s => Assert.Equal(["train", "dev"], s.SplitNames));
        Assert.All(sets, s => Assert.Equal(3, s.Split("dev").Count)); // 3 of anna, 2 of bert and 1, 3, 3
        Assert.All(sets, s => Assert.Equal(12, s.Split("train").Count + s.Split("dev").Count)); // opening refuses a patient in both
        Assert.All(sets, s => Assert.DoesNotContain("p012", s.Cases.Select(c => c.Name)));
        Assert.Contains(sets, s => s.Split("dev").Count(c => c.Patient == "anna") == 3);
        Assert.Equal(
            DataSet.Open(data).ManifestSha256("all"),
            DataSet.ManifestOf(sets[0].Cases.Append(DataSet.Open(data).Split("locked")[0]).Select(c => (c, "all"))));
    }

    [Fact]
    public void The_same_seed_deals_alike_and_another_does_not()
    {
        var data = SyntheticData.Pictures(_folder.File("d"), 12, side: 8);
        string Dealt(string name, int seed) =>
            string.Join(";", DataFolds.Write(data, 3, seed, _folder.File(name), null).Folds.Select(f => string.Join(",", f.Dev)));

        var first = Dealt("a", 1);

        Assert.Equal(first, Dealt("b", 1));
        Assert.NotEqual(first, Dealt("c", 2));
    }

    [Fact]
    public void Volumes_and_slices_without_splits_are_linked_whole()
    {
        var data = SyntheticData.Volumes(_folder.File("v"), 4);

        var report = DataFolds.Write(data, 2, seed: 1, _folder.File("folds"), null);

        Assert.Equal((4, 0), (report.Cases, report.LeftOut));
        var item = DataSet.Open(report.Folds[1].Folder).Split("dev")[0];
        var (volume, labels) = CaseFiles.ReadVolume(item, TaskDefinition.Get("abdomen-mr-4"));
        Assert.Equal(volume.Geometry.VoxelCount, labels.Labels.Length);
    }

    [Fact]
    public void Lists_of_a_fold_name_its_own_cases_only()
    {
        var folder = SyntheticData.Pictures(_folder.File("d"), 6, side: 8);
        File.WriteAllText(Path.Combine(folder, "patients.csv"), "name,patient\np000,anna\np001,anna\np005,berta\n"); // p005 is locked

        DataFolds.Write(folder, 2, 1, _folder.File("folds"), null);

        Assert.Equal(["name,patient", "p000,anna", "p001,anna"], File.ReadAllLines(_folder.File("folds/fold-1/patients.csv")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    public void Folds_without_patients_are_refused(int folds)
    {
        var data = SyntheticData.Pictures(_folder.File("d"), 6, side: 8); // five in train and dev

        var fault = Assert.Throws<BadInputException>(() => DataFolds.Write(data, folds, 1, _folder.File("folds"), null));

        Assert.Contains("2 to 5", fault.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("folds")));
    }

    [Fact]
    public void A_folder_that_is_there_is_left_alone()
    {
        var data = SyntheticData.Pictures(_folder.File("d"), 6, side: 8);

        Assert.Throws<BadInputException>(() => DataFolds.Write(data, 2, 1, data, null));
    }

    public void Dispose() => _folder.Dispose();
}
