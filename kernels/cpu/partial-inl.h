// Rows whose length is no multiple of the vector: only the first lanes of the last one count.
//
//   load_first(d, p, n, fill)        lane i = p[i] below n <= Lanes(d), `fill` from n on
//   store_first(v, d, p, n)          p[i] = lane i below n <= Lanes(d)
//   load_in_row(d, row, i, n, fill)  the vector from element i < n of a row of n elements
//   store_in_row(v, d, row, i, n)
// Nothing beyond the n elements is read or written.
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
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) {
    if (i < n) p[i] = lane[i];
  }
}

#endif

template <class D>
HWY_INLINE hn::Vec<D> load_in_row(D d, const float* row, std::size_t i, std::size_t n, float fill) {
  return i + hn::Lanes(d) <= n ? hn::LoadU(d, row + i) : load_first(d, row + i, n - i, fill);
}

template <class D>
HWY_INLINE void store_in_row(hn::Vec<D> v, D d, float* row, std::size_t i, std::size_t n) {
  if (i + hn::Lanes(d) <= n) {
    hn::StoreU(v, d, row + i);
  } else {
    store_first(v, d, row + i, n - i);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
