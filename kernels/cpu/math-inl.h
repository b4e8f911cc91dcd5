// Elementary functions on float32 vectors.
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

// e^x for x in [-87, 88], at most 1 ulp off. x = n ln 2 + r with |r| <= ln(2)/2; ln 2 is split in
// two so that n times its upper part is exact. Polynomial: Cephes expf.
template <class D, class V>
HWY_INLINE V exp_bounded(D d, V x) {
  const hn::RebindToSigned<D> di;
  const auto n = hn::NearestInt(hn::Mul(x, hn::Set(d, 1.44269504f)));
  const V n_float = hn::ConvertTo(d, n);
  V r = hn::NegMulAdd(n_float, hn::Set(d, 0.693359375f), x);
  r = hn::NegMulAdd(n_float, hn::Set(d, -2.12194440e-4f), r);
  V p = hn::Set(d, 1.9875691500e-4f);
  p = hn::MulAdd(p, r, hn::Set(d, 1.3981999507e-3f));
  p = hn::MulAdd(p, r, hn::Set(d, 8.3334519073e-3f));
  p = hn::MulAdd(p, r, hn::Set(d, 4.1665795894e-2f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.6666665459e-1f));
  p = hn::MulAdd(p, r, hn::Set(d, 5.0000001201e-1f));
  p = hn::Add(hn::MulAdd(p, hn::Mul(r, r), r), hn::Set(d, 1.0f));
  // times 2^n: n is added to the exponent field of a number in [0.7, 1.5]
  return hn::BitCast(d, hn::Add(hn::BitCast(di, p), hn::ShiftLeft<23>(n)));
}

// tanh x, at most 1.4 ulp off on every target; NaN stays NaN. Below 0.625 the odd polynomial of
// Cephes tanhf; above, 1 - 2 / (e^2|x| + 1), whose subtrahend is at most 0.45, so that the error of
// the exponential is more than halved.
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
  const V small = hn::MulAdd(hn::Mul(p, square), x, x);

  // from 9.02 on, tanh rounds to 1
  const V bounded = hn::Min(magnitude, hn::Set(d, 9.1f));
  const V e = exp_bounded(d, hn::Add(bounded, bounded));
  const V large = hn::CopySign(hn::Sub(one, hn::Div(hn::Set(d, 2.0f), hn::Add(e, one))), x);
  const V result = hn::IfThenElse(hn::Lt(magnitude, hn::Set(d, 0.625f)), small, large);
  return hn::IfThenElse(hn::Eq(x, x), result, x);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
