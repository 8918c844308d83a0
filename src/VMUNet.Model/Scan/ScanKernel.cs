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
        V skip = TLanes.Load(s.SkipSum + c0);
        byte* stack = stackalloc byte[((N + rank) * lanes * sizeof(float)) + CacheLine];
        float* a2 = Aligned(stack), weight = a2 + (N * lanes);

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
            V delta = Softplus(Project(projected + ((((long)p * ScanLayout.Directions) + k) * stride), weight, rank, bias));
            for (int t = 0; t < length; t++)
            {
                if (checkpoint != null && t % ScanLayout.Chunk == 0)
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

                // The next step's delta is a long chain that depends on nothing here: begun now, it is hidden behind the states.
                float* row = projected + (((long)p * ScanLayout.Directions) + k) * stride;
                int next = p;
                if (++run == walk.RunLength)
                {
                    run = 0;
                    next += t + 1 < length ? walk.Turn : 0;
                }
                else
                {
                    next += walk.Step;
                }

                if (Sse.IsSupported)
                {
                    // A column's steps lie far apart, which the processor does not foresee. Beyond the end a prefetch does nothing.
                    long ahead = p + (PrefetchSteps * (long)walk.Step);
                    float* rowAhead = projected + (((ahead * ScanLayout.Directions) + k) * stride);
                    Sse.Prefetch0(x + (ahead * inner));
                    Sse.Prefetch0(y + (ahead * inner));
                    Sse.Prefetch0(rowAhead);
                    Sse.Prefetch0(rowAhead + (CacheLine / sizeof(float)));
                    Sse.Prefetch0(rowAhead + (2 * CacheLine / sizeof(float)));
                }

                V nextDelta = Softplus(Project(projected + ((((long)next * ScanLayout.Directions) + k) * stride), weight, rank, bias));
                float* at = y + ((long)p * inner);
                V u = TLanes.Load(x + ((long)p * inner));
                V deltaX = TLanes.Mul(delta, u);
                V even = k == 0 ? TLanes.Mul(skip, u) : TLanes.Load(at);
                V odd = default; // two sums, or the chain of additions would be the bottleneck
                float* b = row + rank, c = b + N;
                TLanes.Step(ref h0, delta, deltaX, ref even, a2, b[0], c[0]);
                TLanes.Step(ref h1, delta, deltaX, ref odd, a2 + lanes, b[1], c[1]);
                TLanes.Step(ref h2, delta, deltaX, ref even, a2 + (2 * lanes), b[2], c[2]);
                TLanes.Step(ref h3, delta, deltaX, ref odd, a2 + (3 * lanes), b[3], c[3]);
                TLanes.Step(ref h4, delta, deltaX, ref even, a2 + (4 * lanes), b[4], c[4]);
                TLanes.Step(ref h5, delta, deltaX, ref odd, a2 + (5 * lanes), b[5], c[5]);
                TLanes.Step(ref h6, delta, deltaX, ref even, a2 + (6 * lanes), b[6], c[6]);
                TLanes.Step(ref h7, delta, deltaX, ref odd, a2 + (7 * lanes), b[7], c[7]);
                TLanes.Step(ref h8, delta, deltaX, ref even, a2 + (8 * lanes), b[8], c[8]);
                TLanes.Step(ref h9, delta, deltaX, ref odd, a2 + (9 * lanes), b[9], c[9]);
                TLanes.Step(ref h10, delta, deltaX, ref even, a2 + (10 * lanes), b[10], c[10]);
                TLanes.Step(ref h11, delta, deltaX, ref odd, a2 + (11 * lanes), b[11], c[11]);
                TLanes.Step(ref h12, delta, deltaX, ref even, a2 + (12 * lanes), b[12], c[12]);
                TLanes.Step(ref h13, delta, deltaX, ref odd, a2 + (13 * lanes), b[13], c[13]);
                TLanes.Step(ref h14, delta, deltaX, ref even, a2 + (14 * lanes), b[14], c[14]);
                TLanes.Step(ref h15, delta, deltaX, ref odd, a2 + (15 * lanes), b[15], c[15]);
                TLanes.Store(TLanes.Add(even, odd), at);

                (p, delta) = (next, nextDelta);
            }
        }
    }

    /// <summary>Bias plus the R products of one token's delta rows with this block's weights (R, lanes).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Project(float* row, float* weight, int rank, V bias)
    {
        int lanes = TLanes.Count, r = 0;
        V even = bias, odd = default;
        for (; r + 1 < rank; r += 2)
        {
            even = TLanes.MulAdd(TLanes.Fill(row[r]), TLanes.Load(weight + (r * lanes)), even);
            odd = TLanes.MulAdd(TLanes.Fill(row[r + 1]), TLanes.Load(weight + ((r + 1) * lanes)), odd);
        }

        if (r < rank)
        {
            even = TLanes.MulAdd(TLanes.Fill(row[r]), TLanes.Load(weight + (r * lanes)), even);
        }

        return TLanes.Add(even, odd);
    }

    /// <summary>
    /// max(x, 0) + log1p(e^-|x|), the logarithm as 2 atanh(e / (2 + e)): good to float32, never overflows.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Softplus(V x)
    {
        V e = TLanes.Exp2(TLanes.Mul(TLanes.Abs(x), TLanes.Fill(-Exp2Terms.Log2E)));
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
