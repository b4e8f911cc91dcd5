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

#include "pavlov/envs/cartpole/cartpole.h"
#include "pavlov/envs/lane_math-inl.h"
#include "pavlov/envs/lane_step-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::PAVLOV_ARCH {

namespace cartpole {

using namespace envs::cartpole;  // NOLINT: the limits

// The standard total mass and its reciprocal in two parts. A function, because device code has no
// such objects.
constexpr PAVLOV_FN Divisor total_mass() {
  return {CartPolePhysics::kTotalMass, 0x1.d1745d1745d17p-1, -0x1.8dc08767ab5f2p-55};
}

// Numbers of physics; Mass is Divisor where the total mass is the standard one.
template <class V, class Mass>
struct Parameters {
  V gravity, pole_mass;
  Mass total_mass;
  V half_length, pole_mass_length, force, time_step;
};

template <class V>
PAVLOV_FN Parameters<V, Divisor> standard() {
  using P = CartPolePhysics;
  return {V(P::kGravity),        V(P::kPoleMass), total_mass(),   V(P::kHalfLength),
          V(P::kPoleMassLength), V(P::kForce),    V(P::kTimeStep)};
}

template <class V, class Number>
PAVLOV_FN Parameters<V, V> of_row(const Number* from) {
  return {read_parameter<V>(from, 0), read_parameter<V>(from, 1), read_parameter<V>(from, 2),
          read_parameter<V>(from, 3), read_parameter<V>(from, 4), read_parameter<V>(from, 5),
          read_parameter<V>(from, 6)};
}

// The sign that the force is flipped by: action 1 pushes to the right.
template <class V>
PAVLOV_FN V direction(const std::int32_t* action) {
#if defined(HWY_TARGET)
  return V::sign_where_odd(action);
#else
  return V((*action & 1) != 0 ? -0.0 : 0.0);
#endif
}

}  // namespace cartpole

// Policies besides those of lane_math-inl.h. Narrow: the same bits, |theta| < 0.246 and velocities
// that do not overflow, which covers every unfinished episode.
struct NarrowExactMath : ExactMath {
  template <class V>
  static PAVLOV_FN SinCos<V> sine_cosine(V theta) {
    return sin_cos_narrow(theta);
  }
  template <class V>
  static PAVLOV_FN V over(V a, const Divisor& c) {
    return divide_by(a, c);
  }
};
struct NarrowFastMath : FastMath {
  template <class V>
  static PAVLOV_FN SinCos<V> sine_cosine(V theta) {
    return fast_sin_cos_small(theta);
  }
};

template <class Math, bool kVaried = false>
struct CartPoleLanes {
  using T = typename Math::T;
  using Action = std::int32_t;
  static constexpr std::size_t kColumns = 4, kObservations = 4;
  static constexpr std::size_t kParameters = kVaried ? CartPoleKind::kParameters : 0;
  static constexpr bool kTerminates = true, kSideBySide = kManyRegisters;

  CartPoleRules rules;

  // The state one time step later; columns x, x_dot, theta, theta_dot.
  template <class V, class P>
  static PAVLOV_FN Columns<V, 4> advance(const Columns<V, 4>& s, V direction, const P& p) {
    const auto& [x, x_dot, theta, theta_dot] = s.column;
    const V force = flip_sign(-p.force, direction);
    const auto [sin, cos] = Math::sine_cosine(theta);

    const V temp =
        Math::over(force + p.pole_mass_length * (theta_dot * theta_dot) * sin, p.total_mass);
    const V theta_acc =
        (p.gravity * sin - cos * temp) /
        (p.half_length * (V(4.0 / 3.0) - Math::over(p.pole_mass * (cos * cos), p.total_mass)));
    const V x_acc = temp - Math::over(p.pole_mass_length * theta_acc * cos, p.total_mass);

    return {{x + p.time_step * x_dot, x_dot + p.time_step * x_acc, theta + p.time_step * theta_dot,
             theta_dot + p.time_step * theta_acc}};
  }

  template <class V>
  PAVLOV_FN LaneStep<V, 4, 4> step(const Columns<V, 4>& s, const Action* action,
                                   const T* parameters) const {
    const V direction = cartpole::direction<V>(action);
    Columns<V, 4> next;
    if constexpr (kVaried) {
      next = advance(s, direction, cartpole::of_row<V>(parameters));
    } else {
      next = advance(s, direction, cartpole::standard<V>());
    }
    // Fallen: the cart has left the track or the pole has.
    const auto fallen = either(absolute(next.column[0]) > V(cartpole::kPositionLimit),
                               absolute(next.column[2]) > V(cartpole::kAngleLimit));
    return {next, next, select(fallen, V(rules.fall_reward), V(rules.step_reward)), fallen};
  }

  template <class V>
  PAVLOV_FN LaneView<V, 4, 4> observe(const Columns<V, 4>& s) const {
    return {s, s};
  }
};

}  // namespace pavlov::envs::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_ENVS_CARTPOLE_INL_H
