using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>
/// The two losses of the official recipes, on logits. Both weigh their two parts 1 and 1. The cross-entropies are taken from the
/// logits (log-sum-exp), which equals the official form on probabilities and needs no clamp.
/// </summary>
internal static class Losses
{
    private const double PictureSmooth = 1;
    private const double VolumeSmooth = 1e-5;

    /// <summary>BCE (mean over all elements) + Dice (per sample, sums not squared, smooth 1, mean over the batch).</summary>
    /// <param name="logits">(B, 1, H, W) before the sigmoid.</param>
    /// <param name="target">(B, 1, H, W) in [0, 1]; borders may be fractional.</param>
    /// <param name="positiveWeight">(1) Factor on the cross-entropy of what belongs to the class; null for 1.</param>
    /// <returns>The loss and its two parts, each a scalar tensor.</returns>
    public static (Tensor Total, Tensor CrossEntropy, Tensor Dice) BceDice(Tensor logits, Tensor target, Tensor? positiveWeight = null)
    {
        using var scope = NewDisposeScope();
        var bce = nn.functional.binary_cross_entropy_with_logits(logits, target, pos_weights: positiveWeight);
        var count = logits.shape[0];
        var p = logits.sigmoid().reshape(count, -1); // (B, HW)
        var t = target.reshape(count, -1); // (B, HW)
        var overlap = (p * t).sum(dim: 1); // (B)
        var sizes = p.sum(dim: 1).Plus(t.sum(dim: 1)); // (B)
        var dice = Dice(overlap, sizes, PictureSmooth);
        return Keep(bce.Plus(dice), bce, dice);
    }

    /// <summary>
    /// Cross-entropy (mean over pixels) + Dice (per class, background included, over the whole batch at once, squared
    /// denominators, smooth 1e-5, mean over the classes).
    /// </summary>
    /// <param name="logits">(B, classes, H, W).</param>
    /// <param name="target">(B, H, W), int64 class indices.</param>
    /// <param name="classWeights">
    /// (K) Factors on the cross-entropy of each class's pixels; the mean is then over the sum of the factors, as PyTorch has it. Null
    /// for equal ones.
    /// </param>
    /// <returns>The loss and its two parts, each a scalar tensor.</returns>
    public static (Tensor Total, Tensor CrossEntropy, Tensor Dice) CeDice(Tensor logits, Tensor target, Tensor? classWeights = null)
    {
        using var scope = NewDisposeScope();
        var entropy = nn.functional.cross_entropy(logits, target, weight: classWeights);
        var shares = nn.functional.one_hot(target, logits.shape[1]).permute(0, 3, 1, 2).to(logits.dtype); // (B, K, H, W)
        return WithDice(entropy, logits, shares);
    }

    /// <summary>As <see cref="CeDice"/> where a pixel belongs to several classes in part.</summary>
    /// <param name="logits">(B, classes, H, W).</param>
    /// <param name="shares">(B, classes, H, W), of sum 1 over the classes.</param>
    /// <param name="classWeights">(K), as for <see cref="CeDice"/>.</param>
    /// <returns>The loss and its two parts, each a scalar tensor.</returns>
    public static (Tensor Total, Tensor CrossEntropy, Tensor Dice) SoftCeDice(Tensor logits, Tensor shares, Tensor? classWeights = null)
    {
        using var scope = NewDisposeScope();
        var weighted = classWeights is null ? shares : shares * classWeights.view(1, -1, 1, 1);
        var entropy = (weighted * logits.log_softmax(1)).sum().neg() / weighted.sum();
        return WithDice(entropy, logits, shares);
    }

    // In the dispose scope of the caller.
    private static (Tensor, Tensor, Tensor) WithDice(Tensor entropy, Tensor logits, Tensor t)
    {
        var p = logits.softmax(1); // (B, K, H, W)
        long[] all = [0, 2, 3];
        var overlap = (p * t).sum(all); // (K)
        var sizes = (p * p).sum(all).Plus((t * t).sum(all)); // (K)
        var dice = Dice(overlap, sizes, VolumeSmooth);
        return Keep(entropy.Plus(dice), entropy, dice);
    }

    // 1 - mean((2 overlap + smooth) / (sizes + smooth))
    private static Tensor Dice(Tensor overlap, Tensor sizes, double smooth) =>
        (overlap.Times(2).Plus(smooth) / sizes.Plus(smooth)).mean().neg().Plus(1);

    private static (Tensor, Tensor, Tensor) Keep(Tensor total, Tensor entropy, Tensor dice) =>
        (total.MoveToOuterDisposeScope(), entropy.MoveToOuterDisposeScope(), dice.MoveToOuterDisposeScope());
}
