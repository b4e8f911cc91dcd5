// Kernels of rows.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pavlov/kernels/cuda/block-inl.h"
#include "pavlov/kernels/cuda/math-inl.h"

namespace pavlov::kernels::cuda {

// What stands for the value of an index out of range.
PAVLOV_FN float no_value(float) { return not_a_number(); }
PAVLOV_FN std::int32_t no_value(std::int32_t) { return -1; }

struct GatherRow {
  Table<const float> source;
  const std::uint32_t* index;
  Table<float> out;
  PAVLOV_FN void operator()(std::size_t i) const {
    const std::size_t b = i / out.cols, c = i % out.cols;
    out(b, c) = index[b] < source.rows ? source(index[b], c) : not_a_number();
  }
};

template <class T>
struct GatherValue {
  const T* source;
  std::size_t size;
  const std::uint32_t* index;
  T* out;
  PAVLOV_FN void operator()(std::size_t b) const {
    out[b] = index[b] < size ? source[index[b]] : no_value(T());
  }
};

// Whether a column index is inside, negative ones being far outside.
PAVLOV_FN bool is_column(std::int32_t column, std::size_t cols) {
  return static_cast<std::uint32_t>(column) < cols;
}

struct SelectColumn {
  Table<const float> values;
  const std::int32_t* column;
  float* out;
  PAVLOV_FN void operator()(std::size_t b) const {
    out[b] = is_column(column[b], values.cols) ? values(b, static_cast<std::size_t>(column[b]))
                                               : not_a_number();
  }
};

struct ScatterColumn {
  const float* values;
  const std::int32_t* column;
  Table<float> out;
  PAVLOV_FN void operator()(std::size_t i) const {
    const std::size_t b = i / out.cols, c = i % out.cols;
    if (!is_column(column[b], out.cols)) {
      out(b, c) = not_a_number();
    } else {
      out(b, c) = static_cast<std::size_t>(column[b]) == c ? values[b] : 0.0f;
    }
  }
};

struct BootstrapTarget {
  const float* reward;
  const float* discount;
  const float* bootstrap;
  float* target;
  PAVLOV_FN void operator()(std::size_t b) const {
    target[b] = reward[b] + discount[b] * bootstrap[b];
  }
};

struct ArgmaxKernel : RowGroups {
  Table<const float> values;
  std::int32_t* index;

  std::size_t blocks() const { return blocks_of(values.rows); }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared&) const {
    constexpr int kNone = 0x7fffffff;
    typename Block::template PerThread<float> best, top;
    typename Block::template PerThread<int> at;
    block.each([&](int t) {
      best[t] = -infinity();
      at[t] = kNone;
      entries(block.index(), t, values.rows, values.cols, [&](std::size_t r, std::size_t c) {
        const float x = values(r, c);
        if (is_nan(x) || (at[t] != kNone && !(x > best[t]))) return;
        best[t] = x;
        at[t] = static_cast<int>(c);
      });
      top[t] = best[t];
    });
    block.lanes(top, Largest());
    block.each([&](int t) {
      if (best[t] != top[t]) at[t] = kNone;
    });
    block.lanes(at, Smallest());
    block.each([&](int t) {
      once(block.index(), t, values.rows,
           [&](std::size_t r) { index[r] = at[t] == kNone ? 0 : at[t]; });
    });
  }
};

struct MaxKernel : RowGroups {
  Table<const float> values;
  float* out;

  std::size_t blocks() const { return blocks_of(values.rows); }
  template <class Block>
  PAVLOV_FN void operator()(const Block& block, Shared&) const {
    typename Block::template PerThread<float> top;
    block.each([&](int t) {
      top[t] = -infinity();
      entries(block.index(), t, values.rows, values.cols,
              [&](std::size_t r, std::size_t c) { top[t] = Largest()(top[t], values(r, c)); });
    });
    block.lanes(top, Largest());
    block.each([&](int t) {
      once(block.index(), t, values.rows, [&](std::size_t r) { out[r] = top[t]; });
    });
  }
};

}  // namespace pavlov::kernels::cuda
