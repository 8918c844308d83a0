using TorchSharp;
using TorchSharp.Modules;
using VMUNet.Model.Scan;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests;

public sealed class VmUNetTests
{
    private static readonly ModelConfig Small = new() { Dims = [16, 32, 64, 128], Classes = 2 };

    [Fact]
    public void Names_and_shapes_are_those_of_an_official_checkpoint()
    {
        using var network = new VmUNet(new ModelConfig { Classes = 9 }, ScanKind.Managed, seed: 1);

        Dictionary<string, long[]> shapes =
            network.state_dict().ToDictionary(t => t.Key, t => t.Value.shape);

        Assert.Equal(222, shapes.Count);
        Assert.Equal(27_427_761, shapes.Values.Sum(s => s.Aggregate(1L, (a, b) => a * b)));
        Assert.All(shapes.Keys, name => Assert.StartsWith("vmunet.", name, StringComparison.Ordinal));
        Assert.Equal([4, 56, 768], shapes["vmunet.layers.2.blocks.1.self_attention.x_proj_weight"]);
        Assert.Equal([6144, 16], shapes["vmunet.layers_up.0.blocks.0.self_attention.A_logs"]);
        Assert.Equal([1536, 768], shapes["vmunet.layers_up.1.upsample.expand.weight"]);
        Assert.Equal([768, 1536], shapes["vmunet.layers.2.downsample.reduction.weight"]);
        Assert.Equal([9, 24, 1, 1], shapes["vmunet.final_conv.weight"]);
        Assert.False(shapes.ContainsKey("vmunet.layers_up.3.blocks.1.ln_1.weight"));
    }

    [Fact]
    public void The_order_of_the_parameters_is_the_official_one()
    {
        using var network = new VmUNet(Small, ScanKind.Managed, seed: 1);
        const string Block = "vmunet.layers.0.blocks.0.";

        string[] own = [.. network.named_parameters().Select(p => p.name)
            .Where(n => n.StartsWith(Block, StringComparison.Ordinal)).Select(n => n[Block.Length..])];

        Assert.Equal(
            [
                "ln_1.weight", "ln_1.bias", "self_attention.x_proj_weight", "self_attention.dt_projs_weight",
                "self_attention.dt_projs_bias", "self_attention.A_logs", "self_attention.Ds",
                "self_attention.in_proj.weight", "self_attention.conv2d.weight", "self_attention.conv2d.bias",
                "self_attention.out_norm.weight", "self_attention.out_norm.bias", "self_attention.out_proj.weight",
            ],
            own);
    }

    [Fact]
    public void Sizes_are_read_back_from_the_shapes()
    {
        var config = new ModelConfig
        {
            Dims = [24, 48, 96, 192], Depths = [2, 1, 3, 1], DepthsDecoder = [1, 2, 1, 1], Classes = 5,
        };
        using var network = new VmUNet(config, ScanKind.Managed, seed: 1);

        ModelConfig read = ModelConfig.FromTensors(network.state_dict().ToDictionary(t => t.Key, t => t.Value.shape));

        Assert.Equal(config.Dims, read.Dims);
        Assert.Equal(config.Depths, read.Depths);
        Assert.Equal(config.DepthsDecoder, read.DepthsDecoder);
        Assert.Equal((5, 3, 16), (read.Classes, read.InputChannels, read.StateSize));
    }

    [Theory]
    [InlineData(1, 3, 31, 32)]
    [InlineData(1, 3, 32, 48)]
    [InlineData(1, 3, 0, 32)]
    public void A_size_that_cannot_be_halved_five_times_is_refused(int b, int c, int h, int w)
    {
        using var network = new VmUNet(Small, ScanKind.Managed, seed: 1);
        using Tensor image = zeros(b, c, h, w);

        Assert.Throws<ArgumentException>(() => network.forward(image));
    }

    [Fact]
    public void A_grey_image_is_the_same_as_one_with_three_equal_channels()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable off = inference_mode();
        using var network = new VmUNet(Small, ScanKind.Managed, seed: 1);
        network.eval();
        Tensor grey = rand(2, 1, 32, 32);

