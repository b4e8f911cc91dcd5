#include "pavlov/nets/int8_mlp.h"

#include <algorithm>
#include <span>
#include <utility>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/int8_linear.h"

namespace pavlov::nets {
namespace {

// The config that this network's description comes from; its widths stand in its table.
MlpConfig config_of(const Network& network) {
  MlpConfig config{.inputs = network.inputs(), .hidden = {}, .outputs = network.outputs()};
  const std::span<const Parameter> table = network.parameters().table();
  for (std::size_t k = 0; k + 2 < table.size(); k += 2) {
    config.hidden.push_back(table[k].shape.back());
  }
  for (const kernels::Activation activation :
       {kernels::Activation::relu, kernels::Activation::tanh, kernels::Activation::identity}) {
    config.activation = activation;
    const bool same_table = same_tensors(table, mlp_parameters(config));
    if (same_table && network.describe() == describe_mlp(config)) return config;
  }
  const auto description = network.describe();
  const auto kind = description.find("network");
  kernels::throw_argument("int8",
                          "network '" + (kind == description.end() ? "" : kind->second) +
                              "': weights of 8 bits are for plain fully connected networks, 'mlp'");
}

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
    : config_(config_of(network)), parameters_(parameter_table(config_)) {
  const ParameterBuffer& source = network.parameters();
  for (std::size_t k = 0; k < parameters_.table().size(); k += 2) {
    const ConstMatrixView weight = source.value(k);
    Weight& rounded = weight_.emplace_back(Weight({weight.rows, weight.cols}));
    const MatrixView scale = parameters_.value(k);
    kernels::quantize_int8(weight, rounded.matrix(), {scale.data, scale.cols});
    std::ranges::copy(values(source, k + 1), parameters_.value(k + 1).data);
  }
}

Int8Mlp::Int8Mlp(const Int8Mlp& other)
    : config_(other.config_), parameters_(parameter_table(config_)) {
  for (const Weight& weight : other.weight_) weight_.push_back(weight.clone());
  parameters_.copy_values_from(other.parameters_);
}

std::size_t Int8Mlp::parameter_bytes() const {
  std::size_t bytes = parameters_.count() * sizeof(float);
  for (const Weight& weight : weight_) bytes += weight.size();
  return bytes;
}

void Int8Mlp::reserve(Tape& tape, std::size_t batch) const {
  const auto holds = [batch](const kernels::Tensor& tensor, std::size_t width) {
    return tensor.dim(0) >= batch && tensor.dim(1) == width;
  };
  if (std::ranges::equal(tape.activation, config_.hidden, holds)) return;
  // All of it: buffers that an Mlp left would no longer fit each other.
  tape = Tape{.for_backward = tape.for_backward};
  for (const std::size_t width : config_.hidden) {
    tape.activation.push_back(kernels::Tensor({batch, width}));
  }
}

void Int8Mlp::forward(ConstMatrixView x, MatrixView y, Tape& tape) const {
  reserve(tape, x.rows);
  ConstMatrixView in = x;
  for (std::size_t k = 0; k < weight_.size(); ++k) {
    const bool last = k + 1 == weight_.size();
    const MatrixView out = last ? y : tape.activation[k].matrix().rows_from(0, x.rows);
    kernels::int8_linear_forward(in, weight_[k].matrix(), values(parameters_, 2 * k),
                                 values(parameters_, 2 * k + 1),
                                 last ? kernels::Activation::identity : config_.activation, out);
    in = out;
  }
}

void Int8Mlp::backward(MatrixView, Tape&) {
  kernels::throw_argument("int8", "backward: weights of 8 bits are for inference alone");
}

std::unique_ptr<Network> Int8Mlp::clone() const {
  return std::unique_ptr<Int8Mlp>(new Int8Mlp(*this));
}

std::map<std::string, std::string> Int8Mlp::describe() const {
  std::map<std::string, std::string> description = describe_mlp(config_);
  description["network"] = "int8_mlp";
  return description;
}

}  // namespace pavlov::nets
