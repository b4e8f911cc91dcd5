// Sine and cosine in single precision: polynomials in plain multiplications and additions, so the
// same bits on every target. V's lanes are float.
//
// Coefficients: Cephes sinf.c (Moshier 1992), degrees 7 and 8 on [-pi/4, pi/4]; pi/2 in three parts
// whose products with the number of quarter turns are exact for |x| < 5e4. Absolute error below
// 2^-23 for |x| < 100.
#if defined(PAVLOV_KERNELS_SIMD_SINGLE_TRIG_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_SIMD_SINGLE_TRIG_INL_H
#undef PAVLOV_KERNELS_SIMD_SINGLE_TRIG_INL_H
#else
#define PAVLOV_KERNELS_SIMD_SINGLE_TRIG_INL_H
#endif

#include "pavlov/kernels/simd/trig-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::kernels::PAVLOV_ARCH {

// |x| <= pi/4, or a little more.
template <class V>
PAVLOV_FN SinCos<V> single_sin_cos_small(V x) {
  const V z = x * x;
  const V s = (V(-1.9515295891e-4f) * z + V(8.3321608736e-3f)) * z + V(-1.6666654611e-1f);
  const V c =
      (V(2.443315711809948e-5f) * z + V(-1.388731625493765e-3f)) * z + V(4.166664568298827e-2f);
  return {x + (x * z) * s, (V(1.0f) - V(0.5f) * z) + (z * z) * c};
}

template <class V>
PAVLOV_FN SinCos<V> single_sin_cos(V x) {
  const V shift(0x1.8p23f);  // x + shift ends in the bits of round(x)
  const V turns = x * V(0x1.45f306p-1f) + shift;
  const V n = turns - shift;
  const V r =
      ((x - n * V(1.5703125f)) - n * V(4.837512969970703125e-4f)) - n * V(7.54978995489188216e-8f);
  const SinCos<V> part = single_sin_cos_small(r);
  const auto odd = bit_set<0>(turns);
  const auto half_turn = bit_set<1>(turns);
  const V sine = select(odd, part.cos, part.sin);
  const V cosine = select(odd, -part.sin, part.cos);
  return {select(half_turn, -sine, sine), select(half_turn, -cosine, cosine)};
}

}  // namespace pavlov::kernels::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_KERNELS_SIMD_SINGLE_TRIG_INL_H
