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

// Masked moves of AVX2 and AVX-512 leave the memory of the other lanes alone. Elsewhere, and where
// a sanitizer is to see every access, it takes single lanes.
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2 && !HWY_IS_ASAN && !HWY_IS_MSAN

template <class D>
HWY_INLINE hn::Vec<D> load_first(D d, const hn::TFromD<D>* p, std::size_t count) {
  return hn::MaskedLoad(hn::FirstN(d, count), d, p);
}

template <class V, class D>
HWY_INLINE void store_first(V v, D d, hn::TFromD<D>* p, std::size_t count) {
  hn::BlendedStore(v, hn::FirstN(d, count), d, p);
}

#else

#if HWY_TARGET == HWY_SSE4 || HWY_TARGET == HWY_SSSE3
// One to three floats without a detour through memory.
HWY_INLINE __m128 load_floats(const float* p, std::size_t count) {
  if (count == 1) return _mm_load_ss(p);
  const __m128 two = _mm_loadl_pi(_mm_setzero_ps(), reinterpret_cast<const __m64*>(p));
  return count == 2 ? two : _mm_movelh_ps(two, _mm_load_ss(p + 2));
}
HWY_INLINE void store_floats(__m128 v, float* p, std::size_t count) {
  if (count == 1) return _mm_store_ss(p, v);
  _mm_storel_pi(reinterpret_cast<__m64*>(p), v);
  if (count == 3) _mm_store_ss(p + 2, _mm_movehl_ps(v, v));
}
#endif

template <class D>
HWY_INLINE hn::Vec<D> load_first(D d, const hn::TFromD<D>* p, std::size_t count) {
#if HWY_TARGET == HWY_SSE4 || HWY_TARGET == HWY_SSSE3
  if constexpr (hwy::IsSame<hn::TFromD<D>, float>() && hn::MaxLanes(D()) == 4) {
    return count == 0 ? hn::Zero(d) : hn::Vec<D>{load_floats(p, count)};
  }
#endif
  alignas(64) hn::TFromD<D> lanes[hn::MaxLanes(D())] = {};
  for (std::size_t i = 0; i < count; ++i) lanes[i] = p[i];
  return hn::Load(d, lanes);
}

template <class V, class D>
HWY_INLINE void store_first(V v, D d, hn::TFromD<D>* p, std::size_t count) {
#if HWY_TARGET == HWY_SSE4 || HWY_TARGET == HWY_SSSE3
  if constexpr (hwy::IsSame<hn::TFromD<D>, float>() && hn::MaxLanes(D()) == 4) {
    if (count != 0) store_floats(v.raw, p, count);
    return;
  }
#endif
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
