// Small worlds whose answers are known by hand.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "pavlov/envs/env.h"

namespace pavlov::agents {

// Five states in a row, observed one-hot. Action 1 goes right, action 0 goes left (and stays in
// state 0). Reaching the right end gives 1 and terminates; every other step gives 0.
// Q*(s, right) = gamma^(3 - s); Q*(s, left) = gamma^(1 + 3 - max(s - 1, 0)).
class Chain final : public envs::Env {
 public:
  static constexpr std::size_t kStates = 5;  // the last one is the end

  const envs::EnvSpec& spec() const override {
    static const envs::EnvSpec spec{
        .id = "Chain",
        .observation_space = {std::vector<float>(kStates, 0.0f), std::vector<float>(kStates, 1.0f)},
        .action_space = envs::Discrete{2},
        .max_episode_steps = 20,
        .reward_threshold = {},
        .render_fps = 0};
    return spec;
  }
  void reset(kernels::Pcg64& random) override {
    state_ = static_cast<std::size_t>(random.integers(0, kStates - 1));
  }
  envs::Transition step(const envs::Action& action, kernels::Pcg64&) override {
    if (action.discrete == 1) {
      ++state_;
    } else if (state_ > 0) {
      --state_;
    }
    const bool end = state_ + 1 == kStates;
    return {.reward = end ? 1.0 : 0.0, .terminated = end};
  }
  void observe(std::span<float> observation) const override {
    for (std::size_t s = 0; s < kStates; ++s) observation[s] = s == state_ ? 1.0f : 0.0f;
  }

 private:
  std::size_t state_ = 0;
};

// Episodes that play a script whatever the actions: episode e of an environment lasts lengths[e mod
// size] steps and terminates, or is truncated by its own decision where `truncate` says so. The
// observation is (episode, step); the reward is 100 episode + step.
class Script final : public envs::Env {
 public:
  explicit Script(std::vector<std::pair<int, bool>> episodes) : episodes_(std::move(episodes)) {}

  const envs::EnvSpec& spec() const override {
    static const envs::EnvSpec spec{.id = "Script",
                                    .observation_space = {{0.0f, 0.0f}, {1e6f, 1e6f}},
                                    .action_space = envs::Discrete{2},
                                    .max_episode_steps = 0,
                                    .reward_threshold = {},
                                    .render_fps = 0};
    return spec;
  }
  void reset(kernels::Pcg64&) override {
    ++episode_;
    step_ = 0;
  }
  envs::Transition step(const envs::Action&, kernels::Pcg64&) override {
    ++step_;
    const auto& [length, truncate] =
        episodes_[static_cast<std::size_t>(episode_) % episodes_.size()];
    const bool ended = step_ >= length;
    return {.reward = 100.0 * episode_ + step_,
            .terminated = ended && !truncate,
            .truncated = ended && truncate};
  }
  void observe(std::span<float> observation) const override {
    observation[0] = static_cast<float>(episode_);
    observation[1] = static_cast<float>(step_);
  }

 private:
  std::vector<std::pair<int, bool>> episodes_;  // length, truncated
  int episode_ = -1;
  int step_ = 0;
};

inline std::unique_ptr<envs::VecEnv> make_chain(std::size_t n, std::size_t threads = 1) {
  return envs::make_vec(
      [] { return std::make_unique<Chain>(); },
      {.num_envs = n, .autoreset_mode = envs::AutoresetMode::same_step, .threads = threads});
}

inline std::unique_ptr<envs::VecEnv> make_script(std::vector<std::pair<int, bool>> episodes,
                                                 std::size_t n = 1) {
  return envs::make_vec([episodes] { return std::make_unique<Script>(episodes); },
                        {.num_envs = n, .autoreset_mode = envs::AutoresetMode::same_step});
}

}  // namespace pavlov::agents
