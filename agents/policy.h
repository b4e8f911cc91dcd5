// Policy: what deployment needs. Loads from one file.
//
//   observation -> normalization (where the training had one) -> network -> action head -> action
//
// The file is safetensors: the network's tensors, "observation.mean" and "observation.scale" of a
// normalization, "action.low" and "action.high" of continuous actions; and as metadata format
// "pavlov-policy", the environment with its options, the algorithm, the steps it was trained for,
// the action head, and the shape of the network.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "pavlov/agents/action_head.h"
#include "pavlov/agents/agent.h"
#include "pavlov/agents/observation_normalization.h"
#include "pavlov/nets/network.h"

namespace pavlov::agents {

// Where a policy comes from.
struct PolicyOrigin {
  std::string env_id = {};                              // "CartPole-v1"
  std::map<std::string, std::string> env_options = {};  // those that were set
  std::string algorithm = {};                           // "dqn"
  std::uint64_t seed = 0;                               // of the run
  std::int64_t env_steps = 0;                           // it was trained for
};

class Policy {
 public:
  // Takes the network. A head with 0 actions stands for one value per output of the network. Throws
  // std::invalid_argument where head or normalization do not fit it.
  Policy(std::unique_ptr<nets::Network> network, PolicyOrigin origin, ActionHead head = {},
         ObservationNormalization normalization = {});
  // The policy of an agent as it is now: a copy.
  static Policy of(const Agent& agent, PolicyOrigin origin);

  // action[n] = greedy action for row n of observation (N,O), where actions are discrete. Throws
  // std::invalid_argument where the sizes do not fit the network.
  void act(ConstMatrixView observation, std::span<std::int32_t> action);
  // The same for continuous actions (N,D), which are brought into their bounds.
  void act(ConstMatrixView observation, MatrixView action);
  // What the discrete actions were chosen by, (N, actions) of the last act: values or logits.
  ConstMatrixView scores() const { return scores_; }

  std::size_t observation_size() const { return network_->inputs(); }
  std::size_t actions() const { return head_.actions; }
  const ActionHead& action_head() const { return head_; }
  const ObservationNormalization& observation_normalization() const { return normalization_; }
  const PolicyOrigin& origin() const { return origin_; }
  const nets::Network& network() const { return *network_; }

  // Writes the file atomically; throws std::runtime_error where it cannot.
  void save(const std::filesystem::path& path) const;
  // Reads it; throws std::runtime_error for anything but a whole policy file with finite weights.
  static Policy load(const std::filesystem::path& path);
  // The same for a network that make_network does not know: `network` is one of the saved kind and
  // takes the values of the file, which must describe it.
  static Policy load(const std::filesystem::path& path, std::unique_ptr<nets::Network> network);

 private:
  // Outputs of the network for normalized observations (N,O).
  ConstMatrixView run(ConstMatrixView observation, std::size_t rows);

  std::unique_ptr<nets::Network> network_;
  PolicyOrigin origin_;
  ActionHead head_;
  ObservationNormalization normalization_;
  nets::Tape tape_{.for_backward = false};
  kernels::Tensor normalized_;    // (>= N, O)
  kernels::Tensor outputs_;       // (>= N, outputs)
  kernels::Tensor score_memory_;  // (>= N, actions)
  MatrixView scores_;             // (N, actions) of score_memory_
};

}  // namespace pavlov::agents
