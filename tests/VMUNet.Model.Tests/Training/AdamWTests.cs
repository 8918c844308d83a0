using VMUNet.Model.Checkpoints;
using VMUNet.Model.Scan;
using VMUNet.Model.Tests.Goldens;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests.Training;

[Collection(nameof(TensorTests))]
public sealed class AdamWTests
{
    [Theory]
    [InlineData("vmunet_small_c1")]
    [InlineData("vmunet_small_c9")]
    public void The_first_step_on_stored_gradients_equals_the_official_run(string file)
    {
        using var scope = NewDisposeScope();
        var golden = Golden.Read(file);
        foreach (var name in golden.Keys.Where(k => k.StartsWith("after1.", StringComparison.Ordinal)).Select(k => k["after1.".Length..]))
        {
            var weights = golden["param." + name].data<float>().ToArray();

            new AdamW(weights.Length).Step(
                weights, golden["grad." + name].data<float>().ToArray(), 1, 1e-3, [(0, weights.Length)], 1e-2);

            var expected = golden["after1." + name].data<float>().ToArray();
            for (var i = 0; i < weights.Length; i++)
            {
                Assert.Equal(expected[i], weights[i], 1e-6);
            }
        }
    }

    [Theory]
    [MemberData(nameof(NetworkGoldenTests.SmallNetworks), MemberType = typeof(NetworkGoldenTests))]
    public void Three_steps_of_the_whole_network_follow_the_official_run(string file, string implementation)
    {
        using var scope = NewDisposeScope();
        var golden = Golden.Read(file);
        var shapes = golden.Where(g => g.Key.StartsWith("param.", StringComparison.Ordinal))
            .ToDictionary(g => g.Key["param.".Length..], g => g.Value.shape);
        using var network = new VmUNet(ModelConfig.FromTensors(shapes), ScanGoldenTests.Scan(implementation), seed: 1);
        var layout = WeightLayout.Of(network);
        Weights.LoadInto(network, shapes.Keys.ToDictionary(name => name, name => golden["param." + name]), file);
        var weights = new float[layout.Count];
        layout.Gather(network, weights);
        var gradient = new float[layout.Count];
        var optimiser = new AdamW(layout.Count);

        for (var step = 0; step < 4; step++)
        {
            layout.Scatter(weights, network);
            var logits = network.forward(golden["input"]);
            var (total, _, _) = network.Config.Classes == 1
                ? Losses.BceDice(logits, golden["target"].view(logits.shape))
                : Losses.CeDice(logits, golden["target"].to(int64));
            Autograd.Backward(total);
            layout.TakeGradients(network, gradient);
            Assert.Equal(golden["losses"][step].item<float>(), total.item<float>(), 1e-4);
            optimiser.Step(weights, gradient, 1, 1e-3, [(0, layout.Count)], 1e-2);
            if (step == 2)
            {
                Compare(golden, layout, weights);
            }
        }
    }

    [Fact]
    public void Decay_touches_only_the_given_ranges()
    {
        var weights = new[] { 1f, 1f, 1f };

        new AdamW(3).Step(weights, new float[3], 1, 0.1, [(1, 1)], 0.5);

        Assert.Equal([1f, 0.95f, 1f], weights);
    }

    private static void Compare(Dictionary<string, Tensor> golden, WeightLayout layout, float[] weights)
    {
        var compared = 0;
        foreach (var range in layout.Ranges.Where(r => golden.ContainsKey("after3." + r.Name)))
        {
            var expected = golden["after3." + range.Name].data<float>().ToArray();
            var first = golden["grad." + range.Name].data<float>().ToArray();
            var large = first.Max(MathF.Abs) * 1e-3;
            for (var i = 0; i < expected.Length; i++)
            {
                // A tiny gradient makes the step depend on rounding: goldens/model/README.md.
                if (Math.Abs(first[i]) > large)
                {
                    Assert.Equal(expected[i], weights[range.Offset + i], 2e-5);
                    compared++;
                }
            }
        }

        Assert.True(compared > 1000);
    }
}
