// What clang needs to know of CUDA to make PTX of selective_scan.cu without NVIDIA's toolkit.
#pragma once
#define __device__ __attribute__((device))
#define __global__ __attribute__((global))
#define __shared__ __attribute__((shared))
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(threads) __attribute__((launch_bounds(threads)))
#include <__clang_cuda_builtin_vars.h>
