// A plain loop over structs of doubles with the C library's functions: the baseline of a batch
// environment, and its slow twin. The same work per step: physics, time limit, flags, float32
// observations, rewards, and the reset of ended episodes from the same random streams.
//
// A Game supplies what differs:
//   Action, kObservations
//   void reset(kernels::Pcg64&)                        draws an initial state
//   void observe_reset(float*) const                   the observation after a reset
//   double step(Action, bool& terminated)              returns the reward
//   void observe(float*) const                         the observation after a step
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "pavlov/kernels/random.h"

namespace pavlov::bench {

template <class Game>
class ScalarLoop {
 public:
  using Action = typename Game::Action;

  ScalarLoop(std::size_t num_envs, std::int32_t max_episode_steps)
      : max_episode_steps_(max_episode_steps),
        envs_(num_envs),
        observation_(kObservations * num_envs),
        final_observation_(kObservations * num_envs),
        reward_(num_envs),
        terminated_(num_envs),
        truncated_(num_envs) {}

  void reset(std::uint64_t seed) {
    for (std::size_t i = 0; i < envs_.size(); ++i) {
      envs_[i].random = kernels::Pcg64(seed + i);
      restart(i);
    }
  }

  void step(std::span<const Action> actions) {
    for (std::size_t i = 0; i < envs_.size(); ++i) {
      One& e = envs_[i];
      bool terminated = false;
      reward_[i] = e.game.step(actions[i], terminated);
      const bool truncated = ++e.elapsed >= max_episode_steps_;
      terminated_[i] = terminated;
      truncated_[i] = truncated;
      e.game.observe(&observation_[kObservations * i]);
      if (terminated || truncated) {
        e.game.observe(&final_observation_[kObservations * i]);
        restart(i);
      }
    }
  }

  std::span<const float> observation() const { return observation_; }
  std::span<const float> final_observation() const { return final_observation_; }
  std::span<const double> reward() const { return reward_; }
  std::span<const std::uint8_t> terminated() const { return terminated_; }
  std::span<const std::uint8_t> truncated() const { return truncated_; }

 private:
  static constexpr std::size_t kObservations = Game::kObservations;

  struct One {
    Game game;
    std::int32_t elapsed = 0;
    kernels::Pcg64 random;
  };

  void restart(std::size_t i) {
    One& e = envs_[i];
    e.game.reset(e.random);
    e.elapsed = 0;
    e.game.observe_reset(&observation_[kObservations * i]);
  }

  std::int32_t max_episode_steps_;
  std::vector<One> envs_;
  std::vector<float> observation_, final_observation_;
  std::vector<double> reward_;
  std::vector<std::uint8_t> terminated_, truncated_;
};

// pow(x, 2) as NumPy calls it; the compiler would write x*x for a constant exponent.
inline double pow2(double x) {
  static const volatile double two = 2.0;
  return std::pow(x, two);
}

}  // namespace pavlov::bench
