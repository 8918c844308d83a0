using TorchSharp;
using VMUNet.Imaging;
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

        BadInputException thrown = Assert.Throws<BadInputException>(() =>
            Weights.LoadInto(network, tensors, "it"));

        Assert.Contains("1 missing: vmunet.final_conv.bias", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("1 unexpected: vmunet.head.weight", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("vmunet.patch_embed.norm.bias (9 for 8)", thrown.Message, StringComparison.Ordinal);
        Assert.True(network.named_parameters().Single(p => p.name.EndsWith("Ds", StringComparison.Ordinal)
            && p.name.StartsWith("vmunet.layers.0", StringComparison.Ordinal)).parameter.eq(1).all().item<bool>());
    }

    [Theory]
    [InlineData(8, 1, 16)]
    [InlineData(40, 9, 16)]
    [InlineData(12, 2, 4)]
    public void The_expected_names_and_shapes_are_those_of_the_network(int width, int classes, int states)
    {
        var config = new ModelConfig
        {
            Dims = [width, 2 * width, 4 * width, 8 * width], Depths = [1, 2, 3, 1], DepthsDecoder = [2, 1, 1, 1],
            Classes = classes, StateSize = states, InputChannels = classes,
        };
        using var network = new VmUNet(config, ScanKind.Reference, seed: 1);

        Dictionary<string, long[]> expected = TensorShapes.Of(config);

        Assert.Equal(network.named_parameters().Count(), expected.Count);
        Assert.All(network.named_parameters(), p => Assert.Equal(p.parameter.shape, expected[p.name]));
    }

    [Theory]
    [InlineData("vmunet.final_conv.weight", 0)]
    [InlineData("vmunet.layers.0.blocks.0.self_attention.A_logs", 1)]
    public void A_size_that_the_other_shapes_deny_is_refused_before_anything_is_allocated(string name, int dimension)
    {
        Dictionary<string, long[]> shapes = TensorShapes.Of(Small);
        shapes[name] = [.. shapes[name].Select((n, i) => i == dimension ? int.MaxValue : 0)];

        Assert.Throws<BadInputException>(() => Weights.ConfigOf(shapes, "it"));
    }

    [Fact]
    public void A_file_of_something_else_is_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        SafeTensors.Write(File1, [new("weight", ones(2))]);

        Assert.Throws<BadInputException>(() => Weights.Load(File1, ScanKind.Managed));
    }
}
