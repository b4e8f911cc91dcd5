// The table of what the tensor core must reach: its rows, and their times.
//
// The baselines come with libpavlov_kernel_baselines.so, which holds LibTorch, its BLAS and Eigen
// beside the same rows and is loaded when they are first wanted; without it rows have no baseline.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pavlov/bench/kernels/row.h"

namespace pavlov::bench {

// How much is spent on each row.
struct Effort {
  double seconds = 0.03;     // least processor time of one run of one side
  int repetitions = 9;       // runs of each side, which take turns
  int warm_steps = 2000;     // of training, before a network is timed
  int dead_updates = 10000;  // of an optimizer whose network is dead
};

struct KernelTable {
  std::vector<KernelRow> rows;
  std::string baseline;  // "LibTorch 1.13.0, ...", or why there is none
};

// With baselines where they can be loaded. OpenBLAS takes slow kernels for a processor that it does
// not know or that its environment names wrongly, and a ratio to it would be false: it is told
// which to take, whatever OPENBLAS_CORETYPE says. Call before anything else loads LibTorch.
KernelTable kernel_table(const Effort& effort);

// Least time of a side, in units of its row.
struct RowTimes {
  double ours = 0.0;
  std::vector<double> baselines;

  double ratio() const;  // to the fastest baseline; NaN without one
  // Whether what the row asks for is reached; nothing where it asks for a baseline that is absent.
  std::optional<bool> reached(const KernelRow& row) const;
};

// Processor time of this thread, the sides in turns, denormals flushed as learners run. Throws
// std::runtime_error where the sides do not compute the same.
RowTimes time_row(const KernelRow& row, const Effort& effort);

// The rows of this program or library, without loading anything.
std::vector<KernelRow> linked_rows(const Effort& effort);

// What libpavlov_kernel_baselines.so offers: one function. Both sides are compiled from one tree;
// the version in its name keeps those of two releases apart.
using KernelTableEntry = KernelTable (*)(const Effort& effort);

}  // namespace pavlov::bench
