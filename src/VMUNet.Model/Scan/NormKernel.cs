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
    /// <param name="narrow">Whether the result is to be rounded to bfloat16, for a product that takes such rows.</param>
    public static Tensor Of(Tensor x, LayerNorm norm, bool narrow = false) => Run<FullExp2>(x, norm, null, narrow);

    /// <summary>norm(x) * SiLU(gate).</summary>
    /// <param name="x">(..., C), contiguous.</param>
    /// <param name="norm">Over C.</param>
    /// <param name="gate">As many numbers as x.</param>
    /// <param name="precision">Of SiLU.</param>
    /// <param name="narrow">As above.</param>
    public static Tensor Gated(Tensor x, LayerNorm norm, Tensor gate, Precision precision, bool narrow) =>
        precision == Precision.Fast ? Run<ShortExp2>(x, norm, gate, narrow) : Run<FullExp2>(x, norm, gate, narrow);

    private static Tensor Run<TExp2>(Tensor x, LayerNorm norm, Tensor? gate, bool narrow)
        where TExp2 : struct, IExp2
    {
        int channels = (int)x.shape[^1], rows = (int)(x.numel() / channels);
        Tensor y = narrow ? empty_like(x, ScalarType.BFloat16) : empty_like(x);
        float* from = TensorMemory.Floats(x), by = gate is null ? null : TensorMemory.Floats(gate);
        float* to = narrow ? null : TensorMemory.Floats(y);
        ushort* toNarrow = narrow ? TensorMemory.Narrow(y) : null;
        float* weight = TensorMemory.Floats(norm.weight!), bias = TensorMemory.Floats(norm.bias!);
        float epsilon = (float)norm.eps;
        WorkItems.Run((rows + BlockRows - 1) / BlockRows, TorchRuntime.Threads, block =>
        {
            for (int row = block * BlockRows; row < Math.Min(rows, (block + 1) * BlockRows); row++)
            {
                long at = (long)row * channels;
                float* gateRow = by == null ? null : by + at;
                Row<TExp2>(from + at, gateRow, weight, bias, to == null ? null : to + at, toNarrow + at, channels, epsilon);
            }
        });
        return y;
    }

    /// <summary>One row, to <paramref name="y"/> or, where that is null, to <paramref name="narrow"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row<TExp2>(float* x, float* gate, float* weight, float* bias, float* y, ushort* narrow, int channels, float epsilon)
        where TExp2 : struct, IExp2
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
                n *= z * Sigmoid<TExp2>(z);
            }

            if (y != null)
            {
                n.Store(y + c);
            }
            else
            {
                NarrowKernel.Round(n).Store(narrow + c);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sigmoid<TExp2>(Vector512<float> x)
        where TExp2 : struct, IExp2
    {
        Vector512<float> e = Lanes512<TExp2>.Exp2(x * Vector512.Create(-Exp2Terms.Log2E)); // infinite far below: 1 / it is 0
        return Lanes512<TExp2>.OneOver(Vector512<float>.One + e);
    }
}
