using TorchSharp;
using TorchSharp.Modules;
using VMUNet.Model.Scan;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests.Goldens;

/// <summary>The published sizes with weights by formula, on every implementation.</summary>
public sealed class FullSizeGoldenTests
{
    private static readonly int[] DefaultDepths = [2, 2, 9, 2];
    private static readonly int[] DefaultDepthsDecoder = [2, 9, 2, 2];

    /// <summary>File, tag, classes, channels, side, tolerance, implementation.</summary>
    public static TheoryData<string, string, int, int, int, double, string> FullSizes()
    {
        var data = new TheoryData<string, string, int, int, int, double, string>();
        foreach (string scan in ScanGoldenTests.Implementations)
        {
            data.Add("vmunet_full_c1_256", "full_c1_256", 1, 3, 256, 5e-5, scan);
            data.Add("vmunet_full_c9_224", "full_c9_224", 9, 1, 224, 5e-5, scan);
            data.Add("vmunet_default_c9_128", "default_c9_128", 9, 3, 128, 1e-4, scan);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(FullSizes))]
    public void Stages_and_logits_are_the_official_ones(
        string file, string tag, int classes, int channels, int size, double tolerance, string implementation)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable off = inference_mode();
        Dictionary<string, Tensor> golden = Golden.Read(file);
        bool isDefault = file.Contains("default", StringComparison.Ordinal);
        using var network = new VmUNet(
            new ModelConfig
            {
                Classes = classes,
                Depths = isDefault ? DefaultDepths : [2, 2, 2, 2],
                DepthsDecoder = isDefault ? DefaultDepthsDecoder : [2, 2, 2, 1],
            },
            ScanGoldenTests.Scan(implementation),
            seed: 1);
        NumberFormula.Fill(network, tag);
        network.eval();
        Tensor input = NumberFormula.Range(tag + ".input", [1, channels, size, size], -2, 2);

        Tensor logits = network.forward(input);

        CheckOutput(network, logits, golden, tolerance);
        if (golden.TryGetValue("argmax.counts", out Tensor? counts))
        {
            Tensor mine = logits.argmax(1).flatten().to(ScalarType.Int64).bincount(null, classes);
            double moved = (mine.to(ScalarType.Float32) - counts).abs().sum().item<float>();
            Assert.True(moved <= 4, $"{moved} pixels in another class"); // ties within rounding
        }

        CheckStages(network, channels == 1 ? input.expand(1, 3, size, size) : input, golden, tolerance);
    }

    [Theory]
    [InlineData("vmunet_full_c1_256", "full_c1_256", 1, 3, 256, Precision.Fp32, 5e-5)]
    [InlineData("vmunet_full_c9_224", "full_c9_224", 9, 1, 224, Precision.Fp32, 5e-5)]
    [InlineData("vmunet_full_c1_256", "full_c1_256", 1, 3, 256, Precision.Fast, 3e-2)]
    [InlineData("vmunet_full_c9_224", "full_c9_224", 9, 1, 224, Precision.Fast, 3e-2)]
    public void A_prepared_network_gives_the_official_logits(
        string file, string tag, int classes, int channels, int size, Precision precision, double tolerance)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable off = inference_mode();
        Dictionary<string, Tensor> golden = Golden.Read(file);
        using var network = new VmUNet(new ModelConfig { Classes = classes }, ScanKind.Managed, seed: 1);
        NumberFormula.Fill(network, tag);
        network.Prepare(precision);

        Tensor logits = network.forward(NumberFormula.Range(tag + ".input", [1, channels, size, size], -2, 2));

        CheckOutput(network, logits, golden, tolerance);
    }

    [Theory]
    [MemberData(nameof(ScanGoldenTests.Implementations), MemberType = typeof(ScanGoldenTests))]
    public void All_222_gradients_of_the_published_size_are_the_official_ones(string implementation)
    {
        const string Tag = "full_grad";
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> golden = Golden.Read("vmunet_full_grad_c1_96x64");
        using var network = new VmUNet(new ModelConfig { Classes = 1 }, ScanGoldenTests.Scan(implementation), seed: 1);
        NumberFormula.Fill(network, Tag);
        network.eval();

        Tensor logits = network.forward(NumberFormula.Range(Tag + ".input", [1, 3, 96, 64], -2, 2));
        Tensor upstream = NumberFormula.Range(Tag + ".grad_out", [1, 1, 96, 64], -1, 1);
        Autograd.Backward((network.Probabilities(logits) * upstream).sum());

        CheckOutput(network, logits.detach(), golden, 5e-5);
        (string Name, Parameter Parameter)[] parameters =
            [.. network.named_parameters().Select(p => (p.name, p.parameter))];
        Assert.Equal(222, parameters.Length);
        Assert.Equal(27_427_561, parameters.Sum(p => p.Parameter.numel()));
        foreach ((string name, Parameter parameter) in parameters)
        {
            Golden.Close(NetworkGoldenTests.Sample(parameter.grad!), golden["grad." + name], 5e-5, name);
        }
    }

    private static void CheckOutput(VmUNet network, Tensor logits, Dictionary<string, Tensor> golden, double tolerance)
    {
        Golden.Close(Strided(logits), golden["logits.16x16"], tolerance, "logits");
        Golden.Close(Strided(network.Probabilities(logits)), golden["output.16x16"], tolerance, "output");
        Golden.Close(Statistics(logits), golden["logits.stats"], tolerance, "statistics of the logits");
    }

    // The module's order is wired here again, so that a stage that is wrong shows itself.
    private static void CheckStages(VmUNet network, Tensor image, Dictionary<string, Tensor> golden, double tolerance)
    {
        Dictionary<string, nn.Module<Tensor, Tensor>> modules = network.named_modules()
            .Where(m => m.module is nn.Module<Tensor, Tensor>)
            .ToDictionary(m => m.name, m => (nn.Module<Tensor, Tensor>)m.module);
        var skips = new List<Tensor>();
        Tensor Stage(string name, Tensor x)
        {
            Tensor y = modules["vmunet." + name].forward(x);
            Tensor sample = y.slice(1, 0, y.shape[1], Math.Max(1, y.shape[1] / 4))
                .slice(2, 0, y.shape[2], Math.Max(1, y.shape[2] / 4))
                .slice(3, 0, y.shape[3], Math.Max(1, y.shape[3] / 8));
            Golden.Close(sample, golden[$"stage.{name}.sample"], tolerance, name);
            Golden.Close(Statistics(y), golden[$"stage.{name}.stats"], tolerance, name + " statistics");
            return y;
        }

        Tensor x = Stage("patch_embed", image);
        for (int i = 0; i < 4; i++)
        {
            skips.Add(x);
            x = Stage($"layers.{i}", x);
        }

        for (int j = 0; j < 4; j++)
        {
            x = Stage($"layers_up.{j}", j == 0 ? x : x + skips[4 - j]);
        }

        Stage("final_up", x);
    }

    private static Tensor Strided(Tensor t) =>
        t.slice(2, 0, t.shape[2], t.shape[2] / 16).slice(3, 0, t.shape[3], t.shape[3] / 16);

    private static Tensor Statistics(Tensor t)
    {
        Tensor wide = t.to(ScalarType.Float64);
        return stack([wide.mean(), wide.std(unbiased: false), wide.min(), wide.max()]);
    }
}
