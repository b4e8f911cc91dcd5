// Loops over arrays, a vector at a time and then the last few elements.
//
// Per-target code, in Highway's toggle-guard layout: include only from a multi-target source, after
// foreach_target.h.
#include <cstddef>

#if defined(PAVLOV_KERNELS_CPU_ELEMENTWISE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_CPU_ELEMENTWISE_INL_H_
#undef PAVLOV_KERNELS_CPU_ELEMENTWISE_INL_H_
#else
#define PAVLOV_KERNELS_CPU_ELEMENTWISE_INL_H_
#endif

#include "pavlov/kernels/cpu/partial-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// out[i] = f(in[i]...), each vector loaded before it is stored, so that `out` may be one of the
// inputs. f(d, vectors...) gives one vector.
template <class F, class... Inputs>
HWY_INLINE void map(const F& f, float* out, std::size_t size, const Inputs*... in) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) hn::StoreU(f(d, hn::LoadU(d, in + i)...), d, out + i);
  if (i < size) store_first(f(d, load_first(d, in + i, size - i)...), d, out + i, size - i);
}

// Calls body(i, load, store) for the elements from i on: `load` and `store` are those of a whole
// vector or of the last few. For loops with several results, or inputs in several places.
template <class Body>
HWY_INLINE void over_vectors(std::size_t size, const Body& body) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= size; i += hn::Lanes(d)) {
    body(
        i, [d](const float* from) HWY_ATTR { return hn::LoadU(d, from); },
        [d](V v, float* to) HWY_ATTR { hn::StoreU(v, d, to); });
  }
  if (i == size) return;
  const std::size_t rest = size - i;
  body(
      i, [d, rest](const float* from) HWY_ATTR { return load_first(d, from, rest); },
      [d, rest](V v, float* to) HWY_ATTR { store_first(v, d, to, rest); });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
