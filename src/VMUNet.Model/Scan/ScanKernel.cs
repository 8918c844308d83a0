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
        int lanes = TLanes.Count, c0 = block * lanes;
        int length = s.Length, inner = s.Inner, rank = s.Rank, stride = s.Stride;
        int chunks = ScanLayout.Chunks(length);
        float* x = s.X + ((long)image * length * inner) + c0;
        float* y = s.Y + ((long)image * length * inner) + c0;
        float* projected = s.Projected + ((long)image * length * ScanLayout.Directions * stride);
        int* positions = stackalloc int[ScanLayout.Chunk];
        byte* stack = stackalloc byte[((N + rank + ScanLayout.Chunk) * lanes * sizeof(float)) + CacheLine];
        float* a2 = Aligned(stack), weight = a2 + (N * lanes), deltas = weight + (rank * lanes);

        for (int k = 0; k < ScanLayout.Directions; k++)
        {
            CopyRows(s.A2 + ((long)k * N * inner) + c0, N, inner, a2);
            CopyRows(s.DeltaWeight + ((long)k * rank * inner) + c0, rank, inner, weight);
            V bias = TLanes.Load(s.DeltaBias + ((long)k * inner) + c0);
            float* checkpoint = s.Checkpoints == null
                ? null
                : s.Checkpoints + (CheckpointIndex(image, block, k, inner, chunks) * N * lanes);

            // Sixteen locals: an array of them would live in memory.
            V h0 = default, h1 = default, h2 = default, h3 = default, h4 = default, h5 = default, h6 = default;
            V h7 = default, h8 = default, h9 = default, h10 = default, h11 = default, h12 = default, h13 = default;
            V h14 = default, h15 = default;
            var walk = new Walk(k, s.Height, s.Width);
            int p = walk.Start, run = 0;
            for (int first = 0; first < length; first += ScanLayout.Chunk)
            {
                if (checkpoint != null)
                {
                    TLanes.Store(h0, checkpoint);
                    TLanes.Store(h1, checkpoint + lanes);
                    TLanes.Store(h2, checkpoint + (2 * lanes));
                    TLanes.Store(h3, checkpoint + (3 * lanes));
                    TLanes.Store(h4, checkpoint + (4 * lanes));
                    TLanes.Store(h5, checkpoint + (5 * lanes));
                    TLanes.Store(h6, checkpoint + (6 * lanes));
                    TLanes.Store(h7, checkpoint + (7 * lanes));
                    TLanes.Store(h8, checkpoint + (8 * lanes));
                    TLanes.Store(h9, checkpoint + (9 * lanes));
                    TLanes.Store(h10, checkpoint + (10 * lanes));
                    TLanes.Store(h11, checkpoint + (11 * lanes));
                    TLanes.Store(h12, checkpoint + (12 * lanes));
                    TLanes.Store(h13, checkpoint + (13 * lanes));
                    TLanes.Store(h14, checkpoint + (14 * lanes));
                    TLanes.Store(h15, checkpoint + (15 * lanes));
                    checkpoint += N * lanes;
                }

                // In a loop of its own: each delta is a long chain, and those of several steps then run side by side.
                int steps = Math.Min(ScanLayout.Chunk, length - first);
                for (int i = 0; i < steps; i++)
                {
                    positions[i] = p;
                    p += ++run == walk.RunLength ? walk.Turn : walk.Step;
                    run = run == walk.RunLength ? 0 : run;
                }

                Deltas(projected + ((long)k * stride), ScanLayout.Directions * (long)stride, positions, steps, weight, rank, bias, deltas);
                for (int i = 0; i < steps; i++)
                {
                    long here = positions[i];
                    if (Sse.IsSupported)
                    {
                        // A column's steps lie far apart, which the processor does not foresee. Beyond the end a prefetch does nothing.
                        long ahead = (here + (PrefetchSteps * (long)walk.Step)) * inner;
                        Sse.Prefetch0(x + ahead);
                        Sse.Prefetch0(y + ahead);
                    }

                    float* at = y + (here * inner);
                    V u = TLanes.Load(x + (here * inner)), delta = TLanes.Load(deltas + (i * lanes));
                    V deltaX = TLanes.Mul(delta, u);
                    V even = k == 0 ? TLanes.Mul(TLanes.Load(s.SkipSum + c0), u) : TLanes.Load(at);
                    V odd = default; // two sums, or the chain of additions would be the bottleneck
                    float* b = projected + (((here * ScanLayout.Directions) + k) * stride) + rank, c = b + N;
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
            }
        }
    }

    /// <summary>delta of several steps: each is a long chain, and those of four steps run side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Deltas(
        float* projected, long pitch, int* positions, int steps, float* weight, int rank, V bias, float* deltas)
    {
        int lanes = TLanes.Count, i = 0;
        for (; i + 3 < steps; i += 4)
        {
            float* row0 = projected + (positions[i] * pitch), row1 = projected + (positions[i + 1] * pitch);
            float* row2 = projected + (positions[i + 2] * pitch), row3 = projected + (positions[i + 3] * pitch);
            V d0 = bias, d1 = bias, d2 = bias, d3 = bias;
            float* w = weight;
            for (int r = 0; r < rank; r++, w += lanes)
            {
                V factor = TLanes.Load(w);
                d0 = TLanes.MulAdd(factor, TLanes.Fill(row0[r]), d0);
                d1 = TLanes.MulAdd(factor, TLanes.Fill(row1[r]), d1);
                d2 = TLanes.MulAdd(factor, TLanes.Fill(row2[r]), d2);
                d3 = TLanes.MulAdd(factor, TLanes.Fill(row3[r]), d3);
            }

            TLanes.Store(Softplus(d0), deltas + (i * lanes));
            TLanes.Store(Softplus(d1), deltas + ((i + 1) * lanes));
            TLanes.Store(Softplus(d2), deltas + ((i + 2) * lanes));
            TLanes.Store(Softplus(d3), deltas + ((i + 3) * lanes));
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

    private static void CopyRows(float* from, int rows, int pitch, float* to)
    {
        for (int i = 0; i < rows; i++)
        {
            TLanes.Store(TLanes.Load(from + ((long)i * pitch)), to + (i * TLanes.Count));
        }
    }

    private static long CheckpointIndex(int image, int block, int direction, int inner, int chunks) =>
        ((((long)image * BlocksOf(inner)) + block) * ScanLayout.Directions + direction) * chunks;

    private const int CacheLine = 64;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* Aligned(byte* memory) => (float*)(((nint)memory + CacheLine - 1) & ~(nint)(CacheLine - 1));
}
