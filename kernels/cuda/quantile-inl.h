// Kernels of quantile.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pavlov/kernels/cuda/action_blocks-inl.h"
#include "pavlov/kernels/cuda/softmax-inl.h"

namespace pavlov::kernels::cuda {

struct QuantileHuber : RowGroups {
  Table<const float> quantiles;
  ChosenBlock chosen;
  Table<const float> target;
  const float* weight;  // null: all 1
  float kappa;          // 0: the plain quantile loss
  Table<float> gradient;
  float* sample_loss;

  // What one quantile adds up over its pairs, times kappa.
  struct Pairs {
    float loss, slope;
  };
  PAVLOV_FN Pairs pairs(std::size_t b, std::size_t i) const {
    const float theta = quantiles(b, chosen.first(b) + i);
    // tau - 1 is not a difference of rounded numbers: near 1 that would lose digits
    const float middle = static_cast<float>(i) + 0.5f, number = static_cast<float>(chosen.size);
    const float tau = middle / number, tau_below = (middle - number) / number;
    Pairs sum{0.0f, 0.0f};
    for (std::size_t j = 0; j < target.cols; ++j) {
      const float u = target(b, j) - theta;
      const float size = ::fabsf(u);
      const float c = kappa == 0.0f ? (size > 0.0f ? 1.0f : 0.0f) : at_most(kappa, size);
      const float factor = kappa == 0.0f ? size : ::fmaf(-0.5f, c, size);
      const float slope = (u < 0.0f ? tau_below : tau) * c;
      sum.slope += slope;
      sum.loss = ::fmaf(::fabsf(slope), factor, sum.loss);
    }
    if (is_nan(sum.loss)) sum.slope = sum.loss;
    return sum;
  }

  std::size_t blocks() const { return blocks_of(quantiles.rows); }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared&) const {
    const std::size_t rows = quantiles.rows, n = chosen.size;
    const double count =
        static_cast<double>(target.cols) * (kappa == 0.0f ? 1.0 : static_cast<double>(kappa));
    typename Block::template PerThread<double> loss;
    block.each([&](int t) {
      loss[t] = 0.0;
      entries(block.index(), t, rows, gradient.cols, [&](std::size_t b, std::size_t c) {
        const std::size_t first = chosen.first(b);
        float g = 0.0f;
        if (!chosen.exists(b)) {
          g = not_a_number();
          loss[t] = static_cast<double>(g);
        } else if (c >= first && c < first + n) {
          const Pairs sum = pairs(b, c - first);
          const double w = weight == nullptr ? 1.0 : static_cast<double>(weight[b]);
          g = sum.slope * static_cast<float>(-w / (count * static_cast<double>(rows)));
          loss[t] += static_cast<double>(sum.loss);
        }
        gradient(b, c) = g;
      });
    });
    block.lanes(loss, Sum());
    each_row(block, rows,
             [&](int t, std::size_t b) { sample_loss[b] = static_cast<float>(loss[t] / count); });
  }
};

struct QuantileTarget {
  Table<const float> quantiles;
  ChosenBlock chosen;
  const float* reward;
  const float* discount;
  Table<float> out;

  PAVLOV_FN void operator()(std::size_t i) const {
    const std::size_t b = i / out.cols, j = i % out.cols;
    out(b, j) = chosen.exists(b) ? ::fmaf(discount[b], quantiles(b, chosen.first(b) + j), reward[b])
                                 : not_a_number();
  }
};

struct QuantileMean : RowGroups {
  BlocksAsRows quantiles;
  Table<float> value;

  std::size_t blocks() const { return blocks_of(quantiles.values.rows * quantiles.actions); }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared&) const {
    typename Block::template PerThread<float> sum;
    const auto each = [&](int, std::size_t r, std::size_t i) { return quantiles(r, i); };
    sums_of_rows(block, quantiles.rows(), quantiles.size, each, sum);
    each_row(block, quantiles.rows(), [&](int t, std::size_t r) {
      value(r / quantiles.actions, r % quantiles.actions) =
          sum[t] / static_cast<float>(quantiles.size);
    });
  }
};

}  // namespace pavlov::kernels::cuda
