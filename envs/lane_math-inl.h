// How physics computes what is not plain arithmetic: one policy per option.
//
//   sine_cosine, cosine   of an angle
//   square, float_square  x ** 2 as NumPy has it for scalars of float64 and float32: pow and powf
//   wrapped               an angle in [-pi, pi)
//   over                  a quotient by a constant
//
//   ExactMath    the bits of Gymnasium
//   FastMath     plain polynomials and products in double, errors below 2^-52
//   SingleMath   the same in float32
#if defined(PAVLOV_ENVS_LANE_MATH_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_ENVS_LANE_MATH_INL_H
#undef PAVLOV_ENVS_LANE_MATH_INL_H
#else
#define PAVLOV_ENVS_LANE_MATH_INL_H
#endif

#include "pavlov/kernels/simd/angle-inl.h"
#include "pavlov/kernels/simd/single_trig-inl.h"
#include "pavlov/kernels/simd/square-inl.h"
#include "pavlov/kernels/simd/trig-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::PAVLOV_ARCH {

using namespace kernels::PAVLOV_ARCH;  // NOLINT: functions of numbers, which double finds only so

struct ExactMath {
  using T = double;
  template <class V>
  static PAVLOV_FN SinCos<V> sine_cosine(V angle) {
    return sin_cos(angle);
  }
  template <class V>
  static PAVLOV_FN V cosine(V angle) {
    return kernels::PAVLOV_ARCH::cosine(angle);
  }
  template <class V>
  static PAVLOV_FN V wrapped(V angle) {
    return exact_wrapped(angle);
  }
  template <class V>
  static PAVLOV_FN V square(V x) {
    return exact_square(x);
  }
  template <class V>
  static PAVLOV_FN V float_square(V x) {
    return exact_float_square(x);
  }
  template <class V, class Divisor_>
  static PAVLOV_FN V over(V a, const Divisor_& c) {
    return divide(a, c);
  }
};

struct FastMath {
  using T = double;
  template <class V>
  static PAVLOV_FN SinCos<V> sine_cosine(V angle) {
    return fast_sin_cos(angle);
  }
  template <class V>
  static PAVLOV_FN V cosine(V angle) {
    return fast_sin_cos(angle).cos;
  }
  template <class V>
  static PAVLOV_FN V wrapped(V angle) {
    return fast_wrapped(angle);
  }
  template <class V>
  static PAVLOV_FN V square(V x) {
    return x * x;
  }
  template <class V>
  static PAVLOV_FN V float_square(V x) {
    return to_float(x * x);
  }
  template <class V>
  static PAVLOV_FN V over(V a, const Divisor& c) {
    return a * V(c.reciprocal);
  }
  template <class V>
  static PAVLOV_FN V over(V a, V c) {
    return a / c;
  }
};

struct SingleMath : FastMath {
  using T = float;
  template <class V>
  static PAVLOV_FN SinCos<V> sine_cosine(V angle) {
    return single_sin_cos(angle);
  }
  template <class V>
  static PAVLOV_FN V cosine(V angle) {
    return single_sin_cos(angle).cos;
  }
};

}  // namespace pavlov::envs::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_ENVS_LANE_MATH_INL_H
