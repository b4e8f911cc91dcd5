// Kernels of update.h.
#pragma once

#include <cstddef>

#include "pavlov/kernels/cuda/block-inl.h"
#include "pavlov/kernels/cuda/math-inl.h"
#include "pavlov/kernels/cuda/optimizer_numbers.h"

namespace pavlov::kernels::cuda {

// part[b] = sum of the squares of block b.
struct SquaresOfBlocks {
  static constexpr int kThreads = 256;
  static constexpr std::size_t kBlock = 4096;
  struct Shared {
    GroupSums<double, kThreads> sums;
  };
  const float* x;
  std::size_t size;
  double* part;

  std::size_t blocks() const { return divide_up(size, kBlock); }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared& shared) const {
    typename Block::template PerThread<double> sum;
    const std::size_t first = block.index() * kBlock;
    const std::size_t end = first + kBlock < size ? first + kBlock : size;
    block.each([&](int t) {
      sum[t] = 0.0;
      for (std::size_t i = first + static_cast<std::size_t>(t); i < end; i += kThreads) {
        const auto value = static_cast<double>(x[i]);
        sum[t] = ::fma(value, value, sum[t]);
      }
    });
    sum_over_block(block, sum, shared.sums, [&](double total) { part[block.index()] = total; });
  }
};

PAVLOV_FN float clip_factor_of(double norm, double max_norm) {
  return max_norm <= 0.0 || norm <= max_norm ? 1.0f : static_cast<float>(max_norm / norm);
}

// The norm from its parts, and what the gradient is to be scaled by.
struct FinishNorm {
  static constexpr int kThreads = 256;
  struct Shared {
    GroupSums<double, kThreads> sums;
  };
  const double* part;
  std::size_t size;
  double* norm;
  float* factor;  // null: not wanted
  double max_norm;
  const float* loss;  // null: finite

  std::size_t blocks() const { return 1; }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared& shared) const {
    typename Block::template PerThread<double> sum;
    block.each([&](int t) {
      sum[t] = 0.0;
      for (std::size_t i = static_cast<std::size_t>(t); i < size; i += kThreads) sum[t] += part[i];
    });
    sum_over_block(block, sum, shared.sums, [&](double total) {
      *norm = ::sqrt(total);
      if (factor == nullptr) return;
      const bool finite = is_finite(*norm) && (loss == nullptr || is_finite(*loss));
      *factor = finite ? clip_factor_of(*norm, max_norm) : not_a_number();
    });
  }
};

// What all optimizers do around their step: the scaled gradient is taken and zeroed. Returns false
// where there is no step.
PAVLOV_FN bool take_gradient(const float* scale, float& gradient, float& g) {
  const float factor = scale == nullptr ? 1.0f : *scale;
  g = factor * gradient;
  gradient = 0.0f;
  return !is_nan(factor);
}

struct AdamElement {
  const AdamNumbers* numbers;
  const float* scale;
  float* value;
  float* gradient;
  float* m;
  float* v;
  PAVLOV_FN void operator()(std::size_t i) const {
    float g;
    if (!take_gradient(scale, gradient[i], g)) return;
    const AdamNumbers n = *numbers;
    const float first = ::fmaf(n.one_minus_beta1, g - m[i], m[i]);
    const float second = ::fmaf(n.one_minus_beta2 * g, g, n.beta2 * v[i]);
    m[i] = first;
    v[i] = second;
    const float denominator = ::fmaf(::sqrtf(second), n.root_correction, n.epsilon);
    value[i] = ::fmaf(-n.decay, value[i], value[i]) - n.step_size * first / denominator;
  }
};

struct RmsPropElement {
  const RmsPropNumbers* numbers;
  bool inside_root;
  const float* scale;
  float* value;
  float* gradient;
  float* v;
  PAVLOV_FN void operator()(std::size_t i) const {
    float g;
    if (!take_gradient(scale, gradient[i], g)) return;
    const RmsPropNumbers n = *numbers;
    const float second = ::fmaf(n.one_minus_decay * g, g, n.decay * v[i]);
    v[i] = second;
    const float denominator =
        inside_root ? ::sqrtf(second + n.epsilon) : ::sqrtf(second) + n.epsilon;
    value[i] -= n.learning_rate * g / denominator;
  }
};

struct SgdElement {
  const SgdNumbers* numbers;
  bool nesterov;
  const float* scale;
  float* value;
  float* gradient;
  float* velocity;  // null: no momentum
  PAVLOV_FN void operator()(std::size_t i) const {
    float g;
    if (!take_gradient(scale, gradient[i], g)) return;
    const SgdNumbers n = *numbers;
    float direction = g;
    if (velocity != nullptr) {
      const float u = ::fmaf(n.momentum, velocity[i], g);
      velocity[i] = u;
      direction = nesterov ? ::fmaf(n.momentum, u, g) : u;
    }
    value[i] = ::fmaf(-n.learning_rate, direction, value[i]);
  }
};

struct PolyakElement {
  float* target;
  const float* online;
  float tau;  // below 1
  PAVLOV_FN void operator()(std::size_t i) const {
    target[i] = ::fmaf(tau, online[i] - target[i], target[i]);
  }
};

}  // namespace pavlov::kernels::cuda
