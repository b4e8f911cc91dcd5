// Matrices of few columns, with rows in lanes: as many rows as a vector has lanes are copied into a
// small buffer by columns, so that what happens along a row happens lane by lane.
//
//   load_columns(d, p, stride, cols, count, buffer)    lane r of buffer + c * Lanes(d) = p[r *
//   stride + c] store_columns(d, buffer, cols, p, stride, count)   the way back
//   load_rows(d, p, count), store_rows(v, d, p, count)   one number per row
// for rows [0, count), count <= Lanes(d), cols <= kFewColumns; lanes of further rows load 0.
//
// Per-target code, in Highway's toggle-guard layout: include only from a multi-target source, after
// foreach_target.h.
#include <cstddef>

#if defined(PAVLOV_KERNELS_CPU_FEW_COLUMNS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_CPU_FEW_COLUMNS_INL_H_
#undef PAVLOV_KERNELS_CPU_FEW_COLUMNS_INL_H_
#else
#define PAVLOV_KERNELS_CPU_FEW_COLUMNS_INL_H_
#endif

#include "pavlov/kernels/cpu/partial-inl.h"
#include "pavlov/kernels/cpu/transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR
constexpr std::size_t kFewColumns = 0;  // one lane: nothing to gain
#else
constexpr std::size_t kFewColumns = 56;  // up to here, shuffles cost less than sums across lanes
#endif

// Numbers of rows [r, r + count), one per lane.
template <class D>
HWY_INLINE hn::Vec<D> load_rows(D d, const hn::TFromD<D>* p, std::size_t count) {
  return count == hn::Lanes(d) ? hn::LoadU(d, p) : load_first(d, p, count);
}
template <class V, class D>
HWY_INLINE void store_rows(V v, D d, hn::TFromD<D>* p, std::size_t count) {
  if (count == hn::Lanes(d)) {
    hn::StoreU(v, d, p);
  } else {
    store_first(v, d, p, count);
  }
}

// Memory for kFewColumns vectors.
struct ColumnBuffer {
  alignas(64) float data[(kFewColumns + 1) * hn::MaxLanes(hn::ScalableTag<float>())];
};

#if HWY_TARGET != HWY_SCALAR

// Stores block b of v (four floats) to the row 4 b below `p`.
template <class D>
HWY_INLINE void store_blocks(D d, hn::Vec<D> v, float* p, std::size_t stride) {
  if constexpr (hn::MaxLanes(D()) == 4) {
    hn::StoreU(v, d, p);
  } else {
    const hn::Half<D> half;
    store_blocks(half, hn::LowerHalf(half, v), p, stride);
    store_blocks(half, hn::UpperHalf(half, v), p + hn::MaxLanes(D()) / 2 * stride, stride);
  }
}

// The way back of load_columns_4.
template <class D>
HWY_INLINE void store_columns_4(D d, const hn::Vec<D>* column, float* p, std::size_t stride) {
  const auto lower02 = hn::InterleaveLower(d, column[0], column[2]);
  const auto lower13 = hn::InterleaveLower(d, column[1], column[3]);
  const auto upper02 = hn::InterleaveUpper(d, column[0], column[2]);
  const auto upper13 = hn::InterleaveUpper(d, column[1], column[3]);
  store_blocks(d, hn::InterleaveLower(d, lower02, lower13), p, stride);
  store_blocks(d, hn::InterleaveUpper(d, lower02, lower13), p + stride, stride);
  store_blocks(d, hn::InterleaveLower(d, upper02, upper13), p + 2 * stride, stride);
  store_blocks(d, hn::InterleaveUpper(d, upper02, upper13), p + 3 * stride, stride);
}

template <class D>
HWY_INLINE void load_columns(D d, const float* p, std::size_t stride, std::size_t cols,
                             std::size_t count, float* HWY_RESTRICT buffer) {
  const std::size_t lanes = hn::Lanes(d);
  hn::Vec<D> column[4];
  if (count == lanes && cols >= 4) {
    for (std::size_t c = 0; c < cols; c += 4) {
      const std::size_t from = c + 4 <= cols ? c : cols - 4;  // the last four may overlap
      load_columns_4(d, p + from, stride, column);
      for (std::size_t q = 0; q < 4; ++q) hn::Store(column[q], d, buffer + (from + q) * lanes);
    }
  } else if (count == lanes && cols == stride) {
    if (cols == 1) {
      column[0] = hn::LoadU(d, p);
    } else if (cols == 2) {
      hn::LoadInterleaved2(d, p, column[0], column[1]);
      hn::Store(column[1], d, buffer + lanes);
    } else {
      hn::LoadInterleaved3(d, p, column[0], column[1], column[2]);
      hn::Store(column[1], d, buffer + lanes);
      hn::Store(column[2], d, buffer + 2 * lanes);
    }
    hn::Store(column[0], d, buffer);
  } else {
    for (std::size_t c = 0; c < cols; ++c) {
      for (std::size_t r = 0; r < count; ++r) buffer[c * lanes + r] = p[r * stride + c];
      for (std::size_t r = count; r < lanes; ++r) buffer[c * lanes + r] = 0.0f;
    }
  }
}

template <class D>
HWY_INLINE void store_columns(D d, const float* HWY_RESTRICT buffer, std::size_t cols, float* p,
                              std::size_t stride, std::size_t count) {
  const std::size_t lanes = hn::Lanes(d);
  if (count == lanes && cols >= 4) {
    for (std::size_t c = 0; c < cols; c += 4) {
      const std::size_t from = c + 4 <= cols ? c : cols - 4;
      hn::Vec<D> column[4];
      for (std::size_t q = 0; q < 4; ++q) column[q] = hn::Load(d, buffer + (from + q) * lanes);
      store_columns_4(d, column, p + from, stride);
    }
  } else if (count == lanes && cols == stride) {
    const auto column0 = hn::Load(d, buffer);
    if (cols == 1) {
      hn::StoreU(column0, d, p);
    } else if (cols == 2) {
      hn::StoreInterleaved2(column0, hn::Load(d, buffer + lanes), d, p);
    } else {
      hn::StoreInterleaved3(column0, hn::Load(d, buffer + lanes), hn::Load(d, buffer + 2 * lanes),
                            d, p);
    }
  } else {
    for (std::size_t r = 0; r < count; ++r) {
      for (std::size_t c = 0; c < cols; ++c) p[r * stride + c] = buffer[c * lanes + r];
    }
  }
}

#else

template <class D>
HWY_INLINE void load_columns(D, const float*, std::size_t, std::size_t, std::size_t, float*) {}
template <class D>
HWY_INLINE void store_columns(D, const float*, std::size_t, float*, std::size_t, std::size_t) {}

#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
