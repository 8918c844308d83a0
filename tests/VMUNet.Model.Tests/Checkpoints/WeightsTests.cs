using TorchSharp;
using VMUNet.Model.Checkpoints;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests;

public sealed class WeightsTests : IDisposable
{
    private static readonly ModelConfig Small = new()
    {
        Dims = [8, 16, 32, 64], Depths = [1, 1, 1, 1], DepthsDecoder = [1, 1, 1, 1], Classes = 3,
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("vmunet-weights-").FullName;

    private string File1 => Path.Combine(_folder, "a.safetensors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_saved_network_is_built_again_from_its_file_alone()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable off = inference_mode();
        using var network = new VmUNet(Small, ScanKind.Managed, seed: 4);
        network.eval();
        Tensor image = rand(1, 3, 32, 64);

        Weights.Save(network, File1);
        using VmUNet loaded = Weights.Load(File1, ScanKind.Managed);
        loaded.eval();

        Assert.Equal(Small.Dims, loaded.Config.Dims);
        Assert.Equal(Small.Depths, loaded.Config.Depths);
        Assert.Equal(3, loaded.Config.Classes);
        Assert.True(loaded.forward(image).eq(network.forward(image)).all().item<bool>());
    }

    [Fact]
    public void Missing_unexpected_and_misshapen_tensors_are_named_and_nothing_is_copied()
    {
        using DisposeScope scope = NewDisposeScope();
        using var network = new VmUNet(Small, ScanKind.Managed, seed: 4);
        Dictionary<string, Tensor> tensors = network.named_parameters()
            .ToDictionary(p => p.name, p => (Tensor)zeros(p.parameter.shape));
        tensors.Remove("vmunet.final_conv.bias");
        tensors.Add("vmunet.head.weight", zeros(2));
        tensors["vmunet.patch_embed.norm.bias"] = zeros(9);

        InvalidDataException thrown = Assert.Throws<InvalidDataException>(() =>
            Weights.LoadInto(network, tensors, "it"));

        Assert.Contains("1 missing: vmunet.final_conv.bias", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("1 unexpected: vmunet.head.weight", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("vmunet.patch_embed.norm.bias (9 for 8)", thrown.Message, StringComparison.Ordinal);
        Assert.True(network.named_parameters().Single(p => p.name.EndsWith("Ds", StringComparison.Ordinal)
            && p.name.StartsWith("vmunet.layers.0", StringComparison.Ordinal)).parameter.eq(1).all().item<bool>());
    }

    [Fact]
    public void A_file_of_something_else_is_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        SafeTensors.Write(File1, [new("weight", ones(2))]);

        Assert.Throws<InvalidDataException>(() => Weights.Load(File1, ScanKind.Managed));
    }
}
