using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace VMUNet.Model.Scan;

/// <summary>Vector widths of the managed kernels.</summary>
internal enum ScanLanes
{
    /// <summary>The widest that this processor has and that divides the number of channels.</summary>
    Best,

    /// <summary>AVX-512, 16 channels.</summary>
    Vector512,

    /// <summary>AVX2 with FMA, 8 channels.</summary>
    Vector256,

    /// <summary>Portable, 4 channels.</summary>
    Vector128,
}

/// <summary>
/// The fused managed kernels with their own backward passes: float32 on the CPU, 16 states, channels a multiple of
/// four. Threads: <see cref="TorchRuntime.Threads"/> of the calling thread; results are the same bits for any number.
/// </summary>
internal sealed class ManagedScan(ScanLanes lanes = ScanLanes.Best) : ISelectiveScan
{
    /// <inheritdoc/>
    public Tensor Scan(
        Tensor x, Tensor projected, Tensor deltaWeight, Tensor deltaBias,
        Tensor aLogs, Tensor skip, int height, int width)
    {
        ScanShape shape = ScanShape.Check(x, projected, deltaWeight, deltaBias, aLogs, skip, height, width);
        if (shape.States != ScanLayout.States)
        {
            throw new ArgumentException(
                $"The managed scan has {ScanLayout.States} states, came {shape.States}.", nameof(aLogs));
        }

        var call = new ScanCall(shape, Choose(lanes, shape.Inner), TorchRuntime.Threads);
        return NeedsGradient(x, projected, deltaWeight, deltaBias, aLogs, skip)
            ? ScanFunction.apply(x, projected, deltaWeight, deltaBias, aLogs, skip, call)
            : call.Forward(x, projected, deltaWeight, deltaBias, aLogs, skip, null);
    }

    /// <summary>Weights laid ready for <see cref="Scan(Tensor, Tensor, ScanWeights, int, int, Precision)"/>.</summary>
    public ScanWeights Prepare(Tensor deltaWeight, Tensor deltaBias, Tensor aLogs, Tensor skip) =>
        ScanWeights.Of(deltaWeight, deltaBias, aLogs, skip, Count(Choose(lanes, (int)deltaWeight.shape[1])));

    /// <summary>The scan with weights that were laid ready; for inference.</summary>
    /// <param name="x">(B, L, D).</param>
    /// <param name="projected">(B, L, 4 (R + 2N)).</param>
    /// <param name="weights">Of a scan with as many states as the kernels have.</param>
    /// <param name="height">Rows of tokens; with <paramref name="width"/>, L in all.</param>
    /// <param name="width">Columns.</param>
    /// <param name="precision">Of decays and deltas.</param>
    public Tensor Scan(Tensor x, Tensor projected, ScanWeights weights, int height, int width, Precision precision)
    {
        var shape = new ScanShape(
            (int)x.shape[0], height, width, (int)x.shape[2], (int)weights.Delta.shape[2], ScanLayout.States);
        return new ScanCall(shape, Choose(lanes, shape.Inner), TorchRuntime.Threads, precision).Forward(x, projected, weights, null);
    }

    /// <inheritdoc/>
    public Tensor ConvolveSilu(Tensor x, Tensor weight, Tensor bias) => ConvolveSilu(x, weight, bias, Precision.Fp32);

    /// <summary>The same with SiLU to the given precision.</summary>
    public Tensor ConvolveSilu(Tensor x, Tensor weight, Tensor bias, Precision precision)
    {
        long d = x.shape[^1];
        if (x.dim() != 4 || !weight.shape.AsSpan().SequenceEqual([d, 1, 3, 3]) || bias.numel() != d)
        {
            throw new ArgumentException(
                $"Expected (B, H, W, D), (D, 1, 3, 3), (D); came {Sizes(x)}, {Sizes(weight)}, {Sizes(bias)}.",
                nameof(x));
        }

        var call = new DepthwiseCall(Choose(lanes, (int)d), TorchRuntime.Threads, precision);
        return NeedsGradient(x, weight, bias)
            ? DepthwiseFunction.apply(x, weight, bias, call)
            : call.Forward(x, weight, bias);
    }

