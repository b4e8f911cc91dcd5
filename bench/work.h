// The timed body of a bench of kernels, and what such benches include.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "pavlov/bench/build_name.h"
#include "pavlov/bench/kernels/row.h"
#include "pavlov/bench/pair.h"
#include "pavlov/bench/sides.h"
#include "pavlov/kernels/denormals.h"

namespace pavlov::bench {

// Times `work` with denormals flushed, as a learner runs it.
inline Body timed(std::function<void()> work) {
  return [work = std::move(work)](benchmark::State& state) {
    const kernels::FlushDenormals flush;
    for (auto _ : state) {
      work();
      benchmark::ClobberMemory();
    }
  };
}

// A pair for each baseline of the row; its sides are made when the first of them is timed.
inline void add_row(const KernelRow& row) {
  const auto sides = std::make_shared<Sides>();
  const auto body = [&](auto side) -> Body {
    return [sides, make = row.make, side](benchmark::State& state) {
      if (sides->ours == nullptr) *sides = make();
      timed(side(*sides))(state);
    };
  };
  for (std::size_t k = 0; k < row.baselines.size(); ++k) {
    const bool several = row.baselines.size() > 1;
    add_pair({.suite = row.suite,
              .name = row.name() + (several ? "_" + row.baselines[k].key : ""),
              .n = row.n,
              .unit = row.unit,
              .items = row.items,
              .baseline = row.baselines[k].name,
              .wanted = row.wanted},
             body([](const Sides& s) { return s.ours; }),
             body([k](const Sides& s) { return s.baselines[k]; }));
  }
}

}  // namespace pavlov::bench
