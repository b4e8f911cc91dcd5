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
// last bits. The reset bounds are options of the environment, not of each reset call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "pavlov/envs/batch_env.h"
#include "pavlov/envs/env_options.h"

namespace pavlov::envs {

enum class Math : std::uint8_t {
  exact,  // the bits of the C library
  fast,   // plain polynomials, errors below 2^-52
};

struct CartPoleConfig {
  bool sutton_barto_reward = false;  // 0 per step and -1 at the fall (Gymnasium's option)
  Math math = Math::exact;
  double reset_low = -0.05;  // finite, <= reset_high (Gymnasium's defaults)
  double reset_high = 0.05;

  // Reads the options of these names; throws std::invalid_argument for bad values.
  static CartPoleConfig read(OptionReader& options);
};

// "CartPole-v1" or "CartPole-v0".
EnvSpec cartpole_spec(std::string_view id);

struct CartPoleState {
  double x, x_dot, theta, theta_dot;  // m, m/s, rad, rad/s
  bool operator==(const CartPoleState&) const = default;
};

struct CartPoleArrays;

// Keeps the SIMD target that was in force when it was made.
class CartPole final : public BatchEnv {
 public:
  // Throws std::invalid_argument for options out of range.
  CartPole(EnvSpec spec, const CartPoleConfig& config, const VecOptions& options);
  ~CartPole() override;

  // Exact state of environment i < N, for drawing and tests.
  CartPoleState state(std::size_t i) const;
  // Replaces it, the observation included; the episode goes on. Throws std::invalid_argument for
  // values that are not finite.
  void set_state(std::size_t i, const CartPoleState& state);

 protected:
  void reset_rows(std::span<const std::uint32_t> rows) override;
  void step_rows(kernels::RowRange rows, const ActionView& actions) override;
  // A fallen pole left to itself soon turns too fast for the short sine and for finite numbers.
  void park_rows(std::span<const std::uint32_t> rows) override;
  void save_rows(StateWriter& out) const override;
  void load_rows(StateReader& in) override;

 private:
  void put(std::size_t i, const CartPoleState& state);
  void observe(std::size_t i, const CartPoleState& state);
  void choose_step(bool narrow);

  CartPoleConfig config_;
  bool narrow_resets_ = false;  // what a reset draws fits the short form of sine and cosine
  bool narrow_ = false;         // so do all states
  // (blocks, 4, 64): x, x_dot, theta, theta_dot of 64 rows each. A block is one stretch of memory:
  // whole columns of a power of two would meet in the same cache sets.
  kernels::TensorOf<double> state_;
  std::unique_ptr<CartPoleArrays> arrays_;
  void (*step_)(const CartPoleArrays&, const std::int32_t* action, std::size_t begin,
                std::size_t end) = nullptr;
};

}  // namespace pavlov::envs
