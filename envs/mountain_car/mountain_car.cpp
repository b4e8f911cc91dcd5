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

void MountainCarPhysics::declare(OptionVisitor& option) {
  option.spread("force", force, {0, 1}, "acceleration by an action, m/step^2");
  option.spread("gravity", gravity, {0, 1}, "acceleration by the slope, m/step^2");
}

EnvSpec mountain_car_spec() {
  EnvSpec spec = valley_spec("MountainCar-v0");
  spec.action_space = Discrete{3};
  spec.max_episode_steps = 200;
  spec.reward_threshold = -110.0;
  return spec;
}

MountainCar::MountainCar(const MountainCarConfig& config, const VecOptions& options)
    : LaneEnv(mountain_car_spec(), options, config, {.goal_velocity = config.goal_velocity}) {
  if (!standard_physics()) {
    set_parameters([&](std::size_t i) { return parameters(config.physics, i); });
  }
  use_one_of(PAVLOV_LANE_KERNELS(MountainCarExact), PAVLOV_LANE_KERNELS(MountainCarFast),
             PAVLOV_LANE_KERNELS(MountainCarSingle), PAVLOV_LANE_KERNELS(MountainCarExactVaried),
             PAVLOV_LANE_KERNELS(MountainCarFastVaried),
             PAVLOV_LANE_KERNELS(MountainCarSingleVaried));
}

MountainCar::Parameters MountainCar::parameters(const MountainCarPhysics& physics, std::size_t i) {
  const MountainCarPhysics p = of_environment(i, physics);
  return {p.force.value(), p.gravity.value()};
}

void MountainCar::reset_rows(std::span<const std::uint32_t> rows) {
  for (const std::uint32_t i : rows) {
    put(i, {random(i).uniform(config().reset_low, config().reset_high), 0.0});
  }
  refresh(rows, true);
}

}  // namespace pavlov::envs
#endif  // HWY_ONCE
