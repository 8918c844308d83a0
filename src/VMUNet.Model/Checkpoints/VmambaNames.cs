using System.Text.RegularExpressions;
using VMUNet.Imaging;

namespace VMUNet.Model.Checkpoints;

/// <summary>Which tensor of a checkpoint each tensor of a network takes.</summary>
/// <param name="Sources">Name in the network, name in the checkpoint.</param>
/// <param name="Kept">Names of the network that the checkpoint has nothing for: they keep their start values.</param>
/// <param name="Unused">Names of the checkpoint that the network has no place for.</param>
internal sealed record TensorPlan(
    IReadOnlyDictionary<string, string> Sources, IReadOnlyList<string> Kept, IReadOnlyList<string> Unused);

/// <summary>
/// The official way from an ImageNet checkpoint of VMamba (January 2024) into a VM-UNet: the encoder by name, each
/// decoder stage from the first blocks of the encoder stage of its width (docs/architecture/vmunet.md).
/// </summary>
/// <remarks>
/// Stricter than the official loader, which drops what it does not know: only the classifier, blocks beyond the
/// network's depth, and the decoder's own expansion may be left over.
/// </remarks>
internal static partial class VmambaNames
{
    /// <summary>Whether these are the names of a VMamba without a decoder.</summary>
    public static bool Match(IReadOnlyDictionary<string, long[]> shapes) =>
        shapes.ContainsKey("patch_embed.proj.weight") && !shapes.Keys.Any(n => n.StartsWith("layers_up.", StringComparison.Ordinal));

    /// <summary>The sizes of the network that such a checkpoint starts.</summary>
    /// <param name="shapes">Of the checkpoint.</param>
    /// <param name="classes">Output channels wanted.</param>
    /// <param name="source">Name of the file, for messages.</param>
    /// <exception cref="BadInputException">A later generation of VMamba, or something else.</exception>
    public static ModelConfig ConfigOf(IReadOnlyDictionary<string, long[]> shapes, int classes, string source)
    {
        const string States = "layers.0.blocks.0.self_attention.A_logs";
        if (shapes.Keys.FirstOrDefault(n => n.Contains(".op.", StringComparison.Ordinal) || n.Contains(".mlp.", StringComparison.Ordinal)) is { } later)
        {
            throw new BadInputException(
                $"{source} is of a later VMamba, whose blocks differ ({later}); take a VMamba of January 2024, such as vssmsmall_dp03_ckpt_epoch_238.pth.");
        }

        if (!shapes.TryGetValue(States, out long[]? states) || states.Length != 2
            || shapes["patch_embed.proj.weight"] is not [>= 4 and <= ushort.MaxValue, > 0 and <= ushort.MaxValue, 4, 4])
        {
            throw new BadInputException($"{source} holds no weights of a VMamba: {States} or a patch embedding of 4x4 is missing.");
        }

        int first = (int)shapes["patch_embed.proj.weight"][0];
        return new ModelConfig
        {
            Dims = [first, 2 * first, 4 * first, 8 * first],
            InputChannels = (int)shapes["patch_embed.proj.weight"][1],
            StateSize = checked((int)Math.Min(states[1], int.MaxValue)),
            Classes = classes,
        };
    }

    /// <summary>Finds a source for each tensor of the network.</summary>
    /// <exception cref="BadInputException">Missing, unexpected or mis-shaped tensors; each is named.</exception>
    public static TensorPlan Plan(ModelConfig config, IReadOnlyDictionary<string, long[]> shapes, string source)
    {
        var sources = new Dictionary<string, string>(StringComparer.Ordinal);
        List<string> kept = [], missing = [];
        List<MisShapedTensor> misShaped = [];
        foreach ((string name, long[] shape) in TensorShapes.Of(config))
        {
            string inner = name[ModelConfig.Prefix.Length..];
            string from = DecoderBlock().Replace(inner, m => $"layers.{3 - int.Parse(m.Groups[1].ValueSpan, provider: null)}.blocks.");
            if (shapes.TryGetValue(from, out long[]? came))
            {
                sources.Add(name, from);
                if (!came.AsSpan().SequenceEqual(shape))
                {
                    misShaped.Add(new MisShapedTensor(name, shape, came));
                }
            }
            else
            {
                (OwnOfTheDecoder().IsMatch(inner) ? kept : missing).Add(name);
            }
        }

        var used = sources.Values.ToHashSet(StringComparer.Ordinal);
        ILookup<bool, string> rest = shapes.Keys.Where(n => !used.Contains(n)).ToLookup(n => MayBeLeft(n, config));
        new TensorFit(missing, [.. rest[false]], misShaped).Demand(source);
        return new TensorPlan(sources, kept, [.. rest[true]]);
    }

    private static bool MayBeLeft(string name, ModelConfig config)
    {
        Match block = EncoderBlock().Match(name);
        return Classifier().IsMatch(name)
            || (block.Success && int.TryParse(block.Groups[2].ValueSpan, out int b) && block.Groups[1].Value[0] - '0' is var stage
                && b >= Math.Max(config.Depths[stage], config.DepthsDecoder[3 - stage]));
    }

    [GeneratedRegex(@"^layers_up\.([0-3])\.blocks\.")]
    private static partial Regex DecoderBlock();

    [GeneratedRegex(@"^layers\.([0-3])\.blocks\.(\d+)\.")]
    private static partial Regex EncoderBlock();

    [GeneratedRegex(@"^(layers_up\.[1-3]\.upsample|final_up|final_conv)\.")]
    private static partial Regex OwnOfTheDecoder();

    [GeneratedRegex(@"^(norm|head)\.(weight|bias)$")]
    private static partial Regex Classifier();
}
