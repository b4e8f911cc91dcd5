// A replay buffer of random transitions and the same columns for a baseline.
#pragma once

#include <cstdint>
#include <vector>

#include "pavlov/bench/torch_dqn.h"
#include "pavlov/kernels/random.h"
#include "pavlov/replay/replay_buffer.h"

namespace pavlov::bench {

struct Transitions {
  static constexpr std::size_t kCount = 20000;

  Transitions(std::size_t width, std::size_t actions)
      : observation_size(width), buffer(kCount, width) {
    kernels::RandomStream random(7, "transitions");
    for (std::size_t i = 0; i < kCount * observation_size; ++i) {
      observation.push_back(static_cast<float>(random.normal()));
      next_observation.push_back(static_cast<float>(random.normal()));
    }
    std::vector<double> reward64;
    for (std::size_t i = 0; i < kCount; ++i) {
      reward64.push_back(random.normal());
      reward.push_back(static_cast<float>(reward64.back()));
      discount.push_back(random.below(10) == 0 ? 0.0f : 0.99f);
      action.push_back(
          static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(actions))));
    }
    buffer.add({observation.data(), kCount, observation_size}, action, reward64,
               {next_observation.data(), kCount, observation_size}, discount);
  }
  ReplayColumns columns() const {
    return {kCount, observation_size, observation, next_observation, action, reward, discount};
  }

  std::size_t observation_size;
  std::vector<float> observation, next_observation, reward, discount;
  std::vector<std::int32_t> action;
  replay::ReplayBuffer buffer;
};

}  // namespace pavlov::bench
