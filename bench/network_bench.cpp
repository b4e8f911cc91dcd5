// Networks and matrix products on one thread, against LibTorch, the BLAS beneath it, and Eigen: the
// rows of kernels/network_rows.cpp, those of kernels/table.cpp and a network with a narrow head.
#include <malloc.h>

#include <string>

#include "pavlov/bench/fast_blas.h"
#include "pavlov/bench/kernels/rows.h"
#include "pavlov/bench/kernels/table.h"
#include "pavlov/bench/work.h"

int main(int argc, char** argv) {
  using namespace pavlov::bench;
  restart_with_fast_blas(argv);
  // LibTorch's intermediate results come from malloc: blocks that it has returned to the system
  // would be fetched, page by page, in every step again.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  for (const KernelRow& row : linked_rows({})) {
    if (row.suite == "nets") add_row(row);
  }
  for (const std::size_t batch : {64, 256}) {
    add_row(train_row({8, 64, 6}, batch, 0.0, Effort{}.warm_steps));
  }
  return run_pairs(argc, argv);
}
