// MountainCarContinuous: drive an underpowered car out of a valley, sparing with the engine.
//
// Observation (2), float32, as is the state itself:
//   0  position  m    [-1.2, 0.6]; the valley's lowest point is at -0.52
//   1  velocity  m/step  [-0.07, 0.07]
// Action (1): engine in [-1, 1]; any finite number is accepted and clipped.
// Reward: -0.1 a^2 with the action as given, unclipped; 100 more at the goal.
// Terminated: position >= 0.45 and velocity >= goal_velocity. The left wall stops the car.
// Truncated: after 999 steps. Solved: mean return 90.
// Reset: position uniform in [reset_low, reset_high), velocity 0.
//
// Source: Gymnasium 1.4, envs/classic_control/continuous_mountain_car.py; Moore, "Efficient
// memory-based learning for robot control" (1990).
// Known differences: none in default options: every state, observation, reward and flag has the
// same bits (Linux x86-64, glibc, NumPy 2). math=fast differs in last bits; precision=float32
// computes in float32 throughout, the first step after a reset included. The reset bounds are
// options of the environment, not of each reset call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "pavlov/envs/env_options.h"
#include "pavlov/envs/lane_env.h"
#include "pavlov/envs/mountain_car/valley.h"

namespace pavlov::envs {

namespace mountain_car_continuous {

using mountain_car::kLeftWall;
using mountain_car::kMaxSpeed;
using mountain_car::kRightEnd;
inline constexpr double kGoal = 0.45;  // m

}  // namespace mountain_car_continuous

// Quantities of nature; each may vary by environment.
struct MountainCarContinuousPhysics {
  static constexpr double kPower = 0.0015;  // m/step^2

  Spread power = kPower;

  void declare(OptionVisitor& option);
  bool operator==(const MountainCarContinuousPhysics&) const = default;
};

using MountainCarContinuousConfig = ValleyConfig<MountainCarContinuousPhysics>;

EnvSpec mountain_car_continuous_spec();

struct MountainCarContinuousState {
  double position, velocity;  // m, m/step
  double wide;                // 1: as after a reset, float64; 0: both numbers are float32
  bool operator==(const MountainCarContinuousState&) const = default;
};

using MountainCarContinuousRules = ValleyRules;

struct MountainCarContinuousKind {
  using Config = MountainCarContinuousConfig;
  using State = MountainCarContinuousState;
  using Rules = MountainCarContinuousRules;
  using Action = float;
  static constexpr std::size_t kColumns = 3, kObservations = 2;
  static constexpr std::size_t kParameters = 1;  // power
};

// Keeps the SIMD target that was in force when it was made.
class MountainCarContinuous final : public LaneEnv<MountainCarContinuousKind> {
 public:
  // Throws std::invalid_argument for options out of range.
  MountainCarContinuous(const MountainCarContinuousConfig& config, const VecOptions& options);

  // The numbers of physics of environment i.
  static Parameters parameters(const MountainCarContinuousPhysics& physics, std::size_t i);

  bool draw(std::size_t row, const ActionView& last, Picture& picture) const override;

 protected:
  void reset_rows(std::span<const std::uint32_t> rows) override;
  bool is_valid(const MountainCarContinuousState& state) const override;
  std::string state_rule() const override;
};

}  // namespace pavlov::envs
