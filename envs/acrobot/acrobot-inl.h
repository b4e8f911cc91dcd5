// Acrobot physics, written once: V is double (reference, tests) or a SIMD vector.
//
// The order of operations is that of Gymnasium's acrobot.py, left to right, one rounding each; it
// decides the last bits. Products of constants come first where Python computes them first.
// Equations: Sutton and Barto, "Reinforcement Learning" (1998), section 11.3 (book), or Sutton,
// "Generalization in reinforcement learning" (NIPS 1996) (nips); one Runge-Kutta step of order 4.
// Columns: theta1, theta2, theta1_dot, theta2_dot, sin(theta2), cos(theta2): the pair that an
// observation shows is the one that the next step needs.
#if defined(PAVLOV_ENVS_ACROBOT_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_ENVS_ACROBOT_INL_H
#undef PAVLOV_ENVS_ACROBOT_INL_H
#else
#define PAVLOV_ENVS_ACROBOT_INL_H
#endif

#include "pavlov/envs/acrobot/acrobot.h"
#include "pavlov/envs/lane_math-inl.h"
#include "pavlov/envs/lane_step-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::PAVLOV_ARCH {

namespace acrobot {

using namespace envs::acrobot;  // NOLINT: the limits

constexpr double kTurn = 2 * kPi;
constexpr double kTimeStep = 0.2;  // s

// Coefficients of the equations, in the order of AcrobotKind::kParameters.
template <class V>
struct Coefficients {
  V inertia1, mass2, lengths, coupling;  // d1 = inertia1 + mass2 (lengths + coupling cos) + 2 moi
  V moi, com2, coupled_com2;             // d2 = mass2 (com2 + coupled_com2 cos) + moi
  V weight2, weight1;                    // of the gravity terms
  V squared, doubled, squared1;          // of theta2_dot^2, theta2_dot theta1_dot, theta1_dot^2
  V inertia2;                            // mass2 com2 + moi
};

template <class V>
PAVLOV_FN Coefficients<V> standard() {
  using P = AcrobotPhysics;
  return {V(P::kInertia1), V(P::kMass2),    V(P::kLengths), V(P::kCoupling), V(P::kMoi),
          V(P::kCom2),     V(P::kCoupled),  V(P::kWeight2), V(P::kWeight1),  V(P::kSquared),
          V(P::kDoubled),  V(P::kSquared1), V(P::kInertia2)};
}

template <class V, class Number>
PAVLOV_FN Coefficients<V> of_row(const Number* from) {
  return {read_parameter<V>(from, 0), read_parameter<V>(from, 1),  read_parameter<V>(from, 2),
          read_parameter<V>(from, 3), read_parameter<V>(from, 4),  read_parameter<V>(from, 5),
          read_parameter<V>(from, 6), read_parameter<V>(from, 7),  read_parameter<V>(from, 8),
          read_parameter<V>(from, 9), read_parameter<V>(from, 10), read_parameter<V>(from, 11),
          read_parameter<V>(from, 12)};
}

template <class V>
struct Motion {
  V theta1, theta2, theta1_dot, theta2_dot;
};

// at + h * slope, number by number.
template <class V>
PAVLOV_FN Motion<V> along(const Motion<V>& at, V h, const Motion<V>& slope) {
  return {at.theta1 + h * slope.theta1, at.theta2 + h * slope.theta2,
          at.theta1_dot + h * slope.theta1_dot, at.theta2_dot + h * slope.theta2_dot};
}

// Python's loops: full turns taken off one by one. A thousand are more than any default physics
// can give; beyond, the remainder at once.
struct WrapOne {
  template <class T>
  PAVLOV_FN T operator()(T x) const {
    const T pi = static_cast<T>(kPi), turn = static_cast<T>(kTurn);
    for (int i = 0; i < 1000 && x > pi; ++i) x -= turn;
    for (int i = 0; i < 1000 && x < -pi; ++i) x += turn;
    if (x > pi || x < -pi) x = static_cast<T>(::remainder(static_cast<double>(x), kTurn));
    return x;
  }
};

template <class V>
PAVLOV_FN V wrap(V x) {
  const V pi(kPi), turn(kTurn);
  const V once = select(x > pi, x - turn, select(x < -pi, x + turn, x));
  const auto again = either(once > pi, once < -pi);
  if (!any(again)) return once;
  return select(again, map_where(again, x, WrapOne()), once);
}

}  // namespace acrobot

template <class Math, bool kVaried = false>
struct AcrobotLanes {
  using T = typename Math::T;
  using Action = std::int32_t;
  static constexpr std::size_t kColumns = 6, kObservations = 6;
  static constexpr std::size_t kParameters = kVaried ? AcrobotKind::kParameters : 0;
  static constexpr bool kTerminates = true, kSideBySide = false;

  AcrobotRules rules;

