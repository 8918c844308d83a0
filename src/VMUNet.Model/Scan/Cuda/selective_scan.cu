// The selective scan of VM-UNet and its backward pass. Equations: docs/architecture/selective-scan.md.
//
// Compiled when it is needed, for the device found, once for each rank of delta and number of states: the text is given to
// NVRTC behind the lines '#define RANK ...' and '#define STATES ...'. No header is used. The same text is compiled by clang to
// PTX, and as C++ against tests/cuda/shim.h, where threads of the processor run it and sanitizers watch every index.
//
// One thread is one image, direction and channel; its states are registers. The rows of x_proj's output, which all channels of a
// token share, lie in shared memory, CHUNK steps at a time. Directions are walks over the same row-major tokens: nothing is
// permuted. Sums over channels are taken in a fixed order, without atomics: the same bits in every run.
//
// Shapes, all float32 and contiguous (K = 4 directions, R = RANK, N = STATES, L = H * W, chunks = ceil(L / CHUNK)):
//   x, y, g (B, L, D)      projected (B, L, K, R + 2N): rows of delta, B, C      deltaWeight (K, R, D)      deltaBias (K, D)
//   a2 (K, N, D): A * log2(e)      checkpoints (B, K, chunks, N, D): the state before every CHUNK-th step

#ifndef CHUNK
#define CHUNK 16 // steps whose rows lie in shared memory, and steps between two checkpoints
#endif
#ifndef BLOCK
#define BLOCK 64 // threads of a block
#endif
#define STRIDE (RANK + 2 * STATES)
#define AHEAD 4                       // steps by which x is read ahead; divides CHUNK
#define PART (STATES <= 16 ? 4 : 1)   // steps whose sums over channels are taken together; divides CHUNK
#define LOG2E 1.4426950408889634f
#define LN2 0.6931471805599453f

typedef long long Offset;

#ifndef EXP2
static __device__ __forceinline__ float exp2_approximate(float x)
{
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}
#define EXP2(x) exp2_approximate(x)
#endif

// What the steps of one chunk need: where each lies among the row-major tokens, and its row.
struct Chunk
{
    int at[CHUNK];
    float rows[CHUNK][STRIDE];
};

// What stays the same along a walk.
struct Channel
{
    float weight[RANK];
    float bias;
    float a2[STATES];
};

// Row-major position of step t. Direction 0: along rows; 1: along columns; 2 and 3: the same, backwards.
static __device__ __forceinline__ int position(int k, int t, int H, int W)
{
    const int q = k >= 2 ? H * W - 1 - t : t;
    return (k & 1) ? (q % H) * W + q / H : q;
}

// All threads of the block call this together.
static __device__ __forceinline__ void load_chunk(
    Chunk& chunk, const float* __restrict__ projected, int b, int k, int first, int H, int W)
{
    const int L = H * W, count = L - first < CHUNK ? L - first : CHUNK;
    __syncthreads(); // the chunk before has been read
    for (int i = threadIdx.x; i < count; i += BLOCK)
        chunk.at[i] = position(k, first + i, H, W);
    __syncthreads();
    for (int i = threadIdx.x; i < count * STRIDE; i += BLOCK)
        chunk.rows[i / STRIDE][i % STRIDE] =
            projected[(((Offset)b * L + chunk.at[i / STRIDE]) * 4 + k) * STRIDE + i % STRIDE];
    __syncthreads();
}

static __device__ __forceinline__ void load_channel(
    Channel& channel, const float* __restrict__ deltaWeight, const float* __restrict__ deltaBias,
    const float* __restrict__ a2, int k, int d, int D)
{
#pragma unroll
    for (int r = 0; r < RANK; r++)
        channel.weight[r] = deltaWeight[((Offset)k * RANK + r) * D + d];
    channel.bias = deltaBias[k * D + d];
#pragma unroll
    for (int n = 0; n < STATES; n++)
        channel.a2[n] = a2[((Offset)k * STATES + n) * D + d];
}

// softplus(pre) without overflow, and its slope, the sigmoid. log1p(e) = 2 atanh(e / (2 + e)), an odd polynomial: the hardware's
// logarithm would lose the small steps that hold a state for long.
static __device__ __forceinline__ float softplus(float pre, float& slope)
{
    const float e = EXP2(-LOG2E * (pre < 0 ? -pre : pre));
    const float s = e / (2 + e), q = s * s;
    float sum = 1.0f / 13;
    sum = sum * q + 1.0f / 11;
    sum = sum * q + 1.0f / 9;
    sum = sum * q + 1.0f / 7;
    sum = sum * q + 1.0f / 5;
    sum = sum * q + 1.0f / 3;
    sum = sum * q + 1;
    slope = (pre < 0 ? e : 1) / (1 + e);
    return (pre > 0 ? pre : 0) + 2 * s * sum;
}

