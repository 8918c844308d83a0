using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace VMUNet.Model.Scan;

/// <summary>
/// Layer normalisation over the last axis, and what follows it in the block, in one pass: for inference on AVX-512, where torch's
/// operators would read and write the feature map four times.
/// </summary>
internal static unsafe class NormKernel
{
    private const int Lanes = 16;
    private const int BlockRows = 64;

    /// <summary>Whether this processor has it for so many channels.</summary>
    public static bool Serves(long channels) => Avx512F.IsSupported && channels % Lanes == 0;

    /// <summary>Whether it serves this norm: of so many channels, on the CPU.</summary>
    public static bool Serves(LayerNorm norm) => norm.weight!.device_type == DeviceType.CPU && Serves(norm.weight.numel());

    /// <summary>norm(x).</summary>
    /// <param name="x">(..., C), contiguous.</param>
    /// <param name="norm">Over C.</param>
    public static Tensor Of(Tensor x, LayerNorm norm) => Run(x, norm, null);

    /// <summary>norm(x) * SiLU(gate).</summary>
    /// <param name="x">(..., C), contiguous.</param>
    /// <param name="norm">Over C.</param>
    /// <param name="gate">As many numbers as x.</param>
    public static Tensor Gated(Tensor x, LayerNorm norm, Tensor gate) => Run(x, norm, gate);

    private static Tensor Run(Tensor x, LayerNorm norm, Tensor? gate)
    {
        int channels = (int)x.shape[^1], rows = (int)(x.numel() / channels);
        Tensor y = empty_like(x);
        float* from = TensorMemory.Floats(x), to = TensorMemory.Floats(y), by = gate is null ? null : TensorMemory.Floats(gate);
        float* weight = TensorMemory.Floats(norm.weight!), bias = TensorMemory.Floats(norm.bias!);
        float epsilon = (float)norm.eps;
        WorkItems.Run((rows + BlockRows - 1) / BlockRows, TorchRuntime.Threads, block =>
        {
            for (int row = block * BlockRows; row < Math.Min(rows, (block + 1) * BlockRows); row++)
            {
                long at = (long)row * channels;
                Row(from + at, by == null ? null : by + at, weight, bias, to + at, channels, epsilon);
            }
        });
        return y;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row(float* x, float* gate, float* weight, float* bias, float* y, int channels, float epsilon)
    {
        Vector512<float> sum = default, squares = default;
        for (int c = 0; c < channels; c += Lanes)
        {
            sum += Vector512.Load(x + c);
        }

        // The variance in a second pass: in one, it would be a difference of large numbers.
        Vector512<float> mean = Vector512.Create(Vector512.Sum(sum) / channels);
        for (int c = 0; c < channels; c += Lanes)
        {
            Vector512<float> d = Vector512.Load(x + c) - mean;
            squares = Avx512F.FusedMultiplyAdd(d, d, squares);
        }

        Vector512<float> scale = Vector512.Create(1 / MathF.Sqrt((Vector512.Sum(squares) / channels) + epsilon));
        for (int c = 0; c < channels; c += Lanes)
        {
            Vector512<float> d = (Vector512.Load(x + c) - mean) * scale;
            Vector512<float> n = Avx512F.FusedMultiplyAdd(d, Vector512.Load(weight + c), Vector512.Load(bias + c));
            if (gate != null)
            {
                Vector512<float> z = Vector512.Load(gate + c);
                n *= z * Sigmoid(z);
            }

            n.Store(y + c);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sigmoid(Vector512<float> x)
    {
        Vector512<float> e = Lanes512<FullExp2>.Exp2(x * Vector512.Create(-Exp2Terms.Log2E)); // infinite far below: 1 / it is 0
        return Vector512<float>.One / (Vector512<float>.One + e);
    }
}
