// The same DQN update written with LibTorch modules, autograd and Adam: the baseline.
//
// LibTorch stays behind this header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pavlov/bench/layer_values.h"

namespace pavlov::bench {

// The columns of a replay buffer: M transitions of O floats.
struct ReplayColumns {
  std::size_t rows = 0;
  std::size_t observation_size = 0;
  std::span<const float> observation;       // (M,O)
  std::span<const float> next_observation;  // (M,O)
  std::span<const std::int32_t> action;     // (M)
  std::span<const float> reward;            // (M)
  std::span<const float> discount;          // (M)
};

class TorchDqn {
 public:
  // ReLU network with these values, a target network with the same ones, smooth L1 loss, gradient
  // norm 10, Adam with PyTorch's defaults. `device` is LibTorch's name: "cpu" or "cuda".
  TorchDqn(const std::vector<LayerValues>& layers, const ReplayColumns& replay,
           double learning_rate, const char* device = "cpu");
  ~TorchDqn();

  // Gathers these rows, computes the targets, and steps. Returns the loss.
  double update(std::span<const std::uint32_t> index);
  // Outputs (rows, actions) of the online network for the first `rows` observations of the replay.
  std::vector<float> values(std::size_t rows) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// LibTorch's version, its number of threads (set to one by TorchDqn), and the processor its BLAS
// believes to run on.
std::string torch_description();

}  // namespace pavlov::bench