static __device__ __forceinline__ float step_size(const Channel& channel, const float* row, float& slope)
{
    float pre = channel.bias;
#pragma unroll
    for (int r = 0; r < RANK; r++)
        pre += channel.weight[r] * row[r];
    return softplus(pre, slope);
}

// Grid (ceil(D / BLOCK), 4, B). Writes each direction's outputs, y4 (B, K, L, D), without the skip term; checkpoints unless null.
extern "C" __global__ void __launch_bounds__(BLOCK) scan_forward(
    const float* __restrict__ x, const float* __restrict__ projected, const float* __restrict__ deltaWeight,
    const float* __restrict__ deltaBias, const float* __restrict__ a2, float* __restrict__ y4,
    float* __restrict__ checkpoints, int H, int W, int D)
{
    __shared__ Chunk chunk;
    const int d = blockIdx.x * BLOCK + threadIdx.x, k = blockIdx.y, b = blockIdx.z;
    const int L = H * W, chunks = (L + CHUNK - 1) / CHUNK;
    const bool works = d < D; // the others help to load
    Channel channel;
    float h[STATES];
    if (works)
        load_channel(channel, deltaWeight, deltaBias, a2, k, d, D);
#pragma unroll
    for (int n = 0; n < STATES; n++)
        h[n] = 0;

    for (int first = 0; first < L; first += CHUNK)
    {
        load_chunk(chunk, projected, b, k, first, H, W);
        if (!works)
            continue;
        if (checkpoints)
#pragma unroll
            for (int n = 0; n < STATES; n++)
                checkpoints[((((Offset)b * 4 + k) * chunks + first / CHUNK) * STATES + n) * D + d] = h[n];
        const int count = L - first < CHUNK ? L - first : CHUNK;
        float ahead[AHEAD];
#pragma unroll
        for (int j = 0; j < AHEAD; j++)
            ahead[j] = j < count ? x[((Offset)b * L + chunk.at[j]) * D + d] : 0;
        for (int i = 0; i < count; i += AHEAD)
        {
#pragma unroll
            for (int j = 0; j < AHEAD; j++)
            {
                if (i + j >= count)
                    break;
                const float u = ahead[j];
                if (i + j + AHEAD < count)
                    ahead[j] = x[((Offset)b * L + chunk.at[i + j + AHEAD]) * D + d];
                const float* row = chunk.rows[i + j];
                float slope;
                const float delta = step_size(channel, row, slope), added = delta * u;
                float even = 0, odd = 0;
#pragma unroll
                for (int n = 0; n < STATES; n++)
                {
                    h[n] = EXP2(delta * channel.a2[n]) * h[n] + added * row[RANK + n];
                    if (n % 2)
                        odd += h[n] * row[RANK + STATES + n];
                    else
                        even += h[n] * row[RANK + STATES + n];
                }
                y4[(((Offset)b * 4 + k) * L + chunk.at[i + j]) * D + d] = even + odd;
            }
        }
    }
}

