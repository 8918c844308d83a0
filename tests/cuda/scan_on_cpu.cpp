// selective_scan.cu for the processor, for one RANK and number of STATES (given with -D): a library for the tests.
#include "shim.h"
#ifndef KERNELS
#define KERNELS "../../src/VMUNet.Model/Scan/Cuda/selective_scan.cu"
#endif
#include KERNELS

static unsigned blocks(long long n) { return (unsigned)((n + BLOCK - 1) / BLOCK); }

extern "C" int cpu_block() { return BLOCK; }

extern "C" int cpu_chunk() { return CHUNK; }

extern "C" void cpu_scan_forward(
    const float* x, const float* projected, const float* deltaWeight, const float* deltaBias, const float* a2, float* y4,
    float* checkpoints, int B, int H, int W, int D)
{
    launch({blocks(D), 4, (unsigned)B}, BLOCK, [=] {
        scan_forward(x, projected, deltaWeight, deltaBias, a2, y4, checkpoints, H, W, D);
    });
}

extern "C" void cpu_scan_backward(
    const float* g, const float* x, const float* projected, const float* deltaWeight, const float* deltaBias, const float* a2,
    const float* checkpoints, float* dx4, float* dPre, float* dRows, float* dA, int B, int H, int W, int D)
{
    launch({blocks(D), 4, (unsigned)B}, BLOCK, [=] {
        scan_backward(g, x, projected, deltaWeight, deltaBias, a2, checkpoints, dx4, dPre, dRows, dA, H, W, D);
    });
}

extern "C" void cpu_scan_merge(const float* parts, const float* x, const float* skip, float* sum, long long perImage, long long all, int D)
{
    launch_apart(blocks(all), BLOCK, [=] { scan_merge(parts, x, skip, sum, perImage, all, D); });
}
