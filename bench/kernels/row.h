// One row of what kernels cost: our work, and the same work of others.
//
// Programs with Google Benchmark time rows by it (work.h); `pavlov bench kernels`, which is
// built without, by table.h.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace pavlov::bench {

using Work = std::function<void()>;

// Who else does the work of a row.
struct Baseline {
  std::string key;   // "torch", "blas", "eigen"
  std::string name;  // "LibTorch 1.13.0, 1 thread, OpenBLAS for SkylakeX"
};

// The sides of a row, in a typical state and seen to agree: ours, and one per baseline.
struct Sides {
  Work ours;
  std::vector<Work> baselines;
};

struct KernelRow {
  std::string suite;    // "nets"
  std::string what;     // "train"
  std::string shape;    // "4-64-64-2"; may be empty
  std::int64_t n = 1;   // size of the problem: batch, rows, elements, ...
  std::string unit;     // of a time: "us", "ns"
  double items = 1.0;   // it is per so many items of one call
  double wanted = 0.0;  // times as fast as the best baseline, as is asked; 0: nothing is
  double most = 0.0;    // the longest time that is asked, in `unit`; 0: none is
  std::vector<Baseline> baselines = {};
  std::function<Sides()> make = {};  // called once, when the row is first timed

  std::string name() const { return shape.empty() ? what : what + "_" + shape; }
};

}  // namespace pavlov::bench
