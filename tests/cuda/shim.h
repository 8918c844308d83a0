// Enough of CUDA for selective_scan.cu to run on the processor: one thread of the system is one thread of a block, the blocks
// of a grid run one after another, shared memory is static, __syncthreads is a barrier. So the sanitizers see every index that
// leaves an array (address, undefined) and every access to shared memory that lacks a barrier (thread).
#pragma once
#include <cmath>
#include <pthread.h>
#include <thread>
#include <vector>

struct Triple
{
    unsigned x, y, z;
};

static thread_local Triple threadIdx, blockIdx;
static Triple gridDim;
static pthread_barrier_t barrier;

static inline void __syncthreads() { pthread_barrier_wait(&barrier); }

#define __global__
#define __device__
#define __shared__ static
#define __forceinline__ inline
#define __launch_bounds__(threads)
#define EXP2(x) exp2f(x)

// Runs a kernel whose threads wait for each other.
template <class Kernel>
static void launch(Triple grid, unsigned block, Kernel kernel)
{
    gridDim = grid;
    pthread_barrier_init(&barrier, nullptr, block);
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < block; t++)
        threads.emplace_back([=] {
            threadIdx = {t, 0, 0};
            for (unsigned z = 0; z < grid.z; z++)
                for (unsigned y = 0; y < grid.y; y++)
                    for (unsigned x = 0; x < grid.x; x++)
                    {
                        blockIdx = {x, y, z};
                        kernel();
                        __syncthreads(); // the next block has the same shared memory
                    }
        });
    for (std::thread& thread : threads)
        thread.join();
    pthread_barrier_destroy(&barrier);
}

// Runs a kernel whose threads have nothing in common.
template <class Kernel>
static void launch_apart(unsigned blocks, unsigned block, Kernel kernel)
{
    gridDim = {blocks, 1, 1};
    for (unsigned x = 0; x < blocks; x++)
        for (unsigned t = 0; t < block; t++)
        {
            blockIdx = {x, 0, 0};
            threadIdx = {t, 0, 0};
            kernel();
        }
}
