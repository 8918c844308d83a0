using System.Text.Json;
using VMUNet.Host;
using VMUNet.Host.Commands;
using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.EndToEnd.Tests.Commands;

/// <summary><c>data check | evaluate | compare | acceptance</c> as scripts call them.</summary>
public sealed class LearningCommandsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    private static string Lesions => Path.Combine(RepoPaths.Root, "samples/dermoscopy");

    private static string Abdomens => Path.Combine(RepoPaths.Root, "samples/abdomen-mr-chaos");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Data_check_exits_with_0_for_a_sound_set_and_with_2_for_one_that_training_would_refuse()
    {
        var sheet = _folder.File("sheet.png");
        Assert.Equal(0, await RunAsync("data", "check", Lesions, "--sheet", sheet, "--json"));
        Assert.Equal(0, Document().GetProperty("errors").GetInt32());
        Assert.True(PictureFile.Read(sheet).Rows > 100);

        var copy = Copied(Lesions);
        var masks = Directory.GetFiles(Path.Combine(copy, "masks"));
        PictureFile.WriteMaskPng(masks[0], new LabelMap(VolumeGeometry.ForPicture(256, 256), new byte[256 * 256]));
        Assert.Equal(0, await RunAsync("data", "check", copy, "--sheet", sheet, "--json"));
        Assert.Equal("empty_label", Document().GetProperty("findings")[0].GetProperty("kind").GetString());
        Assert.Equal(2, await RunAsync("data", "check", copy, "--sheet", sheet, "--strict"));

        PictureFile.WriteMaskPng(masks[1], new LabelMap(VolumeGeometry.ForPicture(8, 8), new byte[64]));
        Assert.Equal(2, await RunAsync("data", "check", copy, "--sheet", sheet, "--json"));
        Assert.Equal(1, Document().GetProperty("errors").GetInt32());
        Assert.Equal("mismatched_size", Document().GetProperty("findings")[0].GetProperty("kind").GetString());
        Assert.Equal(2, await RunAsync("data", "check", _folder.File("nothing"), "--sheet", sheet));
    }

    [Fact]
    public async Task Data_folds_writes_sets_that_other_verbs_take()
    {
        var output = _folder.File("folds");

        Assert.Equal(0, await RunAsync("data", "folds", Lesions, "--folds", "2", "--out", output, "--json"));

        Assert.Equal(2, Document().GetProperty("folds").GetArrayLength());
        Assert.Equal(0, await RunAsync("data", "check", Path.Combine(output, "fold-2"), "--sheet", _folder.File("s.png"), "--json"));
        Assert.Equal(
            Document().GetProperty("cases").GetInt32(),
            Document().GetProperty("splits").GetProperty("train").GetInt32() + Document().GetProperty("splits").GetProperty("dev").GetInt32());
        Assert.Equal(2, await RunAsync("data", "folds", Lesions, "--folds", "2", "--out", output));
    }

    [Fact]
    public async Task A_series_with_its_SEG_is_a_case_like_any_other()
    {
        var set = _folder.File("pairs");
        await PairAsync(set, "one", Path.Combine(Abdomens, "images/chaos_t2_05.nii.gz"), "mr", Path.Combine(Abdomens, "labels/chaos_t2_05.nii.gz"), "abdomen-mr-4");

        Assert.Equal(0, await RunAsync("data", "check", set, "--sheet", _folder.File("s.png"), "--json"));
        Assert.Equal(161949, Document().GetProperty("labels").GetProperty("1").GetProperty("voxels").GetInt64());
        Assert.Equal(0, await RunAsync("evaluate", "--data", set, "--model", "abdomen-mr-4", "--json"));
        var fromDicom = Document().GetProperty("mean").GetProperty("dsc").GetDouble();
        Assert.Equal(0, await RunAsync(
            "evaluate", "--data", Abdomens, "--model", "abdomen-mr-4", "--convention", "paper", "--gallery", _folder.File("g.png"), "--json"));

        Assert.Equal(Document().GetProperty("mean").GetProperty("dsc").GetDouble(), fromDicom, 0.001);
        Assert.InRange(Document().GetProperty("paper").GetProperty("mean").GetProperty("dice").GetDouble(), 0.5, 1);
        Assert.True(Document().GetProperty("organs").GetProperty("liver").TryGetProperty("nsd_mean", out _));
        Assert.Equal(10, Document().GetProperty("reliability").GetProperty("bins").GetArrayLength());
        Assert.True(File.Exists(_folder.File("g.png")));
    }

    [Fact]
    public async Task A_photograph_with_its_SEG_is_one_too()
    {
        var set = _folder.File("pairs");
        await PairAsync(set, "one", Path.Combine(Lesions, "images/ISIC_0000201.jpg"), "derm", Path.Combine(Lesions, "masks/ISIC_0000201.png"), "lesion-dermoscopy");

        Assert.Equal(0, await RunAsync("evaluate", "--data", set, "--model", "lesion-dermoscopy", "--json"));

        Assert.InRange(Document().GetProperty("pooled").GetProperty("dsc").GetDouble(), 0.8, 1);
    }

    [Fact]
    public async Task A_model_does_not_differ_from_itself()
    {
        Assert.Equal(0, await RunAsync("compare", "lesion-dermoscopy", "lesion-dermoscopy", "--data", Lesions, "--json"));

        Assert.Equal(0, Document().GetProperty("pooled").GetProperty("difference").GetDouble());
        Assert.Equal([0, 0], Document().GetProperty("organs").GetProperty("lesion").GetProperty("dsc").GetProperty("ci95").EnumerateArray().Select(v => v.GetDouble()));
        Assert.Equal(2, await RunAsync("compare", "lesion-dermoscopy", "abdomen-mr-4", "--data", Lesions));
    }

    [Fact]
    public async Task What_cannot_work_is_refused_before_the_first_case_is_computed()
    {
        var nowhere = Path.Combine(_folder.File("file"), "x");
        File.WriteAllText(_folder.File("file"), "no folder");
        string[][] commands =
        [
            ["compare", "lesion-dermoscopy", "nothing-of-that-name", "--data", Lesions],
            ["compare", "lesion-dermoscopy", "abdomen-mr-4", "--data", Lesions],
            ["evaluate", "--model", "lesion-dermoscopy", "--data", Lesions, "--gallery", nowhere],
            ["evaluate", "--model", "lesion-dermoscopy", "--data", Lesions, "--out", nowhere],
            ["acceptance", Lesions, "--model", "lesion-dermoscopy", "--out", nowhere],
            ["data", "check", Lesions, "--sheet", nowhere],
            [
                "train", "--task", "lesion-dermoscopy", "--data", Lesions, "--model", "lesion-dermoscopy", "--width", "16", "--stages", "32x8",
                "--out", _folder.File("run"),
            ],
        ];

        foreach (var command in commands)
        {
            Assert.Equal(2, await RunAsync(command));
            Assert.DoesNotMatch(@": \d+ of \d+", _errors.ToString()); // no line of progress
        }
    }

    [Fact]
    public async Task Folders_of_pages_and_pictures_are_made()
    {
        Assert.Equal(0, await RunAsync("data", "check", Lesions, "--sheet", _folder.File("new/sheets/s.png")));

        Assert.True(File.Exists(_folder.File("new/sheets/s.png")));
    }

    [Fact]
    public async Task The_acceptance_page_is_complete_in_itself_and_names_what_was_left_out()
    {
        var copy = Copied(Lesions);
        File.WriteAllText(Directory.GetFiles(Path.Combine(copy, "images")).Order(StringComparer.Ordinal).First(), "no <picture>");
        var page = _folder.File("acceptance.html");

        Assert.Equal(0, await RunAsync("acceptance", copy, "--model", "lesion-dermoscopy", "--out", page, "--json"));

        var html = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        Assert.Equal("unreadable", Document().GetProperty("excluded")[0].GetProperty("kind").GetString());
        Assert.Equal(Document().GetProperty("given").GetInt32() - 1, Document().GetProperty("cases").GetInt32());
        Assert.Contains("NOT FOR DIAGNOSTIC USE", html, StringComparison.Ordinal);
        Assert.Contains("<td>unreadable</td>", html, StringComparison.Ordinal);
        Assert.Contains("src=\"data:image/png;base64,", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http", html.Replace("http-equiv", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private async Task PairAsync(string set, string name, string image, string kind, string labels, string task)
    {
        var series = Path.Combine(set, name, "dicom");
        Assert.Equal(0, await RunAsync("dicomize", image, "--kind", kind, "--out", series));
        Assert.Equal(0, await RunAsync("seg", "write", labels, "--source", series, "--out", Path.Combine(set, name, "seg.dcm"), "--task", task));
    }

    private string Copied(string set)
    {
        var copy = _folder.File("copy");
        foreach (var file in Directory.GetFiles(set, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(copy, Path.GetRelativePath(set, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }

        return copy;
    }

    private JsonElement Document() => JsonDocument.Parse(_output.ToString()).RootElement.Clone();

    private async Task<int> RunAsync(params string[] arguments)
    {
        _output.GetStringBuilder().Clear();
        _errors.GetStringBuilder().Clear();
        return await VmunetCommand.RunAsync(arguments, new Terminal(_output, _errors, isInteractive: false));
    }
}
