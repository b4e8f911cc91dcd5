// Matrix product: one micro-kernel for all three products of a fully connected layer.
//
// C (rows,cols) = start + A (rows,depth) B (depth,cols). A is only ever broadcast, so it may have
// any two strides (a transposed A costs nothing); B has unit column stride, or is transposed block
// by block into a panel. Each entry of C is one chain of multiply-adds, in ascending depth, that
// begins at `start`: tiling does not change a bit.
//
// A tile of C stays in registers over the whole depth: 8 rows x 2 vectors where there are 32 vector
// registers, 4 x 2 where there are 16. That keeps 16 (8) independent multiply-adds in flight,
// enough to cover a latency of 4 at 2 per cycle. A panel of B's columns meets all rows of A before
// the next one does. Packing B into contiguous panels, and blocking the rows of A, were tried: both
// lose or gain nothing below 1024^3 (packing costs 7 % at 64 x 256 x 256).
//
// ReLU leaves much of A exactly zero, and in a trained network most of it in whole columns: units
// that are off for the entire batch. A product therefore may name the depths, or the rows, that are
// worth visiting (nonzero_columns finds them); what it leaves out would have added zero.
//
// Per-target code, in Highway's toggle-guard layout: include only from a multi-target source, after
// foreach_target.h.
#include <cstddef>
#include <cstdint>

#if defined(PAVLOV_KERNELS_CPU_GEMM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_CPU_GEMM_INL_H_
#undef PAVLOV_KERNELS_CPU_GEMM_INL_H_
#else
#define PAVLOV_KERNELS_CPU_GEMM_INL_H_
#endif

#include "pavlov/kernels/cpu/transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Widest panel of B in floats, on any target: 2 vectors of 16.
constexpr std::size_t kPanelColumns = 32;
// Up to this many columns, lanes run along rows instead (narrow_product).
constexpr std::size_t kNarrowColumns = 4;

struct Product {
  std::size_t rows, cols, depth;
  const float* a;  // entry (i, k) at a[i * a_row + k * a_depth]
  std::size_t a_row, a_depth;
  const float* b;  // entry (k, j) at b[k * b_stride + j]; with a panel at b[j * b_stride + k]
  std::size_t b_stride;
  const float* start;     // entry (i, j) at start[i * start_row + j]; null: zero
  std::size_t start_row;  // 0 for a bias, which all rows share
  float* c;
  std::size_t c_row;
  bool relu;
  float* panel;  // null, or room for depth * kPanelColumns floats: B is transposed into it
  // Null, or the depths to visit, ascending. `visits` is their number, or the depth.
  const std::uint32_t* depth_list;
  std::size_t visits;
  // Null, or the rows of A, start and C that rows 0, 1, ... of this product stand for.
  const std::uint32_t* row_list;
};

// Longest list of depths or rows; beyond it everything is visited.
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
  bool any_zero = false;
  for (std::size_t j = 0; j < cols && !any_zero; j += lanes) {
    any_zero = !hn::AllFalse(d, hn::Eq(hn::LoadU(d, m + j), hn::Zero(d)));
  }
  if (!any_zero) return cols;
  HWY_ALIGN std::uint32_t bits[hn::MaxLanes(du)];
  std::size_t count = 0;
  for (std::size_t j = 0; j < cols; j += lanes) {
    auto seen = hn::Zero(du);
    const float* at = m + j;
    for (std::size_t r = 0; r < rows; ++r, at += stride) {
      seen = hn::Or(seen, hn::BitCast(du, hn::LoadU(d, at)));
    }
    hn::Store(hn::And(seen, magnitude), du, bits);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      list[count] = static_cast<std::uint32_t>(j + lane);
      count += bits[lane] != 0 ? 1 : 0;
    }
  }
  return count <= cols - cols / 8 ? count : cols;
}

// How a tile reads and writes one vector: all lanes, or the first few.
template <class D>
struct AllLanes {
  D d;
  HWY_INLINE hn::Vec<D> load(const float* p) const { return hn::LoadU(d, p); }
  HWY_INLINE void store(hn::Vec<D> v, float* p) const { hn::StoreU(v, d, p); }
};

