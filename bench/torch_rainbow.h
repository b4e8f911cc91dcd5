// The same Rainbow update written with LibTorch modules, autograd and Adam: the baseline.
//
// LibTorch stays behind this header.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "pavlov/bench/torch_dqn.h"
#include "pavlov/nets/parameter_buffer.h"

namespace pavlov::bench {

struct RainbowShape {
  std::size_t actions = 0;
  std::size_t atoms = 51;
  double v_min = -10.0, v_max = 10.0;
};

class TorchRainbow {
 public:
  // Fills a vector with factorised noise f(e).
  using Noise = std::function<void(std::span<float>)>;

  // A dueling network with the values of our ValueNetwork (two hidden layers, ReLU, the second and
  // the outputs noisy), a target network with the same ones, double DQN, C51 loss, gradient norm
  // 10, Adam with PyTorch's defaults.
  TorchRainbow(const nets::ParameterBuffer& parameters, const ReplayColumns& replay,
               const RainbowShape& shape, double learning_rate);
  ~TorchRainbow();

  // Whence the noise comes: by default, and where this is empty, from LibTorch's generator. Layers
  // ask for that of their inputs, then of their outputs; the value stream before the advantages.
  void set_noise(Noise noise);

  // Gathers these rows, computes the targets, and steps with importance weights. priority receives
  // the loss of each sample. Returns the loss.
  double update(std::span<const std::uint32_t> index, std::span<const float> weight,
                std::span<float> priority);
  // Outputs (rows, actions * atoms) of the online network's mean weights for the first `rows`
  // observations of the replay.
  std::vector<float> outputs(std::size_t rows) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pavlov::bench
