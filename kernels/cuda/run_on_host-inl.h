// Kernels without a device: their blocks, and the threads of a block, run one after another.
//
// For tests: what nvcc compiles for a device is there compiled as C++, with PAVLOV_CUDA_ON_HOST,
// and linked before the library's own (tests/cuda/on_host/). So every test of a launcher, a network
// or an agent on the device runs on every machine, and sees the bits of a device where the kernels
// call no function of the C library.
#pragma once

#include <cstddef>
#include <cstring>
#include <functional>
#include <type_traits>

#include "pavlov/kernels/cuda/block-inl.h"
#include "pavlov/kernels/cuda/stream.h"

namespace pavlov::kernels::cuda {

// Whether blocks and threads run from the last to the first. A kernel that holds to the rules of
// block-inl.h gives the same either way.
void run_descending(bool descending);
bool runs_descending();

// Runs `work` with device memory open to it: now or, on a stream that captures, at every replay.
void run_or_capture(Stream& stream, const Operation& operation, std::function<void()> work);

template <class Kernel>
void run_on_host(Stream& stream, const Operation& operation, const Kernel& kernel) {
  using Shared = typename Kernel::Shared;
  static_assert(Kernel::kThreads % kLanes == 0 && Kernel::kThreads <= 1024);
  static_assert(sizeof(Shared) <= 48 * 1024 && std::is_trivially_copyable_v<Shared>);
  static_assert(sizeof(Kernel) <= 4096 && std::is_trivially_copyable_v<Kernel>);
  run_or_capture(stream, operation, [kernel] {
    const std::size_t blocks = kernel.blocks();
    for (std::size_t b = 0; b < blocks; ++b) {
      Shared shared;
      // what nobody has written is not a number
      if constexpr (!std::is_empty_v<Shared>) std::memset(&shared, 0xff, sizeof shared);
      const std::size_t index = runs_descending() ? blocks - 1 - b : b;
      kernel(HostBlock<Kernel>(index, runs_descending()), shared);
    }
  });
}

}  // namespace pavlov::kernels::cuda
