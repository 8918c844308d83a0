namespace VMUNet.Model.Checkpoints;

/// <summary>
/// The names and shapes that a network's checkpoint has (docs/architecture/vmunet.md), without building the network:
/// a file is held against them before anything of its claimed size is allocated.
/// </summary>
internal static class TensorShapes
{
    private const int Directions = 4;

    /// <summary>All tensors of a network.</summary>
    /// <exception cref="OverflowException">Sizes that no memory holds.</exception>
    public static Dictionary<string, long[]> Of(ModelConfig config)
    {
        var shapes = new Dictionary<string, long[]>(StringComparer.Ordinal);
        void Add(string name, params long[] shape) => shapes.Add(ModelConfig.Prefix + name, shape);
        void Norm(string name, long channels)
        {
            Add(name + ".weight", channels);
            Add(name + ".bias", channels);
        }

        long first = config.Dims[0];
        Add("patch_embed.proj.weight", first, config.InputChannels, 4, 4);
        Add("patch_embed.proj.bias", first);
        Norm("patch_embed.norm", first);
        for (int i = 0; i < 4; i++)
        {
            long encoder = config.Dims[i], decoder = config.Dims[3 - i];
            Blocks($"layers.{i}", config.Depths[i], encoder);
            Blocks($"layers_up.{i}", config.DepthsDecoder[i], decoder);
            if (i < 3)
            {
                Add($"layers.{i}.downsample.reduction.weight", 2 * encoder, 4 * encoder);
                Norm($"layers.{i}.downsample.norm", 4 * encoder);
            }

            if (i > 0)
            {
                Add($"layers_up.{i}.upsample.expand.weight", 4 * decoder, 2 * decoder);
                Norm($"layers_up.{i}.upsample.norm", decoder);
            }
        }

        Add("final_up.expand.weight", 4 * first, first);
        Norm("final_up.norm", first / 4);
        Add("final_conv.weight", config.Classes, first / 4, 1, 1);
        Add("final_conv.bias", config.Classes);
        return shapes;

        void Blocks(string stage, int depth, long c)
        {
            long d = 2 * c, r = (c + 15) / 16, n = config.StateSize;
            for (int b = 0; b < depth; b++)
            {
                string block = $"{stage}.blocks.{b}.", scan = block + "self_attention.";
                Norm(block + "ln_1", c);
                Add(scan + "x_proj_weight", Directions, r + (2 * n), d);
                Add(scan + "dt_projs_weight", Directions, d, r);
                Add(scan + "dt_projs_bias", Directions, d);
                Add(scan + "A_logs", Directions * d, n);
                Add(scan + "Ds", Directions * d);
                Add(scan + "in_proj.weight", 2 * d, c);
                Add(scan + "conv2d.weight", d, 1, 3, 3);
                Add(scan + "conv2d.bias", d);
                Norm(scan + "out_norm", d);
                Add(scan + "out_proj.weight", c, d);
            }
        }
    }
}
