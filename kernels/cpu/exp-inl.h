// The exponential on float32 vectors, for losses. NaN stays NaN.
//
//   exp_ratio(d, x)   e^x, and e^x - 1 - x with all its digits; infinite above 88, e^x = 0 below
//                     -87
//
// x = n ln 2 + r with |r| <= ln(2)/2; ln 2 is split in two so that n times its upper part is exact.
// e^r = 1 + r + r^2 tail(r), Cephes expf: e^x is at most 1 ulp off.
//
// Per-target code, in Highway's toggle-guard layout: include only from a multi-target source, after
// foreach_target.h.
#include <cmath>

#if defined(PAVLOV_KERNELS_CPU_EXP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_CPU_EXP_INL_H_
#undef PAVLOV_KERNELS_CPU_EXP_INL_H_
#else
#define PAVLOV_KERNELS_CPU_EXP_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr float kLeastExponent = -87.0f;
constexpr float kLargestExponent = 88.0f;

// (e^r - 1 - r) / r^2
template <class D, class V>
HWY_INLINE V exp_tail(D d, V r) {
  V p = hn::Set(d, 1.9875691500e-4f);
  p = hn::MulAdd(p, r, hn::Set(d, 1.3981999507e-3f));
  p = hn::MulAdd(p, r, hn::Set(d, 8.3334519073e-3f));
  p = hn::MulAdd(p, r, hn::Set(d, 4.1665795894e-2f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.6666665459e-1f));
  return hn::MulAdd(p, r, hn::Set(d, 5.0000001201e-1f));
}

// e^x for x in [kLeastExponent, kLargestExponent].
template <class D, class V>
HWY_INLINE V exp_inside(D d, V x) {
  const hn::RebindToSigned<D> di;
  const auto n = hn::NearestInt(hn::Mul(x, hn::Set(d, 1.44269504f)));
  const V n_float = hn::ConvertTo(d, n);
  V r = hn::NegMulAdd(n_float, hn::Set(d, 0.693359375f), x);
  r = hn::NegMulAdd(n_float, hn::Set(d, -2.12194440e-4f), r);
  const V power = hn::Add(hn::MulAdd(exp_tail(d, r), hn::Mul(r, r), r), hn::Set(d, 1.0f));
  // times 2^n: n is added to the exponent field of a number in [0.7, 1.5]
  return hn::BitCast(d, hn::Add(hn::BitCast(di, power), hn::ShiftLeft<23>(n)));
}

template <class D>
struct ExpRatio {
  hn::Vec<D> ratio;   // e^x
  hn::Vec<D> excess;  // e^x - 1 - x
};

template <class D, class V>
HWY_INLINE ExpRatio<D> exp_ratio(D d, V x) {
  const V least = hn::Set(d, kLeastExponent), largest = hn::Set(d, kLargestExponent);
  V ratio = exp_inside(d, hn::Min(hn::Max(x, least), largest));
  ratio = hn::IfThenZeroElse(hn::Lt(x, least), ratio);
  ratio = hn::IfThenElse(hn::Gt(x, largest), hn::Set(d, HUGE_VALF), ratio);
  ratio = hn::IfThenElse(hn::Eq(x, x), ratio, x);
  const V near_one = hn::Mul(exp_tail(d, x), hn::Mul(x, x));
  const V far = hn::Sub(hn::Sub(ratio, hn::Set(d, 1.0f)), x);
  const auto is_near = hn::Lt(hn::Abs(x), hn::Set(d, 0.34f));
  // infinity - infinity would be NaN
  const V excess = hn::IfThenElse(hn::Gt(x, largest), ratio, far);
  return {ratio, hn::IfThenElse(is_near, near_one, excess)};
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
