using TorchSharp;
using VMUNet.Imaging;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests.Training;

/// <summary>Class weights and coarser scales against sums written out in double precision.</summary>
[Collection(nameof(TensorTests))]
public sealed class TrainingLossTests
{
    private static readonly TaskDefinition s_lesion = TaskDefinition.Get("lesion-dermoscopy");
    private static readonly TaskDefinition s_organs = TaskDefinition.Get("abdomen-mr-4");

    [Fact]
    public void A_positive_weight_multiplies_the_cross_entropy_of_the_class_and_not_the_Dice_term()
    {
        using var scope = NewDisposeScope();
        double[] x = [0.3, -1.2, 2, 0.7];
        double[] t = [1, 0, 0.25, 1];

        var loss = Loss(s_lesion, o => o with { ClassWeights = [3] }).Of(Map(x, 1, 2), Map(t, 1, 2));

        Assert.Equal(Bce(x, t, 3) + PictureDice(x, t), loss.item<float>(), 1e-6);
    }

    [Fact]
    public void Class_weights_make_the_cross_entropy_a_weighted_mean()
    {
        using var scope = NewDisposeScope();
        double[] weights = [0.5, 1, 2, 3, 4];
        var x = Noise(5 * 4);
        byte[] labels = [0, 4, 2, 2];

        var loss = Loss(s_organs, o => o with { ClassWeights = weights }).Of(Map(x, 5, 2), Map([.. labels.Select(l => (double)l)], 1, 2));

        var shares = OneHot(labels, 5);
        Assert.Equal(Entropy(x, shares, weights) + VolumeDice(x, shares), loss.item<float>(), 1e-6);
    }

    [Fact]
    public void Coarser_scales_of_one_class_count_half_as_much_at_each_next_one()
    {
        using var scope = NewDisposeScope();
        var (x, coarse, coarsest) = (Noise(16, 1), Noise(4, 2), Noise(1, 3));
        double[] t = [1, 1, 0, 0, 1, 0.5, 0, 0, 0, 0, 0, 1, 0, 0, 1, 1];

        var loss = Loss(s_lesion, o => o with { DeepSupervisionWeight = 0.4 })
            .Of(Map(x, 1, 4), [Map(coarsest, 1, 1), Map(coarse, 1, 2)], Map(t, 1, 4));

        double[] halves = [3.5 / 4, 0, 0, 3.0 / 4];
        var expected = Bce(x, t, 1) + PictureDice(x, t)
            + 0.4 * (Bce(coarse, halves, 1) + PictureDice(coarse, halves))
            + 0.2 * (Bce(coarsest, [6.5 / 16], 1) + PictureDice(coarsest, [6.5 / 16]));
        Assert.Equal(expected, loss.item<float>(), 2e-6);
    }

    [Fact]
    public void Coarser_scales_of_organs_are_compared_with_the_shares_of_their_pixels()
    {
        using var scope = NewDisposeScope();
        var (x, coarse) = (Noise(5 * 16, 4), Noise(5 * 4, 5));
        byte[] labels = [0, 0, 1, 1, 0, 2, 1, 1, 4, 4, 3, 3, 4, 0, 0, 0];
        double[] weights = [1, 2, 1, 1, 0.5];

        var loss = Loss(s_organs, o => o with { DeepSupervisionWeight = 1, ClassWeights = weights })
            .Of(Map(x, 5, 4), [Map(coarse, 5, 2)], Map([.. labels.Select(l => (double)l)], 1, 4));

        var shares = new double[5 * 4];
        for (var i = 0; i < 16; i++)
        {
            shares[labels[i] * 4 + i / 8 * 2 + i % 4 / 2] += 0.25;
        }

        var full = OneHot(labels, 5);
        var expected = Entropy(x, full, weights) + VolumeDice(x, full) + Entropy(coarse, shares, weights) + VolumeDice(coarse, shares);
        Assert.Equal(expected, loss.item<float>(), 2e-6);
    }

