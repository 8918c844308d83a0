using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.Model.Tests.Inference;

[Collection(nameof(TensorTests))]
public sealed class LoadedModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Damaged_weights_are_refused_with_the_expected_and_the_actual_hash()
    {
        TestModels.Write(_folder.File("m"), "lesion-dermoscopy");
        var expected = ModelFiles.ReadManifest(_folder.File("m")).WeightsSha256;
        var path = _folder.File("m/weights.safetensors");
        var bytes = File.ReadAllBytes(path);
        bytes[^5] ^= 1;
        File.WriteAllBytes(path, bytes);

        var fault = Assert.Throws<BadInputException>(() => LoadedModel.Load(_folder.File("m")));

        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.Contains(Checkpoints.SafeTensors.Hash(path), fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_another_architecture_are_refused()
    {
        TestModels.Write(_folder.File("m"), "lesion-dermoscopy");
        var manifest = ModelFiles.ReadManifest(_folder.File("m"));
        var wider = manifest with { Architecture = manifest.Architecture with { Dims = [16, 32, 64, 128] } };
        TestModels.Rewrite(_folder.File("m"), wider);

        Assert.Contains(
            "architecture", Assert.Throws<BadInputException>(() => LoadedModel.Load(_folder.File("m"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(0.0011, false)]
    [InlineData(0.001, true)]
    [InlineData(0.0, true)]
    public void The_fast_profile_serves_unasked_only_with_a_measured_proof(double? measured, bool isAllowed)
    {
        TestModels.Write(_folder.File("m"), "lesion-dermoscopy");
        var manifest = ModelFiles.ReadManifest(_folder.File("m"));
        TestModels.Rewrite(_folder.File("m"), manifest with { PrecisionGate = new PrecisionGate { MeasuredDscDifference = measured } });

        using var fastest = LoadedModel.LoadFastest(_folder.File("m"));
        using var asked = LoadedModel.Load(_folder.File("m"), Precision.Fast);

        Assert.Equal(isAllowed, fastest.Manifest.PrecisionGate.Allows());
        Assert.Equal(isAllowed ? PrecisionProbe.Choose() : Precision.Fp32, fastest.Precision);
        Assert.Equal(Precision.Fast, asked.Precision);
    }

    [Fact]
    public void Half_precision_weights_load_and_keep_the_manifest()
    {
        TestModels.Write(_folder.File("m"), "abdomen-mr-4", half: true);

        using var model = LoadedModel.Load(_folder.File("m"));

        Assert.Equal("abdomen-mr-4", model.Manifest.Task);
        Assert.Equal(4, model.Manifest.Labels.Count);
        Assert.Equal("24028007", model.Manifest.Labels[1].Modifier!.Value);
    }

    [Fact]
    public void The_catalogue_lists_resolves_and_shows_faults()
    {
        TestModels.Write(_folder.File("site/a"), "lesion-dermoscopy");
        TestModels.Write(_folder.File("shipped/a"), "abdomen-mr-4");
        TestModels.Write(_folder.File("shipped/b"), "abdomen-mr-4");
        Directory.CreateDirectory(_folder.File("shipped/c"));
        File.WriteAllText(_folder.File("shipped/c/model.json"), "{");
        string[] roots = [_folder.File("site"), _folder.File("shipped"), _folder.File("missing")];

        var models = ModelCatalog.List(roots);

        Assert.Equal(["a", "b", "c"], models.Select(m => m.Name));
        Assert.Equal("lesion-dermoscopy", models[0].Manifest!.Task);
        Assert.NotNull(models[2].Fault);
        Assert.Equal(_folder.File("shipped/b"), ModelCatalog.Resolve("b", roots));
        Assert.Equal(_folder.File("site/a"), ModelCatalog.Resolve(_folder.File("site/a"), roots));
        Assert.Contains("a, b, c", Assert.Throws<BadInputException>(() => ModelCatalog.Resolve("x", roots)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
