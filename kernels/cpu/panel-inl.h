// Panels: some columns of B and at most kPanelDepth of its rows side by side, so that they stay in
// the first-level cache while all rows of A meet them.
//
// Per-target code, in Highway's toggle-guard layout: include only from a multi-target source, after
// foreach_target.h.
#include <cstddef>

#if defined(PAVLOV_KERNELS_CPU_PANEL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_CPU_PANEL_INL_H_
#undef PAVLOV_KERNELS_CPU_PANEL_INL_H_
#else
#define PAVLOV_KERNELS_CPU_PANEL_INL_H_
#endif

#include "pavlov/kernels/cpu/product-inl.h"
#include "pavlov/kernels/cpu/transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Of a panel: 32 KiB at most on any target; for tiles of many rows, two vectors of columns.
constexpr std::size_t kMostPanel = 32 * 1024 / sizeof(float);
constexpr int kPanelVectors = 2;
constexpr std::size_t kPanelDepth = 256;

// Rows [r, r + count) of kVectors vectors of columns from j: dz over dy and, unless `panel` is
// null, into the panel; its column sums are added to dbias.
template <Activation kActivation, int kVectors, class D, template <class> class Access>
HWY_INLINE void gate_columns(const Access<D>& access, const Gate& g, std::size_t r,
                             std::size_t count, std::size_t j, float* HWY_RESTRICT panel) {
  const D d;
  constexpr std::size_t kLanes = hn::MaxLanes(D());
  hn::Vec<D> sum[kVectors];
  PAVLOV_UNROLL for (int v = 0; v < kVectors; ++v) sum[v] = access.load(g.dbias + j + v * kLanes);
  float* dy = g.dy + r * g.dy_stride + j;
  const float* y = g.slope.y + r * g.slope.stride + j;
  for (; count != 0; --count, dy += g.dy_stride, y += g.slope.stride) {
    PAVLOV_UNROLL for (int v = 0; v < kVectors; ++v) {
      hn::Vec<D> dz = access.load(dy + v * kLanes);
      if constexpr (kActivation != Activation::identity) {
        dz = times_slope<kActivation>(d, access.load(y + v * kLanes), dz);
        access.store(dz, dy + v * kLanes);
      }
      sum[v] = hn::Add(sum[v], dz);
      if (panel != nullptr) hn::StoreU(dz, d, panel + v * kLanes);
    }
    if (panel != nullptr) panel += kVectors * kLanes;
  }
  PAVLOV_UNROLL for (int v = 0; v < kVectors; ++v) access.store(sum[v], g.dbias + j + v * kLanes);
}

template <int kVectors, class Access>
HWY_NOINLINE void gate_columns(const Access& access, const Gate& g, std::size_t r,
                               std::size_t count, std::size_t j, float* HWY_RESTRICT panel) {
  switch (g.slope.activation) {
    case Activation::identity:
      return gate_columns<Activation::identity, kVectors>(access, g, r, count, j, panel);
    case Activation::relu:
      return gate_columns<Activation::relu, kVectors>(access, g, r, count, j, panel);
    case Activation::tanh:
      return gate_columns<Activation::tanh, kVectors>(access, g, r, count, j, panel);
  }
}

// Depths [k, k + depth) of kVectors vectors of columns from j, row by row.
template <int kVectors, class D, template <class> class Access>
HWY_INLINE void make_panel(const Access<D>& access, const Product& p, std::size_t k,
                           std::size_t depth, std::size_t j, float* HWY_RESTRICT panel) {
  constexpr std::size_t kLanes = hn::MaxLanes(D());
  constexpr std::size_t kWidth = kVectors * kLanes;
  if (p.panel == Panel::gated) {
    gate_columns<kVectors>(access, *p.gate, k, depth, j, panel);
  } else if (p.panel == Panel::transposed) {
    transpose(p.b + j * p.b_stride + k, p.b_stride, HWY_MIN(kWidth, p.cols - j), depth, panel,
              kWidth);
  } else {  // B's rows
    const float* b = p.b + k * p.b_stride + j;
    for (; depth != 0; --depth, b += p.b_stride, panel += kWidth) {
      PAVLOV_UNROLL for (int v = 0; v < kVectors; ++v) {
        hn::StoreU(access.load(b + v * kLanes), D(), panel + v * kLanes);
      }
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
