// Sine and cosine in single precision, the same bits as the C library's sinf and cosf.
//
// Reference: glibc sysdeps/ieee754/flt-32/s_sincosf.h (2.28 and later), evaluated with fused
// multiply-add: equal for every |x| < 120, and beyond that the library itself is called. Reduction
// by pi/2 and two polynomials, all in double precision.
//
// Targets without fused multiply-add compute each lane by the portable form, in which it is
// emulated: every target gives the same bits.
#if defined(PAVLOV_ENVS_LUNAR_LANDER_TRIG_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_ENVS_LUNAR_LANDER_TRIG_INL_H
#undef PAVLOV_ENVS_LUNAR_LANDER_TRIG_INL_H
#else
#define PAVLOV_ENVS_LUNAR_LANDER_TRIG_INL_H
#endif

#include "pavlov/envs/lunar_lander/vector-inl.h"

namespace pavlov::envs::lunar_lander {
// One angle; every call site in every target shares it.
Rotation sine_cosine_of(float angle);
}  // namespace pavlov::envs::lunar_lander

PAVLOV_REGION_BEGIN
namespace pavlov::envs::lunar_lander::PAVLOV_ARCH {

namespace trig {
constexpr float kLibraryLimit = 120.0F;
constexpr double kTurns = 0x1.45F306DC9C883p+23;  // 2^24 * 2/pi
constexpr double kHalfPi = 0x1.921FB54442D18p0;
constexpr double kS1 = -0x1.555545995a603p-3, kS2 = 0x1.1107605230bc4p-7;
constexpr double kS3 = -0x1.994eb3774cf24p-13;
constexpr double kC1 = -0x1.ffffffd0c621cp-2, kC2 = 0x1.55553e1068f19p-5;
constexpr double kC3 = -0x1.6c087e89a359dp-10, kC4 = 0x1.99343027bf8c3p-16;

// Sine and cosine of a reduced angle, |x| < 0.8, before they are rounded to single precision.
template <class W>
struct Pair {
  W sin, cos;
};
template <class W>
PAVLOV_FN Pair<W> reduced(W x) {
  const W x2 = x * x;
  const W x3 = x * x2;
  const W x4 = x2 * x2;
  return {fma(x3 * x2, fma(x2, W(kS3), W(kS2)), fma(x3, W(kS1), x)),
          fma(x4 * x2, fma(x2, W(kC4), W(kC3)), fma(x4, W(kC2), fma(x2, W(kC1), W(1.0))))};
}
}  // namespace trig

#if defined(HWY_TARGET)

// Each lane by itself.
template <class D>
HWY_NOINLINE RotationOf<Lanes<D>> sine_cosine_by_lane(Lanes<D> angle) {
  HWY_ALIGN float lane[Lanes<D>::kLanes];
  HWY_ALIGN float sine[Lanes<D>::kLanes], cosine[Lanes<D>::kLanes];
  angle.store(lane);
  for (std::size_t i = 0; i < Lanes<D>::kLanes; ++i) {
    const Rotation q = sine_cosine_of(lane[i]);
    sine[i] = q.sin;
    cosine[i] = q.cos;
  }
  return {Lanes<D>::load(sine), Lanes<D>::load(cosine)};
}

#if HWY_NATIVE_FMA && HWY_TARGET != HWY_SCALAR

// Half of the lanes of D, in double precision.
template <class D>
struct HalfTrig {
  hn::Vec<hn::Half<D>> sin, cos;
  hn::Vec<hn::Rebind<std::int32_t, hn::Half<D>>> turns;
};

template <class D>
PAVLOV_FN HalfTrig<D> half_trig(hn::Vec<hn::Half<D>> angle) {
  const hn::Half<D> half;
  const hn::Rebind<double, hn::Half<D>> wide;
  const hn::Rebind<std::int32_t, hn::Half<D>> integers;
  using W = Lanes<hn::Rebind<double, hn::Half<D>>>;
  const W x = hn::PromoteTo(wide, angle);
  const auto scaled = hn::DemoteTo(integers, (x * W(trig::kTurns)).raw);
  const auto turns = hn::ShiftRight<24>(hn::Add(scaled, hn::Set(integers, 0x800000)));
  const W n = hn::PromoteTo(wide, turns);
  const auto [sin, cos] = trig::reduced(nfma(n, W(trig::kHalfPi), x));
  return {hn::DemoteTo(half, sin.raw), hn::DemoteTo(half, cos.raw), turns};
}

template <class D>
PAVLOV_FN RotationOf<Lanes<D>> sine_cosine(Lanes<D> angle) {
  using V = Lanes<D>;
  if constexpr (V::kLanes == 1) {
    return sine_cosine_by_lane(angle);
  } else {
    if (HWY_UNLIKELY(any(not_of(absolute(angle) < V(trig::kLibraryLimit))))) {
      return sine_cosine_by_lane(angle);
    }
    const D d;
    const hn::Rebind<std::int32_t, D> integers;
    const auto low = half_trig<D>(hn::LowerHalf(hn::Half<D>(), angle.raw));
    const auto high = half_trig<D>(hn::UpperHalf(hn::Half<D>(), angle.raw));
    const V sine = hn::Combine(d, high.sin, low.sin), cosine = hn::Combine(d, high.cos, low.cos);
    const auto turns = hn::Combine(integers, high.turns, low.turns);
    // Quadrants 0..3: (S, C), (C, -S), (-S, -C), (-C, S).
    const auto one = hn::Set(integers, 1), two = hn::Set(integers, 2);
    const LaneMask<D> odd = {hn::RebindMask(d, hn::TestBit(turns, one))};
    const V sine_sign = hn::BitCast(d, hn::ShiftLeft<30>(hn::And(turns, two)));
    const V cosine_sign = hn::BitCast(d, hn::ShiftLeft<30>(hn::And(hn::Add(turns, one), two)));
    return {hn::Xor(select(odd, cosine, sine).raw, sine_sign.raw),
            hn::Xor(select(odd, sine, cosine).raw, cosine_sign.raw)};
  }
}

#else

template <class D>
PAVLOV_FN RotationOf<Lanes<D>> sine_cosine(Lanes<D> angle) {
  return sine_cosine_by_lane(angle);
}

#endif
#else  // one number

PAVLOV_FN Rotation sine_cosine(float angle) { return sine_cosine_of(angle); }

#endif

}  // namespace pavlov::envs::lunar_lander::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_ENVS_LUNAR_LANDER_TRIG_INL_H
