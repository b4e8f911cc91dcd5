// A row of a matrix as a sequence of vectors ("slices"), in either of two layouts:
//
//   RowSlices      one row, its entries along the lanes: sums and maxima end across the lanes
//   ColumnSlices   one row per lane, slice c holds column c (few_columns-inl.h)
// One text of an algorithm along rows serves both.
//
// Per-target code, in Highway's toggle-guard layout: include only from a multi-target source, after
// foreach_target.h.
#include <cstddef>

#if defined(PAVLOV_KERNELS_CPU_SLICES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_CPU_SLICES_INL_H_
#undef PAVLOV_KERNELS_CPU_SLICES_INL_H_
#else
#define PAVLOV_KERNELS_CPU_SLICES_INL_H_
#endif

#include "pavlov/kernels/cpu/few_columns-inl.h"
#include "pavlov/kernels/cpu/partial-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using FloatVector = hn::Vec<Floats>;

constexpr float kMinusInfinity = -__builtin_inff();

// Both layouts: `whole` slices of full vectors, then `rest` entries (none where lanes are rows).
struct RowSlices {
  std::size_t whole, rest;

  explicit HWY_INLINE RowSlices(std::size_t cols)
      : whole(cols / hn::Lanes(Floats())), rest(cols % hn::Lanes(Floats())) {}
  HWY_INLINE FloatVector load(const float* p, std::size_t slice) const {
    const Floats d;
    return hn::LoadU(d, p + slice * hn::Lanes(d));
  }
  HWY_INLINE void store(FloatVector v, float* p, std::size_t slice) const {
    const Floats d;
    hn::StoreU(v, d, p + slice * hn::Lanes(d));
  }
  // The last, partial slice; lanes beyond the row hold `beyond`.
  HWY_INLINE FloatVector load_rest(const float* p, float beyond) const {
    const Floats d;
    const auto v = load_first(d, p + whole * hn::Lanes(d), rest);
    return hn::IfThenElse(hn::FirstN(d, rest), v, hn::Set(d, beyond));
  }
  HWY_INLINE void store_rest(FloatVector v, float* p) const {
    const Floats d;
    store_first(v, d, p + whole * hn::Lanes(d), rest);
  }
  // Sum and maximum of a whole row, in every lane.
  HWY_INLINE FloatVector sum(FloatVector v) const { return hn::SumOfLanes(Floats(), v); }
  HWY_INLINE FloatVector max(FloatVector v) const { return hn::MaxOfLanes(Floats(), v); }
};

struct ColumnSlices {
  std::size_t whole;
  static constexpr std::size_t rest = 0;

  explicit HWY_INLINE ColumnSlices(std::size_t cols) : whole(cols) {}
  HWY_INLINE FloatVector load(const float* p, std::size_t slice) const {
    const Floats d;
    return hn::Load(d, p + slice * hn::Lanes(d));
  }
  HWY_INLINE void store(FloatVector v, float* p, std::size_t slice) const {
    const Floats d;
    hn::Store(v, d, p + slice * hn::Lanes(d));
  }
  HWY_INLINE FloatVector load_rest(const float*, float) const { return hn::Zero(Floats()); }
  HWY_INLINE void store_rest(FloatVector, float*) const {}
  HWY_INLINE FloatVector sum(FloatVector v) const { return v; }
  HWY_INLINE FloatVector max(FloatVector v) const { return v; }
};

// out = f(vectors of in...), slice by slice.
template <class Slices, class F, class... In>
HWY_INLINE void map_slices(const Slices& s, const F& f, float* out, const In*... in) {
  for (std::size_t i = 0; i < s.whole; ++i) s.store(f(s.load(in, i)...), out, i);
  if (s.rest != 0) s.store_rest(f(s.load_rest(in, 0.0f)...), out);
}

// Largest entry of the row.
template <class Slices>
HWY_INLINE FloatVector largest(const Slices& s, const float* x) {
  const Floats d;
  auto a = hn::Set(d, kMinusInfinity), b = a;
  std::size_t i = 0;
  for (; i + 2 <= s.whole; i += 2) {
    a = hn::Max(a, s.load(x, i));
    b = hn::Max(b, s.load(x, i + 1));
  }
  if (i < s.whole) a = hn::Max(a, s.load(x, i));
  if (s.rest != 0) b = hn::Max(b, s.load_rest(x, kMinusInfinity));
  return s.max(hn::Max(a, b));
}

// Sum over the row of f(vectors of in...), where f of zeros must be 0: even and odd slices, then
// lanes.
template <class Slices, class F, class... In>
HWY_INLINE FloatVector sum_slices(const Slices& s, const F& f, const In*... in) {
  const Floats d;
  auto a = hn::Zero(d), b = a;
  std::size_t i = 0;
  for (; i + 2 <= s.whole; i += 2) {
    a = hn::Add(a, f(s.load(in, i)...));
    b = hn::Add(b, f(s.load(in, i + 1)...));
  }
  if (i < s.whole) a = hn::Add(a, f(s.load(in, i)...));
  if (s.rest != 0) b = hn::Add(b, f(s.load_rest(in, 0.0f)...));
  return s.sum(hn::Add(a, b));
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
