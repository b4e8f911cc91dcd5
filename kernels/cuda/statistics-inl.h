// Kernels of statistics.h.
#pragma once

#include <cstddef>

#include "pavlov/kernels/cuda/block-inl.h"
#include "pavlov/kernels/cuda/math-inl.h"

namespace pavlov::kernels::cuda {

struct MomentsKernel {
  static constexpr int kThreads = 256;
  struct Shared {
    GroupSums<double, kThreads> sums;
    double distances;
  };
  const float* x;
  std::size_t size;
  double divisor;  // of the variance; 0 gives NaN
  double* result;  // mean, variance

  std::size_t blocks() const { return 1; }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared& shared) const {
    typename Block::template PerThread<double> distance, square;
    const double shift = is_finite(x[0]) ? static_cast<double>(x[0]) : 0.0;
    block.each([&](int t) {
      distance[t] = square[t] = 0.0;
      for (std::size_t i = static_cast<std::size_t>(t); i < size; i += kThreads) {
        const double d = static_cast<double>(x[i]) - shift;
        distance[t] += d;
        square[t] = ::fma(d, d, square[t]);
      }
    });
    sum_over_block(block, distance, shared.sums, [&](double sum) { shared.distances = sum; });
    sum_over_block(block, square, shared.sums, [&](double sum) {
      const double mean = shared.distances / static_cast<double>(size);
      const double squares = sum - shared.distances * mean;
      const double variance = squares < 0.0 ? 0.0 : squares / divisor;
      result[0] = shift + mean;
      result[1] = divisor == 0.0 ? static_cast<double>(not_a_number()) : variance;
    });
  }
};

// The mean comes in two parts, so that its rounding to float32 does not count.
struct Standardize {
  float* x;
  const double* moments;
  double epsilon;

  PAVLOV_FN void operator()(std::size_t i) const {
    const double mean = moments[0];
    const auto high = static_cast<float>(mean);
    const auto low = static_cast<float>(mean - static_cast<double>(high));
    const auto scale = static_cast<float>(1.0 / (::sqrt(moments[1]) + epsilon));
    x[i] = ((x[i] - high) - low) * scale;
  }
};

}  // namespace pavlov::kernels::cuda
