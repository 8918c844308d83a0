using System.Runtime.InteropServices;

namespace VMUNet.Model.Scan;

/// <summary>
/// The backward pass: the states of one chunk of steps are recomputed from its checkpoint, then the adjoint recurrence
/// runs through the chunk from its end. Sums over channels go to memory of the channel group that this call owns.
/// </summary>
internal static unsafe partial class ScanKernel<TLanes, V>
{
    /// <summary>Gradients of one image and one of <see cref="ScanLayout.ChannelGroups"/> groups of its channel blocks.</summary>
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
            CopyRows(s.A2 + ((long)k * N * inner) + c0, N, inner, scratch.A2);
            NativeMemory.Clear(scratch.StateGradient, (nuint)(N * lanes * sizeof(float)));
            NativeMemory.Clear(scratch.AGradient, (nuint)(N * lanes * sizeof(float)));
            float* checkpoints = s.Checkpoints + (CheckpointIndex(image, block, k, inner, chunks) * N * lanes);
            var walk = new Walk(k, s.Height, s.Width);
            for (int chunk = chunks - 1; chunk >= 0; chunk--)
            {
                int first = chunk * ScanLayout.Chunk, steps = Math.Min(ScanLayout.Chunk, length - first);
                NativeMemory.Copy(
                    checkpoints + ((long)chunk * N * lanes), scratch.States, (nuint)(N * lanes * sizeof(float)));
                Recompute(s, scratch, walk, image, k, c0, first, steps);
                skipSum = TLanes.Add(skipSum, Unwind(s, g, scratch, image, k, c0, group, steps));
            }

            for (int n = 0; n < N; n++)
            {
                float* a = g.A + (((((long)image * ScanLayout.Directions) + k) * N + n) * inner) + c0;
                TLanes.Store(TLanes.Load(scratch.AGradient + (n * lanes)), a);
            }
        }

        TLanes.Store(skipSum, g.Skip + ((long)image * inner) + c0);
    }

    /// <summary>Fills positions, deltas, decays and states of the chunk's steps, starting from its checkpoint.</summary>
    private static void Recompute(
        in ScanArguments s, in Scratch scratch, Walk walk, int image, int k, int c0, int first, int steps)
    {
        int lanes = TLanes.Count, inner = s.Inner, rank = s.Rank, stride = s.Stride;
        float* x = s.X + ((long)image * s.Length * inner) + c0;
        float* projected = s.Projected + ((long)image * s.Length * ScanLayout.Directions * stride);
        float* weight = s.DeltaWeight + ((long)k * rank * inner) + c0;
        V bias = TLanes.Load(s.DeltaBias + ((long)k * inner) + c0);
        float* a2 = scratch.A2;
        for (int i = 0; i < steps; i++)
        {
            int p = walk.PositionOf(first + i);
            scratch.Positions[i] = p;
            float* row = projected + ((((long)p * ScanLayout.Directions) + k) * stride);
            V even = bias, odd = default;
            int r = 0;
            for (; r + 1 < rank; r += 2)
            {
                even = TLanes.MulAdd(TLanes.Fill(row[r]), TLanes.Load(weight + ((long)r * inner)), even);
                odd = TLanes.MulAdd(TLanes.Fill(row[r + 1]), TLanes.Load(weight + ((long)(r + 1) * inner)), odd);
            }

            if (r < rank)
            {
                even = TLanes.MulAdd(TLanes.Fill(row[r]), TLanes.Load(weight + ((long)r * inner)), even);
            }

            V delta = Softplus(TLanes.Add(even, odd));
            TLanes.Store(delta, scratch.Deltas + (i * lanes));
            V deltaX = TLanes.Mul(delta, TLanes.Load(x + ((long)p * inner)));
            float* before = scratch.States + (i * N * lanes), after = before + (N * lanes);
            float* decays = scratch.Decays + (i * N * lanes);
            float* b = row + rank;
            for (int n = 0; n < N; n++)
            {
                int at = n * lanes;
                V decay = TLanes.Exp2(TLanes.Mul(delta, TLanes.Load(a2 + at)));
                TLanes.Store(decay, decays + at);
                TLanes.Store(
                    TLanes.MulAdd(decay, TLanes.Load(before + at), TLanes.Mul(deltaX, TLanes.Fill(b[n]))), after + at);
            }
        }
    }

    /// <summary>Walks the chunk backwards. Returns the chunk's part of the skip factor's gradient (direction 0 only).</summary>
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
        float* a2 = scratch.A2, stateGradient = scratch.StateGradient, aGradient = scratch.AGradient;
        float* byB = scratch.ByB, byC = scratch.ByC;
        for (int i = steps - 1; i >= 0; i--)
        {
            int p = scratch.Positions[i];
            float* b = projected + ((((long)p * ScanLayout.Directions) + k) * stride) + s.Rank, c = b + N;
            V delta = TLanes.Load(scratch.Deltas + (i * lanes));
            V u = TLanes.Load(x + ((long)p * inner));
            V deltaX = TLanes.Mul(delta, u);
            V gy = TLanes.Load(dy + ((long)p * inner));
            V byDeltaX = default, byDelta = default;
            float* before = scratch.States + (i * N * lanes), after = before + (N * lanes);
            float* decays = scratch.Decays + (i * N * lanes);
            for (int n = 0; n < N; n++)
            {
                int at = n * lanes;
                V dh = TLanes.MulAdd(TLanes.Fill(c[n]), gy, TLanes.Load(stateGradient + at));
                TLanes.Store(TLanes.Mul(gy, TLanes.Load(after + at)), byC + at);
                TLanes.Store(TLanes.Mul(dh, deltaX), byB + at);
                byDeltaX = TLanes.MulAdd(dh, TLanes.Fill(b[n]), byDeltaX);
                V carried = TLanes.Mul(dh, TLanes.Load(decays + at));
                TLanes.Store(carried, stateGradient + at);
                V q = TLanes.Mul(carried, TLanes.Load(before + at));
                byDelta = TLanes.MulAdd(q, TLanes.Load(a2 + at), byDelta);
                TLanes.Store(TLanes.MulAdd(q, delta, TLanes.Load(aGradient + at)), aGradient + at);
            }

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

        return skipGradient;
    }

    /// <summary>Working memory of one call, about 130 KB at 16 lanes.</summary>
    private readonly struct Scratch
    {
        private readonly void* _memory;

        public Scratch(int lanes)
        {
            int states = N * lanes, chunk = ScanLayout.Chunk;
            int floats = (((2 * chunk) + 6) * states) + (chunk * lanes) + chunk;
            _memory = NativeMemory.AlignedAlloc((nuint)(floats * sizeof(float)), CacheLine);
            States = (float*)_memory;
            Decays = States + ((chunk + 1) * states);
            A2 = Decays + (chunk * states);
            StateGradient = A2 + states;
            AGradient = StateGradient + states;
            ByB = AGradient + states;
            ByC = ByB + states;
            Deltas = ByC + states;
            Positions = (int*)(Deltas + (chunk * lanes));
        }

        /// <summary>(65, N, lanes): h before the chunk and after each of its steps.</summary>
        public float* States { get; }

        /// <summary>(64, N, lanes): e^(delta A).</summary>
        public float* Decays { get; }

        /// <summary>(N, lanes).</summary>
        public float* A2 { get; }

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

        /// <summary>(64): token of each step.</summary>
        public int* Positions { get; }

        public void Free() => NativeMemory.AlignedFree(_memory);
    }
}