    [Fact]
    public void The_gradient_of_heads_and_decoder_is_that_of_differences()
    {
        using var scope = NewDisposeScope();
        var config = new ModelConfig { Dims = [8, 16, 32, 64], Depths = [1, 1, 1, 1], DepthsDecoder = [1, 1, 1, 1], Classes = 5 };
        using var network = new VmUNet(config, ScanKind.Reference, seed: 3);
        using var heads = new DeepSupervision(config, seed: 3);
        network.to(ScalarType.Float64);
        heads.to(ScalarType.Float64);
        network.eval();
        var input = tensor([.. Noise(3 * 32 * 32, 6).Select(v => v)], [1, 3, 32, 32], dtype: ScalarType.Float64);
        var target = tensor([.. Enumerable.Range(0, 32 * 32).Select(i => i / 32 < 20 && i % 32 > 9 ? 2f : 0f)], [1, 1, 32, 32]);
        var sought = Loss(s_organs, o => o with { DeepSupervisionWeight = 0.5 });
        Tensor Value()
        {
            var stages = new Tensor[DeepSupervision.Stages];
            var logits = network.Logits(input, stages);
            return sought.Of(logits, heads.forward(stages), target);
        }

        Value().backward();

        var parameters = network.named_parameters().Concat(heads.named_parameters()).ToDictionary(p => p.name, p => p.parameter);
        foreach (var name in new[]
        {
            "heads.0.weight", "heads.1.bias", "heads.2.weight", "vmunet.layers_up.0.blocks.0.self_attention.out_proj.weight",
            "vmunet.layers_up.2.upsample.expand.weight", "vmunet.final_conv.weight", "vmunet.patch_embed.proj.weight",
        })
        {
            var parameter = parameters[name];
            var gradient = parameter.grad!.flatten()[1].item<double>();
            double At(double by)
            {
                using var off = no_grad();
                var flat = parameter.view(-1);
                var was = flat[1].item<double>();
                flat[1] = tensor(was + by, dtype: ScalarType.Float64);
                var value = Value().item<double>();
                flat[1] = tensor(was, dtype: ScalarType.Float64);
                return value;
            }

            Assert.Equal((At(1e-5) - At(-1e-5)) / 2e-5, gradient, 1e-7 + 1e-4 * Math.Abs(gradient));
            Assert.NotEqual(0, gradient);
        }
    }

    [Theory]
    [InlineData("lesion-dermoscopy", 2)]
    [InlineData("abdomen-mr-4", 4)]
    public void Weights_of_another_number_of_classes_are_refused(string task, int count)
    {
        var fault = Assert.Throws<BadInputException>(() => Loss(
            TaskDefinition.Get(task), o => o with { ClassWeights = [.. Enumerable.Repeat(1.0, count)] }));

        Assert.Contains("class_weights", fault.Message, StringComparison.Ordinal);
    }

    private static TrainingLoss Loss(TaskDefinition task, Func<TrainingOptions, TrainingOptions> change) =>
        new(change(SyntheticData.Options("d", "o")), task);

    private static Tensor Map(double[] values, int channels, int side) =>
        tensor(Array.ConvertAll(values, v => (float)v), [1, channels, side, side]);

    private static double[] Noise(int count, int seed = 0)
    {
        var random = new SeededRandom(seed, 99);
        return [.. Enumerable.Range(0, count).Select(_ => (double)(float)random.Gaussian())];
    }

    private static double[] OneHot(byte[] labels, int classes) =>
        [.. Enumerable.Range(0, classes).SelectMany(k => labels.Select(l => l == k ? 1.0 : 0))];

    private static double P(double x) => 1 / (1 + Math.Exp(-x));

    private static double Bce(double[] x, double[] t, double positive) =>
        x.Zip(t, (a, b) => -(positive * b * Math.Log(P(a)) + (1 - b) * Math.Log(1 - P(a)))).Average();

    private static double PictureDice(double[] x, double[] t) =>
        1 - (2 * x.Zip(t, (a, b) => P(a) * b).Sum() + 1) / (x.Sum(P) + t.Sum() + 1);

    // Values (K, pixels): class by class.
    private static double[] Softmax(double[] x)
    {
        var pixels = x.Length / 5;
        var sums = Enumerable.Range(0, pixels).Select(i => Enumerable.Range(0, 5).Sum(k => Math.Exp(x[k * pixels + i]))).ToArray();
        return [.. x.Select((v, i) => Math.Exp(v) / sums[i % pixels])];
    }

    private static double Entropy(double[] x, double[] shares, double[] weights)
    {
        var pixels = x.Length / 5;
        var p = Softmax(x);
        double sum = 0, over = 0;
        for (var i = 0; i < x.Length; i++)
        {
            sum -= weights[i / pixels] * shares[i] * Math.Log(p[i]);
            over += weights[i / pixels] * shares[i];
        }

        return sum / over;
    }

    private static double VolumeDice(double[] x, double[] shares)
    {
        var pixels = x.Length / 5;
        var p = Softmax(x);
        return Enumerable.Range(0, 5).Average(k =>
        {
            var range = Enumerable.Range(k * pixels, pixels).ToArray();
            return 1 - (2 * range.Sum(i => p[i] * shares[i]) + 1e-5) / (range.Sum(i => p[i] * p[i] + shares[i] * shares[i]) + 1e-5);
        });
    }
}
