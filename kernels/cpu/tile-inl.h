// A tile of a matrix product: some rows of a few vectors of columns, in registers over all depths.
//
// Per-target code, in Highway's toggle-guard layout: include only from a multi-target source, after
// foreach_target.h.
#include <cstddef>
#include <cstdint>

#if defined(PAVLOV_KERNELS_CPU_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_CPU_TILE_INL_H_
#undef PAVLOV_KERNELS_CPU_TILE_INL_H_
#else
#define PAVLOV_KERNELS_CPU_TILE_INL_H_
#endif

#include "pavlov/kernels/cpu/product-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr bool kManyRegisters = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON;  // 32, else 16

// Width of a tile of one row that visits marked depths.
constexpr int kMostMarkedVectors = kManyRegisters ? 16 : 8;
constexpr int kLeastMarkedVectors = 8;

// Widest row of any tile.
constexpr std::size_t kMostTileColumns = 16 * 16;

// Which depths a tile visits: all, those of the product's list (or all for its list of rows), or
// those that are marked for its one row.
enum class Visits : std::uint8_t { all, listed, marked };

// Some columns of a product: where those of B, start, C and the slope begin.
struct Columns {
  const float* b;  // row k at b + (k - first_depth) * b_stride
  std::size_t b_stride;
  std::size_t first_depth;
  const float* start;
  std::size_t start_row;
  float* c;
  const float* slope_y;
};

// kRows rows from i on of kVectors vectors of columns.
template <Visits kVisits, int kRows, int kVectors, class D, template <class> class Access>
HWY_INLINE void tile(const Access<D>& access, const Product& p, const Columns& columns,
                     std::size_t i) {
  const D d;
  using V = hn::Vec<D>;
  constexpr std::size_t kLanes = hn::MaxLanes(D());
  static_assert(kVisits != Visits::marked || kRows == 1);
  const bool rows_listed = kVisits == Visits::listed && p.row_list != nullptr;
  const auto row = [&](int r) HWY_ATTR { return rows_listed ? p.row_list[i + r] : i + r; };
  V acc[kRows][kVectors];
  PAVLOV_UNROLL for (int r = 0; r < kRows; ++r) {
    const float* start = columns.start + row(r) * columns.start_row;
    PAVLOV_UNROLL for (int v = 0; v < kVectors; ++v) acc[r][v] = access.load(start + v * kLanes);
  }
  const auto add_depth = [&](const auto& entry_of_row, const float* HWY_RESTRICT b_row) HWY_ATTR {
    V row_of_b[kVectors];
    PAVLOV_UNROLL for (int v = 0; v < kVectors; ++v) row_of_b[v] = access.load(b_row + v * kLanes);
    PAVLOV_UNROLL for (int r = 0; r < kRows; ++r) {
      const V entry = hn::Set(d, entry_of_row(r));
      PAVLOV_UNROLL for (int v = 0; v < kVectors; ++v) {
        acc[r][v] = hn::MulAdd(entry, row_of_b[v], acc[r][v]);
      }
    }
  };
  const float* HWY_RESTRICT b = columns.b;
  const std::size_t b_stride = columns.b_stride;
  if constexpr (kVisits == Visits::marked) {
    const float* HWY_RESTRICT a = p.a + i * p.a_row + columns.first_depth * p.a_depth;
    for (std::uint64_t marks = p.marks[i]; marks != 0; marks &= marks - 1) {
      const std::size_t k = hwy::Num0BitsBelowLS1Bit_Nonzero64(marks);
      add_depth([&](int) HWY_ATTR { return a[k * p.a_depth]; }, b + k * b_stride);
    }
  } else if constexpr (kVisits == Visits::listed) {
    const float* HWY_RESTRICT a[kRows];
    PAVLOV_UNROLL for (int r = 0; r < kRows; ++r) a[r] = p.a + row(r) * p.a_row;
    for (std::size_t n = 0; n < p.visits; ++n) {
      const std::size_t k = p.depth_list == nullptr ? columns.first_depth + n : p.depth_list[n];
      add_depth([&](int r) HWY_ATTR { return a[r][k * p.a_depth]; },
                b + (k - columns.first_depth) * b_stride);
    }
  } else {
    const float* HWY_RESTRICT a = p.a + i * p.a_row + columns.first_depth * p.a_depth;
    const std::size_t a_row = p.a_row;
    const std::size_t a_depth = p.a_depth;
    for (std::size_t k = p.visits; k != 0; --k, a += a_depth, b += b_stride) {
      add_depth([&](int r) HWY_ATTR { return a[r * a_row]; }, b);
    }
  }
  if (p.relu) {
    PAVLOV_UNROLL for (int r = 0; r < kRows; ++r) {
      PAVLOV_UNROLL for (int v = 0; v < kVectors; ++v) {  // not Max: NaN must stay NaN
        acc[r][v] = hn::IfThenZeroElse(hn::Lt(acc[r][v], hn::Zero(d)), acc[r][v]);
      }
    }
  }
  const auto multiply_slope = [&](auto times) HWY_ATTR {
    PAVLOV_UNROLL for (int r = 0; r < kRows; ++r) {
      const float* y = columns.slope_y + row(r) * p.slope.stride;
      PAVLOV_UNROLL for (int v = 0; v < kVectors; ++v) {
        acc[r][v] = times(access.load(y + v * kLanes), acc[r][v]);
      }
    }
  };
  if (p.slope.activation == Activation::relu) {
    multiply_slope([&](V y, V dy) HWY_ATTR { return times_slope<Activation::relu>(d, y, dy); });
  } else if (p.slope.activation == Activation::tanh) {
    multiply_slope([&](V y, V dy) HWY_ATTR { return times_slope<Activation::tanh>(d, y, dy); });
  }
  PAVLOV_UNROLL for (int r = 0; r < kRows; ++r) {
    float* c = columns.c + row(r) * p.c_row;
    PAVLOV_UNROLL for (int v = 0; v < kVectors; ++v) access.store(acc[r][v], c + v * kLanes);
  }
}

