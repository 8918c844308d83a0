using TorchSharp;
using TorchSharp.Modules;
using VMUNet.Model.Checkpoints;
using VMUNet.Model.Scan;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests.Goldens;

/// <summary>Whole networks against the official code's numbers; tolerances of tests/goldens/model/README.md.</summary>
public sealed class NetworkGoldenTests
{
    private const double SmallTolerance = 1e-4;

    /// <summary>Both small networks on every implementation.</summary>
    public static TheoryData<string, string> SmallNetworks()
    {
        var data = new TheoryData<string, string>();
        foreach (string scan in ScanGoldenTests.Implementations)
        {
            data.Add("vmunet_small_c1", scan);
            data.Add("vmunet_small_c9", scan);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(SmallNetworks))]
    public void A_small_network_gives_the_official_logits_losses_and_gradients(string file, string implementation)
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> golden = Golden.Read(file);
        Dictionary<string, Tensor> weights = golden.Where(t => t.Key.StartsWith("param.", StringComparison.Ordinal))
            .ToDictionary(t => t.Key["param.".Length..], t => t.Value);
        using var network = new VmUNet(
            ModelConfig.FromTensors(weights.ToDictionary(t => t.Key, t => t.Value.shape)), ScanGoldenTests.Scan(implementation), seed: 1);
        Weights.LoadInto(network, weights, file);

        Tensor logits = network.forward(golden["input"]);
        Tensor loss = network.Config.Classes == 1
            ? BinaryLoss(network.Probabilities(logits), golden)
            : ClassLoss(logits, golden);
        Autograd.Backward(loss);

        Golden.Close(logits, golden["logits"], SmallTolerance, "logits");
        Golden.Close(network.Probabilities(logits), golden["output"], SmallTolerance, "output");
        Assert.Equal(golden["losses"][0].item<float>(), loss.item<float>(), 2e-6);
        int checkedGradients = 0;
        foreach ((string name, Parameter parameter) in network.named_parameters())
        {
            Golden.Close(Sample(parameter.grad!), golden["gradsum." + name], SmallTolerance, name);
            if (golden.TryGetValue("grad." + name, out Tensor? full))
            {
                Golden.Close(parameter.grad!, full, SmallTolerance, name);
                checkedGradients++;
            }
        }

        Assert.True(checkedGradients > 5);
    }

    /// <summary>The norm and four elements, as the goldens hold them.</summary>
    internal static Tensor Sample(Tensor gradient)
    {
        Tensor flat = gradient.flatten().to(ScalarType.Float64); // a float32 norm of millions is itself 1e-4 off
        long stride = Math.Max(1, flat.numel() / 4);
        long[] at = [.. Enumerable.Range(0, 4).Select(i => i * stride).Where(i => i < flat.numel())];
        return cat([flat.norm().unsqueeze(0), .. at.Select(i => flat[i].unsqueeze(0))]);
    }

    // BCE + Dice of the official training code, on probabilities.
    private static Tensor BinaryLoss(Tensor output, Dictionary<string, Tensor> golden)
    {
        Tensor target = golden["target"];
        Tensor p = output.flatten(1), t = target.flatten(1);
        Tensor bce = nn.functional.binary_cross_entropy(p, t);
        Tensor overlap = (p * t).sum(dim: 1);
        Tensor dice = 1 - (((2 * overlap) + 1) / (p.sum(dim: 1) + t.sum(dim: 1) + 1)).mean();
        Assert.Equal(golden["loss.bce"].item<float>(), bce.item<float>(), 2e-6);
        Assert.Equal(golden["loss.dice"].item<float>(), dice.item<float>(), 2e-6);
        return bce + dice;
    }

    // Cross entropy + Dice over the classes of the official training code, on logits.
    private static Tensor ClassLoss(Tensor logits, Dictionary<string, Tensor> golden)
    {
        Tensor target = golden["target"].to(ScalarType.Int64);
        Tensor ce = nn.functional.cross_entropy(logits, target);
        Tensor p = logits.softmax(1);
        Tensor dice = zeros([], ScalarType.Float32);
        for (int c = 0; c < logits.shape[1]; c++)
        {
            Tensor t = target.eq(c).to(ScalarType.Float32), own = p.select(1, c);
            Tensor score = ((2 * (own * t).sum()) + 1e-5) / ((own * own).sum() + (t * t).sum() + 1e-5);
            dice += 1 - score;
        }

        dice /= logits.shape[1];
        Assert.Equal(golden["loss.ce"].item<float>(), ce.item<float>(), 2e-6);
        Assert.Equal(golden["loss.dice"].item<float>(), dice.item<float>(), 2e-6);
        return ce + dice;
    }
}
