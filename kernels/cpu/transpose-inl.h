// Columns of a row-major matrix as vectors: lane r holds row r.
//
// Per-target code, in Highway's toggle-guard layout: include only from a multi-target source, after
// foreach_target.h.
#include <cstddef>

#if defined(PAVLOV_KERNELS_CPU_TRANSPOSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_CPU_TRANSPOSE_INL_H_
#undef PAVLOV_KERNELS_CPU_TRANSPOSE_INL_H_
#else
#define PAVLOV_KERNELS_CPU_TRANSPOSE_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR

// Four floats from each of the rows 0, 4, 8, ... below `p`, one 128-bit block per row.
template <class D>
HWY_INLINE hn::Vec<D> load_blocks(D d, const float* p, std::size_t stride) {
  if constexpr (hn::MaxLanes(D()) == 4) {
    return hn::LoadU(d, p);
  } else {
    const hn::Half<D> half;
    const std::size_t upper = hn::MaxLanes(D()) / 2 * stride;
    return hn::Combine(d, load_blocks(half, p + upper, stride), load_blocks(half, p, stride));
  }
}

// column[c] = entries (r, c) of a row-major matrix at `p`, lane r = row r, for c in [0, 4). Loading
// blocks that lie four rows apart leaves eight shuffles within blocks, whatever the vector length.
template <class D>
HWY_INLINE void load_columns_4(D d, const float* p, std::size_t stride, hn::Vec<D>* column) {
  const auto row0 = load_blocks(d, p, stride);
  const auto row1 = load_blocks(d, p + stride, stride);
  const auto row2 = load_blocks(d, p + 2 * stride, stride);
  const auto row3 = load_blocks(d, p + 3 * stride, stride);
  const auto lower02 = hn::InterleaveLower(d, row0, row2);
  const auto lower13 = hn::InterleaveLower(d, row1, row3);
  const auto upper02 = hn::InterleaveUpper(d, row0, row2);
  const auto upper13 = hn::InterleaveUpper(d, row1, row3);
  column[0] = hn::InterleaveLower(d, lower02, lower13);
  column[1] = hn::InterleaveUpper(d, lower02, lower13);
  column[2] = hn::InterleaveLower(d, upper02, upper13);
  column[3] = hn::InterleaveUpper(d, upper02, upper13);
}

#endif  // HWY_TARGET != HWY_SCALAR

// to (cols,rows), row stride `to_stride`, = transpose of from (rows,cols), row stride
// `from_stride`.
HWY_INLINE void transpose(const float* HWY_RESTRICT from, std::size_t from_stride, std::size_t rows,
                          std::size_t cols, float* HWY_RESTRICT to, std::size_t to_stride) {
  std::size_t r = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  for (; r + lanes <= rows; r += lanes) {
    const float* block = from + r * from_stride;
    std::size_t c = 0;
    for (; c + 4 <= cols; c += 4) {
      hn::Vec<decltype(d)> column[4];
      load_columns_4(d, block + c, from_stride, column);
      for (std::size_t q = 0; q < 4; ++q) hn::StoreU(column[q], d, to + (c + q) * to_stride + r);
    }
    for (; c < cols; ++c) {
      for (std::size_t q = 0; q < lanes; ++q) {
        to[c * to_stride + r + q] = block[q * from_stride + c];
      }
    }
  }
#endif
  for (; r < rows; ++r) {
    for (std::size_t c = 0; c < cols; ++c) to[c * to_stride + r] = from[r * from_stride + c];
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