// As many rows from i on as fill tiles; returns the first one left. Works on copies: a store to C
// might change what a reference stands for, which would then be read again for every tile.
template <Visits kVisits, int kRows, int kVectors, class A>
HWY_NOINLINE std::size_t full_tiles(const A& given_access, const Product& given_product,
                                    const Columns& given_columns, std::size_t i) {
  const A access = given_access;
  const Product p = given_product;
  const Columns columns = given_columns;
  for (; i + kRows <= p.rows; i += kRows) {
    tile<kVisits, kRows, kVectors>(access, p, columns, i);
  }
  return i;
}

// All rows from i on, in tiles of kRows rows and then of half as many.
template <Visits kVisits, int kRows, int kVectors, class A>
HWY_INLINE void row_tiles(const A& access, const Product& p, const Columns& columns,
                          std::size_t i) {
  if (i + kRows <= p.rows) i = full_tiles<kVisits, kRows, kVectors>(access, p, columns, i);
  if constexpr (kRows > 1) {
    if (i < p.rows) row_tiles<kVisits, kRows / 2, kVectors>(access, p, columns, i);
  }
}

// The columns from j on, of whose B `b` is the part for the depths from first_depth on.
HWY_INLINE Columns columns_from(const Product& p, std::size_t j, const float* b,
                                std::size_t b_stride, std::size_t first_depth) {
  HWY_ALIGN static constexpr float kZeros[kMostTileColumns] = {};
  return {b,
          b_stride,
          first_depth,
          p.start == nullptr ? kZeros : p.start + j,
          p.start == nullptr ? 0 : p.start_row,
          p.c + j,
          p.slope.y + j};
}

// All rows of these columns, but for marked ones.
template <int kRows, int kVectors, class A>
HWY_INLINE void row_tiles(const A& access, const Product& p, const Columns& columns) {
  if (p.depth_list != nullptr || p.row_list != nullptr) {
    row_tiles<Visits::listed, kRows, kVectors>(access, p, columns, 0);
  } else {
    row_tiles<Visits::all, kRows, kVectors>(access, p, columns, 0);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
