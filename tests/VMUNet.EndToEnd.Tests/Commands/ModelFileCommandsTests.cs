using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using VMUNet.Host;
using VMUNet.Host.Commands;
using VMUNet.Testing;

namespace VMUNet.EndToEnd.Tests.Commands;

/// <summary><c>model import | export | verify | forward</c> as scripts call them.</summary>
public sealed class ModelFileCommandsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    private static string Shipped => Path.Combine(RepoPaths.Root, "models/lesion-dermoscopy");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_model_goes_out_as_a_file_comes_back_in_and_is_sound()
    {
        var file = _folder.File("lesion.safetensors");

        Assert.Equal(0, await RunAsync("model", "export", "lesion-dermoscopy", file, "--json"));
        var hash = Document().GetProperty("sha256").GetString();
        Assert.Equal(0, await RunAsync("model", "import", file, "--name", "copy", "--data-dir", _folder.Path, "--json"));
        var report = Document();
        Assert.Equal(0, await RunAsync("model", "verify", "copy", "--data-dir", _folder.Path, "--json"));

        Assert.Equal(hash, report.GetProperty("source_sha256").GetString());
        Assert.Equal(0, report.GetProperty("kept_initial").GetArrayLength());
        Assert.True(Document().GetProperty("ok").GetBoolean());
        Assert.Equal(report.GetProperty("weights_sha256").GetString(), Document().GetProperty("weights_sha256").GetString());
    }

    [Fact]
    public async Task VMamba_weights_come_in_with_a_report_of_every_tensor_that_did_not()
    {
        var file = Path.Combine(RepoPaths.Root, "tests/goldens/model/vmamba_like_checkpoint.pth");

        Assert.Equal(0, await RunAsync("model", "import", file, "--task", "abdomen-ct-8", "--data-dir", _folder.Path));

        Assert.Contains("208 tensors", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("  vmunet.final_conv.bias", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("  head.weight", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hostile_pickle_is_refused_with_2_and_named()
    {
        var path = _folder.File("hostile.pth");
        using (var zip = await ZipFile.OpenAsync(path, ZipArchiveMode.Create, TestContext.Current.CancellationToken))
        {
            await using var stream = await zip.CreateEntry("archive/data.pkl", CompressionLevel.NoCompression)
                .OpenAsync(TestContext.Current.CancellationToken);
            stream.Write([0x80, 2, .. "cos\nsystem\n(X\u0004\0\0\0truetR."u8]);
        }

        Assert.Equal(2, await RunAsync("model", "import", path, "--task", "lesion-dermoscopy", "--data-dir", _folder.Path));
        Assert.Contains("os.system", _errors.ToString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("models")));
    }

    [Fact]
    public async Task Raw_tensors_go_through_a_shipped_network()
    {
        var (input, output) = (_folder.File("in.safetensors"), _folder.File("out.safetensors"));
        WriteInput(input, 2, 3, 40, 64);

        Assert.Equal(0, await RunAsync("model", "forward", Path.Combine(Shipped, "weights.safetensors"), input, output, "--json"));

        Assert.Equal([2, 1, 40, 64], Document().GetProperty("output_shape").EnumerateArray().Select(n => n.GetInt32()));
        Assert.Equal("managed", Document().GetProperty("scan").GetString());
        var header = Encoding.UTF8.GetString(await File.ReadAllBytesAsync(output, TestContext.Current.CancellationToken));
        Assert.Contains("\"logits\":{\"dtype\":\"F32\",\"shape\":[2,1,40,64]", header, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fp32")]
    [InlineData("fast")]
    [InlineData("auto")]
    public async Task A_result_says_which_profile_made_it(string precision)
    {
        var (input, output) = (_folder.File("in.safetensors"), _folder.File("out.safetensors"));
        WriteInput(input, 1, 3, 32, 32);

        Assert.Equal(0, await RunAsync(
            "model", "forward", Path.Combine(Shipped, "weights.safetensors"), input, output, "--precision", precision, "--json"));

        Assert.Contains(
            Document().GetProperty("precision").GetString(), precision == "auto" ? new[] { "fp32", "fast" } : [precision]);
    }

    [Theory]
    [InlineData("--device", "cuda:0")]
    [InlineData("--scan", "cuda")]
    [InlineData("--scan", "other")]
    public async Task What_this_machine_lacks_is_refused_in_one_sentence(string option, string value)
    {
        var input = _folder.File("in.safetensors");
        WriteInput(input, 1, 3, 32, 32);

        Assert.Equal(2, await RunAsync(
            "model", "forward", Path.Combine(Shipped, "weights.safetensors"), input, _folder.File("out"), option, value));
        Assert.StartsWith("vmunet: ", _errors.ToString(), StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("out")));
    }

    [Fact]
    public async Task An_exchanged_weights_file_does_not_verify()
    {
        var copy = Directory.CreateDirectory(_folder.File("models/m")).FullName;
        File.Copy(Path.Combine(Shipped, "model.json"), Path.Combine(copy, "model.json"));
        File.Copy(Path.Combine(RepoPaths.Root, "models/abdomen-mr-4/weights.safetensors"), Path.Combine(copy, "weights.safetensors"));

        Assert.Equal(2, await RunAsync("model", "verify", "m", "--data-dir", _folder.Path, "--json"));
        Assert.Matches("[0-9a-f]{64}.*[0-9a-f]{64}", Document().GetProperty("error").GetString());
    }

    private static void WriteInput(string path, params int[] shape)
    {
        var bytes = shape.Aggregate(4, (product, n) => product * n);
        var header = Encoding.UTF8.GetBytes(
            $$$"""{"input":{"dtype":"F32","shape":[{{{string.Join(',', shape)}}}],"data_offsets":[0,{{{bytes}}}]}}""");
        var file = new byte[8 + header.Length + bytes];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        File.WriteAllBytes(path, file);
    }

    private async Task<int> RunAsync(params string[] arguments)
    {
        _output.GetStringBuilder().Clear();
        _errors.GetStringBuilder().Clear();
        return await VmunetCommand.RunAsync(arguments, new Terminal(_output, _errors, isInteractive: false));
    }

    private JsonElement Document() => JsonDocument.Parse(_output.ToString()).RootElement;
}
