// Value networks of all kinds, small ones, for their tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "pavlov/nets/value_network.h"

namespace pavlov::nets {

using kernels::Activation;
using kernels::Tensor;

inline constexpr std::size_t kInputs = 3, kActions = 2;

inline Tensor random_tensor(std::size_t rows, std::size_t cols, std::uint64_t seed) {
  Tensor tensor({rows, cols});
  kernels::RandomStream random(seed, "tensor");
  for (float& v : tensor.span()) v = static_cast<float>(random.normal());
  return tensor;
}

// Every option on and off, none to three hidden layers, plain values and distributions, and those
// of which one product gives the advantages of both actions.
inline std::vector<ValueNetworkConfig> all_configs() {
  std::vector<ValueNetworkConfig> configs;
  for (const std::vector<std::size_t>& hidden :
       {std::vector<std::size_t>{}, {6}, {6, 5}, {4, 6, 5}}) {
    for (int options = 0; options < 16; ++options) {
      configs.push_back({.inputs = kInputs,
                         .hidden = hidden,
                         .actions = kActions,
                         .atoms = (options & 8) != 0 ? 3u : 1u,
                         .activation = Activation::tanh,
                         .dueling = (options & 1) != 0,
                         .noisy = (options & 2) != 0,
                         .layer_norm = (options & 4) != 0});
    }
    ValueNetworkConfig pairs = configs.back();
    pairs.atoms = 17;
    configs.push_back(pairs);
  }
  return configs;
}

inline std::string text_of(const ValueNetworkConfig& c) {
  return std::to_string(c.hidden.size()) + " hidden, " + std::to_string(c.atoms) + " atoms" +
         (c.dueling ? ", dueling" : "") + (c.noisy ? ", noisy" : "") +
         (c.layer_norm ? ", layer_norm" : "");
}

inline ValueNetwork drawn(const ValueNetworkConfig& config, std::uint64_t seed = 1) {
  ValueNetwork network(config);
  kernels::RandomStream random(seed, "init");
  network.initialize(random);
  // Gains and shifts away from 1 and 0, so that their part shows.
  for (const Parameter& p : network.parameters().table()) {
    for (std::size_t i = p.offset; i < p.offset + p.size; ++i) {
      network.parameters().values()[i] += 0.1f * static_cast<float>(random.normal());
    }
  }
  return network;
}

inline ValueNetworkConfig rainbow() {
  return {.inputs = kInputs,
          .hidden = {6, 5},
          .actions = kActions,
          .atoms = 3,
          .dueling = true,
          .noisy = true};
}

}  // namespace pavlov::nets