        Assert.True(network.forward(grey).eq(network.forward(cat([grey, grey, grey], 1))).all().item<bool>());
    }

    [Fact]
    public void The_same_seed_gives_the_same_network_and_another_seed_another()
    {
        using DisposeScope scope = NewDisposeScope();
        using var a = new VmUNet(Small, ScanKind.Managed, seed: 5);
        using var b = new VmUNet(Small, ScanKind.Managed, seed: 5);
        using var c = new VmUNet(Small, ScanKind.Managed, seed: 6);

        Assert.All(a.parameters().Zip(b.parameters()), p => Assert.True(p.First.eq(p.Second).all().item<bool>()));
        Assert.Contains(a.parameters().Zip(c.parameters()), p => !p.First.eq(p.Second).all().item<bool>());
    }

    [Fact]
    public void Initial_weights_follow_the_official_rules()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable off = no_grad();
        using var network = new VmUNet(new ModelConfig { Classes = 1 }, ScanKind.Managed, seed: 1);
        Dictionary<string, Parameter> p = network.named_parameters().ToDictionary(x => x.name, x => x.parameter);
        const string Block = "vmunet.layers.0.blocks.0.self_attention.";
        double Bound(string name) => p[name].abs().max().item<float>();
        double Std(string name) => p[name].std().item<float>();

        Assert.Equal(0.02, Std(Block + "in_proj.weight"), 5e-4);
        Assert.Equal(0.02, Std("vmunet.layers.0.downsample.reduction.weight"), 5e-4);
        Assert.Equal(0.02, Std("vmunet.final_up.expand.weight"), 5e-4);
        Assert.InRange(Bound(Block + "x_proj_weight"), 0.0715, 0.0722);
        Assert.InRange(Bound(Block + "dt_projs_weight"), 0.404, 0.4083);
        Assert.InRange(Bound("vmunet.final_conv.weight"), 0.15, 0.2042);
        Assert.InRange(Bound(Block + "conv2d.weight"), 0.32, 0.3334);
        Assert.InRange(Bound(Block + "conv2d.bias"), 0.28, 0.3334);
        Tensor bias = p[Block + "dt_projs_bias"];
        Assert.InRange(bias.min().item<float>(), -6.91, -6.5);
        Assert.InRange(bias.max().item<float>(), -2.5, -2.25);
        Assert.True(p[Block + "Ds"].eq(1).all().item<bool>());
        Assert.True(p[Block + "out_norm.weight"].eq(1).all().item<bool>());
        Assert.True(p[Block + "out_norm.bias"].eq(0).all().item<bool>());
        Assert.Equal(Math.Log(16), p[Block + "A_logs"][700, 15].item<float>(), 1e-6);
    }

    [Fact]
    public void Drop_path_keeps_the_mean_is_repeatable_and_is_off_in_evaluation()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable off = no_grad();
        using var network = new VmUNet(Small with { DropPathRate = 0.5 }, ScanKind.Managed, seed: 1);
        Tensor image = rand(2, 3, 32, 32);
        network.train();
        network.ReseedDropPath(3);
        Tensor first = network.forward(image), second = network.forward(image);
        network.ReseedDropPath(3);
        Tensor again = network.forward(image);
        network.eval();

        Assert.True(first.eq(again).all().item<bool>());
        Assert.False(first.eq(second).all().item<bool>());
        Assert.True(network.forward(image).eq(network.forward(image)).all().item<bool>());
        Tensor factors = new DropPathDraws(1).Next(zeros(10_000, 1), 0.2);
        Assert.Equal(1, factors.mean().item<float>(), 0.02);
        Assert.Equal([0f, 1.25f], factors.flatten().data<float>().ToArray().Distinct().Order());
    }

    [Fact]
    public void Neither_inference_nor_training_leaves_tensors_behind()
    {
        using var network = new VmUNet(Small with { DropPathRate = 0.1 }, ScanKind.Managed, seed: 1);
        using Tensor image = rand(2, 3, 64, 32);
        network.train();
        TrainOnce(network, image);
        long before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

        for (int i = 0; i < 3; i++)
        {
            TrainOnce(network, image);
            using IDisposable off = inference_mode();
            using Tensor logits = network.forward(image);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Two_threads_with_networks_of_their_own_give_the_gradients_of_one()
    {
        using DisposeScope scope = NewDisposeScope();
        using Tensor image = rand(1, 3, 64, 64);
        float[][] gradients = new float[3][];
        Thread[] threads = [.. Enumerable.Range(0, 2).Select(i => new Thread(() => gradients[i] = GradientOf(image)))];

        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        gradients[2] = GradientOf(image);
        Assert.Equal(gradients[2], gradients[0]);
        Assert.Equal(gradients[2], gradients[1]);
    }

    private static float[] GradientOf(Tensor image)
    {
        TorchRuntime.UseOnThisThread(1);
        using DisposeScope scope = NewDisposeScope();
        using var network = new VmUNet(Small, ScanKind.Managed, seed: 2);
        Autograd.Backward(network.forward(image).square().mean());
        float[] all = [.. network.parameters().SelectMany(p => p.grad!.flatten().data<float>().ToArray())];
        TorchRuntime.UseOnThisThread(2);
        return all;
    }

    private static void TrainOnce(VmUNet network, Tensor image)
    {
        using DisposeScope scope = NewDisposeScope();
        network.zero_grad();
        Autograd.Backward(network.forward(image).square().mean());
    }
}
