// Matrix product: one micro-kernel for all three products of a fully connected layer.
//
// C (rows,cols) = start + A (rows,depth) B (depth,cols). A is only ever broadcast, so it may have
// any two strides (a transposed A costs nothing); B has unit column stride, or is put together in
// panels. Each entry of C is one chain of multiply-adds, in ascending depth, that begins at
// `start`: neither tiles nor panels change a bit.
//
// A tile of C stays in registers over the whole depth: 8 rows x 2 vectors where there are 32 vector
// registers, 4 x 2 where there are 16. That keeps 16 (8) independent multiply-adds in flight,
// enough to cover a latency of 4 at 2 per cycle; 12 x 2 and 14 x 2 were tried and are no faster.
// Two vectors of B's columns meet all rows of A before the next two do.
//
// Where B is not used as it lies, those columns are first put together in a panel (panel-inl.h). A
// panel holds 256 depths, so over a greater depth C keeps what one block of depths gave, and the
// next one goes on from there.
//
// ReLU leaves much of A exactly zero. In a trained network many of these zeros are whole columns: a
// product may name the depths, or the rows, that are worth visiting (zero_columns-inl.h finds
// them). The others are scattered. To pass over them, a tile is one row high and up to 16 vectors
// wide, so that it may visit depths of its own (zero_entries-inl.h). Each multiply-add then loads
// its part of B, and at best they come at 8/9 of the speed: it pays from a quarter of zeros on.
// What either way leaves out would have added zero.
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

#include "pavlov/kernels/cpu/narrow-inl.h"
#include "pavlov/kernels/cpu/panel-inl.h"
#include "pavlov/kernels/cpu/product-inl.h"
#include "pavlov/kernels/cpu/zero_entries-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr bool kManyRegisters = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON;  // 32, else 16

// Widest row of a tile: sixteen vectors of 16 lanes.
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

// As many rows from i on as fill tiles; returns the first one left.
template <Visits kVisits, int kRows, int kVectors, class A>
HWY_NOINLINE std::size_t full_tiles(const A& access, const Product& p, const Columns& columns,
                                    std::size_t i) {
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

// The product over the depths [k, k + depth) alone: it goes on from C where the one before has left
// it, and what is done with C's entries in the end is left to the last.
HWY_INLINE Product block_of_depths(const Product& p, std::size_t k, std::size_t depth) {
  Product block = p;
  block.visits = depth;
  if (k != 0) {
    block.start = p.c;
    block.start_row = p.c_row;
  }
  if (k + depth != p.depth) {
    block.relu = false;
    block.slope.activation = Activation::identity;
  }
  return block;
}

// All rows of kVectors vectors of columns from j, block by block of depths. There is at least one
// block: a product without depths is its start.
template <int kRows, int kVectors, class D, template <class> class Access>
HWY_NOINLINE void panel_blocks(const Access<D>& access, const Product& p, std::size_t j) {
  static_assert(kVectors <= kPanelVectors);
  constexpr std::size_t kWidth = kVectors * hn::MaxLanes(D());
  HWY_ALIGN float panel[kPanelDepth * kWidth];
  std::size_t visited = 0;
  std::size_t k = 0;
  do {
    const std::size_t depth = HWY_MIN(kPanelDepth, p.depth - k);
    make_panel<kVectors>(access, p, k, depth, j, panel);
    Product block = block_of_depths(p, k, depth);
    if (p.depth_list != nullptr) {
      block.depth_list = p.depth_list + visited;
      block.visits = 0;
      while (visited < p.visits && p.depth_list[visited] < k + depth) ++visited, ++block.visits;
    }
    row_tiles<kRows, kVectors>(access, block, columns_from(block, j, panel, kWidth, k));
    k += depth;
  } while (k < p.depth);
}

// The same with marks, in rows of one tile each. B is used where it lies if that is one piece.
template <int kVectors, class D>
HWY_NOINLINE void marked_blocks(D d, const Product& p, std::size_t j) {
  constexpr std::size_t kWidth = kVectors * hn::MaxLanes(D());
  constexpr std::size_t kDepth = HWY_MIN(kMostPanel / kWidth, 64);
  const AllLanes<D> access{d};
  HWY_ALIGN float panel[kDepth * kWidth];
  const bool in_place = p.panel == Panel::none && p.b_stride <= kWidth;
  std::size_t k = 0;
  do {
    const std::size_t depth = HWY_MIN(kDepth, p.depth - k);
    if (!in_place) make_panel<kVectors>(access, p, k, depth, j, panel);
    const float* b = in_place ? p.b + k * p.b_stride + j : panel;
    std::uint64_t marks[kMostMarkedRows];
    mark_entries(p, k, depth, marks);
    Product block = block_of_depths(p, k, depth);
    block.marks = marks;
    row_tiles<Visits::marked, 1, kVectors>(
        access, block, columns_from(block, j, b, in_place ? p.b_stride : kWidth, k), 0);
    k += depth;
  } while (k < p.depth);
}

// Columns from j on, kVectors vectors at a time, and then half as many. Returns where those begin
// that are too few.
template <int kVectors, class D>
HWY_INLINE std::size_t marked_columns(D d, const Product& p, std::size_t j) {
  constexpr std::size_t kWidth = kVectors * hn::MaxLanes(D());
  for (; j + kWidth <= p.cols; j += kWidth) marked_blocks<kVectors>(d, p, j);
  if constexpr (kVectors > kLeastMarkedVectors) return marked_columns<kVectors / 2>(d, p, j);
  return j;
}

// All columns from j on, kVectors vectors at a time, then half as many, down to part of one.
template <int kRows, int kVectors, class D>
HWY_INLINE void column_tiles(D d, const Product& p, std::size_t j) {
  constexpr std::size_t kWidth = kVectors * hn::MaxLanes(D());
  const auto columns = [&](const auto& access) HWY_ATTR {
    if constexpr (kVectors <= kPanelVectors) {
      if (p.panel != Panel::none) return panel_blocks<kRows, kVectors>(access, p, j);
    }
    row_tiles<kRows, kVectors>(access, p, columns_from(p, j, p.b + j, p.b_stride, 0));
  };
  for (; j + kWidth <= p.cols; j += kWidth) columns(AllLanes<D>{d});
  if (j == p.cols) return;
  if constexpr (kVectors > 1) {
    column_tiles<kRows, kVectors / 2>(d, p, j);
#if PAVLOV_GEMM_MASKS
  } else {
    columns(FirstLanes<D>{d, hn::FirstN(d, p.cols - j)});
  }
#else
  } else if constexpr (hn::MaxLanes(D()) > 1) {
    column_tiles<kRows, 1>(hn::Half<D>(), p, j);
  }
#endif
}

