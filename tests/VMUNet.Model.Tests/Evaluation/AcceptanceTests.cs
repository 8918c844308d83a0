using VMUNet.Imaging;
using VMUNet.Model.Tests.Inference;
using VMUNet.Model.Tests.Training;
using VMUNet.Testing;

namespace VMUNet.Model.Tests.Evaluation;

[Collection(nameof(TensorTests))]
public sealed class AcceptanceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Unusable_cases_are_left_out_with_their_reasons_and_the_rest_is_evaluated()
    {
        using var model = TestModels.Random(_folder.File("m"), "lesion-dermoscopy");
        var folder = SyntheticData.Pictures(_folder.File("d"), 7, side: 40);
        string Image(string name) => Path.Combine(folder, "images", name + ".png");
        File.WriteAllBytes(Image("p000"), [1, 2, 3]);
        File.Copy(Image("p001"), Image("p006"), overwrite: true);
        PictureFile.WritePng(Image("p002"), SyntheticData.Disc(9, 32).Picture);
        File.Delete(Path.Combine(folder, "masks", "p003.png"));

        var report = Acceptance.Run(folder, model, null, null, CancellationToken.None);

        Assert.Equal(7, report.Given);
        Assert.Equal(["p001", "p004", "p005"], report.Evaluation.PerCase.Select(c => c.Name));
        Assert.Equal(
            ["p000 unreadable", "p002 mismatched_size", "p003 missing_label", "p006 duplicate_pixels"],
            report.Excluded.Select(e => $"{e.Case} {e.Kind}"));
        Assert.Equal(3, report.Worst.Count);
        Assert.Equal(3, report.Failures["lesion"].Of);
        Assert.NotNull(report.Evaluation.PerImage!.DscCi95);
    }

    [Fact]
    public void A_folder_without_one_usable_case_is_refused()
    {
        using var model = TestModels.Random(_folder.File("m"), "lesion-dermoscopy");
        var folder = SyntheticData.Pictures(_folder.File("d"), 3, side: 40);
        foreach (var file in Directory.GetFiles(Path.Combine(folder, "images")))
        {
            File.WriteAllBytes(file, [1]);
        }

        Assert.Throws<BadInputException>(() => Acceptance.Run(folder, model, null, null, CancellationToken.None));
    }

    public void Dispose() => _folder.Dispose();
}
