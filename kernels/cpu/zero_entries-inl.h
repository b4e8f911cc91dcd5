// Which single entries of a product's A are zero.
//
// Behind a ReLU about half of a layer's result is zero, and so is the gradient there: every row of
// A has depths of its own that it need not visit.
//
// Per-target code, in Highway's toggle-guard layout: include only from a multi-target source, after
// foreach_target.h.
#include <cstddef>
#include <cstdint>

#if defined(PAVLOV_KERNELS_CPU_ZERO_ENTRIES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_CPU_ZERO_ENTRIES_INL_H_
#undef PAVLOV_KERNELS_CPU_ZERO_ENTRIES_INL_H_
#else
#define PAVLOV_KERNELS_CPU_ZERO_ENTRIES_INL_H_
#endif

#include "pavlov/kernels/cpu/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Least matrix that is looked through for zeros, and how many of its rows are.
constexpr std::size_t kLeastSeenRows = 8;
constexpr std::size_t kLeastSeenColumns = 32;
// Rows that are marked at once, and most depths: the bits of a mark.
constexpr std::size_t kMarkedRows = 256;
constexpr std::size_t kMostMarkedDepth = 64;

// The lanes that are not zero. Not Ne, which is false for NaN.
template <class D, class V>
HWY_INLINE hn::Mask<D> nonzero_lanes(D d, V v) {
  return hn::Not(hn::Eq(v, hn::Zero(d)));
}

// Whether p should pass over single zeros of its A, where its other way is to leave out columns of
// the matrix that A lies in, but for `visits` of them. An entry then costs little more than one of
// a tile of many rows, and a row about as much as a quarter of its entries; eight rows of the
// matrix tell how many are zero.
HWY_MAYBE_UNUSED HWY_NOINLINE bool zeros_are_scattered(const Product& p, std::size_t visits) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const bool by_columns = p.a_depth != 1;
  const std::size_t rows = by_columns ? p.depth : p.rows;
  const std::size_t cols = by_columns ? p.rows : p.depth;
  const std::size_t stride = by_columns ? p.a_depth : p.a_row;
  if (rows < kLeastSeenRows || cols < kLeastSeenColumns || p.cols < kLeastMarkedVectors * lanes) {
    return false;
  }
  const std::size_t seen = cols - cols % lanes;
  std::size_t nonzero = 0;
  for (std::size_t n = 0; n < kLeastSeenRows; ++n) {
    const float* row = p.a + n * rows / kLeastSeenRows * stride;
    for (std::size_t j = 0; j < seen; j += lanes) {
      nonzero += hn::CountTrue(d, nonzero_lanes(d, hn::LoadU(d, row + j)));
    }
  }
  // nonzero / (kLeastSeenRows seen) + 1/4 < visits / cols
  return (4 * nonzero + kLeastSeenRows * seen) * cols < 4 * kLeastSeenRows * seen * visits;
}

// The nonzero entries among `lanes` floats at a, from the lowest bit on.
HWY_INLINE std::uint64_t nonzero_bits(const float* a) {
  const hn::ScalableTag<float> d;
  alignas(8) std::uint8_t bytes[8] = {};
  hn::StoreMaskBits(d, nonzero_lanes(d, hn::LoadU(d, a)), bytes);
  return hn::Lanes(d) <= 8 ? bytes[0] : bytes[0] | std::uint64_t{bytes[1]} << 8;
}

// Marks what is not zero in A, whose rows have unit stride.
HWY_INLINE void mark_rows(const Product& p, std::uint64_t* marks) {
  const std::size_t lanes = hn::Lanes(hn::ScalableTag<float>());
  for (std::size_t i = 0; i < p.rows; ++i) {
    const float* a = p.a + i * p.a_row;
    std::uint64_t bits = 0;
    std::size_t k = 0;
    for (; k + lanes <= p.depth; k += lanes) bits |= nonzero_bits(a + k) << k;
    for (; k < p.depth; ++k) bits |= std::uint64_t{a[k] != 0.0f} << k;
    marks[i] = bits;
  }
}

// The same where columns have unit stride.
HWY_INLINE void mark_columns(const Product& p, std::uint64_t* marks) {
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  // Rows in lanes, 32 depths in the bits of each.
  HWY_ALIGN std::uint32_t words[hn::MaxLanes(du)];
  for (; i + lanes <= p.rows; i += lanes) {
    for (std::size_t begin = 0; begin < p.depth; begin += 32) {
      const std::size_t end = HWY_MIN(p.depth, begin + 32);
      auto bits = hn::Zero(du);
      auto bit = hn::Set(du, 1);
      for (std::size_t k = begin; k < end; ++k) {
        const auto nonzero = nonzero_lanes(d, hn::LoadU(d, p.a + i + k * p.a_depth));
        bits = hn::Or(bits, hn::IfThenElseZero(hn::RebindMask(du, nonzero), bit));
        bit = hn::Add(bit, bit);
      }
      hn::Store(bits, du, words);
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        const std::uint64_t word = words[lane];
        marks[i + lane] = begin == 0 ? word : marks[i + lane] | word << 32;
      }
    }
  }
  for (; i < p.rows; ++i) {
    std::uint64_t bits = 0;
    for (std::size_t k = 0; k < p.depth; ++k) {
      bits |= std::uint64_t{p.a[i + k * p.a_depth] != 0.0f} << k;
    }
    marks[i] = bits;
  }
}

// marks[i], for the rows of p and its depths, kMostMarkedDepth at most; see Product.
HWY_NOINLINE void mark_entries(const Product& p, std::uint64_t* marks) {
  if (p.a_depth == 1) {
    mark_rows(p, marks);
  } else {
    mark_columns(p, marks);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
