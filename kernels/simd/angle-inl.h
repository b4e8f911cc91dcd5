// Angles wrapped to [-pi, pi).
//
//   exact_wrapped(x)    ((x + pi) % (2 pi)) - pi as Python computes it: fmod, and 2 pi added to a
//                       negative remainder. fmod is exact, so this has the same bits everywhere.
//   fast_wrapped(x)     the nearest multiple of 2 pi subtracted, |x| < 1e8; V of double or float
#if defined(PAVLOV_KERNELS_SIMD_ANGLE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_SIMD_ANGLE_INL_H
#undef PAVLOV_KERNELS_SIMD_ANGLE_INL_H
#else
#define PAVLOV_KERNELS_SIMD_ANGLE_INL_H
#endif

#include "pavlov/kernels/simd/lanes-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::kernels::PAVLOV_ARCH {

namespace angle {

constexpr double kPi = 0x1.921fb54442d18p1;
constexpr double kTurn = 2 * kPi;
// The double kTurn in two parts of 25 and 25 bits: products with integers below 2^27 are exact.
constexpr double kTurnHigh = 0x1.921fb5p2;
constexpr double kTurnLow = kTurn - kTurnHigh;
constexpr double kMostTurns = 0x1p27;

struct LibraryRemainder {
  PAVLOV_FN double operator()(double x) const { return ::fmod(x, kTurn); }
};

}  // namespace angle

// The remainder of x >= 0 by the double 2 pi.
template <class V>
PAVLOV_FN V remainder_of_turn(V x) {
  using namespace angle;  // NOLINT
  const V turns = truncate(x * V(1 / kTurn));
  V r = (x - turns * V(kTurnHigh)) - turns * V(kTurnLow);
  // The quotient was rounded: it may be one too large or too small.
  const auto low = r < V(0.0), high = r >= V(kTurn);
  if (any(either(low, high))) {
    const V right = select(low, turns - V(1.0), select(high, turns + V(1.0), turns));
    r = (x - right * V(kTurnHigh)) - right * V(kTurnLow);
  }
  const auto beyond = not_of(turns < V(kMostTurns));
  if (any(beyond)) r = select(beyond, map_where(beyond, x, LibraryRemainder()), r);
  return r;
}

template <class V>
PAVLOV_FN V exact_wrapped(V x) {
  const V shifted = x + V(angle::kPi);
  const V r = remainder_of_turn(absolute(shifted));
  const V signed_r = select(shifted < V(0.0), -r, r);
  return select(signed_r < V(0.0), signed_r + V(angle::kTurn), signed_r) - V(angle::kPi);
}

template <class V>
PAVLOV_FN V fast_wrapped(V x) {
  // Adding 1.5 units in the last place of the integers rounds to one.
  const V shift(sizeof(typename V::T) == 4 ? 0x1.8p23 : 0x1.8p52);
  const V turns = (x * V(1 / angle::kTurn) + shift) - shift;
  return (x - turns * V(angle::kTurnHigh)) - turns * V(angle::kTurnLow);
}

#if !defined(HWY_TARGET)
template <>
inline double fast_wrapped(double x) {
  const double turns = (x * (1 / angle::kTurn) + 0x1.8p52) - 0x1.8p52;
  return (x - turns * angle::kTurnHigh) - turns * angle::kTurnLow;
}
#endif

}  // namespace pavlov::kernels::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_KERNELS_SIMD_ANGLE_INL_H
