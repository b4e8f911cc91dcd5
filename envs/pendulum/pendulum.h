// Pendulum: swing a pendulum up and hold it there with a torque that cannot lift it at once.
//
// Observation (3), float32 of the float64 state:
//   0  cos(theta)             [-1, 1]; theta = 0 is upright
//   1  sin(theta)             [-1, 1]
//   2  angular velocity rad/s [-8, 8]
// Action (1): torque in N m, [-max_torque, max_torque] = [-2, 2]; any finite number is accepted and
// clipped.
// Reward: -(theta^2 + 0.1 theta_dot^2 + 0.001 torque^2) of the state before the step, theta in
// [-pi, pi), the torque clipped.
// Terminated: never. Truncated: after 200 steps. No reward counts as solved.
// Reset: theta uniform in [-x_init, x_init), theta_dot in [-y_init, y_init). Theta is not wrapped.
//
// Source: Gymnasium 1.4, envs/classic_control/pendulum.py.
// Known differences: none in default options: every state, observation, reward and flag has the
// same bits (Linux x86-64, glibc, NumPy 2; on a processor without fused multiply-add those that
// Gymnasium prints there). math=fast differs in last bits; precision=float32 keeps and computes the
// state in float32. The reset bounds are options of the environment, not of each reset call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pavlov/envs/env_options.h"
#include "pavlov/envs/lane_env.h"
#include "pavlov/envs/lane_options.h"

namespace pavlov::envs {

namespace pendulum {

inline constexpr double kTimeStep = 0.05;  // s
inline constexpr double kMaxSpeed = 8.0;   // rad/s
inline constexpr double kTorqueCost = static_cast<double>(0.001f);

}  // namespace pendulum

// Quantities of nature; each may vary by environment.
struct PendulumPhysics {
  static constexpr double kGravity = 10.0;                            // m/s^2
  static constexpr double kMass = 1.0, kLength = 1.0;                 // kg, m
  static constexpr double kMaxTorque = 2.0;                           // N m
  static constexpr double kPull = 3 * kGravity / (2 * kLength);       // 1/s^2
  static constexpr double kLift = 3.0 / (kMass * kLength * kLength);  // 1/(kg m^2)

  Spread g = kGravity;
  Spread m = kMass;
  Spread l = kLength;
  Spread max_torque = kMaxTorque;

  void declare(OptionVisitor& option);
  bool operator==(const PendulumPhysics&) const = default;
};

struct PendulumConfig {
  double x_init = 0x1.921fb54442d18p1;  // rad: pi; in [0, 1e6] (Gymnasium's defaults)
  double y_init = 1.0;                  // rad/s; in [0, 1e6]
  LaneConfig lanes;
  PendulumPhysics physics;

  // All options with their ranges.
  void declare(OptionVisitor& option);
};

// The action space reaches to the greatest torque of any environment.
EnvSpec pendulum_spec(double max_torque = PendulumPhysics::kMaxTorque);

struct PendulumState {
  double theta, theta_dot;  // rad, rad/s
  bool operator==(const PendulumState&) const = default;
};

struct PendulumRules {};

struct PendulumKind {
  using Config = PendulumConfig;
  using State = PendulumState;
  using Rules = PendulumRules;
  using Action = float;
  static constexpr std::size_t kColumns = 3, kObservations = 3;
  static constexpr std::size_t kParameters = 3;  // 3 g / (2 l), 3 / (m l^2) and torque in float32
};

// Keeps the SIMD target that was in force when it was made.
class Pendulum final : public LaneEnv<PendulumKind> {
 public:
  // Throws std::invalid_argument for options out of range.
  Pendulum(const PendulumConfig& config, const VecOptions& options);

  // The numbers of physics of environment i.
  static Parameters parameters(const PendulumPhysics& physics, std::size_t i);

  bool draw(std::size_t row, const ActionView& last, Picture& picture) const override;

 protected:
  void reset_rows(std::span<const std::uint32_t> rows) override;
};

}  // namespace pavlov::envs
