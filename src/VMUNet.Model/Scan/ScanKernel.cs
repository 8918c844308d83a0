using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace VMUNet.Model.Scan;

/// <summary>
/// The fused selective scan on the CPU: delta projection, softplus, the four walks, their sum and the skip term in one
/// pass over channels-last memory. One call handles one image and one block of neighbouring channels for all four
/// directions in a fixed order, so blocks may run on any number of threads and give the same bits. Equations:
/// docs/architecture/selective-scan.md.
/// </summary>
internal static unsafe partial class ScanKernel<TLanes, V>
    where TLanes : struct, ILanes<V>
    where V : unmanaged
{
    private const int N = ScanLayout.States;
    private const int PrefetchSteps = 6;

    /// <summary>Blocks of channels in an image.</summary>
    public static int BlocksOf(int inner) => inner / TLanes.Count;

    /// <summary>Writes y (and checkpoints, if asked for) of one image and channel block.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(in ScanArguments s, int image, int block)
    {
        int lanes = TLanes.Count, c0 = block * lanes, states = N * lanes;
        int length = s.Length, inner = s.Inner, rank = s.Rank, stride = s.Stride;
        int chunks = ScanLayout.Chunks(length);
        float* x = s.X + ((long)image * length * inner) + c0;
        float* y = s.Y + ((long)image * length * inner) + c0;
        float* projected = s.Projected + ((long)image * length * ScanLayout.Directions * stride);
        long pitch = ScanLayout.Directions * (long)stride;
        byte* stack = stackalloc byte[((N + ScanLayout.Chunk) * lanes * sizeof(float)) + CacheLine];
        float* h = Aligned(stack), deltas = h + states;

        for (int k = 0; k < ScanLayout.Directions; k++)
        {
            float* rows = projected + ((long)k * stride);
            float* a2 = s.A2 + WeightIndex(k, block, N, inner), weight = s.DeltaWeight + WeightIndex(k, block, rank, inner);
            float* skip = k == 0 ? s.SkipSum + c0 : null;
            float* checkpoint = s.Checkpoints == null
                ? null
                : s.Checkpoints + (CheckpointIndex(image, block, k, inner, chunks) * states);
            V bias = TLanes.Load(s.DeltaBias + ((long)k * inner) + c0);
            long ahead = PrefetchSteps * (long)new Walk(k, s.Height, s.Width).Step * inner;
            new Span<float>(h, states).Clear();
            for (int first = 0; first < length; first += ScanLayout.Chunk)
            {
                if (checkpoint != null)
                {
                    new ReadOnlySpan<float>(h, states).CopyTo(new Span<float>(checkpoint, states));
                    checkpoint += states;
                }

                // deltas in a loop of their own: each is a long chain, and those of several steps then run side by side.
                int steps = Math.Min(ScanLayout.Chunk, length - first);
                int* positions = s.Positions + ((long)k * length) + first;
                Deltas(rows, pitch, positions, steps, weight, rank, bias, deltas);
                Steps(h, x, y, inner, skip, rows + rank, pitch, positions, steps, ahead, deltas, a2);
            }
        }
    }

    /// <summary>
    /// One chunk of steps of one direction, from and to the states at <paramref name="h"/>. A method of its own, without a call
    /// inside: otherwise the compiler keeps the states in memory.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Steps(
        float* h, float* x, float* y, long inner, float* skip, float* stateIn, long pitch, int* positions, int steps, long ahead,
        float* deltas, float* a2)
    {
        int lanes = TLanes.Count;

        // Sixteen locals: an array of them would live in memory.
        V h0 = TLanes.Load(h), h1 = TLanes.Load(h + lanes), h2 = TLanes.Load(h + (2 * lanes)), h3 = TLanes.Load(h + (3 * lanes));
        V h4 = TLanes.Load(h + (4 * lanes)), h5 = TLanes.Load(h + (5 * lanes)), h6 = TLanes.Load(h + (6 * lanes));
        V h7 = TLanes.Load(h + (7 * lanes)), h8 = TLanes.Load(h + (8 * lanes)), h9 = TLanes.Load(h + (9 * lanes));
        V h10 = TLanes.Load(h + (10 * lanes)), h11 = TLanes.Load(h + (11 * lanes)), h12 = TLanes.Load(h + (12 * lanes));
        V h13 = TLanes.Load(h + (13 * lanes)), h14 = TLanes.Load(h + (14 * lanes)), h15 = TLanes.Load(h + (15 * lanes));
        for (int i = 0; i < steps; i++)
        {
            long here = positions[i];
            float* at = y + (here * inner);
            float* ux = x + (here * inner);
            if (Sse.IsSupported)
            {
                // A column's steps lie far apart, which the processor does not foresee. Beyond the end a prefetch does nothing.
                Sse.Prefetch0(ux + ahead);
                Sse.Prefetch0(at + ahead);
            }

            V u = TLanes.Load(ux), delta = TLanes.Load(deltas + (i * lanes));
            V deltaX = TLanes.Mul(delta, u);
            V even = skip != null ? TLanes.Mul(TLanes.Load(skip), u) : TLanes.Load(at);
            V odd = TLanes.Fill(0); // two sums, or the chain of additions would be the bottleneck
            float* b = stateIn + (here * pitch), c = b + N;
            TLanes.Step(ref h0, delta, deltaX, ref even, a2, b, c);
            TLanes.Step(ref h1, delta, deltaX, ref odd, a2 + lanes, b + 1, c + 1);
            TLanes.Step(ref h2, delta, deltaX, ref even, a2 + (2 * lanes), b + 2, c + 2);
            TLanes.Step(ref h3, delta, deltaX, ref odd, a2 + (3 * lanes), b + 3, c + 3);
            TLanes.Step(ref h4, delta, deltaX, ref even, a2 + (4 * lanes), b + 4, c + 4);
            TLanes.Step(ref h5, delta, deltaX, ref odd, a2 + (5 * lanes), b + 5, c + 5);
            TLanes.Step(ref h6, delta, deltaX, ref even, a2 + (6 * lanes), b + 6, c + 6);
            TLanes.Step(ref h7, delta, deltaX, ref odd, a2 + (7 * lanes), b + 7, c + 7);
            TLanes.Step(ref h8, delta, deltaX, ref even, a2 + (8 * lanes), b + 8, c + 8);
            TLanes.Step(ref h9, delta, deltaX, ref odd, a2 + (9 * lanes), b + 9, c + 9);
            TLanes.Step(ref h10, delta, deltaX, ref even, a2 + (10 * lanes), b + 10, c + 10);
            TLanes.Step(ref h11, delta, deltaX, ref odd, a2 + (11 * lanes), b + 11, c + 11);
            TLanes.Step(ref h12, delta, deltaX, ref even, a2 + (12 * lanes), b + 12, c + 12);
            TLanes.Step(ref h13, delta, deltaX, ref odd, a2 + (13 * lanes), b + 13, c + 13);
            TLanes.Step(ref h14, delta, deltaX, ref even, a2 + (14 * lanes), b + 14, c + 14);
            TLanes.Step(ref h15, delta, deltaX, ref odd, a2 + (15 * lanes), b + 15, c + 15);
            TLanes.Store(TLanes.Add(even, odd), at);
        }

        TLanes.Store(h0, h);
        TLanes.Store(h1, h + lanes);
        TLanes.Store(h2, h + (2 * lanes));
        TLanes.Store(h3, h + (3 * lanes));
        TLanes.Store(h4, h + (4 * lanes));
        TLanes.Store(h5, h + (5 * lanes));
        TLanes.Store(h6, h + (6 * lanes));
        TLanes.Store(h7, h + (7 * lanes));
        TLanes.Store(h8, h + (8 * lanes));
        TLanes.Store(h9, h + (9 * lanes));
        TLanes.Store(h10, h + (10 * lanes));
        TLanes.Store(h11, h + (11 * lanes));
        TLanes.Store(h12, h + (12 * lanes));
        TLanes.Store(h13, h + (13 * lanes));
        TLanes.Store(h14, h + (14 * lanes));
        TLanes.Store(h15, h + (15 * lanes));
    }

    /// <summary>delta of several steps: each is a long chain, and those of eight steps run side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Deltas(
        float* projected, long pitch, int* positions, int steps, float* weight, int rank, V bias, float* deltas)
    {
        int lanes = TLanes.Count, i = 0;
        for (; i + 7 < steps; i += 8)
        {
            float* row0 = projected + (positions[i] * pitch), row1 = projected + (positions[i + 1] * pitch);
            float* row2 = projected + (positions[i + 2] * pitch), row3 = projected + (positions[i + 3] * pitch);
            float* row4 = projected + (positions[i + 4] * pitch), row5 = projected + (positions[i + 5] * pitch);
            float* row6 = projected + (positions[i + 6] * pitch), row7 = projected + (positions[i + 7] * pitch);
            V d0 = bias, d1 = bias, d2 = bias, d3 = bias, d4 = bias, d5 = bias, d6 = bias, d7 = bias;
            float* w = weight;
            for (long r = 0; r < rank; r++, w += lanes)
            {
                V factor = TLanes.Load(w);
                d0 = TLanes.MulAdd(factor, TLanes.Fill(row0[r]), d0);
                d1 = TLanes.MulAdd(factor, TLanes.Fill(row1[r]), d1);
                d2 = TLanes.MulAdd(factor, TLanes.Fill(row2[r]), d2);
                d3 = TLanes.MulAdd(factor, TLanes.Fill(row3[r]), d3);
                d4 = TLanes.MulAdd(factor, TLanes.Fill(row4[r]), d4);
                d5 = TLanes.MulAdd(factor, TLanes.Fill(row5[r]), d5);
                d6 = TLanes.MulAdd(factor, TLanes.Fill(row6[r]), d6);
                d7 = TLanes.MulAdd(factor, TLanes.Fill(row7[r]), d7);
            }

            float* to = deltas + (i * lanes);
            TLanes.Store(Softplus(d0), to);
            TLanes.Store(Softplus(d1), to + lanes);
            TLanes.Store(Softplus(d2), to + (2 * lanes));
            TLanes.Store(Softplus(d3), to + (3 * lanes));
            TLanes.Store(Softplus(d4), to + (4 * lanes));
            TLanes.Store(Softplus(d5), to + (5 * lanes));
            TLanes.Store(Softplus(d6), to + (6 * lanes));
            TLanes.Store(Softplus(d7), to + (7 * lanes));
        }

        for (; i < steps; i++)
        {
            TLanes.Store(Softplus(Project(projected + (positions[i] * pitch), weight, rank, bias)), deltas + (i * lanes));
        }
    }

    /// <summary>Bias plus the R products of one token's delta rows with this block's weights (R, lanes).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Project(float* row, float* weight, int rank, V bias)
    {
        V sum = bias;
        for (int r = 0; r < rank; r++)
        {
            sum = TLanes.MulAdd(TLanes.Load(weight + (r * TLanes.Count)), TLanes.Fill(row[r]), sum);
        }

        return sum;
    }

    /// <summary>
    /// max(x, 0) + log1p(e^-|x|), the logarithm as 2 atanh(e / (2 + e)): good to float32, never overflows.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Softplus(V x)
    {
        V e = TLanes.Exp2(TLanes.Mul(TLanes.Abs(x), TLanes.Fill(-Exp2Terms.Log2E)));
        if (TLanes.IsShort)
        {
            // log1p(e) / e on [0, 1] to 7e-5, without a division.
            V r = TLanes.Fill(0.04310599f);
            r = TLanes.MulAdd(r, e, TLanes.Fill(-0.16136259f));
            r = TLanes.MulAdd(r, e, TLanes.Fill(0.30922452f));
            r = TLanes.MulAdd(r, e, TLanes.Fill(-0.49777446f));
            r = TLanes.MulAdd(r, e, TLanes.Fill(1f));
            return TLanes.MulAdd(r, e, TLanes.Max(x, TLanes.Fill(0f)));
        }

        V s = TLanes.Div(e, TLanes.Add(e, TLanes.Fill(2f)));
        V q = TLanes.Mul(s, s);
        V p = TLanes.Fill(2f / 13);
        p = TLanes.MulAdd(p, q, TLanes.Fill(2f / 11));
        p = TLanes.MulAdd(p, q, TLanes.Fill(2f / 9));
        p = TLanes.MulAdd(p, q, TLanes.Fill(2f / 7));
        p = TLanes.MulAdd(p, q, TLanes.Fill(2f / 5));
        p = TLanes.MulAdd(p, q, TLanes.Fill(2f / 3));
        p = TLanes.MulAdd(p, q, TLanes.Fill(2f));
        return TLanes.MulAdd(p, s, TLanes.Max(x, TLanes.Fill(0f)));
    }

    /// <summary>Where a block's rows of a weight (4, D/lanes, rows, lanes) begin.</summary>
    private static long WeightIndex(int direction, int block, int rows, int inner) =>
        (((long)direction * BlocksOf(inner)) + block) * rows * TLanes.Count;

    private static long CheckpointIndex(int image, int block, int direction, int inner, int chunks) =>
        ((((long)image * BlocksOf(inner)) + block) * ScanLayout.Directions + direction) * chunks;

    private const int CacheLine = 64;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* Aligned(byte* memory) => (float*)(((nint)memory + CacheLine - 1) & ~(nint)(CacheLine - 1));
}