// Grid (ceil(D / BLOCK), 4, B). g is the loss by y. Writes
//   dx4 (B, K, L, D): the loss by x, a direction each, without the skip term;  dPre (K, B * L, D): by delta before softplus;
//   dRows (B, ceil(D / BLOCK), L, K, 2N): by B and C, a part for each block of channels;  dA (B, K, N, D): by A.
extern "C" __global__ void __launch_bounds__(BLOCK) scan_backward(
    const float* __restrict__ g, const float* __restrict__ x, const float* __restrict__ projected,
    const float* __restrict__ deltaWeight, const float* __restrict__ deltaBias, const float* __restrict__ a2,
    const float* __restrict__ checkpoints, float* __restrict__ dx4, float* __restrict__ dPre, float* __restrict__ dRows,
    float* __restrict__ dA, int H, int W, int D)
{
    __shared__ Chunk chunk;
    __shared__ float parts[PART][2 * STATES][BLOCK + 1]; // one column more: neighbours in different banks
    const int d = blockIdx.x * BLOCK + threadIdx.x, k = blockIdx.y, b = blockIdx.z;
    const int L = H * W, chunks = (L + CHUNK - 1) / CHUNK;
    const bool works = d < D;
    Channel channel;
    float dh[STATES], sumA[STATES]; // dh: the loss by the state before the step done last
    float before[CHUNK][STATES], delta[CHUNK], slope[CHUNK]; // of each step of the chunk
    if (works)
        load_channel(channel, deltaWeight, deltaBias, a2, k, d, D);
#pragma unroll
    for (int n = 0; n < STATES; n++)
        dh[n] = sumA[n] = 0;

    for (int c = chunks - 1; c >= 0; c--)
    {
        const int first = c * CHUNK, count = L - first < CHUNK ? L - first : CHUNK;
        load_chunk(chunk, projected, b, k, first, H, W);
        if (works)
        {
            float h[STATES];
#pragma unroll
            for (int n = 0; n < STATES; n++)
                h[n] = checkpoints[((((Offset)b * 4 + k) * chunks + c) * STATES + n) * D + d];
            for (int i = 0; i < count; i++)
            {
                const float* row = chunk.rows[i];
                delta[i] = step_size(channel, row, slope[i]);
                const float added = delta[i] * x[((Offset)b * L + chunk.at[i]) * D + d];
#pragma unroll
                for (int n = 0; n < STATES; n++)
                {
                    before[i][n] = h[n];
                    h[n] = EXP2(delta[i] * channel.a2[n]) * h[n] + added * row[RANK + n];
                }
            }
        }

        for (int base = CHUNK - PART; base >= 0; base -= PART)
        {
            if (base >= count)
                continue; // the same for all threads
            for (int j = PART - 1; j >= 0; j--)
            {
                const int i = base + j;
                if (!works || i >= count)
                {
#pragma unroll
                    for (int n = 0; n < 2 * STATES; n++)
                        parts[j][n][threadIdx.x] = 0;
                    continue;
                }

                const float* row = chunk.rows[i];
                const Offset token = (Offset)b * L + chunk.at[i];
                const float u = x[token * D + d], up = g[token * D + d], added = delta[i] * u;
                float byAdded = 0, byExponent = 0;
#pragma unroll
                for (int n = 0; n < STATES; n++)
                {
                    const float a = EXP2(delta[i] * channel.a2[n]);
                    const float h = a * before[i][n] + added * row[RANK + n];
                    const float e = dh[n] + row[RANK + STATES + n] * up; // the loss by this step's state
                    const float q = e * a * before[i][n];                // the loss by delta * A[n]
                    parts[j][n][threadIdx.x] = e * added;
                    parts[j][STATES + n][threadIdx.x] = up * h;
                    byAdded += e * row[RANK + n];
                    byExponent += q * channel.a2[n];
                    sumA[n] += q * delta[i];
                    dh[n] = a * e;
                }
                const Offset at = (((Offset)b * 4 + k) * L + chunk.at[i]) * D + d;
                dx4[at] = byAdded * delta[i];
                dPre[((Offset)k * gridDim.z * L + token) * D + d] = (byAdded * u + byExponent * LN2) * slope[i];
            }

            __syncthreads();
            for (int o = threadIdx.x; o < PART * 2 * STATES; o += BLOCK)
            {
                const int j = o / (2 * STATES), n = o % (2 * STATES);
                if (base + j >= count)
                    continue;
                float sum = 0;
                for (int t = 0; t < BLOCK; t++)
                    sum += parts[j][n][t];
                const Offset token = ((Offset)b * gridDim.x + blockIdx.x) * L + chunk.at[base + j];
                dRows[(token * 4 + k) * (2 * STATES) + n] = sum;
            }
            __syncthreads();
        }
    }

    if (works)
#pragma unroll
        for (int n = 0; n < STATES; n++)
            dA[(((Offset)b * 4 + k) * STATES + n) * D + d] = sumA[n];
}

// Grid (ceil(B * L * D / BLOCK)). sum (B, L, D) = the four directions of parts (B, K, L, D), in the official order, + skip[d] * x.
extern "C" __global__ void __launch_bounds__(BLOCK) scan_merge(
    const float* __restrict__ parts, const float* __restrict__ x, const float* __restrict__ skip, float* __restrict__ sum,
    Offset perImage, Offset all, int D)
{
    const Offset i = (Offset)blockIdx.x * BLOCK + threadIdx.x;
    if (i >= all)
        return;
    const float* p = parts + i / perImage * 4 * perImage + i % perImage;
    sum[i] = p[0] + p[2 * perImage] + p[perImage] + p[3 * perImage] + skip[i % D] * x[i];
}
