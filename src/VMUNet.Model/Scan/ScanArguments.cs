namespace VMUNet.Model.Scan;

/// <summary>Memory of one forward scan: contiguous float32, lent by tensors that the caller keeps alive.</summary>
internal readonly unsafe struct ScanArguments
{
    /// <summary>Images B, token grid H x W, inner width D, rank R of delta.</summary>
    public required int Batch { get; init; }

    public required int Height { get; init; }

    public required int Width { get; init; }

    public required int Inner { get; init; }

    public required int Rank { get; init; }

    /// <summary>(B, L, D), row-major tokens, L = H * W.</summary>
    public required float* X { get; init; }

    /// <summary>(B, L, 4, R + 2N): per direction the rows of delta, then B, then C.</summary>
    public required float* Projected { get; init; }

    /// <summary>(4, D/lanes, R, lanes).</summary>
    public required float* DeltaWeight { get; init; }

    /// <summary>(4, D).</summary>
    public required float* DeltaBias { get; init; }

    /// <summary>(4, D/lanes, N, lanes): A * log2(e), A = -exp(A_log).</summary>
    public required float* A2 { get; init; }

    /// <summary>(D): the skip factors summed over the directions.</summary>
    public required float* SkipSum { get; init; }

    /// <summary>(4, L): the token of each step.</summary>
    public required int* Positions { get; init; }

    /// <summary>(B, L, D), written by the forward pass; not used by the backward pass.</summary>
    public float* Y { get; init; }

    /// <summary>
    /// (B, D/lanes, 4, ceil(L/64), N, lanes): the state before every 64th step; null if no one will ask.
    /// </summary>
    public float* Checkpoints { get; init; }

    public int Length => Height * Width;

    /// <summary>Numbers per token and direction in <see cref="Projected"/>.</summary>
    public int Stride => Rank + (2 * ScanLayout.States);
}

/// <summary>What the backward pass reads and writes beside <see cref="ScanArguments"/>.</summary>
internal readonly unsafe struct ScanGradients
{
    /// <summary>(B, L, D): the loss by y; read.</summary>
    public required float* Y { get; init; }

    /// <summary>(B, L, D): the loss by x.</summary>
    public required float* X { get; init; }

    /// <summary>(4, B * L, D): the loss by delta before softplus.</summary>
    public required float* Delta { get; init; }

    /// <summary>
    /// (B, groups, L, 4, 2N): the loss by B and C, a part for each group of channels; zeros at the start.
    /// </summary>
    public required float* StateInOut { get; init; }

    /// <summary>(B, 4, N, D): the loss by A.</summary>
    public required float* A { get; init; }

    /// <summary>(B, D): the loss by the skip factor, the same for all directions.</summary>
    public required float* Skip { get; init; }
}

/// <summary>Numbers that forward, backward and the caller's allocations share.</summary>
internal static class ScanLayout
{
    /// <summary>N: states per channel.</summary>
    public const int States = 16;

    /// <summary>K: row-major, column-major, and both reversed.</summary>
    public const int Directions = 4;

    /// <summary>Steps between two checkpoints; the scratch of one chunk fits a second-level cache.</summary>
    public const int Chunk = 64;

    /// <summary>
    /// Parts of an image's channels whose sums over channels are kept apart and added in order. A fixed number, so that
    /// results do not depend on how many threads share the work.
    /// </summary>
    public const int ChannelGroups = 2;

    public static int Chunks(int length) => (length + Chunk - 1) / Chunk;
}
