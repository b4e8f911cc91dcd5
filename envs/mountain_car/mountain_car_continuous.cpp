#include "pavlov/envs/mountain_car/mountain_car_continuous.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/envs/mountain_car/mountain_car_continuous.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/envs/mountain_car/mountain_car_continuous-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::PAVLOV_ARCH {

PAVLOV_LANE_KERNEL(MountainCarContinuousExact, MountainCarContinuousKind,
                   MountainCarContinuousLanes<ExactMath>)
PAVLOV_LANE_KERNEL(MountainCarContinuousFast, MountainCarContinuousKind,
                   MountainCarContinuousLanes<FastMath>)
PAVLOV_LANE_KERNEL(MountainCarContinuousSingle, MountainCarContinuousKind,
                   MountainCarContinuousLanes<SingleMath>)
PAVLOV_LANE_KERNEL(MountainCarContinuousExactVaried, MountainCarContinuousKind,
                   MountainCarContinuousLanes<ExactMath, true>)
PAVLOV_LANE_KERNEL(MountainCarContinuousFastVaried, MountainCarContinuousKind,
                   MountainCarContinuousLanes<FastMath, true>)
PAVLOV_LANE_KERNEL(MountainCarContinuousSingleVaried, MountainCarContinuousKind,
                   MountainCarContinuousLanes<SingleMath, true>)

}  // namespace pavlov::envs::PAVLOV_ARCH
PAVLOV_REGION_END

#if HWY_ONCE

#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::envs {

PAVLOV_LANE_EXPORT(MountainCarContinuousExact);
PAVLOV_LANE_EXPORT(MountainCarContinuousFast);
PAVLOV_LANE_EXPORT(MountainCarContinuousSingle);
PAVLOV_LANE_EXPORT(MountainCarContinuousExactVaried);
PAVLOV_LANE_EXPORT(MountainCarContinuousFastVaried);
PAVLOV_LANE_EXPORT(MountainCarContinuousSingleVaried);

namespace {

std::string describe(const MountainCarContinuousConfig& config) {
  return "goal_velocity=" + number_text(config.goal_velocity) +
         " reset_low=" + number_text(config.reset_low) +
         " reset_high=" + number_text(config.reset_high) + " " + describe(config.lanes) +
         " power=" + to_string(config.physics.power);
}

}  // namespace

MountainCarContinuousConfig MountainCarContinuousConfig::read(OptionReader& options) {
  MountainCarContinuousConfig config;
  config.goal_velocity = options.number("goal_velocity", config.goal_velocity, {-1, 1},
                                        "least velocity at the goal, m/step");
  config.lanes = LaneConfig::read(options);
  read_reset_bounds(options, "position, m", config.reset_low, config.reset_high);
  MountainCarContinuousPhysics& p = config.physics;
  p.power = options.spread("power", p.power, {0, 1}, "acceleration by a full engine, m/step^2");
  return config;
}

EnvSpec mountain_car_continuous_spec() {
  const auto left = static_cast<float>(mountain_car_continuous::kLeftWall);
  const auto right = static_cast<float>(mountain_car_continuous::kRightEnd);
  const auto speed = static_cast<float>(mountain_car_continuous::kMaxSpeed);
  EnvSpec spec;
  spec.id = "MountainCarContinuous-v0";
  spec.observation_space = {{left, -speed}, {right, speed}};
  spec.action_space = Box{{-1.0f}, {1.0f}};
  spec.clips_actions = true;
  spec.max_episode_steps = 999;
  spec.reward_threshold = 90.0;
  spec.render_fps = 30;
  return spec;
}

MountainCarContinuous::MountainCarContinuous(const MountainCarContinuousConfig& config,
                                             const VecOptions& options)
    : LaneEnv(mountain_car_continuous_spec(), options, describe(config), config.lanes,
              {.goal_velocity = config.goal_velocity}),
      config_(config) {
  check_reset_bounds(spec().id, config.reset_low, config.reset_high);
  if (config.lanes.columns || config.physics != MountainCarContinuousPhysics{}) {
    set_parameters([&](std::size_t i) { return parameters(config.physics, i); });
  }
  use_one_of(PAVLOV_LANE_KERNELS(MountainCarContinuousExact),
             PAVLOV_LANE_KERNELS(MountainCarContinuousFast),
             PAVLOV_LANE_KERNELS(MountainCarContinuousSingle),
             PAVLOV_LANE_KERNELS(MountainCarContinuousExactVaried),
             PAVLOV_LANE_KERNELS(MountainCarContinuousFastVaried),
             PAVLOV_LANE_KERNELS(MountainCarContinuousSingleVaried));
}

MountainCarContinuous::Parameters MountainCarContinuous::parameters(
    const MountainCarContinuousPhysics& physics, std::size_t i) {
  return {physics.power.value("power", i)};
}

bool MountainCarContinuous::is_valid(const MountainCarContinuousState& s) const {
  if (!is_finite(s) || (s.wide != 0.0 && s.wide != 1.0)) return false;
  return s.wide == 1.0 || (static_cast<double>(static_cast<float>(s.position)) == s.position &&
                           static_cast<double>(static_cast<float>(s.velocity)) == s.velocity);
}

std::string MountainCarContinuous::state_rule() const {
  return "; wide 0 or 1, and numbers of float32 where it is 0";
}

void MountainCarContinuous::reset_rows(std::span<const std::uint32_t> rows) {
  for (const std::uint32_t i : rows) {
    put(i, {random(i).uniform(config_.reset_low, config_.reset_high), 0.0, single() ? 0.0 : 1.0});
  }
  refresh(rows, true);
}

}  // namespace pavlov::envs
#endif  // HWY_ONCE
