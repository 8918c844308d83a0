using System.Text.Json;
using VMUNet.Host;
using VMUNet.Host.Commands;
using VMUNet.Testing;

namespace VMUNet.EndToEnd.Tests.Commands;

/// <summary>What scripts rely on: exit codes, one JSON document on standard output, a message that says what to do.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vmunet-commands-");
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    private string Samples => Path.Combine(RepoPaths.Root, "samples");

    private string Photograph => Path.Combine(Samples, "dermoscopy/images/ISIC_0000201.jpg");

    private string Labels => Path.Combine(Samples, "abdomen-mr-chaos/labels/chaos_t2_05.nii.gz");

    [Theory]
    [InlineData("nonsense")]
    [InlineData("segment")]
    [InlineData("up --roles cook")]
    [InlineData("up --bind nowhere")]
    [InlineData("up --dicom-port 70000")]
    [InlineData("echo localhost")]
    [InlineData("echo localhost:99999")]
    [InlineData("metrics missing.nii.gz missing.nii.gz")]
    [InlineData("dicomize missing.jpg --out x")]
    [InlineData("send missing 127.0.0.1:1")]
    [InlineData("train --task lesion-dermoscopy")]
    [InlineData("model info no-such-model")]
    [InlineData("retrain")]
    [InlineData("reproduce missing.dcm")]
    public async Task Wrong_usage_and_refused_input_exit_with_2_and_say_why(string line)
    {
        Assert.Equal(2, await RunAsync(line.Split(' ')));
        Assert.StartsWith("vmunet: ", _errors.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", _errors.ToString(), StringComparison.Ordinal);
        Assert.Empty(_output.ToString());
    }

    [Fact]
    public async Task A_failure_with_json_is_one_document_too()
    {
        Assert.Equal(2, await RunAsync("metrics", "missing.png", "missing.png", "--json"));

        Assert.False(Document().GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task Every_verb_has_help()
    {
        foreach (var verb in VmunetCommand.Create(Terminal()).Subcommands)
        {
            Assert.False(string.IsNullOrWhiteSpace(verb.Description), verb.Name);
            Assert.Equal(0, await RunAsync(verb.Name, "--help"));
        }
    }

    [Fact]
    public async Task Echo_to_a_closed_port_fails_with_1()
    {
        Assert.Equal(1, await RunAsync("echo", "127.0.0.1:1", "--json"));

        Assert.False(Document().GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task Metrics_of_equal_labels_are_perfect()
    {
        Assert.Equal(0, await RunAsync("metrics", Labels, Labels, "--json"));

        var liver = Document().GetProperty("labels").GetProperty("1");
        Assert.Equal("vmunet-qa/1", Document().GetProperty("convention").GetString());
        Assert.Equal("scored", liver.GetProperty("status").GetString());
        Assert.Equal(1, liver.GetProperty("dsc").GetDouble());
        Assert.Equal(0, liver.GetProperty("hd95_mm").GetDouble());
    }

    [Fact]
    public async Task Given_labels_survive_seg_write_and_seg_read()
    {
        var series = Path.Combine(_folder.FullName, "mr");
        var seg = Path.Combine(_folder.FullName, "mr.seg.dcm");
        var back = Path.Combine(_folder.FullName, "back.raw");
        var image = Path.Combine(Samples, "abdomen-mr-chaos/images/chaos_t2_05.nii.gz");
        Assert.Equal(0, await RunAsync("dicomize", image, "--kind", "mr", "--out", series));

        Assert.Equal(0, await RunAsync("seg", "write", Labels, "--source", series, "--out", seg, "--task", "abdomen-mr-4"));
        Assert.Equal(0, await RunAsync("seg", "read", seg, "--source", series, "--out", back));

        var counts = File.ReadAllBytes(back).GroupBy(v => v).ToDictionary(g => g.Key, g => g.Count());
        Assert.Equal((161949, 15113, 18171, 24526), (counts[1], counts[2], counts[3], counts[4]));
    }

    [Fact]
    public async Task Segment_writes_a_seg_and_the_raw_labels()
    {
        var series = Path.Combine(_folder.FullName, "derm");
        Assert.Equal(0, await RunAsync("dicomize", Photograph, "--kind", "derm", "--patient-id", "P1", "--out", series));

        var output = Path.Combine(_folder.FullName, "out");
        Assert.Equal(0, await RunAsync("segment", series, "--model", "lesion-dermoscopy", "--out", output, "--labels-raw", "--json"));

        var result = Document().GetProperty("results")[0];
        Assert.True(File.Exists(result.GetProperty("output").GetString()));
        Assert.Equal(256 * 256, new FileInfo(Path.Combine(output, "derm.labels.raw")).Length);
        Assert.Equal("lesion", result.GetProperty("organs")[0].GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("fp32")]
    [InlineData("fast")]
    public async Task A_seg_of_ours_is_made_again_voxel_for_voxel_and_a_changed_one_is_told(string precision)
    {
        var series = Path.Combine(_folder.FullName, "derm");
        var output = Path.Combine(_folder.FullName, "out");
        var seg = Path.Combine(output, "derm.seg.dcm");
        Assert.Equal(0, await RunAsync("dicomize", Photograph, "--kind", "derm", "--out", series));
        Assert.Equal(0, await RunAsync("segment", series, "--model", "lesion-dermoscopy", "--out", output, "--companions", "--precision", precision));
        Assert.True(File.Exists(Path.Combine(output, "derm.report.dcm")));
        Assert.True(File.Exists(Path.Combine(output, "derm.picture.dcm")));

        Assert.Equal(0, await RunAsync("reproduce", seg, "--source", series));
        Assert.Contains($", {precision}", _errors.ToString(), StringComparison.Ordinal);
        var bytes = await File.ReadAllBytesAsync(seg, TestContext.Current.CancellationToken);
        bytes[^4000] ^= 1;
        await File.WriteAllBytesAsync(seg, bytes, TestContext.Current.CancellationToken);

        Assert.Equal(1, await RunAsync("reproduce", seg, "--source", series, "--json"));
        Assert.Equal(1, Document().GetProperty("different_voxels").GetInt32());
        Assert.Equal(2, await RunAsync("reproduce", seg, "--source", output));
    }

    [Fact]
    public async Task Damaged_weights_are_refused_with_both_hashes()
    {
        var shipped = Path.Combine(RepoPaths.Root, "models/lesion-dermoscopy");
        var copy = Directory.CreateDirectory(Path.Combine(_folder.FullName, "damaged")).FullName;
        File.Copy(Path.Combine(shipped, "model.json"), Path.Combine(copy, "model.json"));
        var weights = await File.ReadAllBytesAsync(
            Path.Combine(shipped, "weights.safetensors"), TestContext.Current.CancellationToken);
        weights[^5] ^= 1;
        await File.WriteAllBytesAsync(
            Path.Combine(copy, "weights.safetensors"), weights, TestContext.Current.CancellationToken);

        Assert.Equal(2, await RunAsync("segment", Photograph, "--model", copy, "--out", _folder.FullName));
        Assert.Matches("[0-9a-f]{64}.*[0-9a-f]{64}", _errors.ToString());
    }

    [Fact]
    public async Task A_folder_without_images_is_refused()
    {
        var empty = Directory.CreateDirectory(Path.Combine(_folder.FullName, "empty")).FullName;

        Assert.Equal(2, await RunAsync("segment", empty, "--model", "lesion-dermoscopy", "--out", _folder.FullName));
        Assert.Contains("holds no DICOM file", _errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_nifti_file_whose_size_lies_is_refused()
    {
        var path = Path.Combine(_folder.FullName, "lies.nii");
        var header = new byte[352 + 64];
        BitConverter.GetBytes(348).CopyTo(header, 0);
        short[] dimensions = [3, 512, 512, 512, 1, 1, 1, 1];
        Buffer.BlockCopy(dimensions, 0, header, 40, 16);
        BitConverter.GetBytes((short)4).CopyTo(header, 70);
        BitConverter.GetBytes((short)16).CopyTo(header, 72);
        BitConverter.GetBytes(352f).CopyTo(header, 108);
        "n+1\0"u8.CopyTo(header.AsSpan(344));
        await File.WriteAllBytesAsync(path, header, TestContext.Current.CancellationToken);

        Assert.Equal(2, await RunAsync("segment", path, "--model", "abdomen-mr-4", "--out", _folder.FullName));
        Assert.Contains("lies.nii", _errors.ToString(), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private Terminal Terminal() => new(_output, _errors, isInteractive: false);

    private async Task<int> RunAsync(params string[] arguments)
    {
        _output.GetStringBuilder().Clear();
        _errors.GetStringBuilder().Clear();
        return await VmunetCommand.RunAsync(arguments, Terminal());
    }

    private JsonElement Document() => JsonDocument.Parse(_output.ToString()).RootElement;
}
