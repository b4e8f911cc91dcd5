// Kernels of gaussian.h. A log_std of one row is a table of stride 0: every row begins at its only
// one.
#pragma once

#include <cstddef>

#include "pavlov/kernels/cuda/softmax-inl.h"

namespace pavlov::kernels::cuda {

struct GaussianSample {
  Table<const float> mean, log_std, noise;
  Table<float> action;

  PAVLOV_FN void operator()(std::size_t i) const {
    const std::size_t r = i / mean.cols, c = i % mean.cols;
    action(r, c) = ::fmaf(exp_of(log_std(r, c)), noise(r, c), mean(r, c));
  }
};

struct GaussianForward : RowGroups {
  static constexpr float kHalfLogTwoPi = 0.918938533f;
  Table<const float> mean, log_std, action;
  float* log_prob;
  float* entropy;

  std::size_t blocks() const { return blocks_of(mean.rows); }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared&) const {
    const std::size_t rows = mean.rows, cols = mean.cols;
    typename Block::template PerThread<float> squares, logs;
    const auto square = [&](int, std::size_t r, std::size_t c) {
      const float z = (action(r, c) - mean(r, c)) * exp_of(-log_std(r, c));
      return z * z;
    };
    sums_of_rows(block, rows, cols, square, squares);
    const auto log_of_std = [&](int, std::size_t r, std::size_t c) { return log_std(r, c); };
    sums_of_rows(block, rows, cols, log_of_std, logs);
    each_row(block, rows, [&](int t, std::size_t r) {
      const auto dimensions = static_cast<float>(cols);
      log_prob[r] = ::fmaf(-0.5f, squares[t], -logs[t]) - dimensions * kHalfLogTwoPi;
      entropy[r] = logs[t] + dimensions * (kHalfLogTwoPi + 0.5f);
    });
  }
};

// The gradients of one entry.
struct GaussianGradient {
  Table<const float> mean, log_std, action;
  const float* d_log_prob;
  const float* d_entropy;

  PAVLOV_FN float at_mean(std::size_t r, std::size_t c) const {
    const float scale = exp_of(-log_std(r, c));
    const float z = (action(r, c) - mean(r, c)) * scale;
    return d_log_prob[r] * z * scale;
  }
  PAVLOV_FN float at_log_std(std::size_t r, std::size_t c) const {
    const float z = (action(r, c) - mean(r, c)) * exp_of(-log_std(r, c));
    return ::fmaf(d_log_prob[r], ::fmaf(z, z, -1.0f), d_entropy[r]);
  }
};

// d_log_std of one row: sums over the rows, which must be taken before d_mean overwrites an input.
struct GaussianTerm {
  using Value = float;
  GaussianGradient gradient;
  float* d_log_std;

  PAVLOV_FN float operator()(std::size_t r, std::size_t c) const {
    return gradient.at_log_std(r, c);
  }
  PAVLOV_FN void finish(std::size_t c, float sum) const { d_log_std[c] = sum; }
};

struct GaussianBackward {
  GaussianGradient gradient;
  Table<float> d_mean;
  Table<float> d_log_std;  // data null: has been summed

  PAVLOV_FN void operator()(std::size_t i) const {
    const std::size_t r = i / d_mean.cols, c = i % d_mean.cols;
    const float g = gradient.at_mean(r, c);
    if (d_log_std.data != nullptr) d_log_std(r, c) = gradient.at_log_std(r, c);
    d_mean(r, c) = g;
  }
};

// log(1 - tanh^2 u) = 2 (log 2 - |u| - log(1 + e^-2|u|)), exactly 0 at 0.
PAVLOV_FN float log_slope_of_tanh(float u) {
  if (u == 0.0f) return 0.0f;
  const float size = ::fabsf(u);
  const float softplus = log_of(1.0f + exp_of_negative(-2.0f * size));
  const float half = (0.693147181f - size) - softplus;
  return half + half;
}

struct SquashForward : RowGroups {
  Table<const float> u;
  Table<float> action;
  float* log_prob;

  std::size_t blocks() const { return blocks_of(u.rows); }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared&) const {
    typename Block::template PerThread<float> correction;
    const auto term = [&](int, std::size_t r, std::size_t c) { return log_slope_of_tanh(u(r, c)); };
    sums_of_rows(block, u.rows, u.cols, term, correction);
    each_entry(block, u.rows, u.cols,
               [&](int, std::size_t r, std::size_t c) { action(r, c) = tanh_of(u(r, c)); });
    each_row(block, u.rows, [&](int t, std::size_t r) { log_prob[r] -= correction[t]; });
  }
};

struct SquashBackward {
  Table<const float> action, d_action;
  const float* d_log_prob;
  Table<float> du;

  PAVLOV_FN void operator()(std::size_t i) const {
    const std::size_t r = i / du.cols, c = i % du.cols;
    const float a = action(r, c), d = d_log_prob[r];
    du(r, c) = ::fmaf(d_action(r, c), ::fmaf(-a, a, 1.0f), (d + d) * a);
  }
};

}  // namespace pavlov::kernels::cuda
