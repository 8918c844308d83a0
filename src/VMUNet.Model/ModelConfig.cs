using System.Globalization;
using VMUNet.Model.Scan;

namespace VMUNet.Model;

/// <summary>Which implementation of the selective scan a network uses.</summary>
public enum ScanKind
{
    /// <summary>Torch operators step by step: any element type and device, slow; the oracle.</summary>
    Reference,

    /// <summary>The fused managed kernels: float32 on the CPU.</summary>
    Managed,

    /// <summary>Torch operators on about sqrt(L) chunks at once: any element type and device.</summary>
    Chunked,

    /// <summary>Kernels of our own on a CUDA device; where they cannot be had, as <see cref="Chunked"/>, which is said once.</summary>
    Cuda,
}

/// <summary>Sizes of a VM-UNet.</summary>
public sealed record ModelConfig
{
    /// <summary>The name of every tensor in an official checkpoint starts with this.</summary>
    internal const string Prefix = "vmunet.";

    /// <summary>Blocks of the four encoder stages, finest first.</summary>
    public int[] Depths { get; init; } = [2, 2, 2, 2];

    /// <summary>Blocks of the four decoder stages, coarsest first.</summary>
    public int[] DepthsDecoder { get; init; } = [2, 2, 2, 1];

    /// <summary>
    /// Channels of the four stages, finest first; each twice the one before, the first a multiple of 4.
    /// </summary>
    public int[] Dims { get; init; } = [96, 192, 384, 768];

    /// <summary>States per channel of the scan (d_state).</summary>
    public int StateSize { get; init; } = ScanLayout.States;

    /// <summary>Output channels: 1 for a binary mask, else one for each label and one for the background.</summary>
    public required int Classes { get; init; }

    /// <summary>
    /// Channels of the first convolution; an image of one channel is repeated to as many.
    /// </summary>
    public int InputChannels { get; init; } = 3;

    /// <summary>Largest rate of stochastic depth in training; 0 for none. Not stored in a checkpoint.</summary>
    public double DropPathRate { get; init; }

    /// <summary>Reads the sizes off the shapes of a checkpoint with official names.</summary>
    /// <exception cref="ArgumentException">
    /// A tensor that the sizes are read from is missing or has another rank.
    /// </exception>
    public static ModelConfig FromTensors(IReadOnlyDictionary<string, long[]> shapes)
    {
        long[] Shape(string name, int rank) =>
            shapes.TryGetValue(Prefix + name, out long[]? shape) && shape.Length == rank
                ? shape
                : throw new ArgumentException($"No tensor {Prefix}{name} of rank {rank}.", nameof(shapes));

        int[] Blocks(string stages)
        {
            var counts = new int[4];
            for (int i = 0; i < counts.Length; i++)
            {
                string at = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{stages}.{i}.blocks.");
                while (shapes.ContainsKey($"{at}{counts[i]}.ln_1.weight"))
                {
                    counts[i]++;
                }
            }

            return counts;
        }

        int first = checked((int)Shape("patch_embed.proj.weight", 4)[0]);
        return new ModelConfig
        {
            Depths = Blocks("layers"),
            DepthsDecoder = Blocks("layers_up"),
            Dims = [first, 2 * first, 4 * first, 8 * first],
            StateSize = checked((int)Shape("layers.0.blocks.0.self_attention.A_logs", 2)[1]),
            Classes = checked((int)Shape("final_conv.weight", 4)[0]),
            InputChannels = checked((int)Shape("patch_embed.proj.weight", 4)[1]),
        }.Checked();
    }

    /// <summary>Returns this record, or says what is wrong with it.</summary>
    /// <exception cref="ArgumentException">Sizes that no network can have.</exception>
    internal ModelConfig Checked()
    {
        if (Depths.Length != 4 || DepthsDecoder.Length != 4 || Dims.Length != 4
            || Depths.Any(n => n < 1) || DepthsDecoder.Any(n => n < 1))
        {
            throw new ArgumentException(
                "A VM-UNet has four encoder and four decoder stages of at least one block each.");
        }

        if (Dims[0] < 4 || Dims[0] % 4 != 0
            || Dims[1] != 2 * Dims[0] || Dims[2] != 2 * Dims[1] || Dims[3] != 2 * Dims[2])
        {
            throw new ArgumentException(
                $"Channels double from stage to stage and start at a multiple of 4, came {string.Join(", ", Dims)}.");
        }

        return StateSize < 1 || Classes < 1 || InputChannels < 1 || DropPathRate is < 0 or >= 1
            ? throw new ArgumentException(
                "States, classes and input channels are at least 1, the drop path rate in [0, 1).")
            : this;
    }
}
