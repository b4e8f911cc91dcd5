#include "pavlov/envs/cartpole/cartpole.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/envs/cartpole/cartpole.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/envs/cartpole/cartpole-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::PAVLOV_ARCH {

PAVLOV_LANE_KERNEL(CartPoleExact, CartPoleKind, CartPoleLanes<ExactMath>)
PAVLOV_LANE_KERNEL(CartPoleNarrowExact, CartPoleKind, CartPoleLanes<NarrowExactMath>)
PAVLOV_LANE_KERNEL(CartPoleFast, CartPoleKind, CartPoleLanes<FastMath>)
PAVLOV_LANE_KERNEL(CartPoleNarrowFast, CartPoleKind, CartPoleLanes<NarrowFastMath>)
PAVLOV_LANE_KERNEL(CartPoleSingle, CartPoleKind, CartPoleLanes<SingleMath>)
PAVLOV_LANE_KERNEL(CartPoleExactVaried, CartPoleKind, CartPoleLanes<ExactMath, true>)
PAVLOV_LANE_KERNEL(CartPoleFastVaried, CartPoleKind, CartPoleLanes<FastMath, true>)
PAVLOV_LANE_KERNEL(CartPoleSingleVaried, CartPoleKind, CartPoleLanes<SingleMath, true>)

}  // namespace pavlov::envs::PAVLOV_ARCH
PAVLOV_REGION_END

#if HWY_ONCE

#include <cmath>
#include <limits>

#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::envs {

PAVLOV_LANE_EXPORT(CartPoleExact);
PAVLOV_LANE_EXPORT(CartPoleNarrowExact);
PAVLOV_LANE_EXPORT(CartPoleFast);
PAVLOV_LANE_EXPORT(CartPoleNarrowFast);
PAVLOV_LANE_EXPORT(CartPoleSingle);
PAVLOV_LANE_EXPORT(CartPoleExactVaried);
PAVLOV_LANE_EXPORT(CartPoleFastVaried);
PAVLOV_LANE_EXPORT(CartPoleSingleVaried);

namespace {

// Inside, the short forms are defined; 1e6 keeps every product far from overflow.
bool is_narrow(const CartPoleState& s) {
  return std::abs(s.theta) < 0.24 && std::abs(s.x) < 1e6 && std::abs(s.x_dot) < 1e6 &&
         std::abs(s.theta_dot) < 1e6;
}

CartPoleState all_equal(double value) { return {value, value, value, value}; }

}  // namespace

void CartPolePhysics::declare(OptionVisitor& option) {
  option.spread("gravity", gravity, {0, 100}, "m/s^2");
  option.spread("masscart", masscart, {0.01, 100}, "mass of the cart, kg");
  option.spread("masspole", masspole, {0.001, 100}, "mass of the pole, kg");
  option.spread("length", length, {0.01, 100}, "half the length of the pole, m");
  option.spread("force_mag", force_mag, {0, 1000}, "force of a push, N");
  option.spread("tau", tau, {0.0001, 0.1}, "time step, s");
}

void CartPoleConfig::declare(OptionVisitor& option) {
  option.flag("sutton_barto_reward", sutton_barto_reward, "reward 0 per step and -1 at the fall");
  declare_reset_bounds(option, "state", reset_low, reset_high);
  lanes.declare(option);
  physics.declare(option);
}

EnvSpec cartpole_spec(std::string_view id) {
  const bool v0 = id == "CartPole-v0";
  const auto x = static_cast<float>(2 * cartpole::kPositionLimit);
  const auto theta = static_cast<float>(2 * cartpole::kAngleLimit);
  const float infinity = std::numeric_limits<float>::infinity();
  EnvSpec spec;
  spec.id = id;
  spec.observation_space = {{-x, -infinity, -theta, -infinity}, {x, infinity, theta, infinity}};
  spec.action_space = Discrete{2};
  spec.max_episode_steps = v0 ? 200 : 500;
  spec.reward_threshold = v0 ? 195.0 : 475.0;
  spec.render_fps = 50;
  return spec;
}

CartPole::CartPole(EnvSpec spec, const CartPoleConfig& config, const VecOptions& options)
    : LaneEnv(std::move(spec), options, config,
              {.step_reward = config.sutton_barto_reward ? 0.0 : 1.0,
               .fall_reward = config.sutton_barto_reward ? -1.0 : 1.0}) {
  if (!standard_physics()) {
    set_parameters([&](std::size_t i) { return parameters(config.physics, i); });
  }
  narrow_resets_ =
      is_narrow(all_equal(config.reset_low)) && is_narrow(all_equal(config.reset_high));
  choose_step(narrow_resets_);
}

// Derived quantities in Gymnasium's order.
CartPole::Parameters CartPole::parameters(const CartPolePhysics& physics, std::size_t i) {
  const CartPolePhysics p = of_environment(i, physics);
  const double pole_mass = p.masspole.value(), length = p.length.value();
  return {
      p.gravity.value(),   pole_mass,    pole_mass + p.masscart.value(), length, pole_mass * length,
      p.force_mag.value(), p.tau.value()};
}

void CartPole::choose_step(bool narrow) {
  narrow_ = narrow;
  if (varied()) {
    use(single() ? PAVLOV_LANE_KERNELS(CartPoleSingleVaried)
        : fast() ? PAVLOV_LANE_KERNELS(CartPoleFastVaried)
                 : PAVLOV_LANE_KERNELS(CartPoleExactVaried));
  } else if (single()) {
    use(PAVLOV_LANE_KERNELS(CartPoleSingle));
  } else if (fast()) {
    use(narrow ? PAVLOV_LANE_KERNELS(CartPoleNarrowFast) : PAVLOV_LANE_KERNELS(CartPoleFast));
  } else {
    use(narrow ? PAVLOV_LANE_KERNELS(CartPoleNarrowExact) : PAVLOV_LANE_KERNELS(CartPoleExact));
  }
}

void CartPole::reset_rows(std::span<const std::uint32_t> rows) {
  const double low = config().reset_low, high = config().reset_high;
  for (const std::uint32_t i : rows) {
    kernels::Pcg64& stream = random(i);
    CartPoleState s;
    s.x = stream.uniform(low, high);
    s.x_dot = stream.uniform(low, high);
    s.theta = stream.uniform(low, high);
    s.theta_dot = stream.uniform(low, high);
    put(i, s);
    float* row = observation() + 4 * i;
    row[0] = static_cast<float>(s.x);
    row[1] = static_cast<float>(s.x_dot);
    row[2] = static_cast<float>(s.theta);
    row[3] = static_cast<float>(s.theta_dot);
  }
}

void CartPole::state_replaced(const CartPoleState& state) {
  if (narrow_ && !is_narrow(state)) choose_step(false);
}

void CartPole::park_rows(std::span<const std::uint32_t> rows) {
  for (const std::uint32_t i : rows) put(i, {});
}

void CartPole::states_loaded() {
  bool narrow = narrow_resets_;
  for (std::size_t i = 0; i < size(); ++i) {
    const bool resting = (blocks()[i / kBlock].resting >> i % kBlock & 1) != 0;
    narrow = narrow && (resting || is_narrow(state(i)));
  }
  choose_step(narrow);
}

}  // namespace pavlov::envs
#endif  // HWY_ONCE
