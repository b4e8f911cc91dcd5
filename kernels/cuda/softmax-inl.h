// Kernels of softmax.h, and the pieces of a row that other kernels share.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pavlov/kernels/cuda/block-inl.h"
#include "pavlov/kernels/cuda/math-inl.h"

namespace pavlov::kernels::cuda {

// top = the largest x(r, c) of the row of each group. Rows that do not exist have -infinity.
template <class Block, class Values, class X>
PAVLOV_FN void largest_of_rows(const Block& block, std::size_t rows, std::size_t cols, const X& x,
                               Values& top) {
  block.each([&](int t) {
    top[t] = -infinity();
    RowGroups::entries(block.index(), t, rows, cols,
                       [&](std::size_t r, std::size_t c) { top[t] = Largest()(top[t], x(r, c)); });
  });
  block.lanes(top, Largest());
}

// sum = the sum of term(t, r, c) over the row of each group.
template <class Block, class Values, class Term>
PAVLOV_FN void sums_of_rows(const Block& block, std::size_t rows, std::size_t cols,
                            const Term& term, Values& sum) {
  block.each([&](int t) {
    sum[t] = 0;
    RowGroups::entries(block.index(), t, rows, cols,
                       [&](std::size_t r, std::size_t c) { sum[t] += term(t, r, c); });
  });
  block.lanes(sum, Sum());
}

// Calls f(t, r, c) for every entry.
template <class Block, class F>
PAVLOV_FN void each_entry(const Block& block, std::size_t rows, std::size_t cols, const F& f) {
  block.each([&](int t) {
    RowGroups::entries(block.index(), t, rows, cols,
                       [&](std::size_t r, std::size_t c) { f(t, r, c); });
  });
}

// Calls f(t, r) for every row, in one thread of its group.
template <class Block, class F>
PAVLOV_FN void each_row(const Block& block, std::size_t rows, const F& f) {
  block.each(
      [&](int t) { RowGroups::once(block.index(), t, rows, [&](std::size_t r) { f(t, r); }); });
}

struct SoftmaxForward : RowGroups {
  Table<const float> x;
  Table<float> y;

  std::size_t blocks() const { return blocks_of(x.rows); }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared&) const {
    typename Block::template PerThread<float> top, sum;
    largest_of_rows(block, x.rows, x.cols, x, top);
    const auto exponential = [&](int t, std::size_t r, std::size_t c) {
      const float e = exp_of_negative(x(r, c) - top[t]);
      y(r, c) = e;
      return e;
    };
    sums_of_rows(block, x.rows, x.cols, exponential, sum);
    each_entry(block, x.rows, x.cols,
               [&](int t, std::size_t r, std::size_t c) { y(r, c) *= 1.0f / sum[t]; });
  }
};

struct SoftmaxBackward : RowGroups {
  Table<const float> y, dy;
  Table<float> dx;

  std::size_t blocks() const { return blocks_of(y.rows); }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared&) const {
    typename Block::template PerThread<float> mean;
    const auto product = [&](int, std::size_t r, std::size_t c) { return y(r, c) * dy(r, c); };
    sums_of_rows(block, y.rows, y.cols, product, mean);
    each_entry(block, y.rows, y.cols, [&](int t, std::size_t r, std::size_t c) {
      dx(r, c) = y(r, c) * (dy(r, c) - mean[t]);
    });
  }
};

struct LogSoftmaxForward : RowGroups {
  Table<const float> x;
  Table<float> y;

  std::size_t blocks() const { return blocks_of(x.rows); }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared&) const {
    typename Block::template PerThread<float> top, sum;
    largest_of_rows(block, x.rows, x.cols, x, top);
    const auto exponential = [&](int t, std::size_t r, std::size_t c) {
      return exp_of_negative(x(r, c) - top[t]);
    };
    sums_of_rows(block, x.rows, x.cols, exponential, sum);
    each_entry(block, x.rows, x.cols, [&](int t, std::size_t r, std::size_t c) {
      y(r, c) = (x(r, c) - top[t]) - log_of(sum[t]);
    });
  }
};

struct LogSoftmaxBackward : RowGroups {
  Table<const float> y, dy;
  Table<float> dx;

  std::size_t blocks() const { return blocks_of(y.rows); }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared&) const {
    typename Block::template PerThread<float> sum;
    const auto gradient = [&](int, std::size_t r, std::size_t c) { return dy(r, c); };
    sums_of_rows(block, y.rows, y.cols, gradient, sum);
    each_entry(block, y.rows, y.cols, [&](int t, std::size_t r, std::size_t c) {
      dx(r, c) = ::fmaf(-exp_of_negative(y(r, c)), sum[t], dy(r, c));
    });
  }
};

// One column as target.
struct ColumnTarget {
  const std::int32_t* column;
  std::size_t cols;
  PAVLOV_FN float operator()(std::size_t r, std::size_t c) const {
    if (static_cast<std::uint32_t>(column[r]) >= cols) return not_a_number();
    return static_cast<std::size_t>(column[r]) == c ? 1.0f : 0.0f;
  }
};
// A distribution as target.
struct DistributionTarget {
  Table<const float> target;
  PAVLOV_FN float operator()(std::size_t r, std::size_t c) const { return target(r, c); }
};

// losses = total log(sum e) - sum target (x - top), gradient = (softmax total - target) w / B.
template <class Target>
struct CrossEntropyKernel : RowGroups {
  Table<const float> x;
  Target target;
  const float* weight;  // null: all 1
  Table<float> gradient;
  float* losses;
  float scale;  // 1 / B

  std::size_t blocks() const { return blocks_of(x.rows); }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared&) const {
    typename Block::template PerThread<float> top, dot, total, sum;
    largest_of_rows(block, x.rows, x.cols, x, top);
    // before the gradient may overwrite x; 0 where the target is 0 and x may be -infinity
    const auto term = [&](int t, std::size_t r, std::size_t c) {
      const float mass = target(r, c);
      return mass == 0.0f ? 0.0f : mass * (x(r, c) - top[t]);
    };
    sums_of_rows(block, x.rows, x.cols, term, dot);
    const auto mass = [&](int, std::size_t r, std::size_t c) { return target(r, c); };
    sums_of_rows(block, x.rows, x.cols, mass, total);
    const auto exponential = [&](int t, std::size_t r, std::size_t c) {
      const float e = exp_of_negative(x(r, c) - top[t]);
      gradient(r, c) = e;
      return e;
    };
    sums_of_rows(block, x.rows, x.cols, exponential, sum);
    each_entry(block, x.rows, x.cols, [&](int t, std::size_t r, std::size_t c) {
      const float s = weight == nullptr ? scale : scale * weight[r];
      const float factor = (s * total[t]) / sum[t];
      gradient(r, c) = ::fmaf(-target(r, c), s, gradient(r, c) * factor);
    });
    each_row(block, x.rows,
             [&](int t, std::size_t r) { losses[r] = ::fmaf(total[t], log_of(sum[t]), -dot[t]); });
  }
};

}  // namespace pavlov::kernels::cuda
