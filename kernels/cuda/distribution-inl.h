// Kernels of distribution.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pavlov/kernels/cuda/action_blocks-inl.h"
#include "pavlov/kernels/cuda/softmax-inl.h"

namespace pavlov::kernels::cuda {

struct CategoricalProbability : RowGroups {
  Table<const float> logits;
  ChosenBlock chosen;
  Table<float> out;

  std::size_t blocks() const { return blocks_of(out.rows); }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared&) const {
    typename Block::template PerThread<float> top, sum;
    const auto x = [&](std::size_t b, std::size_t j) {
      return chosen.exists(b) ? logits(b, chosen.first(b) + j) : not_a_number();
    };
    largest_of_rows(block, out.rows, out.cols, x, top);
    const auto exponential = [&](int t, std::size_t b, std::size_t j) {
      const float e = exp_of_negative(x(b, j) - top[t]);
      out(b, j) = e;
      return e;
    };
    sums_of_rows(block, out.rows, out.cols, exponential, sum);
    each_entry(block, out.rows, out.cols,
               [&](int t, std::size_t b, std::size_t j) { out(b, j) *= 1.0f / sum[t]; });
  }
};

struct CategoricalMean : RowGroups {
  BlocksAsRows logits;
  double v_min, dz;
  Table<float> value;

  std::size_t blocks() const { return blocks_of(logits.values.rows * logits.actions); }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared&) const {
    typename Block::template PerThread<float> top, sum, moment;
    const std::size_t rows = logits.rows(), atoms = logits.size;
    largest_of_rows(block, rows, atoms, logits, top);
    const auto exponential = [&](int t, std::size_t r, std::size_t j) {
      return exp_of_negative(logits(r, j) - top[t]);
    };
    sums_of_rows(block, rows, atoms, exponential, sum);
    const auto product = [&](int t, std::size_t r, std::size_t j) {
      return exp_of_negative(logits(r, j) - top[t]) * static_cast<float>(j);
    };
    sums_of_rows(block, rows, atoms, product, moment);
    each_row(block, rows, [&](int t, std::size_t r) {
      const double atom = static_cast<double>(moment[t]) / static_cast<double>(sum[t]);
      value(r / logits.actions, r % logits.actions) = static_cast<float>(v_min + dz * atom);
    });
  }
};

// One thread per target atom.
struct CategoricalProjection {
  Table<const float> probability;
  const float* reward;
  const float* discount;
  double v_min, dz;
  Table<float> out;

  PAVLOV_FN void operator()(std::size_t i) const {
    const std::size_t atoms = out.cols, b = i / atoms, k = i % atoms;
    const auto last = static_cast<double>(atoms - 1), here = static_cast<double>(k);
    const auto d = static_cast<double>(discount[b]);
    const double shift = (static_cast<double>(reward[b]) + d * v_min - v_min) / dz;
    float mass = 0.0f;
    for (std::size_t j = 0; j < atoms; ++j) {
      const double moved = ::fma(d, static_cast<double>(j), shift);
      const bool number = moved == moved;
      const double x = !number || moved < 0.0 ? 0.0 : moved > last ? last : moved;
      const double below = ::floor(x) < last - 1.0 ? ::floor(x) : last - 1.0;
      const double fraction = number ? x - below : moved;
      const float p = probability(b, j);
      if (below == here) mass += p * static_cast<float>(1.0 - fraction);
      if (below + 1.0 == here) mass += p * static_cast<float>(fraction);
    }
    out(b, k) = mass;
  }
};

struct CategoricalLoss : RowGroups {
  Table<const float> logits;
  ChosenBlock chosen;
  Table<const float> target;
  const float* weight;  // null: all 1
  Table<float> gradient;
  float* sample_loss;

  std::size_t blocks() const { return blocks_of(logits.rows); }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared&) const {
    const std::size_t rows = logits.rows, atoms = chosen.size;
    typename Block::template PerThread<float> top, sum, mass, loss;
    const auto x = [&](std::size_t b, std::size_t j) {
      return chosen.exists(b) ? logits(b, chosen.first(b) + j) : not_a_number();
    };
    largest_of_rows(block, rows, atoms, x, top);
    const auto exponential = [&](int t, std::size_t b, std::size_t j) {
      return exp_of_negative(x(b, j) - top[t]);
    };
    sums_of_rows(block, rows, atoms, exponential, sum);
    const auto target_mass = [&](int, std::size_t b, std::size_t j) { return target(b, j); };
    sums_of_rows(block, rows, atoms, target_mass, mass);
    const auto term = [&](int t, std::size_t b, std::size_t j) {
      const float m = target(b, j);
      return m == 0.0f ? 0.0f : m * (log_of(sum[t]) - (x(b, j) - top[t]));
    };
    sums_of_rows(block, rows, atoms, term, loss);
    each_row(block, rows, [&](int t, std::size_t b) { sample_loss[b] = loss[t]; });
    each_entry(block, rows, gradient.cols, [&](int t, std::size_t b, std::size_t c) {
      const std::size_t first = chosen.first(b);
      const bool inside = c >= first && c < first + atoms;
      float g = 0.0f;
      if (inside) {
        const double w = weight == nullptr ? 1.0 : static_cast<double>(weight[b]);
        const auto scale = static_cast<float>(w / static_cast<double>(rows));
        const std::size_t j = c - first;
        const float e = exp_of_negative(x(b, j) - top[t]);
        g = ::fmaf(e, mass[t] / sum[t], -target(b, j)) * scale;
      }
      gradient(b, c) = g;
    });
  }
};

}  // namespace pavlov::kernels::cuda
