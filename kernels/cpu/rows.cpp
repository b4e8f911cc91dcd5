#include "pavlov/kernels/rows.h"

#include <cstddef>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/rows.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#ifndef PAVLOV_KERNELS_CPU_ROWS_ARGUMENTS  // arguments, the same type for every target
#define PAVLOV_KERNELS_CPU_ROWS_ARGUMENTS

namespace pavlov::kernels {
namespace {

struct Matrix {
  const float* data;
  std::size_t rows, cols, stride;
};

}  // namespace
}  // namespace pavlov::kernels

#endif  // arguments

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// True where every value is below n. Negative numbers, read as unsigned, are large.
bool AllBelow(const std::uint32_t* values, std::size_t size, std::uint32_t n) {
  const hn::ScalableTag<std::uint32_t> d;
  const std::size_t lanes = hn::Lanes(d);
  auto largest = hn::Zero(d);
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) largest = hn::Max(largest, hn::LoadU(d, values + i));
  if (size >= lanes && hn::GetLane(hn::MaxOfLanes(d, largest)) >= n) return false;
  for (; i < size; ++i) {
    if (values[i] >= n) return false;
  }
  return true;
}

// x - x is 0 for finite x, NaN otherwise; NaN survives the sum.
bool AllFinite(const float* values, std::size_t size) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  auto sum = hn::Zero(d);
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    const auto v = hn::LoadU(d, values + i);
    sum = hn::Add(sum, hn::Sub(v, v));
  }
  float rest = hn::GetLane(hn::SumOfLanes(d, sum));
  for (; i < size; ++i) rest += values[i] - values[i];
  return rest == 0.0f;
}

// Columns 0 .. kCols - 1 of the rows from `p`, lane = row, where rows follow without a gap.
template <int kCols, class D>
HWY_INLINE void load_columns(D d, const float* p, hn::Vec<D>* column) {
  if constexpr (kCols == 2) {
    hn::LoadInterleaved2(d, p, column[0], column[1]);
  } else if constexpr (kCols == 3) {
    hn::LoadInterleaved3(d, p, column[0], column[1], column[2]);
  } else {
    hn::LoadInterleaved4(d, p, column[0], column[1], column[2], column[3]);
  }
}

// As many contiguous rows of kCols entries as fill vectors; returns their number. One of index
// (first largest entry; NaN never wins) and best (largest entry; NaN always wins) is wanted.
template <int kCols>
HWY_INLINE std::size_t best_of_few(const float* values, std::size_t rows, std::int32_t* index,
                                   float* best) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t r = 0;
  for (; r + lanes <= rows; r += lanes) {
    hn::Vec<decltype(d)> column[kCols];
    load_columns<kCols>(d, values + r * kCols, column);
    auto largest = column[0];
    auto at = hn::Zero(di);
    for (int c = 1; c < kCols; ++c) {
      const auto greater = hn::Gt(column[c], largest);
      // not Ne(v, v): whether that holds for NaN depends on the target
      const auto takes = hn::Or(greater, hn::IsNaN(index != nullptr ? largest : column[c]));
      at = hn::IfThenElse(hn::RebindMask(di, takes), hn::Set(di, c), at);
      largest = hn::IfThenElse(takes, column[c], largest);
    }
    if (index != nullptr) {
      // all NaN: the index ran on to the last column
      const auto none = hn::RebindMask(di, hn::IsNaN(largest));
      hn::StoreU(hn::IfThenZeroElse(none, at), di, index + r);
    } else {
      hn::StoreU(largest, d, best + r);
    }
  }
  return r;
}

HWY_INLINE std::size_t best_of_few(const Matrix& m, std::int32_t* index, float* best) {
  if (m.stride != m.cols) return 0;
  switch (m.cols) {
    case 2:
      return best_of_few<2>(m.data, m.rows, index, best);
    case 3:
      return best_of_few<3>(m.data, m.rows, index, best);
    case 4:
      return best_of_few<4>(m.data, m.rows, index, best);
    default:
      return 0;
  }
}

void ArgmaxRows(const Matrix& m, std::int32_t* index) {
  for (std::size_t r = best_of_few(m, index, nullptr); r < m.rows; ++r) {
    const float* row = m.data + r * m.stride;
    std::size_t best = 0;
    for (std::size_t c = 1; c < m.cols; ++c) {
      const bool replaces_nan = row[best] != row[best] && row[c] == row[c];
      if (row[c] > row[best] || replaces_nan) best = c;
    }
    index[r] = static_cast<std::int32_t>(best);
  }
}

