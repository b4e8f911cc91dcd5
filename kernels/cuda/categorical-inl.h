// Kernels of categorical.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pavlov/kernels/cuda/softmax-inl.h"

namespace pavlov::kernels::cuda {

// One row per thread. The weights are e^(x - largest), or x itself.
template <bool kLogits>
struct DrawAction {
  Table<const float> x;
  const float* uniform;
  std::int32_t* action;

  PAVLOV_FN void operator()(std::size_t b) const {
    float top = 0.0f;
    if (kLogits) {
      top = -infinity();
      for (std::size_t c = 0; c < x.cols; ++c) top = Largest()(top, x(b, c));
    }
    const auto weight = [&](std::size_t c) {
      return kLogits ? exp_of_negative(x(b, c) - top) : x(b, c);
    };
    float total = 0.0f;
    for (std::size_t c = 0; c < x.cols; ++c) total += weight(c);
    const float threshold = uniform[b] * total;
    float before = 0.0f;
    std::int32_t drawn = 0;
    for (std::size_t c = 0; c < x.cols && before <= threshold; ++c) {
      const float w = weight(c);
      if (w > 0.0f) drawn = static_cast<std::int32_t>(c);
      before += w;
    }
    action[b] = drawn;
  }
};

struct CategoricalForward : RowGroups {
  Table<const float> logits;
  const std::int32_t* action;
  Table<float> log_p;
  float* log_prob;
  float* entropy;

  std::size_t blocks() const { return blocks_of(logits.rows); }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared&) const {
    const std::size_t rows = logits.rows, cols = logits.cols;
    typename Block::template PerThread<float> top, sum, surprise, taken;
    largest_of_rows(block, rows, cols, logits, top);
    const auto exponential = [&](int t, std::size_t r, std::size_t c) {
      return exp_of_negative(logits(r, c) - top[t]);
    };
    sums_of_rows(block, rows, cols, exponential, sum);
    const auto minus_p_log_p = [&](int t, std::size_t r, std::size_t c) {
      const float l = (logits(r, c) - top[t]) - log_of(sum[t]);
      log_p(r, c) = l;
      const float p = exp_of_negative(l);
      return p == 0.0f ? 0.0f : -(p * l);
    };
    sums_of_rows(block, rows, cols, minus_p_log_p, surprise);
    const ColumnTarget target{action, cols};
    const auto at_action = [&](int, std::size_t r, std::size_t c) {
      const float chosen = target(r, c);
      return chosen == 0.0f ? 0.0f : chosen * log_p(r, c);
    };
    sums_of_rows(block, rows, cols, at_action, taken);
    each_row(block, rows, [&](int t, std::size_t r) {
      log_prob[r] = taken[t];
      entropy[r] = surprise[t];
    });
  }
};

struct CategoricalBackward {
  Table<const float> log_p;
  const std::int32_t* action;
  const float* entropy;
  const float* d_log_prob;
  const float* d_entropy;
  Table<float> dlogits;

  PAVLOV_FN void operator()(std::size_t i) const {
    const std::size_t r = i / log_p.cols, c = i % log_p.cols;
    const float l = log_p(r, c), p = exp_of_negative(l);
    const float slope = ::fmaf(d_entropy[r], l + entropy[r], d_log_prob[r]);
    const float others = p == 0.0f ? 0.0f : -(p * slope);
    const float chosen = ColumnTarget{action, log_p.cols}(r, c);
    dlogits(r, c) = others + (chosen == 0.0f ? 0.0f : chosen * d_log_prob[r]);
  }
};

}  // namespace pavlov::kernels::cuda
