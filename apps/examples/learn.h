// What the examples share: DQN learns an environment of yours, and its greedy policy is scored
// before and after.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "pavlov/agents/dqn.h"
#include "pavlov/agents/evaluate.h"
#include "pavlov/agents/train_off_policy.h"
#include "pavlov/envs/env.h"

namespace pavlov::examples {

struct Learned {
  agents::Evaluation before, after;  // 50 greedy episodes each, the same ones
  agents::TrainingResult training;
};

// A network of the example's own, its values drawn from `seed`.
using NetworkFactory = std::function<std::unique_ptr<nets::Network>(std::uint64_t seed)>;

// Trains a new agent on environments made by `factory`, with a network from `make_network` or,
// where that is empty, the one that `dqn` describes. Throws std::invalid_argument where the actions
// are not Discrete.
Learned learn(const envs::EnvFactory& factory, const agents::DqnConfig& dqn,
              const agents::OffPolicyConfig& training, std::uint64_t seed,
              const NetworkFactory& make_network = {});

// main() of an example: takes the arguments [steps] [seed], learns and prints the result.
int learn_main(int argc, char** argv, const envs::EnvFactory& factory, const agents::DqnConfig& dqn,
               agents::OffPolicyConfig training, const NetworkFactory& make_network = {});

}  // namespace pavlov::examples
