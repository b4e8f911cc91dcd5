// The entry of libpavlov_kernel_baselines.so.
#include <malloc.h>

#include "pavlov/bench/kernels/table.h"
#include "pavlov/bench/torch_dqn.h"

extern "C" __attribute__((visibility("default"))) pavlov::bench::KernelTable PAVLOV_BASELINES_ENTRY(
    const pavlov::bench::Effort& effort);

pavlov::bench::KernelTable PAVLOV_BASELINES_ENTRY(const pavlov::bench::Effort& effort) {
  // LibTorch's intermediate results come from malloc: blocks that it has returned to the system
  // would be fetched, page by page, in every step again.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  return {pavlov::bench::linked_rows(effort), pavlov::bench::torch_description()};
}
