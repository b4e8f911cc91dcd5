// Layer values as LibTorch modules. For the sources that may see LibTorch, and only those.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <span>
#include <vector>

#include "pavlov/bench/layer_values.h"

namespace pavlov::bench {

// A copy of `values` in this shape.
inline torch::Tensor torch_copy(std::span<const float> values, std::vector<std::int64_t> shape) {
  return torch::from_blob(const_cast<float*>(values.data()), shape, torch::kFloat32).clone();
}

// Linear layers with these values and ReLU between them.
inline torch::nn::Sequential torch_network(const std::vector<LayerValues>& layers) {
  torch::nn::Sequential network;
  for (std::size_t k = 0; k < layers.size(); ++k) {
    const auto inputs = static_cast<std::int64_t>(layers[k].inputs);
    const auto outputs = static_cast<std::int64_t>(layers[k].outputs);
    torch::nn::Linear linear(inputs, outputs);
    const torch::NoGradGuard guard;
    linear->weight.copy_(torch_copy(layers[k].weight, {inputs, outputs}).t());
    linear->bias.copy_(torch_copy(layers[k].bias, {outputs}));
    network->push_back(linear);
    if (k + 1 < layers.size()) network->push_back(torch::nn::ReLU());
  }
  return network;
}

}  // namespace pavlov::bench
