// Kernels of policy_loss.h.
#pragma once

#include <cstddef>

#include "pavlov/kernels/cuda/block-inl.h"
#include "pavlov/kernels/cuda/math-inl.h"

namespace pavlov::kernels::cuda {

// e^x - 1 - x; infinite above 88.
PAVLOV_FN float excess_of_exp(float x, float exp_of_x) {
  if (::fabsf(x) < 0.34f) {
    // (e^x - 1 - x) / x^2: Cephes expf
    float p = 1.9875691500e-4f;
    p = ::fmaf(p, x, 1.3981999507e-3f);
    p = ::fmaf(p, x, 8.3334519073e-3f);
    p = ::fmaf(p, x, 4.1665795894e-2f);
    p = ::fmaf(p, x, 1.6666665459e-1f);
    return ::fmaf(p, x, 5.0000001201e-1f) * (x * x);
  }
  return x > 88.0f ? infinity() : (exp_of_x - 1.0f) - x;
}

// Bounds beyond which nothing is gained; the bound itself for NaN, as min and max of a processor.
PAVLOV_FN float clamped(float low, float high, float x) {
  return x > low ? (x < high ? x : high) : low;
}

struct PolicyLossKernel {
  static constexpr int kThreads = 256;
  struct Shared {
    GroupSums<double, kThreads> sums;
  };
  const float* log_prob;
  const float* old_log_prob;
  const float* advantage;
  float* gradient;
  std::size_t size;
  float clip;
  float scale;    // the float32 nearest to 1 / size
  float* result;  // loss, approx_kl, clip_fraction

  std::size_t blocks() const { return 1; }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared& shared) const {
    typename Block::template PerThread<double> loss, divergence, outside;
    block.each([&](int t) {
      loss[t] = divergence[t] = outside[t] = 0.0;
      for (std::size_t i = static_cast<std::size_t>(t); i < size; i += kThreads) {
        const float log_ratio = log_prob[i] - old_log_prob[i];
        const float ratio = log_ratio > 88.0f    ? infinity()
                            : log_ratio < -87.0f ? 0.0f
                                                 : exp_of(log_ratio);
        const float free_term = -advantage[i] * ratio;
        const float clipped_term = -advantage[i] * clamped(1.0f - clip, 1.0f + clip, ratio);
        const bool is_clipped = free_term < clipped_term;  // false where one is NaN
        gradient[i] = is_clipped ? 0.0f : free_term * scale;
        loss[t] += static_cast<double>(is_clipped ? clipped_term : free_term);
        divergence[t] += static_cast<double>(excess_of_exp(log_ratio, ratio));
        outside[t] += ::fabsf(ratio - 1.0f) > clip ? 1.0 : 0.0;
      }
    });
    const auto n = static_cast<double>(size);
    const auto put = [&](int k) {
      return [this, n, k](double total) { result[k] = static_cast<float>(total / n); };
    };
    sum_over_block(block, loss, shared.sums, put(0));
    sum_over_block(block, divergence, shared.sums, put(1));
    sum_over_block(block, outside, shared.sums, put(2));
  }
};

struct ClippedValueKernel {
  static constexpr int kThreads = 256;
  struct Shared {
    GroupSums<double, kThreads> sums;
  };
  const float* value;
  const float* old_value;
  const float* target;
  float* gradient;
  std::size_t size;
  float clip;
  float scale;
  float* loss;

  std::size_t blocks() const { return 1; }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared& shared) const {
    typename Block::template PerThread<double> sum;
    block.each([&](int t) {
      sum[t] = 0.0;
      for (std::size_t i = static_cast<std::size_t>(t); i < size; i += kThreads) {
        const float old = old_value[i];
        const float v = is_nan(old) ? old : value[i];
        const float free_error = v - target[i];
        const float change = clamped(-clip, clip, v - old);
        const float clipped_error = (old + change) - target[i];
        const float free_term = free_error * free_error;
        const float clipped_term = clipped_error * clipped_error;
        // where the change is within bounds, old + change is the value but for its rounding
        const bool is_clipped = ::fabsf(v - old) > clip && free_term < clipped_term;
        gradient[i] = is_clipped ? 0.0f : (free_error + free_error) * scale;
        sum[t] += static_cast<double>(is_clipped ? clipped_term : free_term);
      }
    });
    sum_over_block(block, sum, shared.sums, [&](double total) {
      *loss = static_cast<float>(total / static_cast<double>(size));
    });
  }
};

}  // namespace pavlov::kernels::cuda