  // The derivative of motion under a torque; sine and cosine are those of theta2.
  template <class V>
  static PAVLOV_FN acrobot::Motion<V> derivative(const acrobot::Motion<V>& y, V sine, V cosine,
                                                 V torque, const acrobot::Coefficients<V>& k) {
    const V half_pi(acrobot::kPi / 2.0);
    const V d1 = ((k.inertia1 + k.mass2 * (k.lengths + k.coupling * cosine)) + k.moi) + k.moi;
    const V d2 = k.mass2 * (k.com2 + k.coupled_com2 * cosine) + k.moi;
    const V phi2 = k.weight2 * Math::cosine((y.theta1 + y.theta2) - half_pi);
    const V phi1 = (((k.squared * Math::square(y.theta2_dot)) * sine -
                     ((k.doubled * y.theta2_dot) * y.theta1_dot) * sine) +
                    k.weight1 * Math::cosine(y.theta1 - half_pi)) +
                   phi2;
    const V pull = (k.squared1 * Math::square(y.theta1_dot)) * sine;
    const V acceleration2 =
        (((torque + (d2 / d1) * phi1) - pull) - phi2) / (k.inertia2 - Math::square(d2) / d1);
    const V acceleration1 = -(d2 * acceleration2 + phi1) / d1;
    return {y.theta1_dot, y.theta2_dot, acceleration1, acceleration2};
  }

  template <class V>
  static PAVLOV_FN acrobot::Motion<V> derivative(const acrobot::Motion<V>& y, V torque,
                                                 const acrobot::Coefficients<V>& k) {
    const auto [sine, cosine] = Math::sine_cosine(y.theta2);
    return derivative(y, sine, cosine, torque, k);
  }

  // Runge-Kutta: y + h/6 (k1 + 2 k2 + 2 k3 + k4).
  template <class V>
  static PAVLOV_FN acrobot::Motion<V> advance(const Columns<V, 6>& s, V torque,
                                              const acrobot::Coefficients<V>& k) {
    const V h(acrobot::kTimeStep), half(acrobot::kTimeStep / 2.0);
    const auto& [theta1, theta2, theta1_dot, theta2_dot, sine, cosine] = s.column;
    const acrobot::Motion<V> y = {theta1, theta2, theta1_dot, theta2_dot};
    const auto k1 = derivative(y, sine, cosine, torque, k);
    const auto k2 = derivative(acrobot::along(y, half, k1), torque, k);
    const auto twice_k2 = acrobot::along(k1, V(2.0), k2);
    const auto k3 = derivative(acrobot::along(y, half, k2), torque, k);
    const auto twice_k3 = acrobot::along(twice_k2, V(2.0), k3);
    const auto k4 = derivative(acrobot::along(y, h, k3), torque, k);
    const acrobot::Motion<V> sum = {twice_k3.theta1 + k4.theta1, twice_k3.theta2 + k4.theta2,
                                    twice_k3.theta1_dot + k4.theta1_dot,
                                    twice_k3.theta2_dot + k4.theta2_dot};
    return acrobot::along(y, V(acrobot::kTimeStep / 6.0), sum);
  }

  template <class V>
  PAVLOV_FN LaneStep<V, 6, 6> step(const Columns<V, 6>& s, const Action* action,
                                   [[maybe_unused]] const T* parameters) const {
    const V torque = read<V>(action) - V(1.0);
    acrobot::Motion<V> next;
    if constexpr (kVaried) {
      next = advance(s, torque, acrobot::of_row<V>(parameters));
    } else {
      next = advance(s, torque, acrobot::standard<V>());
    }
    const V most1(acrobot::kMaxVelocity1), most2(acrobot::kMaxVelocity2);
    const V theta1 = acrobot::wrap(next.theta1), theta2 = acrobot::wrap(next.theta2);
    const LaneView<V, 6, 6> view =
        observe(Columns<V, 6>{{theta1, theta2, clamp(next.theta1_dot, -most1, most1),
                               clamp(next.theta2_dot, -most2, most2), V(0.0), V(0.0)}});
    const V cosine1 = view.observation.column[0];
    const auto up = -cosine1 - Math::cosine(theta2 + theta1) > V(1.0);
    return {view.state, view.observation, select(up, V(0.0), V(-1.0)), up};
  }

  template <class V>
  PAVLOV_FN LaneView<V, 6, 6> observe(const Columns<V, 6>& s) const {
    const auto& [theta1, theta2, theta1_dot, theta2_dot, old_sine, old_cosine] = s.column;
    const auto [sin1, cos1] = Math::sine_cosine(theta1);
    const auto [sin2, cos2] = Math::sine_cosine(theta2);
    return {{{theta1, theta2, theta1_dot, theta2_dot, sin2, cos2}},
            {{cos1, sin1, cos2, sin2, theta1_dot, theta2_dot}}};
  }
};

}  // namespace pavlov::envs::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_ENVS_ACROBOT_INL_H
