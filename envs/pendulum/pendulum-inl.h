// Pendulum physics, written once: V is double (reference, tests) or a SIMD vector.
//
// The order of operations is that of Gymnasium's pendulum.py. The action is float32, and so are its
// products with Python numbers (NumPy 2). Columns: theta, theta_dot, sin(theta): the sine that an
// observation shows is the one that the next step needs.
#if defined(PAVLOV_ENVS_PENDULUM_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_ENVS_PENDULUM_INL_H
#undef PAVLOV_ENVS_PENDULUM_INL_H
#else
#define PAVLOV_ENVS_PENDULUM_INL_H
#endif

#include "pavlov/envs/lane_math-inl.h"
#include "pavlov/envs/lane_step-inl.h"
#include "pavlov/envs/pendulum/pendulum.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::PAVLOV_ARCH {

template <class Math, bool kVaried = false>
struct PendulumLanes {
  using T = typename Math::T;
  using Action = float;
  static constexpr std::size_t kColumns = 3, kObservations = 3;
  static constexpr std::size_t kParameters = kVaried ? PendulumKind::kParameters : 0;
  static constexpr bool kTerminates = false, kSideBySide = true;

  PendulumRules rules;

  template <class V>
  PAVLOV_FN LaneStep<V, 3, 3> step(const Columns<V, 3>& s, const Action* action,
                                   [[maybe_unused]] const T* parameters) const {
    V pull(PendulumPhysics::kPull), lift(PendulumPhysics::kLift);
    V max_torque(PendulumPhysics::kMaxTorque);
    if constexpr (kVaried) {
      pull = read_parameter<V>(parameters, 0);
      lift = read_parameter<V>(parameters, 1);
      max_torque = read_parameter<V>(parameters, 2);
    }
    const auto& [theta, theta_dot, sine] = s.column;
    const V u = clamp(read<V>(action), -max_torque, max_torque);
    const V torque_cost = to_float(V(pendulum::kTorqueCost) * Math::float_square(u));
    const V cost =
        (Math::square(Math::wrapped(theta)) + V(0.1) * Math::square(theta_dot)) + torque_cost;

    const V dt(pendulum::kTimeStep), most(pendulum::kMaxSpeed);
    const V w = clamp(theta_dot + (pull * sine + to_float(lift * u)) * dt, -most, most);
    const V angle = theta + w * dt;
    const LaneView<V, 3, 3> view = observe(Columns<V, 3>{{angle, w, V(0.0)}});
    return {view.state, view.observation, -cost, w < w};
  }

  template <class V>
  PAVLOV_FN LaneView<V, 3, 3> observe(const Columns<V, 3>& s) const {
    const auto [sin, cos] = Math::sine_cosine(s.column[0]);
    return {{{s.column[0], s.column[1], sin}}, {{cos, sin, s.column[1]}}};
  }
};

}  // namespace pavlov::envs::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_ENVS_PENDULUM_INL_H
