// Matrix product: one micro-kernel for all three products of a fully connected layer.
//
// C (rows,cols) = start + A (rows,depth) B (depth,cols). A is only ever broadcast, so it may have
// any two strides (a transposed A costs nothing); B has unit column stride, or is put together in
// panels. Each entry of C is one chain of multiply-adds, in ascending depth, that begins at
// `start`: neither tiles nor panels change a bit.
//
// A tile of C stays in registers over the whole depth (tile-inl.h): 8 rows x 2 vectors where there
// are 32 vector registers, 4 x 2 where there are 16. That keeps 16 (8) independent multiply-adds in
// flight, enough to cover a latency of 4 at 2 per cycle; 12 x 2 and 14 x 2 were tried and are no
// faster. Two vectors of B's columns meet all rows of A before the next two do.
//
// Where B is not used as it lies, those columns are first put together in a panel (panel-inl.h). A
// panel holds 256 depths, so over a greater depth C keeps what one block of depths gave, and the
// next one goes on from there.
//
// ReLU leaves much of A exactly zero. In a trained network many of these zeros are whole columns: a
// product may name the depths, or the rows, that are worth visiting (zero_columns-inl.h finds
// them). The others are scattered. To pass over them, a tile is one row high and up to 16 vectors
// wide, so that it may visit depths of its own (zero_entries-inl.h): of 32 to 64 at a time, whose
// part of B stays in the first-level cache. Each multiply-add then loads its part of B, and C comes
// and goes with every block; it pays from a quarter of zeros on. What either way leaves out would
// have added zero.
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
#include "pavlov/kernels/cpu/tile-inl.h"
#include "pavlov/kernels/cpu/zero_entries-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Fewer rows do not pay for a copy of B.
constexpr std::size_t kLeastRowsOfCopy = 32;

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

// The product over the depths [k, k + depth) alone: it goes on from C where the one before has left
// it, and what is done with C's entries in the end is left to the last.
HWY_INLINE Product block_of_depths(const Product& p, std::size_t k, std::size_t depth) {
  Product block = p;
  block.depth = block.visits = depth;
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

// The same, passing over single zeros. B is used where it lies if that is in one piece; for few
// rows, which would not pay for a copy, also if half of the piece belongs to other columns.
template <int kVectors, class D>
HWY_NOINLINE void marked_blocks(D d, const Product& p, std::size_t j) {
  constexpr std::size_t kWidth = kVectors * hn::MaxLanes(D());
  constexpr std::size_t kDepth = HWY_MIN(kMostPanel / kWidth, kMostMarkedDepth);
  const AllLanes<D> access{d};
  HWY_ALIGN float panel[kDepth * kWidth];
  std::uint64_t marks[kMarkedRows];
  const std::size_t most_stride = p.rows < kLeastRowsOfCopy ? 2 * kWidth : kWidth;
  const bool in_place = p.panel == Panel::none && p.b_stride <= most_stride;
  std::size_t k = 0;
  do {
    const std::size_t depth = HWY_MIN(kDepth, p.depth - k);
    if (!in_place) make_panel<kVectors>(access, p, k, depth, j, panel);
    const float* b = in_place ? p.b + k * p.b_stride + j : panel;
    Product block = block_of_depths(p, k, depth);
    block.a += k * p.a_depth;
    for (std::size_t i = 0; i < p.rows; i += kMarkedRows) {
      Product part = rows_of(block, i, HWY_MIN(kMarkedRows, p.rows - i));
      mark_entries(part, marks);
      part.marks = marks;
      row_tiles<Visits::marked, 1, kVectors>(
          access, part, columns_from(part, j, b, in_place ? p.b_stride : kWidth, 0), 0);
    }
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

HWY_INLINE void multiply(Product p) {
  if (p.depth_list == nullptr) p.visits = p.depth;
  if (p.cols <= kNarrowColumns && p.panel == Panel::none && p.a_depth == 1 && p.start != nullptr &&
      p.start_row == 0 && p.row_list == nullptr) {
    const std::size_t done = narrow_product(p);
    if (done == p.rows) return;
    p = rows_of(p, done, p.rows - done);
  }
  std::size_t j = 0;
  if (p.skip_entries) j = marked_columns<kMostMarkedVectors>(hn::ScalableTag<float>(), p, 0);
  if (j < p.cols) multiply_tiles(p, j);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
