// Loads and stores of the first few lanes of a vector: the ends of arrays.
//
//   load_first(d, p, count)       lanes [0, count) from p, 0 above
//   store_first(v, d, p, count)   lanes [0, count) to p
// count < Lanes(d). Nothing beyond the count is touched.
//
// Per-target code, in Highway's toggle-guard layout: include only from a multi-target source, after
// foreach_target.h.
#include <cstddef>

#if defined(PAVLOV_KERNELS_CPU_PARTIAL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_CPU_PARTIAL_INL_H_
#undef PAVLOV_KERNELS_CPU_PARTIAL_INL_H_
#else
#define PAVLOV_KERNELS_CPU_PARTIAL_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2  // masked moves do not touch what they leave out

template <class D>
HWY_INLINE hn::Vec<D> load_first(D d, const hn::TFromD<D>* p, std::size_t count) {
  return hn::MaskedLoad(hn::FirstN(d, count), d, p);
}

template <class V, class D>
HWY_INLINE void store_first(V v, D d, hn::TFromD<D>* p, std::size_t count) {
  hn::BlendedStore(v, hn::FirstN(d, count), d, p);
}

#else

template <class D>
HWY_INLINE hn::Vec<D> load_first(D d, const hn::TFromD<D>* p, std::size_t count) {
  alignas(64) hn::TFromD<D> lanes[hn::MaxLanes(D())] = {};
  for (std::size_t i = 0; i < count; ++i) lanes[i] = p[i];
  return hn::Load(d, lanes);
}

template <class V, class D>
HWY_INLINE void store_first(V v, D d, hn::TFromD<D>* p, std::size_t count) {
  alignas(64) hn::TFromD<D> lanes[hn::MaxLanes(D())];
  hn::Store(v, d, lanes);
  for (std::size_t i = 0; i < count; ++i) p[i] = lanes[i];
}

#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
