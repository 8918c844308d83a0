using VMUNet.Imaging;
using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>The loss of a run: the official one of its task, with class weights and coarser scales where its options ask for them.</summary>
internal sealed class TrainingLoss
{
    private readonly bool _isOneClass;
    private readonly float[]? _classWeights;
    private readonly double _coarseWeight;

    /// <exception cref="BadInputException">The class weights are not those of the task's classes.</exception>
    public TrainingLoss(TrainingOptions options, TaskDefinition task)
    {
        (_isOneClass, _coarseWeight) = (task.Classes == 1, options.DeepSupervisionWeight);
        if (options.ClassWeights is { } weights)
        {
            _classWeights = weights.Count == task.Classes
                ? [.. weights.Select(w => (float)w)]
                : throw new BadInputException(_isOneClass
                    ? $"class_weights has {weights.Count} numbers; task {task.Name} has one class: give one, the weight of its pixels."
                    : $"class_weights has {weights.Count} numbers; task {task.Name} has {task.Classes} classes, the background first.");
        }
    }

    /// <summary>Loss at the input's size.</summary>
    /// <param name="logits">(B, classes, H, W).</param>
    /// <param name="target">(B, 1, H, W): label values, or shares of the one class.</param>
    /// <returns>A scalar tensor.</returns>
    public Tensor Of(Tensor logits, Tensor target)
    {
        using var scope = NewDisposeScope();
        var weights = Weights();
        var (total, _, _) = _isOneClass
            ? Losses.BceDice(logits, target, weights)
            : Losses.CeDice(logits, target.squeeze(1).to(int64), weights);
        return total.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// As the other, plus the losses of the coarser scales against the target's means over as many pixels: the finest of them with the
    /// weight of the options, each next with half of it.
    /// </summary>
    /// <param name="logits">(B, classes, H, W).</param>
    /// <param name="coarse">(B, classes, h, w), coarsest first; H and W are multiples of h and w.</param>
    /// <param name="target">(B, 1, H, W).</param>
    public Tensor Of(Tensor logits, IReadOnlyList<Tensor> coarse, Tensor target)
    {
        using var scope = NewDisposeScope();
        var total = Of(logits, target);
        var shares = _isOneClass
            ? target
            : nn.functional.one_hot(target.squeeze(1).to(int64), logits.shape[1]).permute(0, 3, 1, 2).to(logits.dtype); // (B, K, H, W)
        var (classWeights, weight) = (Weights(), _coarseWeight);
        for (var i = coarse.Count - 1; i >= 0; i--, weight /= 2)
        {
            var means = nn.functional.avg_pool2d(shares, target.shape[2] / coarse[i].shape[2]); // (B, K, h, w)
            var (own, _, _) = _isOneClass
                ? Losses.BceDice(coarse[i], means, classWeights)
                : Losses.SoftCeDice(coarse[i], means, classWeights);
            total = total.Plus(own.Times(weight));
        }

        return total.MoveToOuterDisposeScope();
    }

    private Tensor? Weights() => _classWeights is null ? null : tensor(_classWeights);
}
