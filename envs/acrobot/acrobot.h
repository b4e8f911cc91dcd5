// Acrobot: swing up a two-link arm by a torque on the joint between the links.
//
// Observation (6), float32 of the float64 state:
//   0  cos(theta1)              [-1, 1]; theta1 = 0 hangs down
//   1  sin(theta1)              [-1, 1]
//   2  cos(theta2)              [-1, 1]; theta2 is relative to the first link
//   3  sin(theta2)              [-1, 1]
//   4  velocity of theta1 rad/s [-4 pi, 4 pi]
//   5  velocity of theta2 rad/s [-9 pi, 9 pi]
// Actions: torque of -1, 0 or +1 N m for 0.2 s (one Runge-Kutta step).
// Reward: -1 for every step, 0 for the last one of an episode that reaches the line.
// Terminated: the tip is above the line: -cos(theta1) - cos(theta1 + theta2) > 1.
// Truncated: after 500 steps. Solved: mean return -100.
// Reset: the four values (theta1, theta2 and their velocities) uniform in [reset_low, reset_high),
// rounded to float32.
//
// Source: Gymnasium 1.4, envs/classic_control/acrobot.py; Sutton, "Generalization in reinforcement
// learning: successful examples using sparse coarse coding" (NIPS 1996).
// Known differences: none in default options: every state, observation, reward and flag has the
// same bits (Linux x86-64, glibc, NumPy 2; on a processor without fused multiply-add those that
// Gymnasium prints there). math=fast differs in last bits, which grow to the size of the state in
// some hundred steps; precision=float32 keeps and computes the state in float32. There is no torque
// noise. LINK_LENGTH_2 is not an option: Gymnasium only draws it. The reset bounds are options of
// the environment, not of each reset call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pavlov/envs/env_options.h"
#include "pavlov/envs/lane_env.h"
#include "pavlov/envs/lane_options.h"

namespace pavlov::envs {

namespace acrobot {

inline constexpr double kPi = 0x1.921fb54442d18p1;
inline constexpr double kMaxVelocity1 = 4 * kPi, kMaxVelocity2 = 9 * kPi;  // rad/s

}  // namespace acrobot

enum class AcrobotDynamics : std::uint8_t {
  book,  // Sutton and Barto's book and its program
  nips,  // the paper: without the term of theta1_dot^2
};

// Quantities of nature; each may vary by environment.
struct AcrobotPhysics {
  static constexpr double kLength1 = 1.0;              // m
  static constexpr double kMass1 = 1.0, kMass2 = 1.0;  // kg
  static constexpr double kPos1 = 0.5, kPos2 = 0.5;    // m, joint to centre of mass
  static constexpr double kMoi = 1.0;                  // kg m^2, of either link
  static constexpr double kGravity = 9.8;              // m/s^2

  // Coefficients of the equations, as Python multiplies: see AcrobotKind.
  static constexpr double kInertia1 = kMass1 * (kPos1 * kPos1);
  static constexpr double kLengths = kLength1 * kLength1 + kPos2 * kPos2;
  static constexpr double kCoupling = 2 * kLength1 * kPos2;
  static constexpr double kCom2 = kPos2 * kPos2;
  static constexpr double kCoupled = kLength1 * kPos2;
  static constexpr double kWeight2 = kMass2 * kPos2 * kGravity;
  static constexpr double kWeight1 = (kMass1 * kPos1 + kMass2 * kLength1) * kGravity;
  static constexpr double kSquared = -kMass2 * kLength1 * kPos2;
  static constexpr double kDoubled = 2 * kMass2 * kLength1 * kPos2;
  static constexpr double kSquared1 = kMass2 * kLength1 * kPos2;
  static constexpr double kInertia2 = kMass2 * (kPos2 * kPos2) + kMoi;

  Spread link_length_1 = kLength1;
  Spread link_mass_1 = kMass1;
  Spread link_mass_2 = kMass2;
  Spread link_com_pos_1 = kPos1;
  Spread link_com_pos_2 = kPos2;
  Spread link_moi = kMoi;
  Spread gravity = kGravity;

  void declare(OptionVisitor& option);
  bool operator==(const AcrobotPhysics&) const = default;
};

struct AcrobotConfig {
  AcrobotDynamics dynamics = AcrobotDynamics::book;
  double reset_low = -0.1;  // in [-1e4, 1e4], <= reset_high (Gymnasium's defaults)
  double reset_high = 0.1;
  LaneConfig lanes;
  AcrobotPhysics physics;

  // All options with their ranges.
  void declare(OptionVisitor& option);
};

EnvSpec acrobot_spec();

struct AcrobotState {
  double theta1, theta2, theta1_dot, theta2_dot;  // rad, rad, rad/s, rad/s
  bool operator==(const AcrobotState&) const = default;
};

struct AcrobotRules {};

struct AcrobotKind {
  using Config = AcrobotConfig;
  using State = AcrobotState;
  using Rules = AcrobotRules;
  using Action = std::int32_t;
  static constexpr std::size_t kColumns = 6, kObservations = 6;
  // m1 lc1^2, m2, l1^2 + lc2^2, 2 l1 lc2, I, lc2^2, l1 lc2, m2 lc2 g, (m1 lc1 + m2 l1) g,
  // -m2 l1 lc2, 2 m2 l1 lc2, m2 l1 lc2 (nips: 0), m2 lc2^2 + I
  static constexpr std::size_t kParameters = 13;
};

// Keeps the SIMD target that was in force when it was made.
class Acrobot final : public LaneEnv<AcrobotKind> {
 public:
  // Throws std::invalid_argument for options out of range.
  Acrobot(const AcrobotConfig& config, const VecOptions& options);

  // The coefficients of environment i.
  static Parameters parameters(const AcrobotConfig& config, std::size_t i);

  bool draw(std::size_t row, const ActionView& last, Picture& picture) const override;

 protected:
  void reset_rows(std::span<const std::uint32_t> rows) override;

 private:
  void observe_float(std::size_t i, const AcrobotState& state);

  bool fused_;  // this target's multiply-add is one rounding
};

}  // namespace pavlov::envs
