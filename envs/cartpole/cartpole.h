// CartPole: push a cart left or right so that the pole on it stays up.
//
// Observation (4), float32 of the float64 state; the episode ends at half the bounds:
//   0  cart position      m      [-4.8, 4.8]
//   1  cart velocity      m/s    unbounded
//   2  pole angle         rad    [-0.41887903, 0.41887903] (24 degrees; 0 is upright)
//   3  pole velocity      rad/s  unbounded
// Actions: 0 pushes to the left, 1 to the right, with 10 N for 0.02 s.
// Reward: 1 for every step, the last one included. With sutton_barto_reward: 0, and -1 at the fall.
// Terminated: |position| > 2.4 or |angle| > 12 degrees.
// Truncated: after 500 steps (v1) or 200 (v0). Solved: mean return 475 (v1), 195 (v0).
// Reset: the four values uniform in [reset_low, reset_high), drawn in the order above.
//
// Source: Gymnasium 1.4, envs/classic_control/cartpole.py; Barto, Sutton, Anderson, "Neuronlike
// adaptive elements that can solve difficult learning control problems" (1983).
// Known differences: none in default options: every state, observation, reward and flag has the
// same bits (Linux x86-64, glibc; on a processor without fused multiply-add those that Gymnasium
// prints there). Stepping a finished environment is an error, not a warning. math=fast differs in
// last bits; precision=float32 keeps and computes the state in float32: twice the rows per vector,
// and trajectories that leave Gymnasium's after some ten steps. The reset bounds are options of the
// environment, not of each reset call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "pavlov/envs/env_options.h"
#include "pavlov/envs/lane_env.h"
#include "pavlov/envs/lane_options.h"

namespace pavlov::envs {

namespace cartpole {

inline constexpr double kPositionLimit = 2.4;                              // m
inline constexpr double kAngleLimit = 12 * 2 * 0x1.921fb54442d18p1 / 360;  // rad: 12 degrees

}  // namespace cartpole

// Quantities of nature; each may vary by environment.
struct CartPolePhysics {
  static constexpr double kGravity = 9.8;   // m/s^2
  static constexpr double kCartMass = 1.0;  // kg
  static constexpr double kPoleMass = 0.1;  // kg
  static constexpr double kTotalMass = kPoleMass + kCartMass;
  static constexpr double kHalfLength = 0.5;  // m, pivot to the pole's centre of mass
  static constexpr double kPoleMassLength = kPoleMass * kHalfLength;  // kg m
  static constexpr double kForce = 10.0;                              // N
  static constexpr double kTimeStep = 0.02;                           // s

  Spread gravity = kGravity;
  Spread masscart = kCartMass;
  Spread masspole = kPoleMass;
  Spread length = kHalfLength;
  Spread force_mag = kForce;
  Spread tau = kTimeStep;

  void declare(OptionVisitor& option);
  bool operator==(const CartPolePhysics&) const = default;
};

struct CartPoleConfig {
  bool sutton_barto_reward = false;  // 0 per step and -1 at the fall (Gymnasium's option)
  double reset_low = -0.05;          // in [-1e4, 1e4], <= reset_high (Gymnasium's defaults)
  double reset_high = 0.05;
  LaneConfig lanes;
  CartPolePhysics physics;

  // All options with their ranges.
  void declare(OptionVisitor& option);
};

// "CartPole-v1" or "CartPole-v0".
EnvSpec cartpole_spec(std::string_view id);

struct CartPoleState {
  double x, x_dot, theta, theta_dot;  // m, m/s, rad, rad/s
  bool operator==(const CartPoleState&) const = default;
};

struct CartPoleRules {
  double step_reward, fall_reward;
};

struct CartPoleKind {
  using Config = CartPoleConfig;
  using State = CartPoleState;
  using Rules = CartPoleRules;
  using Action = std::int32_t;
  static constexpr std::size_t kColumns = 4, kObservations = 4;
  // gravity, pole mass, total mass, half length, pole mass * half length, force, time step
  static constexpr std::size_t kParameters = 7;
};

// Keeps the SIMD target that was in force when it was made.
class CartPole final : public LaneEnv<CartPoleKind> {
 public:
  // Throws std::invalid_argument for options out of range.
  CartPole(EnvSpec spec, const CartPoleConfig& config, const VecOptions& options);

  // The numbers of physics of environment i.
  static Parameters parameters(const CartPolePhysics& physics, std::size_t i);

  bool draw(std::size_t row, const ActionView& last, Picture& picture) const override;

 protected:
  void reset_rows(std::span<const std::uint32_t> rows) override;
  // A fallen pole left to itself soon turns too fast for the short sine and for finite numbers.
  void park_rows(std::span<const std::uint32_t> rows) override;
  void state_replaced(const CartPoleState& state) override;
  void states_loaded() override;

 private:
  void choose_step(bool narrow);

  bool narrow_resets_ = false;  // what a reset draws fits the short form of sine and cosine
  bool narrow_ = false;         // so do all states
};

}  // namespace pavlov::envs
