#include "pavlov/envs/acrobot/acrobot.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/envs/acrobot/acrobot.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/envs/acrobot/acrobot-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::PAVLOV_ARCH {

PAVLOV_LANE_KERNEL(AcrobotExact, AcrobotKind, AcrobotLanes<ExactMath>)
PAVLOV_LANE_KERNEL(AcrobotFast, AcrobotKind, AcrobotLanes<FastMath>)
PAVLOV_LANE_KERNEL(AcrobotSingle, AcrobotKind, AcrobotLanes<SingleMath>)
PAVLOV_LANE_KERNEL(AcrobotExactVaried, AcrobotKind, AcrobotLanes<ExactMath, true>)
PAVLOV_LANE_KERNEL(AcrobotFastVaried, AcrobotKind, AcrobotLanes<FastMath, true>)
PAVLOV_LANE_KERNEL(AcrobotSingleVaried, AcrobotKind, AcrobotLanes<SingleMath, true>)

}  // namespace pavlov::envs::PAVLOV_ARCH
PAVLOV_REGION_END

#if HWY_ONCE

#include <cmath>

#include "pavlov/envs/acrobot/numpy_trig.h"
#include "pavlov/kernels/simd/dispatch.h"
#include "pavlov/kernels/simd_target.h"

namespace pavlov::envs {

PAVLOV_LANE_EXPORT(AcrobotExact);
PAVLOV_LANE_EXPORT(AcrobotFast);
PAVLOV_LANE_EXPORT(AcrobotSingle);
PAVLOV_LANE_EXPORT(AcrobotExactVaried);
PAVLOV_LANE_EXPORT(AcrobotFastVaried);
PAVLOV_LANE_EXPORT(AcrobotSingleVaried);

void AcrobotPhysics::declare(OptionVisitor& option) {
  option.spread("link_length_1", link_length_1, {0.1, 10}, "length of the first link, m");
  option.spread("link_mass_1", link_mass_1, {0.1, 10}, "kg");
  option.spread("link_mass_2", link_mass_2, {0.1, 10}, "kg");
  option.spread("link_com_pos_1", link_com_pos_1, {0, 10},
                "joint to centre of mass of the first link, m");
  option.spread("link_com_pos_2", link_com_pos_2, {0, 10},
                "joint to centre of mass of the second link, m");
  option.spread("link_moi", link_moi, {0.1, 10}, "inertia of either link, kg m^2");
  option.spread("gravity", gravity, {0, 100}, "m/s^2");
}

void AcrobotConfig::declare(OptionVisitor& option) {
  option.choice("dynamics", dynamics, {"book", "nips"},
                "equations of Sutton and Barto's book or the paper's");
  declare_reset_bounds(option, "angle and velocity, rad, rad/s", reset_low, reset_high);
  lanes.declare(option);
  physics.declare(option);
}

EnvSpec acrobot_spec() {
  const auto fastest1 = static_cast<float>(acrobot::kMaxVelocity1);
  const auto fastest2 = static_cast<float>(acrobot::kMaxVelocity2);
  EnvSpec spec;
  spec.id = "Acrobot-v1";
  spec.observation_space = {{-1.0f, -1.0f, -1.0f, -1.0f, -fastest1, -fastest2},
                            {1.0f, 1.0f, 1.0f, 1.0f, fastest1, fastest2}};
  spec.action_space = Discrete{3};
  spec.max_episode_steps = 500;
  spec.reward_threshold = -100.0;
  spec.render_fps = 15;
  return spec;
}

Acrobot::Acrobot(const AcrobotConfig& config, const VecOptions& options)
    : LaneEnv(acrobot_spec(), options, config, {}),
      fused_(kernels::simd_has_fma(kernels::simd_target())) {
  if (!standard_physics() || config.dynamics == AcrobotDynamics::nips) {
    set_parameters([&](std::size_t i) { return parameters(config, i); });
  }
  use_one_of(PAVLOV_LANE_KERNELS(AcrobotExact), PAVLOV_LANE_KERNELS(AcrobotFast),
             PAVLOV_LANE_KERNELS(AcrobotSingle), PAVLOV_LANE_KERNELS(AcrobotExactVaried),
             PAVLOV_LANE_KERNELS(AcrobotFastVaried), PAVLOV_LANE_KERNELS(AcrobotSingleVaried));
}

// In Gymnasium's order, left to right. Without its term the nips equation subtracts zero.
Acrobot::Parameters Acrobot::parameters(const AcrobotConfig& config, std::size_t i) {
  const AcrobotPhysics p = of_environment(i, config.physics);
  const double m1 = p.link_mass_1.value(), m2 = p.link_mass_2.value();
  const double l1 = p.link_length_1.value();
  const double lc1 = p.link_com_pos_1.value(), lc2 = p.link_com_pos_2.value();
  const double moi = p.link_moi.value(), g = p.gravity.value();
  const double lc2_squared = library_square(lc2);
  return {m1 * library_square(lc1),
          m2,
          library_square(l1) + lc2_squared,
          2 * l1 * lc2,
          moi,
          lc2_squared,
          l1 * lc2,
          m2 * lc2 * g,
          (m1 * lc1 + m2 * l1) * g,
          -m2 * l1 * lc2,
          2 * m2 * l1 * lc2,
          config.dynamics == AcrobotDynamics::book ? m2 * l1 * lc2 : 0.0,
          m2 * lc2_squared + moi};
}

// After a reset the state is float32, and NumPy's float32 functions make the observation.
void Acrobot::observe_float(std::size_t i, const AcrobotState& s) {
  const NumpySinCos first = numpy_sin_cos(static_cast<float>(s.theta1), fused_);
  const NumpySinCos second = numpy_sin_cos(static_cast<float>(s.theta2), fused_);
  float* row = observation() + 6 * i;
  row[0] = first.cos;
  row[1] = first.sin;
  row[2] = second.cos;
  row[3] = second.sin;
}

void Acrobot::reset_rows(std::span<const std::uint32_t> rows) {
  const double low = config().reset_low, high = config().reset_high;
  const auto draw = [&](std::uint32_t i) {
    return static_cast<double>(static_cast<float>(random(i).uniform(low, high)));
  };
  for (const std::uint32_t i : rows) {
    AcrobotState s;
    s.theta1 = draw(i);
    s.theta2 = draw(i);
    s.theta1_dot = draw(i);
    s.theta2_dot = draw(i);
    put(i, s);
  }
  refresh(rows, true);
  if (single() || fast()) return;
  for (const std::uint32_t i : rows) observe_float(i, state(i));
}

}  // namespace pavlov::envs
#endif  // HWY_ONCE
