// Kernels of layer_norm.h.
#pragma once

#include <cstddef>

#include "pavlov/kernels/cuda/softmax-inl.h"

namespace pavlov::kernels::cuda {

struct LayerNormForward : RowGroups {
  Table<const float> x;
  const float* gamma;
  const float* beta;
  float epsilon;
  Table<float> y;
  float* mean;
  float* inverse_std;

  std::size_t blocks() const { return blocks_of(x.rows); }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared&) const {
    const float share = 1.0f / static_cast<float>(x.cols);
    typename Block::template PerThread<float> center, squares;
    const auto value = [&](int, std::size_t r, std::size_t c) { return x(r, c); };
    sums_of_rows(block, x.rows, x.cols, value, center);
    block.each([&](int t) { center[t] *= share; });
    const auto square = [&](int t, std::size_t r, std::size_t c) {
      const float distance = x(r, c) - center[t];
      return distance * distance;
    };
    sums_of_rows(block, x.rows, x.cols, square, squares);
    block.each([&](int t) { squares[t] = 1.0f / ::sqrtf(::fmaf(squares[t], share, epsilon)); });
    each_entry(block, x.rows, x.cols, [&](int t, std::size_t r, std::size_t c) {
      y(r, c) = ::fmaf((x(r, c) - center[t]) * squares[t], gamma[c], beta[c]);
    });
    each_row(block, x.rows, [&](int t, std::size_t r) {
      mean[r] = center[t];
      inverse_std[r] = squares[t];
    });
  }
};

struct TwoSums {
  float gamma, beta;
  friend PAVLOV_FN TwoSums operator+(TwoSums a, TwoSums b) {
    return {a.gamma + b.gamma, a.beta + b.beta};
  }
};

// Sums over the rows, which must be taken before dx overwrites x or dy.
struct LayerNormTerm {
  using Value = TwoSums;
  Table<const float> x, dy;
  const float* mean;
  const float* inverse_std;
  float* dgamma;
  float* dbeta;

  PAVLOV_FN TwoSums operator()(std::size_t r, std::size_t c) const {
    const float g = dy(r, c);
    return {g * ((x(r, c) - mean[r]) * inverse_std[r]), g};
  }
  PAVLOV_FN void finish(std::size_t c, TwoSums sum) const {
    dgamma[c] += sum.gamma;
    dbeta[c] += sum.beta;
  }
};

struct LayerNormBackward : RowGroups {
  Table<const float> x, dy;
  const float* gamma;
  const float* mean;
  const float* inverse_std;
  Table<float> dx;

  std::size_t blocks() const { return blocks_of(x.rows); }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared&) const {
    const float share = 1.0f / static_cast<float>(x.cols);
    typename Block::template PerThread<float> mean_g, mean_gh;
    const auto product = [&](int, std::size_t r, std::size_t c) { return dy(r, c) * gamma[c]; };
    sums_of_rows(block, x.rows, x.cols, product, mean_g);
    const auto product_h = [&](int, std::size_t r, std::size_t c) {
      return (dy(r, c) * gamma[c]) * (x(r, c) - mean[r]);
    };
    sums_of_rows(block, x.rows, x.cols, product_h, mean_gh);
    each_entry(block, x.rows, x.cols, [&](int t, std::size_t r, std::size_t c) {
      const float h = (x(r, c) - mean[r]) * inverse_std[r];
      const float g = dy(r, c) * gamma[c] - mean_g[t] * share;
      const float gh = (mean_gh[t] * share) * inverse_std[r];
      dx(r, c) = inverse_std[r] * ::fmaf(-h, gh, g);
    });
  }
};

}  // namespace pavlov::kernels::cuda