    /// <summary>Whether the processor has this width.</summary>
    internal static bool IsSupported(ScanLanes lanes) => lanes switch
    {
        ScanLanes.Vector512 => Avx512F.IsSupported,
        ScanLanes.Vector256 => Avx2.IsSupported && Fma.IsSupported,
        _ => true,
    };

    /// <summary>The width that serves this number of channels.</summary>
    /// <exception cref="ArgumentException">None does, or the processor lacks the wanted one.</exception>
    internal static ScanLanes Choose(ScanLanes wanted, int channels)
    {
        if (channels % 4 != 0)
        {
            throw new ArgumentException($"The managed kernels take a multiple of 4 channels, came {channels}.");
        }

        if (wanted != ScanLanes.Best)
        {
            return IsSupported(wanted) && channels % Count(wanted) == 0
                ? wanted
                : throw new ArgumentException($"{wanted} cannot serve {channels} channels on this processor.");
        }

        return IsSupported(ScanLanes.Vector512) && channels % 16 == 0 ? ScanLanes.Vector512
            : IsSupported(ScanLanes.Vector256) && channels % 8 == 0 ? ScanLanes.Vector256
            : ScanLanes.Vector128;
    }

    /// <summary>Channels of a width.</summary>
    internal static int Count(ScanLanes lanes) => lanes switch
    {
        ScanLanes.Vector512 => Vector512<float>.Count,
        ScanLanes.Vector256 => Vector256<float>.Count,
        _ => Vector128<float>.Count,
    };

    /// <summary>Whether a graph has to be recorded for these.</summary>
    internal static bool NeedsGradient(params ReadOnlySpan<Tensor> tensors)
    {
        if (!is_grad_enabled())
        {
            return false;
        }

        foreach (Tensor t in tensors)
        {
            if (t.requires_grad)
            {
                return true;
            }
        }

        return false;
    }

    private static string Sizes(Tensor t) => $"({string.Join(", ", t.shape)})";
}

/// <summary>Lends the memory of CPU tensors to the kernels.</summary>
internal static unsafe class TensorMemory
{
    /// <summary>The first element of a contiguous float32 CPU tensor, valid while the tensor lives.</summary>
    /// <exception cref="ArgumentException">Another layout, element type or device.</exception>
    public static float* Floats(Tensor t)
    {
        if (t.dtype != ScalarType.Float32 || t.device_type != DeviceType.CPU || !t.is_contiguous())
        {
            throw new ArgumentException(
                $"The managed kernels take contiguous float32 tensors on the CPU, came {t.dtype} on {t.device_type}.");
        }

        return (float*)First(t);
    }

    /// <summary>The first element of a contiguous int32 CPU tensor, valid while the tensor lives.</summary>
    /// <exception cref="ArgumentException">Another layout, element type or device.</exception>
    public static int* Integers(Tensor t) =>
        t.dtype == ScalarType.Int32 && t.device_type == DeviceType.CPU && t.is_contiguous()
            ? (int*)First(t)
            : throw new ArgumentException($"Expected a contiguous int32 tensor on the CPU, came {t.dtype} on {t.device_type}.");

    /// <summary>The first element of a contiguous bfloat16 CPU tensor, valid while the tensor lives.</summary>
    /// <exception cref="ArgumentException">Another layout, element type or device.</exception>
    public static ushort* Narrow(Tensor t) =>
        t.dtype == ScalarType.BFloat16 && t.device_type == DeviceType.CPU && t.is_contiguous()
            ? (ushort*)First(t)
            : throw new ArgumentException($"Expected a contiguous bfloat16 tensor on the CPU, came {t.dtype} on {t.device_type}.");

    // Native memory: it does not move, so the reference may become a pointer.
    private static void* First(Tensor t) =>
        System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetReference(t.bytes));
}
