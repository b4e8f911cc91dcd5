// Rounds of PPO for benches of the device: a config, and a rollout of random observations.
#pragma once

#include <cstdint>
#include <vector>

#include "pavlov/agents/ppo.h"
#include "pavlov/kernels/random.h"
#include "pavlov/replay/rollout_buffer.h"

namespace pavlov::bench {

constexpr std::size_t kPpoObservation = 4;
constexpr std::int32_t kPpoActions = 2;

// A round of 64 steps and 4 epochs of 8 minibatches, two hidden layers of `width`.
inline agents::PpoConfig ppo_config(std::size_t width, std::size_t envs) {
  agents::PpoConfig config;
  config.network.hidden = {width, width};
  config.n_steps = 64;
  config.n_epochs = 4;
  config.batch_size = config.n_steps * envs / 8;
  return config;
}

inline std::int64_t minibatches_of(const agents::PpoConfig& config) {
  return static_cast<std::int64_t>(config.n_epochs) * 8;
}

// What the agent does in a world that answers with random numbers; an episode ends in one step of
// 64.
inline replay::RolloutBuffer random_rollout(agents::OnPolicyAgent& agent, std::size_t envs) {
  const std::size_t steps = agent.n_steps();
  replay::RolloutBuffer rollout(
      {.steps = steps, .envs = envs, .observation_size = kPpoObservation, .action_size = 0});
  kernels::RandomStream random(2, "world");
  kernels::Tensor observation({envs, kPpoObservation});
  std::vector<double> reward(envs);
  std::vector<std::uint8_t> terminated(envs), truncated(envs);
  const auto draw = [&] {
    for (float& x : observation.span()) x = static_cast<float>(random.normal());
  };
  draw();
  rollout.start(observation.matrix());
  for (std::size_t t = 0; t < steps; ++t) {
    agent.act(rollout.next());
    draw();
    for (double& r : reward) r = random.normal();
    for (auto& flag : terminated) flag = random.below(64) == 0 ? 1 : 0;
    rollout.add({.reward = reward,
                 .terminated = terminated,
                 .truncated = truncated,
                 .observation = observation.matrix(),
                 .final_observation = observation.matrix()});
  }
  return rollout;
}

}  // namespace pavlov::bench
