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

void MountainCarContinuousPhysics::declare(OptionVisitor& option) {
  option.spread("power", power, {0, 1}, "acceleration by a full engine, m/step^2");
}

EnvSpec mountain_car_continuous_spec() {
  EnvSpec spec = valley_spec("MountainCarContinuous-v0");
  spec.action_space = Box{{-1.0f}, {1.0f}};
  spec.clips_actions = true;
  spec.max_episode_steps = 999;
  spec.reward_threshold = 90.0;
  return spec;
}

MountainCarContinuous::MountainCarContinuous(const MountainCarContinuousConfig& config,
                                             const VecOptions& options)
    : LaneEnv(mountain_car_continuous_spec(), options, config,
              {.goal_velocity = config.goal_velocity}) {
  if (!standard_physics()) {
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
  return {of_environment(i, physics).power.value()};
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
    put(i, {random(i).uniform(config().reset_low, config().reset_high), 0.0, single() ? 0.0 : 1.0});
  }
  refresh(rows, true);
}

}  // namespace pavlov::envs
#endif  // HWY_ONCE
