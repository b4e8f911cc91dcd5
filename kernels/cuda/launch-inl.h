// The definition of launch, in one of three ways: on a device, where nvcc compiles; on the host,
// for tests; or as an error, in a build without CUDA. C++17.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

#include "pavlov/kernels/cuda/block-inl.h"
#include "pavlov/kernels/cuda/launch.h"

#if defined(__CUDACC__)
#include "pavlov/kernels/cuda/runtime-inl.h"
#elif defined(PAVLOV_CUDA_ON_HOST)
#include "pavlov/kernels/cuda/run_on_host-inl.h"
#endif

// Compiles a kernel, at namespace pavlov::kernels::cuda.
#define PAVLOV_CUDA_KERNEL(...) \
  template void launch<__VA_ARGS__>(Stream&, const Operation&, const __VA_ARGS__&)

namespace pavlov::kernels::cuda {

// Throws std::runtime_error for more blocks than a grid can have.
inline void check_blocks(std::size_t blocks, const Operation& operation) {
  if (blocks <= 0x7fffffff) return;
  throw std::runtime_error("[cuda] " + operation.text() + ": " + std::to_string(blocks) +
                           " blocks: a grid can have 2147483647");
}

#if defined(__CUDACC__)

template <class Kernel>
__global__ void __launch_bounds__(Kernel::kThreads) run(const Kernel kernel) {
  __shared__ typename Kernel::Shared shared;
  kernel(DeviceBlock<Kernel>(), shared);
}

template <class Kernel>
void launch(Stream& stream, const Operation& operation, const Kernel& kernel) {
  const std::size_t blocks = kernel.blocks();
  if (blocks == 0) return;
  check_blocks(blocks, operation);
  run<Kernel><<<static_cast<unsigned>(blocks), Kernel::kThreads, 0,
                static_cast<cudaStream_t>(stream.native())>>>(kernel);
  const cudaError_t status = cudaGetLastError();
  if (status != cudaSuccess) check(status, operation.text());
  stream.enqueued(operation);
}

#elif defined(PAVLOV_CUDA_ON_HOST)

template <class Kernel>
void launch(Stream& stream, const Operation& operation, const Kernel& kernel) {
  check_blocks(kernel.blocks(), operation);
  run_on_host(stream, operation, kernel);
}

#else

template <class Kernel>
void launch(Stream&, const Operation& operation, const Kernel&) {
  throw std::runtime_error("[cuda] " + operation.text() +
                           " has no CUDA in this build: install the CUDA toolkit and configure "
                           "with -DPAVLOV_CUDA=ON");
}

#endif

}  // namespace pavlov::kernels::cuda
