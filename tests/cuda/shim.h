// Enough of CUDA for selective_scan.cu to run on the processor: one thread of the system is one thread of a block, the blocks
// of a grid run one after another, shared memory is static, __syncthreads is a barrier. So the sanitizers see every index that
// leaves an array (address, undefined) and every access to shared memory that lacks a barrier (thread). With -DFIBERS the threads
// of a block take turns on one thread of the system instead: ten times faster, for whole networks.
#pragma once
#include <cmath>
#include <cstdlib>
#include <pthread.h>
#include <thread>
#include <ucontext.h>
#include <vector>

struct Triple
{
    unsigned x, y, z;
};

#ifdef FIBERS
static Triple threadIdx, blockIdx, gridDim;
static ucontext_t scheduler;
static std::vector<ucontext_t> fibers;

static inline void __syncthreads() { swapcontext(&fibers[threadIdx.x], &scheduler); }
#else
static thread_local Triple threadIdx, blockIdx;
static Triple gridDim;
static pthread_barrier_t barrier;

static inline void __syncthreads() { pthread_barrier_wait(&barrier); }
#endif

#define __global__
#define __device__
#define __shared__ static
#define __forceinline__ inline
#define __launch_bounds__(threads)
#define EXP2(x) exp2f(x)

// Runs a kernel whose threads wait for each other.
#ifdef FIBERS
static void (*current)(void*);
static void* kernelOfAll;
static bool finished; // the fiber that ran last has come to its end

static void fiber_main() { current(kernelOfAll); }

template <class Kernel>
static void launch(Triple grid, unsigned block, Kernel kernel)
{
    // Room for the frame of a signal too: a runtime that stops its threads by signals may stop this one inside a kernel.
    static const size_t Stack = 256 * 1024;
    gridDim = grid;
    kernelOfAll = &kernel;
    current = [](void* k) { (*(Kernel*)k)(); };
    fibers.resize(block);
    static char* stacks = (char*)aligned_alloc(64, block * Stack); // kept: the size of a block is the same in every call
    for (unsigned i = 0; i < grid.x * grid.y * grid.z; i++)
    {
        blockIdx = {i % grid.x, i / grid.x % grid.y, i / grid.x / grid.y};
        std::vector<bool> begun(block);
        // Every kernel passes the same barriers in all its threads, so all fibers end in the same round.
        for (unsigned ended = 0; ended == 0;)
            for (unsigned t = 0; t < block; t++)
            {
                if (!begun[t])
                {
                    getcontext(&fibers[t]);
                    fibers[t].uc_stack.ss_sp = stacks + t * Stack;
                    fibers[t].uc_stack.ss_size = Stack;
                    fibers[t].uc_link = nullptr;
                    makecontext(&fibers[t], [] { fiber_main(); finished = true; __syncthreads(); }, 0);
                    begun[t] = true;
                }
                threadIdx = {t, 0, 0};
                finished = false;
                swapcontext(&scheduler, &fibers[t]);
                ended += finished;
            }
    }
}
#else
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
#endif

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
