#include "pavlov/nets/bf16_mlp.h"

#include <algorithm>
#include <span>
#include <string>

#include "pavlov/kernels/bf16_linear.h"
#include "pavlov/kernels/convert.h"

namespace pavlov::nets {
namespace {

std::vector<Parameter> biases(const MlpConfig& config) {
  std::vector<Parameter> table = mlp_parameters(config);
  std::erase_if(table, [](const Parameter& p) { return p.name.ends_with("weight"); });
  return table;
}

}  // namespace

Bf16Mlp::Bf16Mlp(const Network& network)
    : RoundedMlp("bf16_mlp", config_of_mlp(network, "bf16"),
                 biases(config_of_mlp(network, "bf16"))) {
  const ParameterBuffer& source = network.parameters();
  for (std::size_t k = 0; k < parameters().table().size(); ++k) {
    const ConstMatrixView weight = source.value(2 * k), bias = source.value(2 * k + 1);
    Weight& rounded = weight_.emplace_back(Weight({weight.rows, weight.cols}));
    kernels::to_bfloat16({weight.data, rounded.size()}, rounded.span());
    std::ranges::copy(bias.row(0), parameters().value(k).data);
  }
}

Bf16Mlp::Bf16Mlp(const Bf16Mlp& other) : RoundedMlp(other) {
  for (const Weight& weight : other.weight_) weight_.push_back(weight.clone());
}

std::size_t Bf16Mlp::weight_bytes() const {
  std::size_t bytes = 0;
  for (const Weight& weight : weight_) bytes += weight.size() * sizeof(std::uint16_t);
  return bytes;
}

void Bf16Mlp::layer_forward(std::size_t k, ConstMatrixView x, kernels::Activation activation,
                            MatrixView y) const {
  kernels::bf16_linear_forward(x, weight_[k].matrix(), parameters().value(k).row(0), activation, y);
}

std::unique_ptr<Network> Bf16Mlp::clone() const {
  return std::unique_ptr<Bf16Mlp>(new Bf16Mlp(*this));
}

}  // namespace pavlov::nets
