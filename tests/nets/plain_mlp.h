// The obvious forward pass of an Mlp, one row, in double: the twin of the fast ones.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "pavlov/nets/mlp.h"

namespace pavlov::nets {

inline double activate(kernels::Activation activation, double z) {
  if (activation == kernels::Activation::relu) return std::max(z, 0.0);
  return activation == kernels::Activation::tanh ? std::tanh(z) : z;
}

// weight_at(weight, i, o): what stands for weight(i, o), in double.
template <class WeightAt>
std::vector<double> plain_forward(const Mlp& mlp, std::span<const float> x,
                                  kernels::Activation activation, WeightAt weight_at) {
  const ParameterBuffer& p = mlp.parameters();
  std::vector<double> in(x.begin(), x.end());
  const std::size_t layers = p.table().size() / 2;
  for (std::size_t k = 0; k < layers; ++k) {
    const ConstMatrixView weight = p.value(2 * k);
    const ConstMatrixView bias = p.value(2 * k + 1);
    std::vector<double> out(weight.cols);
    for (std::size_t o = 0; o < weight.cols; ++o) {
      double z = static_cast<double>(bias(0, o));
      for (std::size_t i = 0; i < weight.rows; ++i) z += in[i] * weight_at(weight, i, o);
      out[o] = k + 1 == layers ? z : activate(activation, z);
    }
    in = out;
  }
  return in;
}

inline Mlp drawn_mlp(std::vector<std::size_t> hidden,
                     kernels::Activation activation = kernels::Activation::relu) {
  Mlp mlp({.inputs = 3, .hidden = std::move(hidden), .outputs = 2, .activation = activation});
  kernels::RandomStream random(1, "init");
  mlp.initialize(Init::uniform, random);
  return mlp;
}

// Normal numbers, others for every number of rows.
inline kernels::Tensor random_rows(std::size_t rows, std::size_t cols) {
  kernels::Tensor tensor({rows, cols});
  kernels::RandomStream random(rows, "tensor");
  for (float& v : tensor.span()) v = static_cast<float>(random.normal());
  return tensor;
}

}  // namespace pavlov::nets
