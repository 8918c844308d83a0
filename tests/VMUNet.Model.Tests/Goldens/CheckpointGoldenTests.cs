using TorchSharp;
using VMUNet.Imaging;
using VMUNet.Model.Checkpoints;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests.Goldens;

/// <summary>ImageNet weights of VMamba into a VM-UNet, against what the official loader made of the same file.</summary>
public sealed class CheckpointGoldenTests
{
    [Theory]
    [InlineData("vmamba_like_checkpoint.pth")]
    [InlineData("vmamba_like_checkpoint.safetensors")]
    public void The_network_holds_the_official_bits(string file)
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> golden = Golden.Read("vmamba_like_loaded");
        using Checkpoint checkpoint = Checkpoint.Open(Golden.PathOf(file));
        ModelConfig config = VmambaNames.ConfigOf(checkpoint.Shapes, (int)golden["loaded.vmunet.final_conv.bias"].numel(), file);
        using var network = new VmUNet(config, ScanKind.Reference, seed: 1);
        NumberFormula.Fill(network, "ckpt/init");

        TensorPlan plan = checkpoint.LoadInto(network);

        Assert.Equal([8, 16, 32, 64], config.Dims);
        Assert.Equal((208, 14), (plan.Sources.Count, plan.Kept.Count));
        Assert.Equal(golden.Count, network.parameters().Count());
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in network.named_parameters())
        {
            Assert.True(parameter.bytes.SequenceEqual(golden["loaded." + name].bytes), name);
        }
    }

    [Fact]
    public void Every_tensor_comes_from_where_the_official_loader_takes_it()
    {
        (string Model, string From)[] map = [.. System.IO.File.ReadLines(Golden.PathOf("checkpoint_key_map.tsv")).Skip(1)
            .Where(l => l.Length > 0).Select(l => l.Split('\t')).Select(c => (c[0], c[1]))];
        using Checkpoint checkpoint = Checkpoint.Open(Golden.PathOf("vmamba_like_checkpoint.pth"));
        ModelConfig config = VmambaNames.ConfigOf(checkpoint.Shapes, 1, "it");

        TensorPlan plan = VmambaNames.Plan(config, checkpoint.Shapes, "it");

        Assert.Equal(222, map.Length);
        Assert.Equal(map.Where(m => m.From == "-").Select(m => m.Model).Order(), plan.Kept.Order());
        Assert.All(map.Where(m => m.From != "-"), m => Assert.Equal(m.From, plan.Sources[m.Model]));
        Assert.Contains("head.weight", plan.Unused);
        Assert.All(plan.Unused, n => Assert.True(
            n.StartsWith("norm.", StringComparison.Ordinal) || n.StartsWith("head.", StringComparison.Ordinal)
            || n.StartsWith("layers.2.blocks.2.", StringComparison.Ordinal), n));
    }

    [Theory]
    [InlineData("layers.1.blocks.0.ln_1.bias", null, "missing: vmunet.layers.1.blocks.0.ln_1.bias")]
    [InlineData("layers.1.blocks.0.ln_1.bias", 17L, "vmunet.layers.1.blocks.0.ln_1.bias (17 for 16)")]
    [InlineData("layers.0.blocks.0.extra", 1L, "1 unexpected: layers.0.blocks.0.extra")]
    [InlineData("layers.4.blocks.0.ln_1.bias", 1L, "unexpected")]
    [InlineData("patch_embed.pos", 1L, "unexpected")]
    public void What_is_missing_unexpected_or_mis_shaped_is_named(string name, long? size, string named)
    {
        using Checkpoint checkpoint = Checkpoint.Open(Golden.PathOf("vmamba_like_checkpoint.pth"));
        ModelConfig config = VmambaNames.ConfigOf(checkpoint.Shapes, 1, "it");
        var shapes = checkpoint.Shapes.ToDictionary();
        shapes.Remove(name);
        if (size is { } n)
        {
            shapes.Add(name, [n]);
        }

        Assert.Contains(
            named, Assert.Throws<BadInputException>(() => VmambaNames.Plan(config, shapes, "it")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_later_generation_is_refused_by_name()
    {
        var shapes = new Dictionary<string, long[]>
        {
            ["patch_embed.proj.weight"] = [96, 3, 4, 4], ["layers.0.blocks.0.op.x_proj_weight"] = [4, 8, 192],
        };

        Assert.Contains(
            "later VMamba", Assert.Throws<BadInputException>(() => VmambaNames.ConfigOf(shapes, 1, "it")).Message, StringComparison.Ordinal);
    }
}
