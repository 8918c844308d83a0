using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VMUNet.Model.Scan;

/// <summary>
/// Memory of one depth-wise convolution: contiguous float32, lent by tensors that the caller keeps alive.
/// </summary>
internal readonly unsafe struct DepthwiseArguments
{
    public required int Batch { get; init; }

    public required int Height { get; init; }

    public required int Width { get; init; }

    public required int Channels { get; init; }

    /// <summary>(B, H, W, D).</summary>
    public required float* X { get; init; }

    /// <summary>(9, D): the taps row by row.</summary>
    public required float* Weight { get; init; }

    /// <summary>(D).</summary>
    public required float* Bias { get; init; }

    /// <summary>Forward: (B, H, W, D), written. Backward: the loss by it, read.</summary>
    public required float* Y { get; init; }

    /// <summary>Backward only: (B, H, W, D), the loss by x, written.</summary>
    public float* XGradient { get; init; }

    /// <summary>Backward only: (B, 10, D), the loss by the nine taps and the bias, written.</summary>
    public float* WeightGradient { get; init; }
}

/// <summary>
/// Depth-wise 3x3 convolution with padding 1 and bias, followed by SiLU, in one pass over channels-last memory: half of
/// torch's processor time forward, four fifths with the backward pass (tests/VMUNet.Benchmarks/results).
/// </summary>
internal static unsafe class DepthwiseKernel<TLanes, V>
    where TLanes : struct, ILanes<V>
    where V : unmanaged
{
    private const int Taps = 9;

    /// <summary>Writes one row of one image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ForwardRow(in DepthwiseArguments s, int image, int row)
    {
        int d = s.Channels, width = s.Width;
        float* middle = s.X + ((((long)image * s.Height) + row) * width * d);
        float* above = row > 0 ? middle - ((long)width * d) : null;
        float* below = row < s.Height - 1 ? middle + ((long)width * d) : null;
        float* y = s.Y + ((((long)image * s.Height) + row) * width * d);
        for (int c = 0; c < d; c += TLanes.Count)
        {
            ConvolveRow(
                Offset(above, c), middle + c, Offset(below, c), d, width, s.Weight + c, d,
                TLanes.Load(s.Bias + c), y + c, d, activate: true);
        }
    }

    /// <summary>Writes the gradients of one image and channel block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BackwardBlock(in DepthwiseArguments s, int image, int block)
    {
        int d = s.Channels, width = s.Width, height = s.Height, lanes = TLanes.Count, c = block * lanes;
        float* x = s.X + ((long)image * height * width * d) + c;
        float* dy = s.Y + ((long)image * height * width * d) + c;
        float* dx = s.XGradient + ((long)image * height * width * d) + c;
        float* dw = s.WeightGradient + ((long)image * (Taps + 1) * d) + c;
        float* weight = stackalloc float[Taps * lanes]; // the block's taps, turned by 180 degrees
        for (int tap = 0; tap < Taps; tap++)
        {
            TLanes.Store(TLanes.Load(s.Weight + ((long)tap * d) + c), weight + ((Taps - 1 - tap) * lanes));
            TLanes.Store(default, dw + ((long)tap * d));
        }

        long rowFloats = (long)width * lanes;
        float* inner = (float*)NativeMemory.AlignedAlloc((nuint)(height * rowFloats * sizeof(float)), 64);
        V bias = TLanes.Load(s.Bias + c), biasGradient = default;
        for (int row = 0; row < height; row++)
        {
            float* middle = x + ((long)row * width * d);
            float* above = row > 0 ? middle - ((long)width * d) : null;
            float* below = row < height - 1 ? middle + ((long)width * d) : null;
            float* pre = inner + (row * rowFloats);
            ConvolveRow(above, middle, below, d, width, s.Weight + c, d, bias, pre, lanes, activate: false);
            biasGradient = TLanes.Add(biasGradient, ThroughSilu(pre, dy + ((long)row * width * d), d, width));
            AddTapGradients(above, middle, below, d, width, pre, dw);
        }

        for (int row = 0; row < height; row++)
        {
            float* middle = inner + (row * rowFloats);
            float* above = row > 0 ? middle - rowFloats : null;
            float* below = row < height - 1 ? middle + rowFloats : null;
            ConvolveRow(
                above, middle, below, lanes, width, weight, lanes, default, dx + ((long)row * width * d), d,
                activate: false);
        }

        TLanes.Store(biasGradient, dw + ((long)Taps * d));
        NativeMemory.AlignedFree(inner);
    }

    /// <summary>
    /// One row, one channel block. <paramref name="above"/> and <paramref name="below"/> are null at the edges.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ConvolveRow(
        float* above, float* middle, float* below, int pitch, int width, float* weight, int weightPitch, V bias,
        float* to, int toPitch, bool activate)
    {
        V w0 = TLanes.Load(weight), w1 = TLanes.Load(weight + weightPitch);
        V w2 = TLanes.Load(weight + (2L * weightPitch));
        V w3 = TLanes.Load(weight + (3L * weightPitch)), w4 = TLanes.Load(weight + (4L * weightPitch));
        V w5 = TLanes.Load(weight + (5L * weightPitch)), w6 = TLanes.Load(weight + (6L * weightPitch));
        V w7 = TLanes.Load(weight + (7L * weightPitch)), w8 = TLanes.Load(weight + (8L * weightPitch));
        V a0 = default, a1 = default, a2 = default; // the column before, top to bottom
        V b0 = LoadOrZero(above, 0), b1 = TLanes.Load(middle), b2 = LoadOrZero(below, 0);
        for (int j = 0; j < width; j++)
        {
            V c0 = default, c1 = default, c2 = default;
            if (j < width - 1)
            {
                long next = (long)(j + 1) * pitch;
                c0 = LoadOrZero(above, next);
                c1 = TLanes.Load(middle + next);
                c2 = LoadOrZero(below, next);
            }

            V s = TLanes.MulAdd(a0, w0, bias), t = TLanes.Mul(b0, w1), u = TLanes.Mul(c0, w2);
            s = TLanes.MulAdd(a1, w3, s);
            t = TLanes.MulAdd(b1, w4, t);
            u = TLanes.MulAdd(c1, w5, u);
            s = TLanes.MulAdd(a2, w6, s);
            t = TLanes.MulAdd(b2, w7, t);
            u = TLanes.MulAdd(c2, w8, u);
            V sum = TLanes.Add(TLanes.Add(s, t), u);
            TLanes.Store(activate ? TLanes.Mul(sum, Sigmoid(sum)) : sum, to + ((long)j * toPitch));
            (a0, a1, a2, b0, b1, b2) = (b0, b1, b2, c0, c1, c2);
        }
    }

    /// <summary>Replaces a row before SiLU by the loss by it; returns the row's sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static V ThroughSilu(float* pre, float* dy, int pitch, int width)
    {
        V sum = default;
        for (int j = 0; j < width; j++)
        {
            float* at = pre + ((long)j * TLanes.Count);
            V x = TLanes.Load(at), sigmoid = Sigmoid(x);
            V slope = TLanes.MulAdd(TLanes.Mul(x, sigmoid), TLanes.Sub(TLanes.Fill(1f), sigmoid), sigmoid);
            V gradient = TLanes.Mul(slope, TLanes.Load(dy + ((long)j * pitch)));
            TLanes.Store(gradient, at);
            sum = TLanes.Add(sum, gradient);
        }

        return sum;
    }

    /// <summary>Adds one row's products of input and gradient to the nine taps.</summary>
    private static void AddTapGradients(
        float* above, float* middle, float* below, int pitch, int width, float* gradient, float* dw)
    {
        AddTapRow(above, pitch, width, gradient, dw, pitch);
        AddTapRow(middle, pitch, width, gradient, dw + (3L * pitch), pitch);
        AddTapRow(below, pitch, width, gradient, dw + (6L * pitch), pitch);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTapRow(float* x, int pitch, int width, float* gradient, float* dw, int dwPitch)
    {
        if (x == null)
        {
            return;
        }

        V left = TLanes.Load(dw), centre = TLanes.Load(dw + dwPitch), right = TLanes.Load(dw + (2L * dwPitch));
        V before = default, here = TLanes.Load(x);
        for (int j = 0; j < width; j++)
        {
            V after = j < width - 1 ? TLanes.Load(x + ((long)(j + 1) * pitch)) : default;
            V g = TLanes.Load(gradient + ((long)j * TLanes.Count));
            left = TLanes.MulAdd(before, g, left);
            centre = TLanes.MulAdd(here, g, centre);
            right = TLanes.MulAdd(after, g, right);
            (before, here) = (here, after);
        }

        TLanes.Store(left, dw);
        TLanes.Store(centre, dw + dwPitch);
        TLanes.Store(right, dw + (2L * dwPitch));
    }

    // Clamped so that no width of Exp2 leaves its range; at 126 the sigmoid is 1e-38 already.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Sigmoid(V x)
    {
        V exponent = TLanes.Mul(x, TLanes.Fill(-Exp2Terms.Log2E));
        exponent = TLanes.Max(TLanes.Min(exponent, TLanes.Fill(126f)), TLanes.Fill(-126f));
        return TLanes.OneOver(TLanes.Add(TLanes.Fill(1f), TLanes.Exp2(exponent)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V LoadOrZero(float* row, long offset) => row == null ? default : TLanes.Load(row + offset);

    private static float* Offset(float* row, int by) => row == null ? null : row + by;
}
