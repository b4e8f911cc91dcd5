// Rows of n floats, vector by vector, where n is no multiple of the vector.
//
//   load_in_row(d, row, i, n, fill)   elements i, i + 1, ... of the row; `fill` in lanes beyond it
//   store_in_row(v, d, row, i, n)     the reverse; lanes beyond the row are dropped
//   add_lanes(dd, v, sum)             sum, in lanes of double, plus both halves of v
// i < n. Nothing beyond the n elements is read or written.
//
// Per-target code, in Highway's toggle-guard layout: include only from a multi-target source, after
// foreach_target.h.
#include <cstddef>

#if defined(PAVLOV_KERNELS_CPU_ROW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_CPU_ROW_INL_H_
#undef PAVLOV_KERNELS_CPU_ROW_INL_H_
#else
#define PAVLOV_KERNELS_CPU_ROW_INL_H_
#endif

#include "pavlov/kernels/cpu/partial-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class D>
HWY_INLINE hn::Vec<D> load_in_row(D d, const float* row, std::size_t i, std::size_t n, float fill) {
  if (i + hn::Lanes(d) <= n) return hn::LoadU(d, row + i);
  return hn::IfThenElse(hn::FirstN(d, n - i), load_first(d, row + i, n - i), hn::Set(d, fill));
}

template <class D>
HWY_INLINE void store_in_row(hn::Vec<D> v, D d, float* row, std::size_t i, std::size_t n) {
  if (i + hn::Lanes(d) <= n) {
    hn::StoreU(v, d, row + i);
  } else {
    store_first(v, d, row + i, n - i);
  }
}

template <class DD, class V>
HWY_INLINE hn::Vec<DD> add_lanes(DD dd, V v, hn::Vec<DD> sum) {
#if HWY_TARGET == HWY_SCALAR
  return hn::Add(sum, hn::PromoteTo(dd, v));
#else
  using D = hn::DFromV<V>;
  const hn::Half<D> half;
  sum = hn::Add(sum, hn::PromoteTo(dd, hn::LowerHalf(half, v)));
  return hn::Add(sum, hn::PromoteTo(dd, hn::UpperHalf(half, v)));
#endif
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
