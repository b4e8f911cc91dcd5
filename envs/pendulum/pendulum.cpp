#include "pavlov/envs/pendulum/pendulum.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/envs/pendulum/pendulum.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/envs/pendulum/pendulum-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::PAVLOV_ARCH {

PAVLOV_LANE_KERNEL(PendulumExact, PendulumKind, PendulumLanes<ExactMath>)
PAVLOV_LANE_KERNEL(PendulumFast, PendulumKind, PendulumLanes<FastMath>)
PAVLOV_LANE_KERNEL(PendulumSingle, PendulumKind, PendulumLanes<SingleMath>)
PAVLOV_LANE_KERNEL(PendulumExactVaried, PendulumKind, PendulumLanes<ExactMath, true>)
PAVLOV_LANE_KERNEL(PendulumFastVaried, PendulumKind, PendulumLanes<FastMath, true>)
PAVLOV_LANE_KERNEL(PendulumSingleVaried, PendulumKind, PendulumLanes<SingleMath, true>)

}  // namespace pavlov::envs::PAVLOV_ARCH
PAVLOV_REGION_END

#if HWY_ONCE

#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::envs {

PAVLOV_LANE_EXPORT(PendulumExact);
PAVLOV_LANE_EXPORT(PendulumFast);
PAVLOV_LANE_EXPORT(PendulumSingle);
PAVLOV_LANE_EXPORT(PendulumExactVaried);
PAVLOV_LANE_EXPORT(PendulumFastVaried);
PAVLOV_LANE_EXPORT(PendulumSingleVaried);

namespace {

double as_float(double value) { return static_cast<double>(static_cast<float>(value)); }

}  // namespace

void PendulumPhysics::declare(OptionVisitor& option) {
  option.spread("g", g, {-1000, 1000}, "m/s^2");
  option.spread("m", m, {0.001, 1000}, "mass, kg");
  option.spread("l", l, {0.001, 1000}, "length, m");
  option.spread("max_torque", max_torque, {0.001, 1000}, "N m");
}

void PendulumConfig::declare(OptionVisitor& option) {
  option.number("x_init", x_init, {0, 1e6}, "largest initial angle, rad");
  option.number("y_init", y_init, {0, 1e6}, "largest initial velocity, rad/s");
  lanes.declare(option);
  physics.declare(option);
}

EnvSpec pendulum_spec(double max_torque) {
  const auto speed = static_cast<float>(pendulum::kMaxSpeed);
  const auto torque = static_cast<float>(max_torque);
  EnvSpec spec;
  spec.id = "Pendulum-v1";
  spec.observation_space = {{-1.0f, -1.0f, -speed}, {1.0f, 1.0f, speed}};
  spec.action_space = Box{{-torque}, {torque}};
  spec.clips_actions = true;
  spec.max_episode_steps = 200;
  spec.render_fps = 30;
  return spec;
}

Pendulum::Pendulum(const PendulumConfig& config, const VecOptions& options)
    : LaneEnv(pendulum_spec(config.physics.max_torque.high), options, config, {}) {
  if (!standard_physics()) {
    set_parameters([&](std::size_t i) { return parameters(config.physics, i); });
  }
  use_one_of(PAVLOV_LANE_KERNELS(PendulumExact), PAVLOV_LANE_KERNELS(PendulumFast),
             PAVLOV_LANE_KERNELS(PendulumSingle), PAVLOV_LANE_KERNELS(PendulumExactVaried),
             PAVLOV_LANE_KERNELS(PendulumFastVaried), PAVLOV_LANE_KERNELS(PendulumSingleVaried));
}

// Derived quantities in Gymnasium's order; what multiplies the action is float32 there.
Pendulum::Parameters Pendulum::parameters(const PendulumPhysics& physics, std::size_t i) {
  const PendulumPhysics p = of_environment(i, physics);
  const double l = p.l.value();
  return {3 * p.g.value() / (2 * l), as_float(3.0 / (p.m.value() * library_square(l))),
          as_float(p.max_torque.value())};
}

void Pendulum::reset_rows(std::span<const std::uint32_t> rows) {
  for (const std::uint32_t i : rows) {
    PendulumState s;
    s.theta = random(i).uniform(-config().x_init, config().x_init);
    s.theta_dot = random(i).uniform(-config().y_init, config().y_init);
    put(i, s);
  }
  refresh(rows, true);
}

}  // namespace pavlov::envs
#endif  // HWY_ONCE
