// Policy: what deployment needs, a network and how its outputs become actions. Loads from one file.
//
// The file is safetensors: the network's tensors, and as metadata format "pavlov-policy", the
// environment with its options, the algorithm, the steps it was trained for, and the shape of the
// network.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "pavlov/nets/network.h"

namespace pavlov::agents {

using kernels::ConstMatrixView;
using kernels::MatrixView;

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
  // Takes the network whose outputs are one value per action; the greedy action is the largest.
  Policy(std::unique_ptr<nets::Network> network, PolicyOrigin origin);

  // action[n] = greedy action for row n of observation (N,O). Throws std::invalid_argument where
  // the sizes do not fit the network.
  void act(ConstMatrixView observation, std::span<std::int32_t> action);

  std::size_t observation_size() const { return network_->inputs(); }
  std::size_t actions() const { return network_->outputs(); }
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
  std::unique_ptr<nets::Network> network_;
  PolicyOrigin origin_;
  nets::Tape tape_{.for_backward = false};
  kernels::Tensor values_;  // (>= N, actions)
};

}  // namespace pavlov::agents
