// CartPole physics, written once: V is double (reference, tests, CUDA) or a SIMD vector.
//
// The order of operations is that of Gymnasium's cartpole.py, left to right, one rounding each; it
// decides the last bits. Equations: Florian, "Correct equations for the dynamics of the cart-pole
// system" (2007), without friction.
#if defined(PAVLOV_ENVS_CARTPOLE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_ENVS_CARTPOLE_INL_H
#undef PAVLOV_ENVS_CARTPOLE_INL_H
#else
#define PAVLOV_ENVS_CARTPOLE_INL_H
#endif

#include "pavlov/kernels/simd/trig-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::PAVLOV_ARCH {

using namespace kernels::PAVLOV_ARCH;  // NOLINT: functions of numbers, which double finds only so

namespace cartpole {

constexpr double kGravity = 9.8;               // m/s^2
constexpr double kPoleMass = 0.1;              // kg
constexpr double kTotalMass = 0.1 + 1.0;       // kg, pole and cart
constexpr double kHalfLength = 0.5;            // m, pivot to the pole's centre of mass
constexpr double kPoleMassLength = 0.1 * 0.5;  // kg m
constexpr double kForce = 10.0;                // N
constexpr double kTimeStep = 0.02;             // s
constexpr double kPositionLimit = 2.4;         // m
constexpr double kAngleLimit = 12 * 2 * 0x1.921fb54442d18p1 / 360;  // rad: 12 degrees

// Total mass and its reciprocal in two parts. A function, because device code has no such objects.
constexpr PAVLOV_FN Divisor total_mass() {
  return {kTotalMass, 0x1.d1745d1745d17p-1, -0x1.8dc08767ab5f2p-55};
}

}  // namespace cartpole

template <class V>
struct CartPoleLanes {
  V x, x_dot, theta, theta_dot;  // m, m/s, rad, rad/s
};

// How sine, cosine and the division by the total mass are computed.
//
// Exact: any state. Narrow: same bits, |theta| < 0.246 and velocities that do not overflow, which
// covers every unfinished episode. Fast: plain polynomials.
struct ExactMath {
  template <class V>
  static PAVLOV_FN SinCos<V> sine_cosine(V theta) {
    return sin_cos(theta);
  }
  template <class V>
  static PAVLOV_FN V over_total_mass(V a) {
    return a / V(cartpole::kTotalMass);
  }
};
struct NarrowExactMath {
  template <class V>
  static PAVLOV_FN SinCos<V> sine_cosine(V theta) {
    return sin_cos_narrow(theta);
  }
  template <class V>
  static PAVLOV_FN V over_total_mass(V a) {
    return divide_by(a, cartpole::total_mass());
  }
};
struct FastMath {
  template <class V>
  static PAVLOV_FN SinCos<V> sine_cosine(V theta) {
    return fast_sin_cos(theta);
  }
  template <class V>
  static PAVLOV_FN V over_total_mass(V a) {
    return a * V(cartpole::total_mass().reciprocal);
  }
};
struct NarrowFastMath : FastMath {
  template <class V>
  static PAVLOV_FN SinCos<V> sine_cosine(V theta) {
    return fast_sin_cos_small(theta);
  }
};

// The state 0.02 s later; force is +-kForce.
template <class Math, class V>
PAVLOV_FN CartPoleLanes<V> cartpole_step(const CartPoleLanes<V>& s, V force) {
  using namespace cartpole;  // NOLINT
  const V half_length(kHalfLength), pole_mass(kPoleMass), pole_mass_length(kPoleMassLength);
  const auto [sin, cos] = Math::sine_cosine(s.theta);

  const V temp =
      Math::over_total_mass(force + pole_mass_length * (s.theta_dot * s.theta_dot) * sin);
  const V theta_acc =
      (V(kGravity) * sin - cos * temp) /
      (half_length * (V(4.0 / 3.0) - Math::over_total_mass(pole_mass * (cos * cos))));
  const V x_acc = temp - Math::over_total_mass(pole_mass_length * theta_acc * cos);

  const V dt(kTimeStep);
  return {s.x + dt * s.x_dot, s.x_dot + dt * x_acc, s.theta + dt * s.theta_dot,
          s.theta_dot + dt * theta_acc};
}

// True where the cart has left the track or the pole has fallen.
template <class V>
PAVLOV_FN auto cartpole_fallen(const CartPoleLanes<V>& s) {
  return either(absolute(s.x) > V(cartpole::kPositionLimit),
                absolute(s.theta) > V(cartpole::kAngleLimit));
}

}  // namespace pavlov::envs::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_ENVS_CARTPOLE_INL_H
