// The values of fully connected layers, to give a baseline the network that ours has.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "pavlov/nets/parameter_buffer.h"

namespace pavlov::bench {

// One layer's values, row-major (inputs, outputs) and (outputs).
struct LayerValues {
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::span<const float> weight;
  std::span<const float> bias;
};

// The layers of an Mlp; they read its parameters.
inline std::vector<LayerValues> layer_values(const nets::ParameterBuffer& parameters) {
  std::vector<LayerValues> layers;
  for (std::size_t k = 0; k < parameters.table().size(); k += 2) {
    const kernels::ConstMatrixView weight = parameters.value(k);
    const kernels::ConstMatrixView bias = parameters.value(k + 1);
    layers.push_back({weight.rows,
                      weight.cols,
                      {weight.data, weight.rows * weight.cols},
                      {bias.data, bias.cols}});
  }
  return layers;
}

}  // namespace pavlov::bench
