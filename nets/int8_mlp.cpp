#include "pavlov/nets/int8_mlp.h"

#include <algorithm>
#include <span>
#include <string>

#include "pavlov/kernels/int8_linear.h"

namespace pavlov::nets {
namespace {

std::vector<Parameter> parameter_table(const MlpConfig& config) {
  std::vector<Parameter> table = mlp_parameters(config);
  for (std::size_t k = 0; k < table.size(); k += 2) {
    table[k] = {"layers." + std::to_string(k / 2) + ".scale", {table[k].shape.back()}};
  }
  return table;
}

std::span<const float> values(const ParameterBuffer& parameters, std::size_t i) {
  const ConstMatrixView view = parameters.value(i);
  return {view.data, view.cols};
}

}  // namespace

Int8Mlp::Int8Mlp(const Network& network)
    : RoundedMlp("int8_mlp", config_of_mlp(network, "int8"),
                 parameter_table(config_of_mlp(network, "int8"))) {
  const ParameterBuffer& source = network.parameters();
  for (std::size_t k = 0; k < parameters().table().size(); k += 2) {
    const ConstMatrixView weight = source.value(k);
    Weight& rounded = weight_.emplace_back(Weight({weight.rows, weight.cols}));
    const MatrixView scale = parameters().value(k);
    kernels::quantize_int8(weight, rounded.matrix(), {scale.data, scale.cols});
    std::ranges::copy(values(source, k + 1), parameters().value(k + 1).data);
  }
}

Int8Mlp::Int8Mlp(const Int8Mlp& other) : RoundedMlp(other) {
  for (const Weight& weight : other.weight_) weight_.push_back(weight.clone());
}

std::size_t Int8Mlp::weight_bytes() const {
  std::size_t bytes = 0;
  for (const Weight& weight : weight_) bytes += weight.size();
  return bytes;
}

void Int8Mlp::layer_forward(std::size_t k, ConstMatrixView x, kernels::Activation activation,
                            MatrixView y) const {
  kernels::int8_linear_forward(x, weight_[k].matrix(), values(parameters(), 2 * k),
                               values(parameters(), 2 * k + 1), activation, y);
}

std::unique_ptr<Network> Int8Mlp::clone() const {
  return std::unique_ptr<Int8Mlp>(new Int8Mlp(*this));
}

}  // namespace pavlov::nets
