using VMUNet.Model.Tests.Goldens;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests.Training;

[Collection(nameof(TensorTests))]
public sealed class LossesTests
{
    [Fact]
    public void One_class_loss_equals_the_official_one()
    {
        using var scope = NewDisposeScope();
        var golden = Golden.Read("vmunet_small_c1");

        var (total, entropy, dice) = Losses.BceDice(golden["logits"], golden["target"].view(golden["logits"].shape));

        Assert.Equal(golden["loss.bce"].item<float>(), entropy.item<float>(), 2e-6);
        Assert.Equal(golden["loss.dice"].item<float>(), dice.item<float>(), 2e-6);
        Assert.Equal(golden["losses"][0].item<float>(), total.item<float>(), 2e-6);
    }

    [Fact]
    public void Many_class_loss_equals_the_official_one()
    {
        using var scope = NewDisposeScope();
        var golden = Golden.Read("vmunet_small_c9");

        var (total, entropy, dice) = Losses.CeDice(golden["logits"], golden["target"].to(int64));

        Assert.Equal(golden["loss.ce"].item<float>(), entropy.item<float>(), 2e-6);
        Assert.Equal(golden["loss.dice"].item<float>(), dice.item<float>(), 2e-6);
        Assert.Equal(golden["losses"][0].item<float>(), total.item<float>(), 2e-6);
    }

    [Fact]
    public void One_class_loss_follows_the_formula()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new float[] { 0, 2, -1, 1 }, [2, 1, 1, 2]);
        var target = tensor(new float[] { 1, 0, 0, 0.5f }, [2, 1, 1, 2]);

        var (_, entropy, dice) = Losses.BceDice(logits, target);

        static double P(double x) => 1 / (1 + Math.Exp(-x));
        static double Bce(double p, double t) => -(t * Math.Log(p) + (1 - t) * Math.Log(1 - p));
        var bce = (Bce(P(0), 1) + Bce(P(2), 0) + Bce(P(-1), 0) + Bce(P(1), 0.5)) / 4;
        var first = (2 * P(0) + 1) / (P(0) + P(2) + 1 + 1);
        var second = (2 * 0.5 * P(1) + 1) / (P(-1) + P(1) + 0.5 + 1);
        Assert.Equal(bce, entropy.item<float>(), 1e-6);
        Assert.Equal(1 - (first + second) / 2, dice.item<float>(), 1e-6);
    }

    [Fact]
    public void Extreme_logits_keep_the_loss_and_its_gradient_finite()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new float[] { 200, -200, 200, -200 }, [1, 1, 2, 2]).requires_grad_(true);

        var (total, _, _) = Losses.BceDice(logits, zeros_like(logits));
        total.backward();

        Assert.True(float.IsFinite(total.item<float>()));
        Assert.True(logits.grad!.isfinite().all().item<bool>());
    }
}
