#include "pavlov/envs/mountain_car/mountain_car.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/envs/mountain_car/mountain_car.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/envs/mountain_car/mountain_car-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::PAVLOV_ARCH {

PAVLOV_LANE_KERNEL(MountainCarExact, MountainCarKind, MountainCarLanes<ExactMath>)
PAVLOV_LANE_KERNEL(MountainCarFast, MountainCarKind, MountainCarLanes<FastMath>)
PAVLOV_LANE_KERNEL(MountainCarSingle, MountainCarKind, MountainCarLanes<SingleMath>)
PAVLOV_LANE_KERNEL(MountainCarExactVaried, MountainCarKind, MountainCarLanes<ExactMath, true>)
PAVLOV_LANE_KERNEL(MountainCarFastVaried, MountainCarKind, MountainCarLanes<FastMath, true>)
PAVLOV_LANE_KERNEL(MountainCarSingleVaried, MountainCarKind, MountainCarLanes<SingleMath, true>)

}  // namespace pavlov::envs::PAVLOV_ARCH
PAVLOV_REGION_END

#if HWY_ONCE

#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::envs {

PAVLOV_LANE_EXPORT(MountainCarExact);
PAVLOV_LANE_EXPORT(MountainCarFast);
PAVLOV_LANE_EXPORT(MountainCarSingle);
PAVLOV_LANE_EXPORT(MountainCarExactVaried);
PAVLOV_LANE_EXPORT(MountainCarFastVaried);
PAVLOV_LANE_EXPORT(MountainCarSingleVaried);

namespace {

std::string describe(const MountainCarConfig& config) {
  return "goal_velocity=" + number_text(config.goal_velocity) +
         " reset_low=" + number_text(config.reset_low) +
         " reset_high=" + number_text(config.reset_high) + " " + describe(config.lanes) +
         " force=" + to_string(config.physics.force) +
         " gravity=" + to_string(config.physics.gravity);
}

}  // namespace

MountainCarConfig MountainCarConfig::read(OptionReader& options) {
  MountainCarConfig config;
  config.goal_velocity = options.number("goal_velocity", config.goal_velocity, {-1, 1},
                                        "least velocity at the goal, m/step");
  config.lanes = LaneConfig::read(options);
  read_reset_bounds(options, "position, m", config.reset_low, config.reset_high);
  MountainCarPhysics& p = config.physics;
  p.force = options.spread("force", p.force, {0, 1}, "acceleration by an action, m/step^2");
  p.gravity = options.spread("gravity", p.gravity, {0, 1}, "acceleration by the slope, m/step^2");
  return config;
}

EnvSpec mountain_car_spec() {
  const auto left = static_cast<float>(mountain_car::kLeftWall);
  const auto right = static_cast<float>(mountain_car::kRightEnd);
  const auto speed = static_cast<float>(mountain_car::kMaxSpeed);
  EnvSpec spec;
  spec.id = "MountainCar-v0";
  spec.observation_space = {{left, -speed}, {right, speed}};
  spec.action_space = Discrete{3};
  spec.max_episode_steps = 200;
  spec.reward_threshold = -110.0;
  spec.render_fps = 30;
  return spec;
}

MountainCar::MountainCar(const MountainCarConfig& config, const VecOptions& options)
    : LaneEnv(mountain_car_spec(), options, describe(config), config.lanes,
              {.goal_velocity = config.goal_velocity}),
      config_(config) {
  check_reset_bounds(spec().id, config.reset_low, config.reset_high);
  if (config.lanes.columns || config.physics != MountainCarPhysics{}) {
    set_parameters([&](std::size_t i) { return parameters(config.physics, i); });
  }
  use_one_of(PAVLOV_LANE_KERNELS(MountainCarExact), PAVLOV_LANE_KERNELS(MountainCarFast),
             PAVLOV_LANE_KERNELS(MountainCarSingle), PAVLOV_LANE_KERNELS(MountainCarExactVaried),
             PAVLOV_LANE_KERNELS(MountainCarFastVaried),
             PAVLOV_LANE_KERNELS(MountainCarSingleVaried));
}

MountainCar::Parameters MountainCar::parameters(const MountainCarPhysics& physics, std::size_t i) {
  return {physics.force.value("force", i), physics.gravity.value("gravity", i)};
}

void MountainCar::reset_rows(std::span<const std::uint32_t> rows) {
  for (const std::uint32_t i : rows) {
    put(i, {random(i).uniform(config_.reset_low, config_.reset_high), 0.0});
  }
  refresh(rows, true);
}

}  // namespace pavlov::envs
#endif  // HWY_ONCE
