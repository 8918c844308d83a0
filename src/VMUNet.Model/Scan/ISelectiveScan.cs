using static TorchSharp.torch;

namespace VMUNet.Model.Scan;

/// <summary>
/// The two operators at the core of SS2D, both differentiable, both on channels-last tensors. Equations and shapes:
/// docs/architecture/selective-scan.md.
/// </summary>
internal interface ISelectiveScan
{
    /// <summary>Four directional scans over the token grid, summed, with the skip term.</summary>
    /// <param name="x">(B, L, D), tokens in row-major order, L = height * width.</param>
    /// <param name="projected">(B, L, 4 * (R + 2N)): x_proj's output; per direction R of delta, N of B, N of C.</param>
    /// <param name="deltaWeight">(4, D, R): dt_projs_weight.</param>
    /// <param name="deltaBias">(4, D): dt_projs_bias.</param>
    /// <param name="aLogs">(4D, N): A_logs; A = -exp of it.</param>
    /// <param name="skip">(4D): Ds.</param>
    /// <param name="height">Rows of the grid.</param>
    /// <param name="width">Columns of the grid.</param>
    /// <returns>(B, L, D).</returns>
    Tensor Scan(
        Tensor x, Tensor projected, Tensor deltaWeight, Tensor deltaBias,
        Tensor aLogs, Tensor skip, int height, int width);

    /// <summary>SiLU of the depth-wise 3x3 convolution with padding 1.</summary>
    /// <param name="x">(B, H, W, D).</param>
    /// <param name="weight">(D, 1, 3, 3).</param>
    /// <param name="bias">(D).</param>
    /// <returns>(B, H, W, D), contiguous.</returns>
    Tensor ConvolveSilu(Tensor x, Tensor weight, Tensor bias);
}
