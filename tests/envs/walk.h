// Walk: a small environment for tests, with whole numbers that can be followed by hand. One to copy
// from is apps/examples/hover.h.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <span>

#include "pavlov/envs/env.h"

namespace pavlov::envs {

// Walk left or right on a line until an end of it; wind pushes now and then.
class Walk final : public Env {
 public:
  const EnvSpec& spec() const override {
    static const EnvSpec spec = {.id = "Walk-v0",
                                 .observation_space = {{-5.0f}, {5.0f}},
                                 .action_space = Discrete{2},
                                 .max_episode_steps = 40,
                                 .reward_threshold = {},
                                 .render_fps = 10};
    return spec;
  }
  void reset(kernels::Pcg64& random) override { x_ = static_cast<int>(random.integers(-1, 2)); }
  Transition step(const Action& action, kernels::Pcg64& random) override {
    x_ += action.discrete == 1 ? 1 : -1;
    if (random.uniform() < 0.1) x_ = std::clamp(x_ + 1, -5, 5);
    return {.reward = x_ > 0 ? 1.0 : 0.0, .terminated = std::abs(x_) == 5, .truncated = false};
  }
  void observe(std::span<float> observation) const override {
    observation[0] = static_cast<float>(x_);
  }
  void save(StateWriter& out) const override { out.put(x_); }
  void load(StateReader& in) override { x_ = in.get<int>(); }

 private:
  int x_ = 0;
};

}  // namespace pavlov::envs
