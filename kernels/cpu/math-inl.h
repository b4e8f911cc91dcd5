// Elementary functions on float32 vectors. NaN stays NaN; errors are stated in units in the last
// place (ulp) of the result, over every float32 argument.
//
// Per-target code, in Highway's toggle-guard layout: include only from a multi-target source, after
// foreach_target.h.
#if defined(PAVLOV_KERNELS_CPU_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_CPU_MATH_INL_H_
#undef PAVLOV_KERNELS_CPU_MATH_INL_H_
#else
#define PAVLOV_KERNELS_CPU_MATH_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// The larger of a bound and x; NaN where x is. (The x86 instruction gives its second operand where
// either is NaN.)
template <class D, class V>
HWY_INLINE V at_least(D d, float bound, V x) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR
  return hn::Max(hn::Set(d, bound), x);
#else
  return hn::IfThenElse(hn::Lt(x, hn::Set(d, bound)), hn::Set(d, bound), x);
#endif
}

// The smaller of a bound and x; NaN where x is.
template <class D, class V>
HWY_INLINE V at_most(D d, float bound, V x) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR
  return hn::Min(hn::Set(d, bound), x);
#else
  return hn::IfThenElse(hn::Gt(x, hn::Set(d, bound)), hn::Set(d, bound), x);
#endif
}

// From 1.5 * 2^23 on, floats are integers: adding it rounds, and the integer stands in the low bits
// of the sum.
inline constexpr float kRoundingShift = 12582912.0f;

// x = n ln 2 + r with integer n and |r| <= ln(2)/2. ln 2 is split in two so that n times its upper
// part is exact. `bits` ends in n.
template <class D>
struct ReducedExponent {
  hn::Vec<D> n;
  hn::Vec<D> r;
  hn::Vec<hn::RebindToSigned<D>> bits;
};
template <class D, class V>
HWY_INLINE ReducedExponent<D> reduce_exponent(D d, V x) {
  const V shift = hn::Set(d, kRoundingShift);
  const V shifted = hn::MulAdd(x, hn::Set(d, 1.44269504f), shift);
  const V n = hn::Sub(shifted, shift);
  V r = hn::NegMulAdd(n, hn::Set(d, 0.693359375f), x);
  r = hn::NegMulAdd(n, hn::Set(d, -2.12194440e-4f), r);
  return {n, r, hn::BitCast(hn::RebindToSigned<D>(), shifted)};
}

// (e^r - 1) / r for |r| <= ln(2)/2: minimax, the relative error of e^r is 3.1e-9.
template <class D, class V>
HWY_INLINE V exp_slope(D d, V r) {
  V p = hn::Set(d, 1.38201355e-3f);
  p = hn::MulAdd(p, r, hn::Set(d, 8.36868584e-3f));
  p = hn::MulAdd(p, r, hn::Set(d, 4.16682735e-2f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.66665211e-1f));
  p = hn::MulAdd(p, r, hn::Set(d, 4.99999940e-1f));
  return hn::MulAdd(p, r, hn::Set(d, 1.0f));
}

// v 2^n, rounded once, for integer n in [-252, 256].
template <class D, class V>
HWY_INLINE V times_power_of_two(D d, V v, V n) {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
  static_cast<void>(d);
  if constexpr (hn::MaxLanes(D()) == 16) {
    return V{_mm512_scalef_ps(v.raw, n.raw)};
  } else if constexpr (hn::MaxLanes(D()) == 8) {
    return V{_mm256_scalef_ps(v.raw, n.raw)};
  } else {
    return V{_mm_scalef_ps(v.raw, n.raw)};
  }
#else
  // n + 254 is split in two halves, each the exponent field of a normal number
  const auto bits =
      hn::BitCast(hn::RebindToSigned<D>(), hn::Add(n, hn::Set(d, kRoundingShift + 254.0f)));
  const auto first = hn::ShiftRight<1>(bits);
  const auto second = hn::Sub(bits, first);
  return hn::Mul(hn::Mul(v, hn::BitCast(d, hn::ShiftLeft<23>(first))),
                 hn::BitCast(d, hn::ShiftLeft<23>(second)));
#endif
}

