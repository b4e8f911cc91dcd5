// The environments with columns of state as the tests see them: one description each, so that every
// test is written once (lane_*_test.cpp).
//
// A Game says how to make the environment, which physics it runs, and how its tables are named.
#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "pavlov/tests/envs/parity_data.h"
#include "pavlov/envs/acrobot/acrobot-inl.h"
#include "pavlov/envs/cartpole/cartpole-inl.h"
#include "pavlov/envs/mountain_car/mountain_car-inl.h"
#include "pavlov/envs/mountain_car/mountain_car_continuous-inl.h"
#include "pavlov/envs/pendulum/pendulum-inl.h"

namespace pavlov::envs {

struct CartPoleGame {
  using Env = CartPole;
  using Config = CartPoleConfig;
  template <class Math, bool kVaried = false>
  using Physics = portable::CartPoleLanes<Math, kVaried>;
  static constexpr const char* kName = "cartpole";
  static inline const std::vector<std::string> kState = {"x", "x_dot", "theta", "theta_dot"};
  static inline const std::vector<std::string> kEpisodes = {"cartpole", "cartpole_balanced",
                                                            "cartpole_both_flags"};
  static constexpr double kScale[] = {3, 4, 0.3, 4};  // of typical states
  static constexpr int kActions = 2;
  static CartPoleRules rules(const Config&) { return {1.0, 1.0}; }
  static std::unique_ptr<Env> make(const VecOptions& options, const Config& config = {}) {
    return std::make_unique<Env>(cartpole_spec("CartPole-v1"), config, options);
  }
  static CartPole::Parameters parameters(const Config& config, std::size_t i) {
    return Env::parameters(config.physics, i);
  }
};

struct AcrobotGame {
  using Env = Acrobot;
  using Config = AcrobotConfig;
  template <class Math, bool kVaried = false>
  using Physics = portable::AcrobotLanes<Math, kVaried>;
  static constexpr const char* kName = "acrobot";
  static inline const std::vector<std::string> kState = {"theta1", "theta2", "theta1_dot",
                                                         "theta2_dot"};
  static inline const std::vector<std::string> kEpisodes = {"acrobot", "acrobot_both_flags"};
  static constexpr double kScale[] = {3.1, 3.1, 12, 28};
  static constexpr int kActions = 3;
  static AcrobotRules rules(const Config&) { return {}; }
  static std::unique_ptr<Env> make(const VecOptions& options, const Config& config = {}) {
    return std::make_unique<Env>(config, options);
  }
  static Acrobot::Parameters parameters(const Config& config, std::size_t i) {
    return Env::parameters(config, i);
  }
};

struct MountainCarGame {
  using Env = MountainCar;
  using Config = MountainCarConfig;
  template <class Math, bool kVaried = false>
  using Physics = portable::MountainCarLanes<Math, kVaried>;
  static constexpr const char* kName = "mountaincar";
  static inline const std::vector<std::string> kState = {"position", "velocity"};
  static inline const std::vector<std::string> kEpisodes = {"mountaincar",
                                                            "mountaincar_both_flags"};
  static constexpr double kScale[] = {1.3, 0.08};
  static constexpr int kActions = 3;
  static MountainCarRules rules(const Config& config) { return {config.goal_velocity}; }
  static std::unique_ptr<Env> make(const VecOptions& options, const Config& config = {}) {
    return std::make_unique<Env>(config, options);
  }
  static MountainCar::Parameters parameters(const Config& config, std::size_t i) {
    return Env::parameters(config.physics, i);
  }
};

struct MountainCarContinuousGame {
  using Env = MountainCarContinuous;
  using Config = MountainCarContinuousConfig;
  template <class Math, bool kVaried = false>
  using Physics = portable::MountainCarContinuousLanes<Math, kVaried>;
  static constexpr const char* kName = "mountaincar_continuous";
  static inline const std::vector<std::string> kState = {"position", "velocity"};
  static inline const std::vector<std::string> kEpisodes = {"mountaincar_continuous",
                                                            "mountaincar_continuous_both_flags"};
  static constexpr double kScale[] = {1.3, 0.08, 0};
  static constexpr int kActions = 0;
  static MountainCarContinuousRules rules(const Config& config) { return {config.goal_velocity}; }
  static std::unique_ptr<Env> make(const VecOptions& options, const Config& config = {}) {
    return std::make_unique<Env>(config, options);
  }
  static MountainCarContinuous::Parameters parameters(const Config& config, std::size_t i) {
    return Env::parameters(config.physics, i);
  }
};

struct PendulumGame {
  using Env = Pendulum;
  using Config = PendulumConfig;
  template <class Math, bool kVaried = false>
  using Physics = portable::PendulumLanes<Math, kVaried>;
  static constexpr const char* kName = "pendulum";
  static inline const std::vector<std::string> kState = {"theta", "theta_dot"};
  static inline const std::vector<std::string> kEpisodes = {"pendulum"};
  static constexpr double kScale[] = {12, 8};
  static constexpr int kActions = 0;
  static PendulumRules rules(const Config&) { return {}; }
  static std::unique_ptr<Env> make(const VecOptions& options, const Config& config = {}) {
    return std::make_unique<Env>(config, options);
  }
  static Pendulum::Parameters parameters(const Config& config, std::size_t i) {
    return Env::parameters(config.physics, i);
  }
};

// ---- numbers of a state ----

template <class State>
constexpr std::size_t kNumbers = sizeof(State) / sizeof(double);

template <class State>
std::array<double, kNumbers<State>> numbers_of(const State& state) {
  return std::bit_cast<std::array<double, kNumbers<State>>>(state);
}

template <class State>
State state_of_numbers(const double* values, std::size_t count, bool wide) {
  std::array<double, kNumbers<State>> all = {};
  for (std::size_t k = 0; k < count; ++k) all[k] = values[k];
  if (count < all.size()) all[count] = wide ? 1.0 : 0.0;  // MountainCarContinuous
  return std::bit_cast<State>(all);
}

template <class State>
bool same_state(const State& a, const State& b) {
  const auto x = numbers_of(a), y = numbers_of(b);
  for (std::size_t k = 0; k < x.size(); ++k) {
    if (!same_bits(x[k], y[k])) return false;
  }
  return true;
}

// ---- actions ----

// Actions of N environments, of either kind.
template <class Action>
ActionView view_of(const std::vector<Action>& actions) {
  if constexpr (std::is_same_v<Action, float>) {
    return ConstMatrixView(actions.data(), actions.size(), 1);
  } else {
    return std::span<const std::int32_t>(actions);
  }
}

// Uniform in the action space; continuous ones up to half beyond it.
template <class Game>
typename Game::Env::Action random_action(kernels::Pcg64& random) {
  if constexpr (Game::kActions > 0) {
    return static_cast<std::int32_t>(random.integers(0, Game::kActions));
  } else {
    return static_cast<float>(random.uniform(-3.0, 3.0));
  }
}

}  // namespace pavlov::envs
