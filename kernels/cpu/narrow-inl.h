// Products with few columns, the heads of networks: a vector along the columns would be mostly
// empty, so lanes run along rows.
//
// Per-target code, in Highway's toggle-guard layout: include only from a multi-target source, after
// foreach_target.h.
#include <cstddef>

#if defined(PAVLOV_KERNELS_CPU_NARROW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_CPU_NARROW_INL_H_
#undef PAVLOV_KERNELS_CPU_NARROW_INL_H_
#else
#define PAVLOV_KERNELS_CPU_NARROW_INL_H_
#endif

#include "pavlov/kernels/cpu/product-inl.h"
#include "pavlov/kernels/cpu/transpose-inl.h"
#include "pavlov/kernels/linear_backend.h"

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t kNarrowColumns = kMostNarrowOutputs;

#if HWY_TARGET != HWY_SCALAR
// Rows [i, i + kBlocks * lanes). Each block of as many rows as a vector has lanes brings kCols
// chains of multiply-adds; eight of them hide the latency of one.
template <int kCols, int kBlocks, class D>
HWY_INLINE void narrow_tile(D d, const Product& p, std::size_t i) {
  using V = hn::Vec<D>;
  constexpr std::size_t kLanes = hn::MaxLanes(D());
  const float* a = p.a + i * p.a_row;
  const float* b = p.b;
  V acc[kBlocks][kCols];
  PAVLOV_UNROLL for (int n = 0; n < kBlocks; ++n) {
    PAVLOV_UNROLL for (int c = 0; c < kCols; ++c) acc[n][c] = hn::Set(d, p.start[c]);
  }
  std::size_t k = 0;
  for (; k + 4 <= p.depth; k += 4, b += 4 * p.b_stride) {
    PAVLOV_UNROLL for (int n = 0; n < kBlocks; ++n) {
      V column[4];
      load_columns_4(d, a + n * kLanes * p.a_row + k, p.a_row, column);
      PAVLOV_UNROLL for (int q = 0; q < 4; ++q) {
        PAVLOV_UNROLL for (int c = 0; c < kCols; ++c) {
          acc[n][c] = hn::MulAdd(column[q], hn::Set(d, b[q * p.b_stride + c]), acc[n][c]);
        }
      }
    }
  }
  HWY_ALIGN float lane[kLanes];
  for (; k < p.depth; ++k, b += p.b_stride) {
    PAVLOV_UNROLL for (int n = 0; n < kBlocks; ++n) {
      for (std::size_t r = 0; r < kLanes; ++r) lane[r] = a[(n * kLanes + r) * p.a_row + k];
      const V column = hn::Load(d, lane);
      PAVLOV_UNROLL for (int c = 0; c < kCols; ++c) {
        acc[n][c] = hn::MulAdd(column, hn::Set(d, b[c]), acc[n][c]);
      }
    }
  }
  PAVLOV_UNROLL for (int n = 0; n < kBlocks; ++n) {
    float* to = p.c + (i + n * kLanes) * p.c_row;
    for (int c = 0; c < kCols; ++c) {
      const V z = acc[n][c];
      hn::Store(p.relu ? hn::IfThenZeroElse(hn::Lt(z, hn::Zero(d)), z) : z, d, lane);
      for (std::size_t r = 0; r < kLanes; ++r) to[r * p.c_row + c] = lane[r];
    }
  }
}

// As many rows as fill vectors; returns their number. Wants a_depth = 1, start_row = 0.
template <int kCols, class D>
HWY_NOINLINE std::size_t narrow_rows(D d, const Product& p) {
  constexpr int kBlocks = kCols == 1 ? 8 : kCols == 2 ? 4 : kCols <= 4 ? 2 : 1;
  constexpr std::size_t kLanes = hn::MaxLanes(D());
  std::size_t i = 0;
  for (; i + kBlocks * kLanes <= p.rows; i += kBlocks * kLanes) {
    narrow_tile<kCols, kBlocks>(d, p, i);
  }
  for (; i + kLanes <= p.rows; i += kLanes) narrow_tile<kCols, 1>(d, p, i);
  return i;
}

// The leading rows of a product with up to kNarrowColumns columns. Returns the number of rows done.
HWY_INLINE std::size_t narrow_product(const Product& p) {
  const hn::ScalableTag<float> d;
  switch (p.cols) {
    case 1:
      return narrow_rows<1>(d, p);
    case 2:
      return narrow_rows<2>(d, p);
    case 3:
      return narrow_rows<3>(d, p);
    case 4:
      return narrow_rows<4>(d, p);
    case 5:
      return narrow_rows<5>(d, p);
    case 6:
      return narrow_rows<6>(d, p);
    case 7:
      return narrow_rows<7>(d, p);
    case 8:
      return narrow_rows<8>(d, p);
    default:
      return 0;
  }
}
#else
HWY_INLINE std::size_t narrow_product(const Product&) { return 0; }
#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
