// One row through a layer: eight vectors of columns at once, and only the inputs that are not zero.
//
// Every output is a chain of multiply-adds, whose latency is what one row costs: half the inputs
// behind a ReLU are zero, and without them the chain is half as long.
//
// Per-target code, in Highway's toggle-guard layout: include only from a multi-target source, after
// foreach_target.h.
#include <cstddef>
#include <cstdint>

#if defined(PAVLOV_KERNELS_CPU_ONE_ROW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_CPU_ONE_ROW_INL_H_
#undef PAVLOV_KERNELS_CPU_ONE_ROW_INL_H_
#else
#define PAVLOV_KERNELS_CPU_ONE_ROW_INL_H_
#endif

#include "pavlov/kernels/cpu/product-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Longest list of inputs; a wider layer's are all visited.
constexpr std::size_t kMostRowListed = 1024;

// Which inputs of a layer are not zero, ascending.
struct RowList {
  std::size_t size;
  HWY_ALIGN std::uint32_t index[kMostRowListed + hn::MaxLanes(hn::ScalableTag<std::uint32_t>())];
};

// One row meets one layer: y (cols) = bias + x (inputs) weight, and ReLU where wanted.
struct RowProduct {
  const float* x;
  std::size_t inputs;
  const RowList* visits;  // null: all inputs
  const float* weight;
  std::size_t stride;
  const float* bias;
  float* y;
  std::size_t cols;
  bool relu;
  RowList* nonzero;  // null, or receives which of y are not zero
};

// kVectors vectors of columns from j.
template <int kVectors, class D, template <class> class Access>
HWY_INLINE void row_columns(const Access<D>& access, const RowProduct& p, std::size_t j) {
  const D d;
  const hn::RebindToUnsigned<D> du;
  constexpr std::size_t kLanes = hn::MaxLanes(D());
  hn::Vec<D> acc[kVectors];
  PAVLOV_UNROLL for (int v = 0; v < kVectors; ++v) acc[v] = access.load(p.bias + j + v * kLanes);
  const auto add = [&](std::size_t k) HWY_ATTR {
    const auto entry = hn::Set(d, p.x[k]);
    const float* row = p.weight + k * p.stride + j;
    PAVLOV_UNROLL for (int v = 0; v < kVectors; ++v) {
      acc[v] = hn::MulAdd(entry, access.load(row + v * kLanes), acc[v]);
    }
  };
  if (p.visits == nullptr) {
    for (std::size_t k = 0; k < p.inputs; ++k) add(k);
  } else {
    for (std::size_t n = 0; n < p.visits->size; ++n) add(p.visits->index[n]);
  }
  PAVLOV_UNROLL for (int v = 0; v < kVectors; ++v) {
    if (p.relu) acc[v] = hn::IfThenZeroElse(hn::Lt(acc[v], hn::Zero(d)), acc[v]);
    access.store(acc[v], p.y + j + v * kLanes);
    if (p.nonzero == nullptr) continue;
    // Not Ne, which is false for NaN. A lane that is no column is not listed, whatever 0 * infinity
    // has left there.
    const auto nonzero = hn::RebindMask(du, access.among(hn::Not(hn::Eq(acc[v], hn::Zero(d)))));
    const auto places = hn::Iota(du, static_cast<std::uint32_t>(j + v * kLanes));
    hn::StoreU(hn::Compress(places, nonzero), du, p.nonzero->index + p.nonzero->size);
    p.nonzero->size += hn::CountTrue(du, nonzero);
  }
}

// All columns from j on, kVectors vectors at a time, then half as many, down to part of one.
template <int kVectors, class D>
HWY_INLINE void row_product(D d, const RowProduct& p, std::size_t j) {
  constexpr std::size_t kWidth = kVectors * hn::MaxLanes(D());
  for (; j + kWidth <= p.cols; j += kWidth) row_columns<kVectors>(AllLanes<D>{d}, p, j);
  if (j == p.cols) return;
  if constexpr (kVectors > 1) {
    row_product<kVectors / 2>(d, p, j);
#if PAVLOV_GEMM_MASKS
  } else {
    row_columns<1>(FirstLanes<D>{d, hn::FirstN(d, p.cols - j)}, p, j);
  }
#else
  } else if constexpr (hn::MaxLanes(D()) > 1) {
    row_product<1>(hn::Half<D>(), p, j);
  }
#endif
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
