// LunarLander as a plain loop, one environment after the other: the baseline of the batch
// environment when it stands on Box2D, and its slow twin when it stands on our own engine. The same
// work per step: game, time limit, flags, float32 observations, rewards, and the reset of ended
// episodes from the same random streams.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "pavlov/envs/lunar_lander/engine.h"
#include "pavlov/envs/lunar_lander/game.h"
#include "pavlov/kernels/random.h"

namespace pavlov::bench {

class LunarLanderScalar {
 public:
  // `engine` has one world for each environment, of gravity -10.
  explicit LunarLanderScalar(std::unique_ptr<envs::lunar_lander::Engine> engine,
                             std::size_t num_envs)
      : engine_(std::move(engine)),
        envs_(num_envs),
        observation_(8 * num_envs),
        reward_(num_envs),
        terminated_(num_envs),
        truncated_(num_envs) {}

  void reset(std::uint64_t seed) {
    for (std::uint32_t i = 0; i < envs_.size(); ++i) {
      envs_[i].random = kernels::Pcg64(seed + i);
      restart(i);
    }
  }

  // throttle(i) is the action of environment i.
  template <class F>
  void step(F&& throttle) {
    for (std::uint32_t i = 0; i < envs_.size(); ++i) {
      One& e = envs_[i];
      const envs::lunar_lander::Throttle given = throttle(i);
      play(i, given);
      const auto hull = engine_->hull(i);
      const auto outcome =
          envs::lunar_lander::judge(hull, envs::lunar_lander::observe(hull), given, e.episode);
      ++e.elapsed;
      reward_[i] = outcome.reward;
      terminated_[i] = outcome.terminated;
      truncated_[i] = e.elapsed >= 1000;
      if (outcome.terminated || e.elapsed >= 1000) restart(i);
      observe(i);
    }
  }

  std::span<const float> observation() const { return observation_; }
  std::span<const float> observation(std::size_t i) const {
    return std::span<const float>(observation_).subspan(8 * i, 8);
  }
  std::span<const double> reward() const { return reward_; }
  std::span<const std::uint8_t> terminated() const { return terminated_; }
  std::span<const std::uint8_t> truncated() const { return truncated_; }

 private:
  struct One {
    kernels::Pcg64 random;
    envs::lunar_lander::Episode episode;
    std::int32_t elapsed = 0;
  };

  void play(std::uint32_t i, const envs::lunar_lander::Throttle& throttle) {
    One& e = envs_[i];
    engine_->apply(i, envs::lunar_lander::draw_loads(parameters_, false, throttle, engine_->hull(i),
                                                     e.episode, e.random));
    engine_->step(std::span<const std::uint32_t>(&i, 1));
  }

  void restart(std::uint32_t i) {
    One& e = envs_[i];
    const auto terrain = envs::lunar_lander::draw_terrain(e.random);
    const auto force = envs::lunar_lander::draw_initial_force(parameters_, e.random);
    engine_->start(i, envs::lunar_lander::terrain_points(terrain), force);
    e.episode = {};
    e.elapsed = 0;
    play(i, {});
    e.episode.shaping = envs::lunar_lander::shaping(envs::lunar_lander::observe(engine_->hull(i)));
    observe(i);
  }

  void observe(std::uint32_t i) {
    float* to = observation_.data() + 8 * i;
    for (const double value : envs::lunar_lander::observe(engine_->hull(i))) {
      *to++ = static_cast<float>(value);
    }
  }

  envs::lunar_lander::Parameters parameters_;
  std::unique_ptr<envs::lunar_lander::Engine> engine_;
  std::vector<One> envs_;
  std::vector<float> observation_;
  std::vector<double> reward_;
  std::vector<std::uint8_t> terminated_, truncated_;
};

}  // namespace pavlov::bench
