// CartPole as a plain loop over structs of doubles with the C library's sine and cosine: the
// baseline of the batch environment, and its slow twin. The same work per step: physics, time
// limit, flags, float32 observations, rewards, and the reset of ended episodes from the same random
// streams.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "pavlov/kernels/random.h"

namespace pavlov::bench {

class CartPoleScalar {
 public:
  CartPoleScalar(std::size_t num_envs, std::int32_t max_episode_steps)
      : max_episode_steps_(max_episode_steps),
        envs_(num_envs),
        observation_(4 * num_envs),
        final_observation_(4 * num_envs),
        reward_(num_envs),
        terminated_(num_envs),
        truncated_(num_envs) {}

  void reset(std::uint64_t seed) {
    for (std::size_t i = 0; i < envs_.size(); ++i) {
      envs_[i].random = kernels::Pcg64(seed + i);
      restart(i);
    }
  }

  void step(std::span<const std::int32_t> actions) {
    for (std::size_t i = 0; i < envs_.size(); ++i) {
      One& e = envs_[i];
      const double force = actions[i] == 1 ? 10.0 : -10.0;
      const double sin = std::sin(e.theta), cos = std::cos(e.theta);
      const double temp = (force + 0.05 * (e.theta_dot * e.theta_dot) * sin) / 1.1;
      const double theta_acc =
          (9.8 * sin - cos * temp) / (0.5 * (4.0 / 3.0 - 0.1 * (cos * cos) / 1.1));
      const double x_acc = temp - 0.05 * theta_acc * cos / 1.1;
      e.x += 0.02 * e.x_dot;
      e.x_dot += 0.02 * x_acc;
      e.theta += 0.02 * e.theta_dot;
      e.theta_dot += 0.02 * theta_acc;
      ++e.elapsed;
      const bool terminated = std::abs(e.x) > 2.4 || std::abs(e.theta) > kAngleLimit;
      const bool truncated = e.elapsed >= max_episode_steps_;
      terminated_[i] = terminated;
      truncated_[i] = truncated;
      reward_[i] = 1.0;
      observe(i, observation_);
      if (terminated || truncated) {
        observe(i, final_observation_);
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
  static constexpr double kAngleLimit = 12 * 2 * 0x1.921fb54442d18p1 / 360;

  struct One {
    double x, x_dot, theta, theta_dot;
    std::int32_t elapsed;
    kernels::Pcg64 random;
  };

  void observe(std::size_t i, std::vector<float>& out) const {
    out[4 * i] = static_cast<float>(envs_[i].x);
    out[4 * i + 1] = static_cast<float>(envs_[i].x_dot);
    out[4 * i + 2] = static_cast<float>(envs_[i].theta);
    out[4 * i + 3] = static_cast<float>(envs_[i].theta_dot);
  }

  void restart(std::size_t i) {
    One& e = envs_[i];
    e.x = e.random.uniform(-0.05, 0.05);
    e.x_dot = e.random.uniform(-0.05, 0.05);
    e.theta = e.random.uniform(-0.05, 0.05);
    e.theta_dot = e.random.uniform(-0.05, 0.05);
    e.elapsed = 0;
    observe(i, observation_);
  }

  std::int32_t max_episode_steps_;
  std::vector<One> envs_;
  std::vector<float> observation_, final_observation_;
  std::vector<double> reward_;
  std::vector<std::uint8_t> terminated_, truncated_;
};

}  // namespace pavlov::bench
