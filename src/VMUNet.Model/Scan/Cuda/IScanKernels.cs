namespace VMUNet.Model.Scan.Cuda;

/// <summary>
/// The kernels of selective_scan.cu, compiled for one rank and number of states. Pointers are to contiguous float32 where the
/// kernels run; shapes stand in that file. A call may return before its work is done; later work on the same memory waits for it.
/// </summary>
internal interface IScanKernels
{
    /// <summary>Channels that one block of threads takes: the backward pass gives a part of dB and dC for each.</summary>
    int Block { get; }

    /// <summary>Each direction's outputs without the skip term.</summary>
    /// <param name="inputs">What the scan reads.</param>
    /// <param name="parts">(B, 4, L, D), written.</param>
    /// <param name="checkpoints">(B, 4, ceil(L / <see cref="KernelSource.Chunk"/>), N, D), written; 0 if no one will ask.</param>
    /// <param name="shape">Sizes.</param>
    void Forward(in ScanInputs inputs, nint parts, nint checkpoints, in ScanShape shape);

    /// <summary>Each direction's gradients.</summary>
    /// <param name="inputs">What the scan read.</param>
    /// <param name="checkpoints">What it kept.</param>
    /// <param name="gradient">(B, L, D): the loss by y.</param>
    /// <param name="outputs">Written.</param>
    /// <param name="shape">Sizes.</param>
    void Backward(in ScanInputs inputs, nint checkpoints, nint gradient, in ScanGradientParts outputs, in ScanShape shape);

    /// <summary>The sum of four directions and of skip * x.</summary>
    /// <param name="parts">(B, 4, L, D).</param>
    /// <param name="x">(B, L, D).</param>
    /// <param name="skip">(D).</param>
    /// <param name="sum">(B, L, D), written.</param>
    /// <param name="shape">Sizes.</param>
    void Merge(nint parts, nint x, nint skip, nint sum, in ScanShape shape);
}

/// <summary>What a scan reads.</summary>
/// <param name="X">(B, L, D).</param>
/// <param name="Projected">(B, L, 4, R + 2N).</param>
/// <param name="DeltaWeight">(4, R, D).</param>
/// <param name="DeltaBias">(4, D).</param>
/// <param name="A2">(4, N, D): A * log2(e).</param>
internal readonly record struct ScanInputs(nint X, nint Projected, nint DeltaWeight, nint DeltaBias, nint A2);

/// <summary>What the backward kernel writes.</summary>
/// <param name="X">(B, 4, L, D): the loss by x, without the skip term.</param>
/// <param name="Delta">(4, B * L, D): by delta before softplus.</param>
/// <param name="Rows">(B, blocks, L, 4, 2N): by B and C, a part for each block of channels.</param>
/// <param name="A">(B, 4, N, D): by A.</param>
internal readonly record struct ScanGradientParts(nint X, nint Delta, nint Rows, nint A);