// All columns from j on. With 32 registers 8 rows are in flight, else 4; for fewer rows the tile
// grows in width instead.
HWY_INLINE void multiply_tiles(const Product& p, std::size_t j) {
  const hn::ScalableTag<float> d;
  if (p.panel != Panel::none || p.rows >= 4) {
    column_tiles<kManyRegisters ? 8 : 4, 2>(d, p, j);
  } else if (p.rows >= 2) {
    column_tiles<2, 4>(d, p, j);
  } else {
    column_tiles<1, 8>(d, p, j);
  }
}

// `count` rows of p from `first` on.
HWY_INLINE Product rows_of(const Product& p, std::size_t first, std::size_t count) {
  Product part = p;
  part.rows = count;
  part.a += first * p.a_row;
  part.c += first * p.c_row;
  if (p.start != nullptr) part.start += first * p.start_row;
  part.slope.y += first * p.slope.stride;
  return part;
}

HWY_INLINE void multiply(Product p) {
  if (p.depth_list == nullptr) p.visits = p.depth;
  if (p.cols <= kNarrowColumns && p.panel == Panel::none && p.a_depth == 1 && p.start != nullptr &&
      p.start_row == 0 && p.row_list == nullptr) {
    const std::size_t done = narrow_product(p);
    p = rows_of(p, done, p.rows - done);
    if (p.rows == 0) return;
  }
  if (!p.skip_entries) return multiply_tiles(p, 0);
  constexpr int kVectors = kManyRegisters ? 16 : 8;
  for (std::size_t i = 0; i < p.rows; i += kMostMarkedRows) {
    const Product part = rows_of(p, i, HWY_MIN(kMostMarkedRows, p.rows - i));
    const std::size_t j = marked_columns<kVectors>(hn::ScalableTag<float>(), part, 0);
    if (j < p.cols) multiply_tiles(part, j);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
