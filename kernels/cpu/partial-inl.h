// Vectors of which only the first n lanes are in memory: the end of a row.
//
//   load_first(d, p, n, fill)   lane i = p[i] below n, `fill` from n on
//   store_first(v, d, p, n)     p[i] = lane i below n; what follows is not touched
// n <= Lanes(d). Nothing beyond p[n - 1] is read or written.
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

// Masked moves of AVX2 and AVX-512 leave the other lanes' memory alone. Elsewhere, and where a
// sanitizer is to see every access, lane by lane.
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2 && !HWY_IS_ASAN && !HWY_IS_MSAN

template <class D>
HWY_INLINE hn::Vec<D> load_first(D d, const float* p, std::size_t n, float fill) {
  const auto mask = hn::FirstN(d, n);
  return hn::IfThenElse(mask, hn::MaskedLoad(mask, d, p), hn::Set(d, fill));
}

template <class D>
HWY_INLINE void store_first(hn::Vec<D> v, D d, float* p, std::size_t n) {
  hn::BlendedStore(v, hn::FirstN(d, n), d, p);
}

#else

template <class D>
HWY_INLINE hn::Vec<D> load_first(D d, const float* p, std::size_t n, float fill) {
  HWY_ALIGN float lane[hn::MaxLanes(D())];
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) lane[i] = i < n ? p[i] : fill;
  return hn::Load(d, lane);
}

template <class D>
HWY_INLINE void store_first(hn::Vec<D> v, D d, float* p, std::size_t n) {
  HWY_ALIGN float lane[hn::MaxLanes(D())];
  hn::Store(v, d, lane);
  for (std::size_t i = 0; i < n; ++i) p[i] = lane[i];
}

#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