// v 2^n for `bits` that end in n, where v and the result are normal numbers.
template <class D, class V, class I>
HWY_INLINE V add_to_exponent(D d, V v, I bits) {
  const hn::RebindToSigned<D> di;
  return hn::BitCast(d, hn::Add(hn::BitCast(di, v), hn::ShiftLeft<23>(bits)));
}

// e^x, at most 1.2 ulp off; overflows to infinity, underflows through denormals.
template <class D, class V>
HWY_INLINE V exp_lanes(D d, V x) {
  const auto p = reduce_exponent(d, at_most(d, 89.0f, at_least(d, -104.0f, x)));
  const V power = hn::MulAdd(exp_slope(d, p.r), p.r, hn::Set(d, 1.0f));
  return times_power_of_two(d, power, p.n);
}

// e^x for x <= 0, at most 1.2 ulp off; 0 below -87.3, where e^x leaves the normal numbers.
template <class D, class V>
HWY_INLINE V exp_of_negative(D d, V x) {
  constexpr float kLeast = -87.3f;
  const auto p = reduce_exponent(d, at_least(d, kLeast, x));
  const V power = hn::MulAdd(exp_slope(d, p.r), p.r, hn::Set(d, 1.0f));
  return hn::IfThenZeroElse(hn::Lt(x, hn::Set(d, kLeast)), add_to_exponent(d, power, p.bits));
}

// tanh x, at most 2 ulp off. Below 0.625 the odd polynomial of Cephes tanhf; above, 1 - 2 / (e + 1)
// with e = e^2|x|. The subtrahend is at most 0.45, so that the error of e is more than halved: a
// shorter polynomial (minimax, relative error 1.1e-7) and ln(2)/2 in one part suffice.
template <class D, class V>
HWY_INLINE V tanh_lanes(D d, V x) {
  const V one = hn::Set(d, 1.0f);
  const V magnitude = hn::Abs(x);
  const V square = hn::Mul(x, x);
  V p = hn::Set(d, -5.70498872745e-3f);
  p = hn::MulAdd(p, square, hn::Set(d, 2.06390887954e-2f));
  p = hn::MulAdd(p, square, hn::Set(d, -5.37397155531e-2f));
  p = hn::MulAdd(p, square, hn::Set(d, 1.33314422036e-1f));
  p = hn::MulAdd(p, square, hn::Set(d, -3.33332819422e-1f));
  const V small = hn::MulAdd(hn::Mul(p, square), magnitude, magnitude);

  const V bounded = at_most(d, 9.1f, magnitude);  // from 9.02 on, tanh rounds to 1
  const V shift = hn::Set(d, kRoundingShift);
  const V shifted = hn::MulAdd(bounded, hn::Set(d, 2.0f * 1.44269504f), shift);
  const V r = hn::NegMulAdd(hn::Sub(shifted, shift), hn::Set(d, 0.34657359f), bounded);
  V q = hn::Set(d, 32.0f * 8.31265934e-3f);
  q = hn::MulAdd(q, r, hn::Set(d, 16.0f * 4.18906175e-2f));
  q = hn::MulAdd(q, r, hn::Set(d, 8.0f * 1.66671142e-1f));
  q = hn::MulAdd(q, r, hn::Set(d, 4.0f * 4.99992281e-1f));
  q = hn::MulAdd(q, r, hn::Set(d, 2.0f));
  const auto bits = hn::BitCast(hn::RebindToSigned<D>(), shifted);
  const V e = add_to_exponent(d, hn::MulAdd(q, r, one), bits);
  const V large = hn::Sub(one, hn::Div(hn::Set(d, 2.0f), hn::Add(e, one)));
  const auto is_small = hn::Lt(magnitude, hn::Set(d, 0.625f));
  return hn::CopySignToAbs(hn::IfThenElse(is_small, small, large), x);
}

