// Pairs: every measured row carries its baseline, timed in the same run.
//
// Candidate and baseline are Google Benchmark functions. They run interleaved in random order, nine
// times each, and the least time of either counts: on a shared machine the minimum is what the code
// costs, and the ratio of two minima of one run is what may be quoted.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>
#include <string>

namespace pavlov::bench {

using Body = std::function<void(benchmark::State&)>;

// One row of a report.
struct Row {
  std::string suite;     // "envs"
  std::string name;      // "cartpole_step"
  std::int64_t n = 1;    // size of the problem: environments, batch, ...
  std::string unit;      // of the value, per item: "ns/step", "us/update"; or "G steps/s"
  double items = 1.0;    // work items per iteration of the body
  std::string baseline;  // what the baseline is: "scalar libm loop"
  double wanted = 0.0;   // the ratio that the row is meant to reach; 0: none is set
  // The bodies set the time of each iteration themselves (SetIterationTime), by the clock: for work
  // on several threads. Else processor time of the calling thread counts.
  bool by_the_clock = false;
};

// Registers both bodies. ratio = baseline time / candidate time: above 1 the candidate is faster.
void add_pair(const Row& row, Body candidate, Body baseline);

// Runs what is registered and prints a table, or with --json one object per line: suite, name, n,
// value, unit, baseline, baseline_value, ratio, wanted, simd. Further arguments are Google
// Benchmark's
// (--benchmark_filter=...). Returns the exit status.
int run_pairs(int argc, char** argv);

}  // namespace pavlov::bench
