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

namespace {

std::string describe(const AcrobotConfig& config) {
  const AcrobotPhysics& p = config.physics;
  return std::string("dynamics=") + (config.dynamics == AcrobotDynamics::book ? "book" : "nips") +
         " reset_low=" + number_text(config.reset_low) +
         " reset_high=" + number_text(config.reset_high) + " " + describe(config.lanes) +
         " link_length_1=" + to_string(p.link_length_1) +
         " link_mass_1=" + to_string(p.link_mass_1) + " link_mass_2=" + to_string(p.link_mass_2) +
         " link_com_pos_1=" + to_string(p.link_com_pos_1) +
         " link_com_pos_2=" + to_string(p.link_com_pos_2) + " link_moi=" + to_string(p.link_moi) +
         " gravity=" + to_string(p.gravity);
}

}  // namespace

AcrobotConfig AcrobotConfig::read(OptionReader& options) {
  AcrobotConfig config;
  config.dynamics = static_cast<AcrobotDynamics>(options.choice(
      "dynamics", 0, {"book", "nips"}, "equations of Sutton and Barto's book or the paper's"));
  config.lanes = LaneConfig::read(options);
  read_reset_bounds(options, "angle and velocity, rad, rad/s", config.reset_low, config.reset_high);
  AcrobotPhysics& p = config.physics;
  p.link_length_1 =
      options.spread("link_length_1", p.link_length_1, {0.1, 10}, "length of the first link, m");
  p.link_mass_1 = options.spread("link_mass_1", p.link_mass_1, {0.1, 10}, "kg");
  p.link_mass_2 = options.spread("link_mass_2", p.link_mass_2, {0.1, 10}, "kg");
  p.link_com_pos_1 = options.spread("link_com_pos_1", p.link_com_pos_1, {0, 10},
                                    "joint to centre of mass of the first link, m");
  p.link_com_pos_2 = options.spread("link_com_pos_2", p.link_com_pos_2, {0, 10},
                                    "joint to centre of mass of the second link, m");
  p.link_moi = options.spread("link_moi", p.link_moi, {0.1, 10}, "inertia of either link, kg m^2");
  p.gravity = options.spread("gravity", p.gravity, {0, 100}, "m/s^2");
  return config;
}

EnvSpec acrobot_spec() {
  const auto fastest1 = static_cast<float>(4 * 0x1.921fb54442d18p1);
  const auto fastest2 = static_cast<float>(9 * 0x1.921fb54442d18p1);
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
    : LaneEnv(acrobot_spec(), options, describe(config), config.lanes, {}),
      config_(config),
      fused_(kernels::simd_has_fma(kernels::simd_target())) {
  check_reset_bounds(spec().id, config.reset_low, config.reset_high);
  if (config.lanes.columns || config.physics != AcrobotPhysics{} ||
      config.dynamics == AcrobotDynamics::nips) {
    set_parameters([&](std::size_t i) { return parameters(config, i); });
  }
  use_one_of(PAVLOV_LANE_KERNELS(AcrobotExact), PAVLOV_LANE_KERNELS(AcrobotFast),
             PAVLOV_LANE_KERNELS(AcrobotSingle), PAVLOV_LANE_KERNELS(AcrobotExactVaried),
             PAVLOV_LANE_KERNELS(AcrobotFastVaried), PAVLOV_LANE_KERNELS(AcrobotSingleVaried));
}

// In Gymnasium's order, left to right. Without its term the nips equation subtracts zero.
Acrobot::Parameters Acrobot::parameters(const AcrobotConfig& config, std::size_t i) {
  const AcrobotPhysics& p = config.physics;
  const double m1 = p.link_mass_1.value("link_mass_1", i);
  const double m2 = p.link_mass_2.value("link_mass_2", i);
  const double l1 = p.link_length_1.value("link_length_1", i);
  const double lc1 = p.link_com_pos_1.value("link_com_pos_1", i);
  const double lc2 = p.link_com_pos_2.value("link_com_pos_2", i);
  const double moi = p.link_moi.value("link_moi", i);
  const double g = p.gravity.value("gravity", i);
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
  const double low = config_.reset_low, high = config_.reset_high;
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
  if (config_.lanes.precision == Precision::float32 || config_.lanes.math == Math::fast) return;
  for (const std::uint32_t i : rows) observe_float(i, state(i));
}

}  // namespace pavlov::envs
#endif  // HWY_ONCE
