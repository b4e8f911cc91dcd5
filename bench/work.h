// What benches of kernels share: inputs, the check before the timing, and the timed body.
#pragma once

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <span>
#include <utility>

#include "pavlov/bench/pair.h"
#include "pavlov/kernels/denormals.h"
#include "pavlov/kernels/random.h"

namespace pavlov::bench {

// Name of a baseline that is compiled with the bench itself: as good as its flags.
#ifdef __AVX512F__
#define PAVLOV_BENCH_BUILD "AVX-512 build"
#elif defined(__AVX2__)
#define PAVLOV_BENCH_BUILD "AVX2 build"
#else
#define PAVLOV_BENCH_BUILD "generic build"
#endif
inline constexpr const char* kEigen = "Eigen, " PAVLOV_BENCH_BUILD;
inline constexpr const char* kLoop = "plain loop, " PAVLOV_BENCH_BUILD;
#undef PAVLOV_BENCH_BUILD

// `scale` times a standard normal, from the stream of this name.
inline void fill(std::span<float> values, float scale, const char* name) {
  kernels::RandomStream random(1, name);
  for (float& value : values) value = scale * static_cast<float>(random.normal());
}

// Exits where the two do not compute the same.
inline void require_near(const char* what, std::span<const float> ours, const float* theirs) {
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (std::fabs(ours[i] - theirs[i]) <= 1e-3f * (1.0f + std::fabs(theirs[i]))) continue;
    std::fprintf(stderr, "%s: element %zu is %g, baseline %g\n", what, i,
                 static_cast<double>(ours[i]), static_cast<double>(theirs[i]));
    std::exit(1);
  }
}

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

}  // namespace pavlov::bench