// 1 / (1 + e^-x), at most 2 ulp off, denormal results included. With e^-x = 2^n (1 + q) and
// c = 2^-|n|, both
//   n <= 0:  1 / (1 + (c + c q))        n > 0:  c / (1 + (c + q))
// take three roundings after that of q.
template <class D, class V>
HWY_INLINE V sigmoid_lanes(D d, V x) {
  const V one = hn::Set(d, 1.0f);
  const auto p = reduce_exponent(d, at_most(d, 104.0f, at_least(d, -104.0f, hn::Neg(x))));
  const V q = hn::Mul(exp_slope(d, p.r), p.r);
  const V c = times_power_of_two(d, one, hn::Neg(hn::Abs(p.n)));
  const auto grows = hn::Gt(p.n, hn::Zero(d));
  const V below = hn::Add(one, hn::MulAdd(hn::IfThenElse(grows, one, c), q, c));
  return hn::Div(hn::IfThenElse(grows, c, one), below);
}

// ln x for positive normal x, at most 1.5 ulp off. x = 2^n m with m in [sqrt(1/2), sqrt(2)).
// Polynomial: Cephes logf.
template <class D, class V>
HWY_INLINE V log_lanes(D d, V x) {
  const hn::RebindToSigned<D> di;
  const auto root_of_half = hn::Set(di, 0x3f3504f3);
  const auto above = hn::Sub(hn::BitCast(di, x), root_of_half);
  const V n = hn::ConvertTo(d, hn::ShiftRight<23>(above));
  const auto m = hn::Add(hn::And(above, hn::Set(di, 0x007fffff)), root_of_half);
  const V f = hn::Sub(hn::BitCast(d, m), hn::Set(d, 1.0f));
  V p = hn::Set(d, 7.0376836292e-2f);
  p = hn::MulAdd(p, f, hn::Set(d, -1.1514610310e-1f));
  p = hn::MulAdd(p, f, hn::Set(d, 1.1676998740e-1f));
  p = hn::MulAdd(p, f, hn::Set(d, -1.2420140846e-1f));
  p = hn::MulAdd(p, f, hn::Set(d, 1.4249322787e-1f));
  p = hn::MulAdd(p, f, hn::Set(d, -1.6668057665e-1f));
  p = hn::MulAdd(p, f, hn::Set(d, 2.0000714765e-1f));
  p = hn::MulAdd(p, f, hn::Set(d, -2.4999993993e-1f));
  p = hn::MulAdd(p, f, hn::Set(d, 3.3333331174e-1f));
  const V square = hn::Mul(f, f);
  V low = hn::MulAdd(hn::Mul(p, f), square, hn::Mul(n, hn::Set(d, -2.12194440e-4f)));
  low = hn::NegMulAdd(hn::Set(d, 0.5f), square, low);
  const V result = hn::MulAdd(n, hn::Set(d, 0.693359375f), hn::Add(f, low));
  return hn::Add(result, hn::Sub(x, x));  // NaN and infinity, whose bits were taken for a number
}

// Phi(-z) / e^(-z^2/2) = e^(z^2/2) erfc(z / sqrt(2)) / 2 for z in [0, 13.3]: minimax of degree 4
// over degree 5, relative error 5e-9 before rounding.
template <class D, class V>
HWY_INLINE V mills_ratio(D d, V z) {
  V a = hn::Set(d, 0.00402023202107f);
  a = hn::MulAdd(a, z, hn::Set(d, 0.0399844541419f));
  a = hn::MulAdd(a, z, hn::Set(d, 0.181307592589f));
  a = hn::MulAdd(a, z, hn::Set(d, 0.435687436329f));
  a = hn::MulAdd(a, z, hn::Set(d, 0.500000002484f));
  V b = hn::Set(d, 0.0100770840455f);
  b = hn::MulAdd(b, z, hn::Set(d, 0.100233544189f));
  b = hn::MulAdd(b, z, hn::Set(d, 0.464382532709f));
  b = hn::MulAdd(b, z, hn::Set(d, 1.19448766495f));
  b = hn::MulAdd(b, z, hn::Set(d, 1.66925979159f));
  b = hn::MulAdd(b, z, hn::Set(d, 1.0f));
  return hn::Div(a, b);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
