// Kernels of loss.h.
#pragma once

#include <cstddef>

#include "pavlov/kernels/cuda/block-inl.h"
#include "pavlov/kernels/cuda/math-inl.h"

namespace pavlov::kernels::cuda {

// value(delta, c) with c = derivative(delta).
struct Huber {
  float kappa;
  PAVLOV_FN float derivative(float delta) const { return at_most(kappa, at_least(-kappa, delta)); }
  PAVLOV_FN float value(float delta, float c) const { return c * ::fmaf(-0.5f, c, delta); }
};
struct Square {
  PAVLOV_FN float derivative(float delta) const { return delta + delta; }
  PAVLOV_FN float value(float delta, float) const { return delta * delta; }
};

template <class Loss>
struct LossKernel {
  static constexpr int kThreads = 256;
  struct Shared {
    GroupSums<double, kThreads> sums;
  };
  Loss function;
  const float* prediction;
  const float* target;
  const float* weight;  // null: all 1
  float* gradient;
  std::size_t size;
  float scale;  // the float32 nearest to 1 / size
  float* loss;

  std::size_t blocks() const { return 1; }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared& shared) const {
    typename Block::template PerThread<double> sum;
    block.each([&](int t) {
      sum[t] = 0.0;
      for (std::size_t i = static_cast<std::size_t>(t); i < size; i += kThreads) {
        const float delta = prediction[i] - target[i];
        const float w = weight == nullptr ? 1.0f : weight[i];
        const float derivative = function.derivative(delta);
        gradient[i] = (w * derivative) * scale;
        sum[t] += static_cast<double>(w * function.value(delta, derivative));
      }
    });
    sum_over_block(block, sum, shared.sums, [&](double total) {
      *loss = static_cast<float>(total / static_cast<double>(size));
    });
  }
};

// out[0] = (1/size) sum w * values, w all 1 where `weight` is null.
struct WeightedMean {
  static constexpr int kThreads = 256;
  struct Shared {
    GroupSums<double, kThreads> sums;
  };
  const float* values;
  const float* weight;
  std::size_t size;
  float* out;

  std::size_t blocks() const { return 1; }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared& shared) const {
    typename Block::template PerThread<double> sum;
    block.each([&](int t) {
      sum[t] = 0.0;
      for (std::size_t i = static_cast<std::size_t>(t); i < size; i += kThreads) {
        const double w = weight == nullptr ? 1.0 : static_cast<double>(weight[i]);
        sum[t] += w * static_cast<double>(values[i]);
      }
    });
    sum_over_block(block, sum, shared.sums, [&](double total) {
      *out = static_cast<float>(total / static_cast<double>(size));
    });
  }
};

}  // namespace pavlov::kernels::cuda
