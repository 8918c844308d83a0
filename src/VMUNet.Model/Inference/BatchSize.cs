namespace VMUNet.Model;

/// <summary>How many slices go through the network at once.</summary>
internal static class BatchSize
{
    /// <summary>On the CPU one slice uses every core already; a few save some calls.</summary>
    public const int Cpu = 4;

    /// <summary>Above this a device is busy anyway, and a volume has not many more.</summary>
    public const int Most = 64;

    // What libtorch keeps in reserve, fragments, and other programs that come later.
    private const double Usable = 0.7;

    /// <summary>Slices that fit a device's free memory.</summary>
    /// <param name="config">The network.</param>
    /// <param name="size">Side of its input.</param>
    /// <param name="freeBytes">Free memory with the network's weights in it.</param>
    /// <returns>At least 1: if not even one fits, the device will say so.</returns>
    public static int For(ModelConfig config, int size, long freeBytes) =>
        (int)Math.Clamp((long)(freeBytes * Usable) / BytesPerSlice(config, size), 1, Most);

    /// <summary>
    /// Memory of one slice at the network's fullest moments: inside the first stage's scan, where x, the gate, the four directions'
    /// outputs and rows lie side by side with the skips, and in the last expansion, before and after its norm.
    /// </summary>
    public static long BytesPerSlice(ModelConfig config, int size)
    {
        long tokens = (long)(size / 4) * (size / 4), channels = config.Dims[0], inner = 2 * channels;
        long rows = 4 * ((channels + 15) / 16 + (2 * config.StateSize));
        long scan = tokens * ((10 * inner) + rows + (4 * channels));
        long expansion = tokens * 16 * ((3 * channels / 4) + (3 * config.Classes));
        return sizeof(float) * (Math.Max(scan, expansion) + (3L * size * size));
    }
}
