// MountainCar: drive an underpowered car out of a valley by swinging.
//
// Observation (2), float32 of the float64 state:
//   0  position  m    [-1.2, 0.6]; the valley's lowest point is at -0.52
//   1  velocity  m/step  [-0.07, 0.07]
// Actions: 0 accelerates to the left, 1 not at all, 2 to the right.
// Reward: -1 for every step, the last one included.
// Terminated: position >= 0.5 and velocity >= goal_velocity. The left wall stops the car.
// Truncated: after 200 steps. Solved: mean return -110.
// Reset: position uniform in [reset_low, reset_high), velocity 0.
//
// Source: Gymnasium 1.4, envs/classic_control/mountain_car.py; Moore, "Efficient memory-based
// learning for robot control" (1990).
// Known differences: none in default options: every state, observation, reward and flag has the
// same bits (Linux x86-64, glibc; on a processor without fused multiply-add those that Gymnasium
// prints there). math=fast differs in last bits; precision=float32 keeps and computes the state in
// float32. The reset bounds are options of the environment, not of each reset call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pavlov/envs/env_options.h"
#include "pavlov/envs/lane_env.h"
#include "pavlov/envs/mountain_car/valley.h"

namespace pavlov::envs {

namespace mountain_car {

inline constexpr double kGoal = 0.5;  // m

}  // namespace mountain_car

// Quantities of nature; each may vary by environment.
struct MountainCarPhysics {
  static constexpr double kForce = 0.001;     // m/step^2
  static constexpr double kGravity = 0.0025;  // m/step^2

  Spread force = kForce;
  Spread gravity = kGravity;

  void declare(OptionVisitor& option);
  bool operator==(const MountainCarPhysics&) const = default;
};

using MountainCarConfig = ValleyConfig<MountainCarPhysics>;

EnvSpec mountain_car_spec();

struct MountainCarState {
  double position, velocity;  // m, m/step
  bool operator==(const MountainCarState&) const = default;
};

using MountainCarRules = ValleyRules;

struct MountainCarKind {
  using Config = MountainCarConfig;
  using State = MountainCarState;
  using Rules = MountainCarRules;
  using Action = std::int32_t;
  static constexpr std::size_t kColumns = 2, kObservations = 2;
  static constexpr std::size_t kParameters = 2;  // force, gravity
};

// Keeps the SIMD target that was in force when it was made.
class MountainCar final : public LaneEnv<MountainCarKind> {
 public:
  // Throws std::invalid_argument for options out of range.
  MountainCar(const MountainCarConfig& config, const VecOptions& options);

  // The numbers of physics of environment i.
  static Parameters parameters(const MountainCarPhysics& physics, std::size_t i);

  bool draw(std::size_t row, const ActionView& last, Picture& picture) const override;

 protected:
  void reset_rows(std::span<const std::uint32_t> rows) override;
};

}  // namespace pavlov::envs
