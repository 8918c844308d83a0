using CsCheck;
using TorchSharp;
using VMUNet.Imaging;
using VMUNet.Model.Checkpoints;
using VMUNet.Model.Tests.Goldens;
using VMUNet.Testing;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests.Inference;

[Collection(nameof(TensorTests))]
public sealed class RawForwardTests : IDisposable
{
    private static readonly ModelConfig Small = new()
    {
        Dims = [8, 16, 32, 64], Depths = [1, 2, 1, 1], DepthsDecoder = [1, 1, 2, 1], Classes = 5,
    };

    private readonly TemporaryFolder _folder = new();

    private string Weights => _folder.File("weights.safetensors");

    private string Input => _folder.File("input.safetensors");

    private string Output => _folder.File("output.safetensors");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("vmunet_small_c1", "managed")]
    [InlineData("vmunet_small_c1", "chunked")]
    [InlineData("vmunet_small_c1", "reference")]
    [InlineData("vmunet_small_c9", "managed")]
    [InlineData("vmunet_small_c9", "chunked")]
    [InlineData("vmunet_small_c9", "reference")]
    [InlineData("vmunet_small_c9", null)]
    public void The_official_weights_and_input_give_the_official_logits(string file, string? scan)
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> golden = Golden.Read(file);
        SafeTensors.Write(Weights, golden.Where(t => t.Key.StartsWith("param.", StringComparison.Ordinal))
            .Select(t => KeyValuePair.Create(t.Key["param.".Length..], t.Value)));
        SafeTensors.Write(Input, [new("input", golden["input"])]);

        RawForwardReport report = Run(scan: scan);

        Golden.Close(SafeTensors.Read(Output)["logits"], golden["logits"], 1e-4, file);
        Assert.Equal(scan ?? "managed", report.Scan);
        Assert.Equal(golden["logits"].shape, report.OutputShape);
    }

    [Fact]
    public void Networks_of_any_width_depth_and_number_of_classes_give_what_the_definition_gives()
    {
        Gen<int> depth = Gen.Int[1, 2];
        Gen.Select(Gen.Int[1, 6], Gen.Select(depth, depth, depth, depth), Gen.Int[1, 6], Gen.Int[1, 4], Gen.Int[1, 3], Gen.Select(Gen.Int[1, 70], Gen.Int[1, 70]))
            .Sample(
                (width, depths, classes, channels, batch, side) =>
                {
                    using DisposeScope scope = NewDisposeScope();
                    int first = 4 * width;
                    (int a, int b, int c, int d) = depths;
                    using VmUNet network = WriteNetwork(new ModelConfig
                    {
                        Dims = [first, 2 * first, 4 * first, 8 * first], Depths = [a, b, c, d], DepthsDecoder = [d, a, c, b],
                        Classes = classes, InputChannels = channels,
                    });
                    SafeTensors.Write(Input, [new("input", randn(batch, channels, side.Item1, side.Item2))]);

                    RawForwardReport report = Run();
                    Tensor managed = SafeTensors.Read(Output)["logits"];
                    Run(scan: "reference");

                    Assert.Equal([a, b, c, d], report.Architecture.Depths);
                    Assert.Equal([batch, classes, side.Item1, side.Item2], report.OutputShape);
                    Golden.Close(managed, SafeTensors.Read(Output)["logits"], 1e-4, "managed");
                },
                iter: 8,
                seed: "0000KOIPe036",
                threads: 1);
    }

    [Theory]
    [InlineData(31, 33)]
    [InlineData(1, 1)]
    [InlineData(64, 40)]
    public void A_side_that_is_no_multiple_of_32_is_filled_up_with_zeros_and_cut_again(int height, int width)
    {
        using DisposeScope scope = NewDisposeScope();
        using VmUNet network = WriteNetwork(Small);
        Tensor image = rand(2, 3, height, width);
        SafeTensors.Write(Input, [new("input", image)]);

        Run();

        long h = (height + 31) / 32 * 32, w = (width + 31) / 32 * 32;
        Tensor padded = zeros(2, 3, h, w);
        padded.narrow(2, 0, height).narrow(3, 0, width).copy_(image);
        using (no_grad())
        {
            Tensor expected = network.forward(padded).narrow(2, 0, height).narrow(3, 0, width);
            Golden.Close(SafeTensors.Read(Output)["logits"], expected, 1e-4, "logits");
        }
    }

    [Theory]
    [InlineData(4, 1, 1)]
    [InlineData(16, 3, 3)]
    [InlineData(16, 4, 1)]
    [InlineData(16, 1, 1)]
    public void Other_numbers_of_states_and_channels_run(int states, int networkChannels, int imageChannels)
    {
        using DisposeScope scope = NewDisposeScope();
        using VmUNet network = WriteNetwork(Small with { StateSize = states, InputChannels = networkChannels });
        SafeTensors.Write(Input, [new("input", rand(1, imageChannels, 32, 32))]);

        Assert.Equal(states == 16 ? "managed" : "chunked", Run().Scan);
    }

    [Theory]
    [InlineData(new long[] { 0, 3, 32, 32 }, "at least one image")]
    [InlineData(new long[] { 1, 3, 0, 32 }, "at least one image")]
    [InlineData(new long[] { 3, 32, 32 }, "expected (B, C, H, W)")]
    [InlineData(new long[] { 1, 2, 32, 32 }, "2 channels")]
    public void An_input_of_another_shape_is_refused(long[] shape, string why)
    {
        using DisposeScope scope = NewDisposeScope();
        using VmUNet network = WriteNetwork(Small);
        SafeTensors.Write(Input, [new("input", zeros(shape))]);

        Assert.Contains(why, Assert.Throws<BadInputException>(() => Run()).Message, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(Output));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Weights_or_an_input_with_NaN_are_refused(float bad)
    {
        using DisposeScope scope = NewDisposeScope();
        using VmUNet network = WriteNetwork(Small);
        Tensor image = zeros(1, 3, 32, 32);
        SafeTensors.Write(Input, [new("input", image)]);
        using (no_grad())
        {
            network.named_parameters().Single(p => p.name == "vmunet.layers.1.blocks.1.ln_1.bias").parameter[3] = bad;
        }

        Checkpoints.Weights.Save(network, Weights);

        Assert.Contains(
            "vmunet.layers.1.blocks.1.ln_1.bias holds NaN", Assert.Throws<BadInputException>(() => Run()).Message, StringComparison.Ordinal);
        using VmUNet sound = WriteNetwork(Small);
        image[0, 0, 3, 3] = bad;
        SafeTensors.Write(Input, [new("input", image)]);
        Assert.Contains("input holds NaN", Assert.Throws<BadInputException>(() => Run()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_the_tensor_input_is_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        using VmUNet network = WriteNetwork(Small);
        SafeTensors.Write(Input, [new("image", zeros(1, 3, 32, 32))]);

        Assert.Contains("'input'", Assert.Throws<BadInputException>(() => Run()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cuda", null)]
    [InlineData("cuda:0", "chunked")]
    [InlineData("auto", "cuda")]
    [InlineData("tpu", null)]
    public void A_device_that_is_not_there_is_refused(string device, string? scan)
    {
        using DisposeScope scope = NewDisposeScope();
        using VmUNet network = WriteNetwork(Small);
        SafeTensors.Write(Input, [new("input", zeros(1, 3, 32, 32))]);

        Assert.Throws<BadInputException>(() => Run(device, scan));
    }

    [Fact]
    public void The_managed_scan_is_refused_for_another_number_of_states()
    {
        using DisposeScope scope = NewDisposeScope();
        using VmUNet network = WriteNetwork(Small with { StateSize = 8 });
        SafeTensors.Write(Input, [new("input", zeros(1, 3, 32, 32))]);

        Assert.Contains("16 states", Assert.Throws<BadInputException>(() => Run(scan: "managed")).Message, StringComparison.Ordinal);
    }

    private VmUNet WriteNetwork(ModelConfig config)
    {
        var network = new VmUNet(config, ScanKind.Reference, seed: 7);
        network.eval();
        Checkpoints.Weights.Save(network, Weights);
        return network;
    }

    private RawForwardReport Run(string device = "auto", string? scan = null) => RawForward.Run(
        new RawForwardOptions { Weights = Weights, Input = Input, Output = Output, Device = device, Scan = scan },
        CancellationToken.None);
}