// Only where masked accesses do not touch the memory behind the mask.
#undef PAVLOV_GEMM_MASKS
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
#define PAVLOV_GEMM_MASKS 1
template <class D>
struct FirstLanes {
  D d;
  hn::Mask<D> mask;
  HWY_INLINE hn::Vec<D> load(const float* p) const { return hn::MaskedLoad(mask, d, p); }
  HWY_INLINE void store(hn::Vec<D> v, float* p) const { hn::BlendedStore(v, mask, d, p); }
};
#else
#define PAVLOV_GEMM_MASKS 0
#endif

// Unrolls the short loops over rows and vectors early enough for GCC to keep the accumulators in
// registers; without it some tiles store them to the stack in every round.
#undef PAVLOV_UNROLL
#if defined(__clang__)
#define PAVLOV_UNROLL _Pragma("unroll")
#else
#define PAVLOV_UNROLL _Pragma("GCC unroll 8")
#endif

// Rows [i, i + kRows) and kVectors vectors of columns from j. `b` is the panel's first entry.
// kListed: the product has a list of depths or rows.
template <bool kListed, int kRows, int kVectors, class D, template <class> class Access>
HWY_NOINLINE void tile(const Access<D>& access, const Product& p, std::size_t i, std::size_t j,
                       const float* HWY_RESTRICT b, std::size_t b_stride) {
  const D d;
  using V = hn::Vec<D>;
  constexpr std::size_t kLanes = hn::MaxLanes(D());
  const bool rows_listed = kListed && p.row_list != nullptr;
  const auto row = [&](int r) HWY_ATTR { return rows_listed ? p.row_list[i + r] : i + r; };
  V acc[kRows][kVectors];
  PAVLOV_UNROLL for (int r = 0; r < kRows; ++r) {
    const float* start = p.start == nullptr ? nullptr : p.start + row(r) * p.start_row + j;
    PAVLOV_UNROLL for (int v = 0; v < kVectors; ++v) {
      acc[r][v] = start == nullptr ? hn::Zero(d) : access.load(start + v * kLanes);
    }
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
  if constexpr (kListed) {
    const float* HWY_RESTRICT a[kRows];
    PAVLOV_UNROLL for (int r = 0; r < kRows; ++r) a[r] = p.a + row(r) * p.a_row;
    for (std::size_t n = 0; n < p.visits; ++n) {
      const std::size_t k = p.depth_list == nullptr ? n : p.depth_list[n];
      add_depth([&](int r) HWY_ATTR { return a[r][k * p.a_depth]; }, b + k * b_stride);
    }
  } else {
    const float* HWY_RESTRICT a = p.a + i * p.a_row;
    const std::size_t a_row = p.a_row;
    const std::size_t a_depth = p.a_depth;
    for (std::size_t k = p.depth; k != 0; --k, a += a_depth, b += b_stride) {
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
  PAVLOV_UNROLL for (int r = 0; r < kRows; ++r) {
    float* c = p.c + row(r) * p.c_row + j;
    PAVLOV_UNROLL for (int v = 0; v < kVectors; ++v) access.store(acc[r][v], c + v * kLanes);
  }
}

// All rows from i on, in tiles of kRows rows and then of half as many.
template <bool kListed, int kRows, int kVectors, class A>
HWY_INLINE void row_tiles(const A& access, const Product& p, std::size_t i, std::size_t j,
                          const float* b, std::size_t b_stride) {
  for (; i + kRows <= p.rows; i += kRows) {
    tile<kListed, kRows, kVectors>(access, p, i, j, b, b_stride);
  }
  if constexpr (kRows > 1) {
    if (i < p.rows) row_tiles<kListed, kRows / 2, kVectors>(access, p, i, j, b, b_stride);
  }
}

// All rows of the columns [j, j + width). A transposed B goes through a panel (depth,width).
template <int kRows, int kVectors, class A>
HWY_INLINE void column_panel(const A& access, const Product& p, std::size_t j, std::size_t width) {
  const float* b = p.b + j;
  std::size_t b_stride = p.b_stride;
  if (p.panel != nullptr) {
    transpose(p.b + j * p.b_stride, p.b_stride, width, p.depth, p.panel, width);
    b = p.panel;
    b_stride = width;
  }
  if (p.depth_list != nullptr || p.row_list != nullptr) {
    row_tiles<true, kRows, kVectors>(access, p, 0, j, b, b_stride);
  } else {
    row_tiles<false, kRows, kVectors>(access, p, 0, j, b, b_stride);
  }
}

// All columns from j on, in panels of kVectors vectors, then of half as many, down to part of one.
template <int kRows, int kVectors, class D>
HWY_INLINE void column_panels(D d, const Product& p, std::size_t j) {
  constexpr std::size_t kWidth = kVectors * hn::MaxLanes(D());
  for (; j + kWidth <= p.cols; j += kWidth) {
    column_panel<kRows, kVectors>(AllLanes<D>{d}, p, j, kWidth);
  }
  if (j == p.cols) return;
  if constexpr (kVectors > 1) {
    column_panels<kRows, kVectors / 2>(d, p, j);
#if PAVLOV_GEMM_MASKS
  } else {
    const FirstLanes<D> access{d, hn::FirstN(d, p.cols - j)};
    column_panel<kRows, 1>(access, p, j, p.cols - j);
  }
#else
  } else if constexpr (hn::MaxLanes(D()) > 1) {
    column_panels<kRows, 1>(hn::Half<D>(), p, j);
  }
#endif
}

#if HWY_TARGET != HWY_SCALAR
// Rows [i, i + lanes) of a product with kCols columns; lanes run along the rows of A.
template <int kCols, class D>
HWY_INLINE void narrow_tile(D d, const Product& p, std::size_t i) {
  using V = hn::Vec<D>;
  constexpr std::size_t kLanes = hn::MaxLanes(D());
  const float* a = p.a + i * p.a_row;
  const float* b = p.b;
  V acc[kCols];
  for (int c = 0; c < kCols; ++c) acc[c] = hn::Set(d, p.start[c]);
  std::size_t k = 0;
  for (; k + 4 <= p.depth; k += 4) {
    V column[4];
    load_columns_4(d, a + k, p.a_row, column);
    for (int q = 0; q < 4; ++q, b += p.b_stride) {
      for (int c = 0; c < kCols; ++c) acc[c] = hn::MulAdd(column[q], hn::Set(d, b[c]), acc[c]);
    }
  }
  HWY_ALIGN float lane[kLanes];
  for (; k < p.depth; ++k, b += p.b_stride) {
    for (std::size_t r = 0; r < kLanes; ++r) lane[r] = a[r * p.a_row + k];
    const V column = hn::Load(d, lane);
    for (int c = 0; c < kCols; ++c) acc[c] = hn::MulAdd(column, hn::Set(d, b[c]), acc[c]);
  }
  for (int c = 0; c < kCols; ++c) {
    const V result = p.relu ? hn::IfThenZeroElse(hn::Lt(acc[c], hn::Zero(d)), acc[c]) : acc[c];
    hn::Store(result, d, lane);
    for (std::size_t r = 0; r < kLanes; ++r) p.c[(i + r) * p.c_row + c] = lane[r];
  }
}

// As many rows as fill vectors; returns their number. Wants a_depth = 1, start_row = 0.
template <int kCols, class D>
HWY_NOINLINE std::size_t narrow_rows(D d, const Product& p) {
  std::size_t i = 0;
  for (; i + hn::MaxLanes(D()) <= p.rows; i += hn::MaxLanes(D())) narrow_tile<kCols>(d, p, i);
  return i;
}

// The leading rows of a product with up to kNarrowColumns columns. A vector along so few columns
// would be mostly empty. Returns the number of rows done.
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
    default:
      return 0;
  }
}
#else
HWY_INLINE std::size_t narrow_product(const Product&) { return 0; }
#endif

// With 32 registers 8 rows are in flight, else 4; for fewer rows the tile grows in width instead.
HWY_INLINE void multiply(Product p) {
  if (p.cols <= kNarrowColumns && p.a_depth == 1 && p.start != nullptr && p.start_row == 0) {
    const std::size_t rows = narrow_product(p);
    p.a += rows * p.a_row;
    p.c += rows * p.c_row;
    p.rows -= rows;
    if (p.rows == 0) return;
  }
  const hn::ScalableTag<float> d;
  constexpr int kMostRows = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON ? 8 : 4;
  if (p.panel != nullptr || p.rows >= 4) {
    column_panels<kMostRows, 2>(d, p, 0);
  } else if (p.rows >= 2) {
    column_panels<2, 4>(d, p, 0);
  } else {
    column_panels<1, 8>(d, p, 0);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
