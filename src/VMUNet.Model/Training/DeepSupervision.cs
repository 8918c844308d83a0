using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace VMUNet.Model;

/// <summary>
/// Heads of a training with losses at coarser scales (Lee et al. 2015, "Deeply-supervised nets"): a 1x1 convolution on each of the first
/// three decoder stages. They are trained and kept in the checkpoint, but are no part of the model.
/// </summary>
internal sealed class DeepSupervision : Module<Tensor[], Tensor[]>
{
    /// <summary>Decoder stages with a head: those at 1/32, 1/16 and 1/8 of the input's size.</summary>
    public const int Stages = 3;

    [ComponentName(Name = "heads")]
    private readonly ModuleList<Linear> _heads = [];

    /// <summary>Heads for a network of these sizes, with random weights as the network's own linear layers have.</summary>
    public DeepSupervision(ModelConfig config, int seed)
        : base(nameof(DeepSupervision))
    {
        for (var stage = 0; stage < Stages; stage++)
        {
            _heads.Add(Linear(config.Dims[^(stage + 1)], config.Classes));
        }

        RegisterComponents();
        Initialisation.Apply(this, seed);
    }

    /// <summary>Logits of each stage.</summary>
    /// <param name="stages">Outputs of the decoder stages (B, h, w, C), coarsest first.</param>
    /// <returns>(B, classes, h, w) each, in the same order.</returns>
    public override Tensor[] forward(Tensor[] stages) =>
        [.. _heads.Zip(stages, (head, stage) => head.forward(stage).permute(0, 3, 1, 2).contiguous())];
}