void MaxRows(const Matrix& m, float* out) {
  for (std::size_t r = best_of_few(m, nullptr, out); r < m.rows; ++r) {
    const float* row = m.data + r * m.stride;
    float best = row[0];
    for (std::size_t c = 1; c < m.cols; ++c) {
      if (row[c] > best || row[c] != row[c]) best = row[c];
    }
    out[r] = best;
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <algorithm>
#include <limits>
#include <string>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::kernels {

HWY_EXPORT(AllBelow);
HWY_EXPORT(AllFinite);
HWY_EXPORT(ArgmaxRows);
HWY_EXPORT(MaxRows);

namespace {

void check_size(const char* name, std::size_t size, std::size_t wanted) {
  if (size == wanted) return;
  throw_argument("rows", std::string(name) + " has " + std::to_string(size) +
                             " elements: must have " + std::to_string(wanted));
}

void check_index(std::span<const std::uint32_t> index, std::size_t rows) {
  const std::size_t most = std::numeric_limits<std::uint32_t>::max();
  const auto n = static_cast<std::uint32_t>(std::min(rows, most));
  if (index.empty() || PAVLOV_DISPATCH(AllBelow)(index.data(), index.size(), n)) return;
  throw_argument("rows", "index " + std::to_string(*std::max_element(index.begin(), index.end())) +
                             ": must be below the " + std::to_string(rows) + " source rows");
}

void check_columns(std::span<const std::int32_t> column, std::size_t cols) {
  const std::size_t most = std::numeric_limits<std::int32_t>::max();
  const auto n = static_cast<std::int32_t>(std::min(cols, most));
  if (all_in_range(column, n)) return;
  throw_argument("rows", "a column index is outside [0, " + std::to_string(n) + ")");
}

template <class T>
void gather_checked(std::span<const T> source, std::span<const std::uint32_t> index,
                    std::span<T> out) {
  check_size("out", out.size(), index.size());
  check_index(index, source.size());
  for (std::size_t b = 0; b < index.size(); ++b) out[b] = source[index[b]];
}

// A copy whose size the compiler knows is one or two vector moves.
template <std::size_t kCols>
void gather_short_rows(const ConstMatrixView& source, std::span<const std::uint32_t> index,
                       const MatrixView& out) {
  for (std::size_t b = 0; b < index.size(); ++b) {
    std::memcpy(out.data + b * out.stride, source.data + index[b] * source.stride,
                kCols * sizeof(float));
  }
}

Matrix checked(const ConstMatrixView& values, std::size_t out_size) {
  check_size("out", out_size, values.rows);
  if (values.cols == 0 && values.rows != 0) {
    throw_argument("rows", "values have 0 columns: must have at least one");
  }
  return {values.data, values.rows, values.cols, values.stride};
}

}  // namespace

void gather_rows(ConstMatrixView source, std::span<const std::uint32_t> index, MatrixView out) {
  check_size("index", index.size(), out.rows);
  if (source.cols != out.cols) {
    throw_argument("rows", "out has " + std::to_string(out.cols) + " columns: must have " +
                               std::to_string(source.cols) + ", as the source");
  }
  check_index(index, source.rows);
  switch (source.cols) {
    case 0:
      return;
    case 1:
      return gather_short_rows<1>(source, index, out);
    case 2:
      return gather_short_rows<2>(source, index, out);
    case 3:
      return gather_short_rows<3>(source, index, out);
    case 4:
      return gather_short_rows<4>(source, index, out);
    case 6:
      return gather_short_rows<6>(source, index, out);
    case 8:
      return gather_short_rows<8>(source, index, out);
    default:
      break;
  }
  for (std::size_t b = 0; b < index.size(); ++b) {
    std::memcpy(out.data + b * out.stride, source.data + index[b] * source.stride,
                source.cols * sizeof(float));
  }
}

void gather_values(std::span<const float> source, std::span<const std::uint32_t> index,
                   std::span<float> out) {
  gather_checked(source, index, out);
}

void gather_values(std::span<const std::int32_t> source, std::span<const std::uint32_t> index,
                   std::span<std::int32_t> out) {
  gather_checked(source, index, out);
}

void select_columns(ConstMatrixView values, std::span<const std::int32_t> column,
                    std::span<float> out) {
  check_size("column", column.size(), values.rows);
  check_size("out", out.size(), values.rows);
  check_columns(column, values.cols);
  for (std::size_t b = 0; b < values.rows; ++b) {
    out[b] = values.data[b * values.stride + static_cast<std::size_t>(column[b])];
  }
}

void scatter_columns(std::span<const float> values, std::span<const std::int32_t> column,
                     MatrixView out) {
  check_size("values", values.size(), out.rows);
  check_size("column", column.size(), out.rows);
  check_columns(column, out.cols);
  for (std::size_t b = 0; b < out.rows; ++b) {
    float* row = out.data + b * out.stride;
    std::fill_n(row, out.cols, 0.0f);
    row[column[b]] = values[b];
  }
}

void argmax_rows(ConstMatrixView values, std::span<std::int32_t> index) {
  PAVLOV_DISPATCH(ArgmaxRows)(checked(values, index.size()), index.data());
}

void max_rows(ConstMatrixView values, std::span<float> out) {
  PAVLOV_DISPATCH(MaxRows)(checked(values, out.size()), out.data());
}

bool all_in_range(std::span<const std::int32_t> values, std::int32_t n) {
  if (values.empty()) return true;
  if (n <= 0) return false;
  // int32 and uint32 may alias: they are the signed and unsigned version of one type
  return PAVLOV_DISPATCH(AllBelow)(reinterpret_cast<const std::uint32_t*>(values.data()),
                                   values.size(), static_cast<std::uint32_t>(n));
}

bool all_finite(std::span<const float> values) {
  return PAVLOV_DISPATCH(AllFinite)(values.data(), values.size());
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
