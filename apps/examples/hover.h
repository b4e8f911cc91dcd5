// Hover: keep a rocket at a height, in gusty wind, with an engine that is on or off.
//
// Observation (2): height above the aim (of half the range, clipped to [-1, 1]), velocity (of 5
// m/s). Actions: 0 engine off, 1 engine on, for 1/20 s. Reward: 1 at the aim, falling linearly to 0
// at the ground and at the ceiling. Terminated: below the ground or above the ceiling, with reward
// 0. Truncated: after 200 steps.
//
// An environment of one's own in about 30 lines: a class with spec, reset, step and observe.
// make_vec (envs/env.h) adds seeding, the time limit, autoreset, validation and threads.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>

#include "pavlov/envs/env.h"

namespace pavlov::examples {

class Hover final : public envs::Env {
 public:
  const envs::EnvSpec& spec() const override {
    static const envs::EnvSpec spec = {
        .id = "Hover-v0",
        .observation_space = {{-1.0f, -INFINITY}, {1.0f, INFINITY}},  // height, velocity; scaled
        .action_space = envs::Discrete{2},                            // 0 engine off, 1 on
        .max_episode_steps = 200,
        .reward_threshold = {},
        .render_fps = 20};
    return spec;
  }
  void reset(kernels::Pcg64& random) override {
    height_ = random.uniform(2.0, 8.0);
    velocity_ = random.uniform(-2.0, 2.0);
  }
  envs::Transition step(const envs::Action& action, kernels::Pcg64& random) override {
    constexpr double kTimeStep = 0.05, kGravity = -10.0, kThrust = 20.0;  // s, m/s^2, m/s^2
    const double gust = random.uniform(-5.0, 5.0);                        // m/s^2
    velocity_ += kTimeStep * (kGravity + gust + (action.discrete == 1 ? kThrust : 0.0));
    height_ += kTimeStep * velocity_;
    const bool lost = height_ < 0.0 || height_ > kCeiling;
    return {.reward = lost ? 0.0 : 1.0 - std::abs(scaled_height()), .terminated = lost};
  }
  void observe(std::span<float> observation) const override {
    observation[0] = static_cast<float>(std::clamp(scaled_height(), -1.0, 1.0));
    observation[1] = static_cast<float>(velocity_ / 5.0);
  }
  // For those who watch; leave it out, and they see numbers.
  bool draw(const envs::Action* last, envs::Picture& picture) const override {
    picture.start(200, 200, {255, 255, 255});
    const auto y = static_cast<float>(200.0 - 20.0 * height_);
    picture.polyline({{0, 100}, {200, 100}}, {129, 132, 203}, 1);  // the aim
    if (last != nullptr && last->discrete == 1) {
      picture.polygon({{94, y}, {106, y}, {100, y + 24}}, {255, 159, 67});
    }
    picture.circle({100, y}, 8, {0, 0, 0});
    return true;
  }
  void save(envs::StateWriter& out) const override { out.put(height_), out.put(velocity_); }
  void load(envs::StateReader& in) override {
    height_ = in.get<double>();
    velocity_ = in.get<double>();
  }

 private:
  static constexpr double kCeiling = 10.0;                                 // m
  double scaled_height() const { return 2.0 * height_ / kCeiling - 1.0; }  // 0 is the aim

  double height_ = 0.0;    // m
  double velocity_ = 0.0;  // m/s
};

}  // namespace pavlov::examples
