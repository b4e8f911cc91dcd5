// Exponentials, their sum and log-softmax of one row, in either layout of slices-inl.h.
//
// Per-target code, in Highway's toggle-guard layout: include only from a multi-target source, after
// foreach_target.h.
#include <cstddef>

#if defined(PAVLOV_KERNELS_CPU_SOFTMAX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_CPU_SOFTMAX_INL_H_
#undef PAVLOV_KERNELS_CPU_SOFTMAX_INL_H_
#else
#define PAVLOV_KERNELS_CPU_SOFTMAX_INL_H_
#endif

#include "pavlov/kernels/cpu/math-inl.h"
#include "pavlov/kernels/cpu/slices-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

struct Partition {
  FloatVector largest;
  FloatVector sum;  // of e^(x - largest)
};

// y = e^(x - top); returns the sum.
template <class Slices>
HWY_INLINE FloatVector exponentials(const Slices& s, const float* x, FloatVector top, float* y) {
  const Floats d;
  auto sum = hn::Zero(d);
  for (std::size_t i = 0; i < s.whole; ++i) {
    const auto e = exp_of_negative(d, hn::Sub(s.load(x, i), top));
    s.store(e, y, i);
    sum = hn::Add(sum, e);
  }
  if (s.rest != 0) {
    const auto e = exp_of_negative(d, hn::Sub(s.load_rest(x, kMinusInfinity), top));
    s.store_rest(e, y);
    sum = hn::Add(sum, e);
  }
  return s.sum(sum);
}

// y = e^(x - largest)
template <class Slices>
HWY_INLINE Partition exponentials(const Slices& s, const float* x, float* y) {
  const auto top = largest(s, x);
  return {top, exponentials(s, x, top, y)};
}

// The same, with nothing stored.
template <class Slices>
HWY_INLINE Partition partition(const Slices& s, const float* x) {
  const Floats d;
  const auto top = largest(s, x);
  auto sum = hn::Zero(d);
  for (std::size_t i = 0; i < s.whole; ++i) {
    sum = hn::Add(sum, exp_of_negative(d, hn::Sub(s.load(x, i), top)));
  }
  if (s.rest != 0) {
    const auto v = s.load_rest(x, kMinusInfinity);
    sum = hn::Add(sum, exp_of_negative(d, hn::Sub(v, top)));
  }
  return {top, s.sum(sum)};
}

// y = x - largest - log sum e^(x - largest)
struct LogSoftmax {
  template <class Slices>
  HWY_INLINE void operator()(const Slices& s, const float* x, float* y) const {
    const auto p = partition(s, x);
    const auto log_sum = log_lanes(Floats(), p.sum);
    map_slices(
        s, [&](FloatVector v) HWY_ATTR { return hn::Sub(hn::Sub(v, p.largest), log_sum); }, y, x);
  }
};

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
