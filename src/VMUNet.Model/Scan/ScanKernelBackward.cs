using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VMUNet.Model.Scan;

/// <summary>
/// The backward pass: the states of one chunk of steps are recomputed from its checkpoint, then the adjoint recurrence
/// runs through the chunk from its end. Sums over channels go to memory of the channel group that this call owns.
/// </summary>
internal static unsafe partial class ScanKernel<TLanes, V>
{
    /// <summary>
    /// Gradients of one image and one of <see cref="ScanLayout.ChannelGroups"/> groups of its channel blocks.
    /// </summary>
    public static void Backward(in ScanArguments s, in ScanGradients g, int image, int group)
    {
        int blocks = BlocksOf(s.Inner), groups = ScanLayout.ChannelGroups;
        var scratch = new Scratch(TLanes.Count);
        try
        {
            for (int block = blocks * group / groups; block < blocks * (group + 1) / groups; block++)
            {
                BackwardBlock(s, g, scratch, image, block, group);
            }
        }
        finally
        {
            scratch.Free();
        }
    }

    private static void BackwardBlock(
        in ScanArguments s, in ScanGradients g, in Scratch scratch, int image, int block, int group)
    {
        int lanes = TLanes.Count, inner = s.Inner, length = s.Length, c0 = block * lanes;
        int chunks = ScanLayout.Chunks(length);
        V skipSum = default;
        for (int k = 0; k < ScanLayout.Directions; k++)
        {
            float* weight = s.DeltaWeight + WeightIndex(k, block, s.Rank, inner), a2 = s.A2 + WeightIndex(k, block, N, inner);
            int* positions = s.Positions + ((long)k * length);
            NativeMemory.Clear(scratch.StateGradient, (nuint)(N * lanes * sizeof(float)));
            NativeMemory.Clear(scratch.AGradient, (nuint)(N * lanes * sizeof(float)));
            float* checkpoints = s.Checkpoints + (CheckpointIndex(image, block, k, inner, chunks) * N * lanes);
            for (int chunk = chunks - 1; chunk >= 0; chunk--)
            {
                int first = chunk * ScanLayout.Chunk, steps = Math.Min(ScanLayout.Chunk, length - first);
                NativeMemory.Copy(
                    checkpoints + ((long)chunk * N * lanes), scratch.States, (nuint)(N * lanes * sizeof(float)));
                // Handed over inside the scratch: with more parameters, the compiler stops inlining before the last states.
                Scratch here = scratch with { DeltaWeight = weight, A2 = a2, Positions = positions + first };
                Recompute(s, here, image, k, c0, steps);
                skipSum = TLanes.Add(skipSum, Unwind(s, g, here, image, k, c0, group, steps));
            }

            for (int n = 0; n < N; n++)
            {
                float* a = g.A + (((((long)image * ScanLayout.Directions) + k) * N + n) * inner) + c0;
                TLanes.Store(TLanes.Load(scratch.AGradient + (n * lanes)), a);
            }
        }

        TLanes.Store(skipSum, g.Skip + ((long)image * inner) + c0);
    }

