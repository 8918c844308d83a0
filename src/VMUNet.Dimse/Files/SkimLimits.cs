namespace VMUNet.Dimse;

/// <summary>What a <see cref="DataSetSkimmer"/> accepts of a data set.</summary>
public sealed record SkimLimits
{
    /// <summary>Sequences inside one another (default 32; real reports nest 10 to 15).</summary>
    public int MaxDepth { get; init; } = 32;

    /// <summary>Data elements in all, nested ones included (default 200000).</summary>
    public int MaxElements { get; init; } = 200_000;

    /// <summary>Items of one sequence, or fragments of one pixel data element (default 100000).</summary>
    public int MaxItems { get; init; } = 100_000;

    /// <summary>Bytes of one value kept in memory, from its start (default 16 KiB; two dozen values are kept).</summary>
    public int MaxValueBytes { get; init; } = 16_384;

    /// <summary>Bytes that a deflated data set may become (default 2 GiB).</summary>
    public long MaxInflated { get; init; } = 2L * 1024 * 1024 * 1024;

    /// <summary>How many times its own size a deflated data set may become, beside the first MiB (default 200).</summary>
    public int MaxInflatedFold { get; init; } = 200;
}
