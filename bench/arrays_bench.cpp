// Ops on arrays beside the layers and the losses, against plain loops and Eigen, both compiled for
// this very machine where the build says so. Every pair is checked for equal results before
// anything is timed.
#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pavlov/bench/pair.h"
#include "pavlov/bench/work.h"
#include "pavlov/kernels/returns.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::bench {
namespace {

using kernels::Tensor;

// Advantages and returns of T steps of N environments.
struct Advantages {
  std::size_t steps, n;
  Tensor reward, value, final_value, next_value, advantage, returns;
  kernels::TensorOf<std::uint8_t> terminated, truncated;
  static constexpr float kDiscount = 0.99f, kLambda = 0.95f;

  Advantages(std::size_t t, std::size_t environments)
      : steps(t),
        n(environments),
        reward({t, n}),
        value({t, n}),
        final_value({t, n}),
        next_value({n}),
        advantage({t, n}),
        returns({t, n}),
        terminated({t, n}),
        truncated({t, n}) {
    fill(reward.span(), 1.0f, "reward");
    fill(value.span(), 1.0f, "value");
    fill(final_value.span(), 1.0f, "final value");
    fill(next_value.span(), 1.0f, "next value");
    for (std::size_t i = 0; i < t * n; ++i) {
      terminated.data()[i] = i % 91 == 0;
      truncated.data()[i] = i % 173 == 0;
    }
  }
  void ours() {
    kernels::generalized_advantages({reward.matrix(), terminated.matrix(), truncated.matrix(),
                                     final_value.matrix(), next_value.span()},
                                    value.matrix(), static_cast<double>(kDiscount),
                                    static_cast<double>(kLambda), advantage.matrix(),
                                    returns.matrix());
  }
  // In float32, row after row, so that the compiler may run the environments in lanes.
  void plain() {
    for (std::size_t t = steps; t-- > 0;) {
      const bool last = t + 1 == steps;
      const float* v = value.data() + t * n;
      const float* ahead = last ? next_value.data() : v + n;
      const float* later = advantage.data() + (last ? t : t + 1) * n;
      float* a = advantage.data() + t * n;
      for (std::size_t e = 0; e < n; ++e) {
        const std::size_t i = t * n + e;
        const bool ended = terminated.data()[i] != 0, cut = truncated.data()[i] != 0;
        const float rest = ended ? 0.0f : cut ? final_value.data()[i] : ahead[e];
        const float delta = reward.data()[i] + kDiscount * rest - v[e];
        a[e] = delta + (ended || cut || last ? 0.0f : kDiscount * kLambda * later[e]);
        returns.data()[i] = a[e] + v[e];
      }
    }
  }
};

void add_advantages(std::size_t steps, std::size_t n) {
  auto ours = std::make_shared<Advantages>(steps, n);
  auto theirs = std::make_shared<Advantages>(steps, n);
  ours->ours();
  theirs->plain();
  require_near("advantage", ours->advantage.span(), theirs->advantage.data());
  require_near("returns", ours->returns.span(), theirs->returns.data());
  add_pair({.suite = "arrays",
            .name = "advantages_" + std::to_string(steps),
            .n = static_cast<std::int64_t>(n),
            .unit = "us",
            .baseline = kLoop},
           timed([ours] { ours->ours(); }), timed([theirs] { theirs->plain(); }));
}

}  // namespace
}  // namespace pavlov::bench

int main(int argc, char** argv) {
  using namespace pavlov::bench;
  add_advantages(2048, 8);
  add_advantages(128, 64);
  add_advantages(128, 4096);
  return run_pairs(argc, argv);
}