    /// <summary>
    /// Fills deltas, decays and states of the chunk's steps, starting from its checkpoint.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Recompute(
        in ScanArguments s, in Scratch scratch, int image, int k, int c0, int steps)
    {
        int lanes = TLanes.Count, inner = s.Inner, rank = s.Rank, stride = s.Stride;
        float* x = s.X + ((long)image * s.Length * inner) + c0;
        float* projected = s.Projected + ((long)image * s.Length * ScanLayout.Directions * stride);
        float* weight = scratch.DeltaWeight, a2 = scratch.A2;
        V bias = TLanes.Load(s.DeltaBias + ((long)k * inner) + c0);
        float* h = scratch.States;
        V h0 = TLanes.Load(h), h1 = TLanes.Load(h + lanes), h2 = TLanes.Load(h + (2 * lanes));
        V h3 = TLanes.Load(h + (3 * lanes)), h4 = TLanes.Load(h + (4 * lanes)), h5 = TLanes.Load(h + (5 * lanes));
        V h6 = TLanes.Load(h + (6 * lanes)), h7 = TLanes.Load(h + (7 * lanes)), h8 = TLanes.Load(h + (8 * lanes));
        V h9 = TLanes.Load(h + (9 * lanes)), h10 = TLanes.Load(h + (10 * lanes)), h11 = TLanes.Load(h + (11 * lanes));
        V h12 = TLanes.Load(h + (12 * lanes)), h13 = TLanes.Load(h + (13 * lanes)), h14 = TLanes.Load(h + (14 * lanes));
        V h15 = TLanes.Load(h + (15 * lanes));
        Deltas(
            projected + ((long)k * stride), ScanLayout.Directions * (long)stride, scratch.Positions, steps, weight, rank, bias,
            scratch.Deltas);
        for (int i = 0; i < steps; i++)
        {
            int p = scratch.Positions[i];
            float* row = projected + ((((long)p * ScanLayout.Directions) + k) * stride);
            V delta = TLanes.Load(scratch.Deltas + (i * lanes));
            V deltaX = TLanes.Mul(delta, TLanes.Load(x + ((long)p * inner)));
            float* d = scratch.Decays + (i * N * lanes), b = row + rank;
            h = scratch.States + ((i + 1) * N * lanes);
            TLanes.Replay(ref h0, delta, deltaX, a2, b, d, h);
            TLanes.Replay(ref h1, delta, deltaX, a2 + lanes, b + 1, d + lanes, h + lanes);
            TLanes.Replay(ref h2, delta, deltaX, a2 + (2 * lanes), b + 2, d + (2 * lanes), h + (2 * lanes));
            TLanes.Replay(ref h3, delta, deltaX, a2 + (3 * lanes), b + 3, d + (3 * lanes), h + (3 * lanes));
            TLanes.Replay(ref h4, delta, deltaX, a2 + (4 * lanes), b + 4, d + (4 * lanes), h + (4 * lanes));
            TLanes.Replay(ref h5, delta, deltaX, a2 + (5 * lanes), b + 5, d + (5 * lanes), h + (5 * lanes));
            TLanes.Replay(ref h6, delta, deltaX, a2 + (6 * lanes), b + 6, d + (6 * lanes), h + (6 * lanes));
            TLanes.Replay(ref h7, delta, deltaX, a2 + (7 * lanes), b + 7, d + (7 * lanes), h + (7 * lanes));
            TLanes.Replay(ref h8, delta, deltaX, a2 + (8 * lanes), b + 8, d + (8 * lanes), h + (8 * lanes));
            TLanes.Replay(ref h9, delta, deltaX, a2 + (9 * lanes), b + 9, d + (9 * lanes), h + (9 * lanes));
            TLanes.Replay(ref h10, delta, deltaX, a2 + (10 * lanes), b + 10, d + (10 * lanes), h + (10 * lanes));
            TLanes.Replay(ref h11, delta, deltaX, a2 + (11 * lanes), b + 11, d + (11 * lanes), h + (11 * lanes));
            TLanes.Replay(ref h12, delta, deltaX, a2 + (12 * lanes), b + 12, d + (12 * lanes), h + (12 * lanes));
            TLanes.Replay(ref h13, delta, deltaX, a2 + (13 * lanes), b + 13, d + (13 * lanes), h + (13 * lanes));
            TLanes.Replay(ref h14, delta, deltaX, a2 + (14 * lanes), b + 14, d + (14 * lanes), h + (14 * lanes));
            TLanes.Replay(ref h15, delta, deltaX, a2 + (15 * lanes), b + 15, d + (15 * lanes), h + (15 * lanes));
        }
    }

    /// <summary>
    /// Walks the chunk backwards. Returns the chunk's part of the skip factor's gradient (direction 0 only).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static V Unwind(
        in ScanArguments s, in ScanGradients g, in Scratch scratch, int image, int k, int c0, int group, int steps)
    {
        int lanes = TLanes.Count, inner = s.Inner, length = s.Length, stride = s.Stride;
        float* x = s.X + ((long)image * length * inner) + c0;
        float* dy = g.Y + ((long)image * length * inner) + c0;
        float* dx = g.X + ((long)image * length * inner) + c0;
        float* projected = s.Projected + ((long)image * length * ScanLayout.Directions * stride);
        float* dDelta = g.Delta + ((((long)k * s.Batch) + image) * length * inner) + c0;
        float* dBc = g.StateInOut
            + ((((long)image * ScanLayout.ChannelGroups) + group) * length * ScanLayout.Directions * 2 * N);
        V skip = TLanes.Load(s.SkipSum + c0);
        V skipGradient = default;
        float* a2 = scratch.A2, dh = scratch.StateGradient, da = scratch.AGradient;
        float* byB = scratch.ByB, byC = scratch.ByC;
        V g0 = TLanes.Load(dh), g1 = TLanes.Load(dh + lanes), g2 = TLanes.Load(dh + (2 * lanes));
        V g3 = TLanes.Load(dh + (3 * lanes)), g4 = TLanes.Load(dh + (4 * lanes)), g5 = TLanes.Load(dh + (5 * lanes));
        V g6 = TLanes.Load(dh + (6 * lanes)), g7 = TLanes.Load(dh + (7 * lanes)), g8 = TLanes.Load(dh + (8 * lanes));
        V g9 = TLanes.Load(dh + (9 * lanes)), g10 = TLanes.Load(dh + (10 * lanes));
        V g11 = TLanes.Load(dh + (11 * lanes));
        V g12 = TLanes.Load(dh + (12 * lanes)), g13 = TLanes.Load(dh + (13 * lanes));
        V g14 = TLanes.Load(dh + (14 * lanes));
        V g15 = TLanes.Load(dh + (15 * lanes));
        for (int i = steps - 1; i >= 0; i--)
        {
            int p = scratch.Positions[i];
            float* b = projected + ((((long)p * ScanLayout.Directions) + k) * stride) + s.Rank, c = b + N;
            V delta = TLanes.Load(scratch.Deltas + (i * lanes));
            V u = TLanes.Load(x + ((long)p * inner));
            V gy = TLanes.Load(dy + ((long)p * inner));
            var step = new Adjoint<V>(gy, delta, TLanes.Mul(delta, u));
            V ux = default, ud = default, vx = default, vd = default; // two sums each: shorter chains
            float* h = scratch.States + (i * N * lanes), n = h + (N * lanes), d = scratch.Decays + (i * N * lanes);
            TLanes.Unwind(ref g0, step, ref ux, ref ud, b, c, h, n, d, a2, da, byB, byC);
            TLanes.Unwind(
                ref g1, step, ref vx, ref vd, b + 1, c + 1, h + lanes, n + lanes, d + lanes,
                a2 + lanes, da + lanes, byB + lanes, byC + lanes);
            TLanes.Unwind(
                ref g2, step, ref ux, ref ud, b + 2, c + 2, h + (2 * lanes), n + (2 * lanes), d + (2 * lanes),
                a2 + (2 * lanes), da + (2 * lanes), byB + (2 * lanes), byC + (2 * lanes));
            TLanes.Unwind(
                ref g3, step, ref vx, ref vd, b + 3, c + 3, h + (3 * lanes), n + (3 * lanes), d + (3 * lanes),
                a2 + (3 * lanes), da + (3 * lanes), byB + (3 * lanes), byC + (3 * lanes));
            TLanes.Unwind(
                ref g4, step, ref ux, ref ud, b + 4, c + 4, h + (4 * lanes), n + (4 * lanes), d + (4 * lanes),
                a2 + (4 * lanes), da + (4 * lanes), byB + (4 * lanes), byC + (4 * lanes));
            TLanes.Unwind(
                ref g5, step, ref vx, ref vd, b + 5, c + 5, h + (5 * lanes), n + (5 * lanes), d + (5 * lanes),
                a2 + (5 * lanes), da + (5 * lanes), byB + (5 * lanes), byC + (5 * lanes));
            TLanes.Unwind(
                ref g6, step, ref ux, ref ud, b + 6, c + 6, h + (6 * lanes), n + (6 * lanes), d + (6 * lanes),
                a2 + (6 * lanes), da + (6 * lanes), byB + (6 * lanes), byC + (6 * lanes));
            TLanes.Unwind(
                ref g7, step, ref vx, ref vd, b + 7, c + 7, h + (7 * lanes), n + (7 * lanes), d + (7 * lanes),
                a2 + (7 * lanes), da + (7 * lanes), byB + (7 * lanes), byC + (7 * lanes));
            TLanes.Unwind(
                ref g8, step, ref ux, ref ud, b + 8, c + 8, h + (8 * lanes), n + (8 * lanes), d + (8 * lanes),
                a2 + (8 * lanes), da + (8 * lanes), byB + (8 * lanes), byC + (8 * lanes));
            TLanes.Unwind(
                ref g9, step, ref vx, ref vd, b + 9, c + 9, h + (9 * lanes), n + (9 * lanes), d + (9 * lanes),
                a2 + (9 * lanes), da + (9 * lanes), byB + (9 * lanes), byC + (9 * lanes));
            TLanes.Unwind(
                ref g10, step, ref ux, ref ud, b + 10, c + 10, h + (10 * lanes), n + (10 * lanes), d + (10 * lanes),
                a2 + (10 * lanes), da + (10 * lanes), byB + (10 * lanes), byC + (10 * lanes));
            TLanes.Unwind(
                ref g11, step, ref vx, ref vd, b + 11, c + 11, h + (11 * lanes), n + (11 * lanes), d + (11 * lanes),
                a2 + (11 * lanes), da + (11 * lanes), byB + (11 * lanes), byC + (11 * lanes));
            TLanes.Unwind(
                ref g12, step, ref ux, ref ud, b + 12, c + 12, h + (12 * lanes), n + (12 * lanes), d + (12 * lanes),
                a2 + (12 * lanes), da + (12 * lanes), byB + (12 * lanes), byC + (12 * lanes));
            TLanes.Unwind(
                ref g13, step, ref vx, ref vd, b + 13, c + 13, h + (13 * lanes), n + (13 * lanes), d + (13 * lanes),
                a2 + (13 * lanes), da + (13 * lanes), byB + (13 * lanes), byC + (13 * lanes));
            TLanes.Unwind(
                ref g14, step, ref ux, ref ud, b + 14, c + 14, h + (14 * lanes), n + (14 * lanes), d + (14 * lanes),
                a2 + (14 * lanes), da + (14 * lanes), byB + (14 * lanes), byC + (14 * lanes));
            TLanes.Unwind(
                ref g15, step, ref vx, ref vd, b + 15, c + 15, h + (15 * lanes), n + (15 * lanes), d + (15 * lanes),
                a2 + (15 * lanes), da + (15 * lanes), byB + (15 * lanes), byC + (15 * lanes));
            V byDeltaX = TLanes.Add(ux, vx), byDelta = TLanes.Add(ud, vd);
            float* sums = dBc + (((long)p * ScanLayout.Directions) + k) * 2 * N;
            TLanes.AddRowSums(byB, sums);
            TLanes.AddRowSums(byC, sums + N);

            // A = A2 * ln 2; the derivative of softplus, a sigmoid, is 1 - e^-delta.
            V ddelta = TLanes.MulAdd(byDelta, TLanes.Fill(Exp2Terms.Ln2), TLanes.Mul(byDeltaX, u));
            V sigmoid = TLanes.Sub(
                TLanes.Fill(1f), TLanes.Exp2(TLanes.Mul(delta, TLanes.Fill(-Exp2Terms.Log2E))));
            TLanes.Store(TLanes.Mul(ddelta, sigmoid), dDelta + ((long)p * inner));
            V gx = TLanes.Mul(byDeltaX, delta);
            if (k == 0)
            {
                gx = TLanes.MulAdd(skip, gy, gx);
                skipGradient = TLanes.MulAdd(gy, u, skipGradient);
            }
            else
            {
                gx = TLanes.Add(gx, TLanes.Load(dx + ((long)p * inner)));
            }

            TLanes.Store(gx, dx + ((long)p * inner));
        }

        TLanes.Store(g0, dh);
        TLanes.Store(g1, dh + lanes);
        TLanes.Store(g2, dh + (2 * lanes));
        TLanes.Store(g3, dh + (3 * lanes));
        TLanes.Store(g4, dh + (4 * lanes));
        TLanes.Store(g5, dh + (5 * lanes));
        TLanes.Store(g6, dh + (6 * lanes));
        TLanes.Store(g7, dh + (7 * lanes));
        TLanes.Store(g8, dh + (8 * lanes));
        TLanes.Store(g9, dh + (9 * lanes));
        TLanes.Store(g10, dh + (10 * lanes));
        TLanes.Store(g11, dh + (11 * lanes));
        TLanes.Store(g12, dh + (12 * lanes));
        TLanes.Store(g13, dh + (13 * lanes));
        TLanes.Store(g14, dh + (14 * lanes));
        TLanes.Store(g15, dh + (15 * lanes));
        return skipGradient;
    }

    /// <summary>Working memory of one call, about 135 KB at 16 lanes.</summary>
    private readonly struct Scratch
    {
        private readonly void* _memory;

        public Scratch(int lanes)
            : this()
        {
            int states = N * lanes, chunk = ScanLayout.Chunk;
            int floats = (((2 * chunk) + 5) * states) + (chunk * lanes);
            _memory = NativeMemory.AlignedAlloc((nuint)(floats * sizeof(float)), CacheLine);
            States = (float*)_memory;
            Decays = States + ((chunk + 1) * states);
            StateGradient = Decays + (chunk * states);
            AGradient = StateGradient + states;
            ByB = AGradient + states;
            ByC = ByB + states;
            Deltas = ByC + states;
        }

        /// <summary>(65, N, lanes): h before the chunk and after each of its steps.</summary>
        public float* States { get; }

        /// <summary>(64, N, lanes): e^(delta A).</summary>
        public float* Decays { get; }

        /// <summary>(N, lanes), of the block and direction at work.</summary>
        public float* A2 { get; init; }

        /// <summary>(R, lanes), of the block and direction at work.</summary>
        public float* DeltaWeight { get; init; }

        /// <summary>(64): token of each step of the chunk at work.</summary>
        public int* Positions { get; init; }

        /// <summary>(N, lanes): the loss by h, carried to the step before.</summary>
        public float* StateGradient { get; }

        /// <summary>(N, lanes): the loss by A, summed over the steps.</summary>
        public float* AGradient { get; }

        /// <summary>(N, lanes): one step's products for the gradient of B.</summary>
        public float* ByB { get; }

        /// <summary>(N, lanes): one step's products for the gradient of C.</summary>
        public float* ByC { get; }

        /// <summary>(64, lanes).</summary>
        public float* Deltas { get; }

        public void Free() => NativeMemory.AlignedFree(_memory);
    }
}
