// Which columns of a matrix hold anything but zeros.
//
// ReLU leaves much of a layer's result exactly zero, and in a trained network most of it in whole
// columns: units that are off for the entire batch.
//
// Per-target code, in Highway's toggle-guard layout: include only from a multi-target source, after
// foreach_target.h.
#include <cstddef>
#include <cstdint>

#if defined(PAVLOV_KERNELS_CPU_ZERO_COLUMNS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_CPU_ZERO_COLUMNS_INL_H_
#undef PAVLOV_KERNELS_CPU_ZERO_COLUMNS_INL_H_
#else
#define PAVLOV_KERNELS_CPU_ZERO_COLUMNS_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Longest list of columns; beyond it everything is visited.
constexpr std::size_t kMostListed = 1024;
// Where it may pay to look for zeros at all.
constexpr std::size_t kLeastListedRows = 8;
constexpr std::size_t kLeastListedColumns = 32;

// Writes the columns of `m` (rows,cols, row stride `stride`) that hold anything but zeros to `list`
// and returns their number. Returns cols, and no list, where it would not pay: fewer than an eighth
// of the columns are zero, or the matrix is too small or too wide.
HWY_NOINLINE std::size_t nonzero_columns(const float* m, std::size_t rows, std::size_t cols,
                                         std::size_t stride, std::uint32_t* list) {
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const std::size_t lanes = hn::Lanes(d);
  if (rows < kLeastListedRows || cols < kLeastListedColumns || cols > kMostListed ||
      cols % lanes != 0) {
    return cols;
  }
  const auto magnitude = hn::Set(du, 0x7fffffffu);
  // The bits of all entries of the columns from j on, rows [0, count).
  const auto seen_in = [&](std::size_t j, std::size_t count) HWY_ATTR {
    auto seen = hn::Zero(du);
    const float* at = m + j;
    for (std::size_t r = 0; r < count; ++r, at += stride) {
      seen = hn::Or(seen, hn::BitCast(du, hn::LoadU(d, at)));
    }
    return hn::And(seen, magnitude);
  };
  // A few rows tell that a living network has too few of them.
  std::size_t candidates = 0;
  for (std::size_t j = 0; j < cols; j += lanes) {
    candidates += hn::CountTrue(du, hn::Eq(seen_in(j, kLeastListedRows), hn::Zero(du)));
  }
  const std::size_t least = cols / 8;
  if (candidates < least) return cols;
  HWY_ALIGN std::uint32_t bits[hn::MaxLanes(du)];
  std::size_t count = 0;
  for (std::size_t j = 0; j < cols; j += lanes) {
    hn::Store(seen_in(j, rows), du, bits);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      list[count] = static_cast<std::uint32_t>(j + lane);
      count += bits[lane] != 0 ? 1 : 0;
    }
  }
  return count <= cols - least ? count : cols;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
