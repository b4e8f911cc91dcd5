#include "pavlov/nets/rounded_mlp.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "pavlov/kernels/check.h"
#include "pavlov/nets/mlp_tape.h"

namespace pavlov::nets {

MlpConfig config_of_mlp(const Network& network, const char* module) {
  MlpConfig config{.inputs = network.inputs(), .hidden = {}, .outputs = network.outputs()};
  // Its widths stand in its table.
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
  kernels::throw_argument(module,
                          "network '" + (kind == description.end() ? "" : kind->second) +
                              "': rounded weights are for plain fully connected networks, 'mlp'");
}

RoundedMlp::RoundedMlp(const char* kind, MlpConfig config, std::vector<Parameter> table)
    : kind_(kind), config_(std::move(config)), parameters_(std::move(table)) {}

RoundedMlp::RoundedMlp(const RoundedMlp& other)
    : kind_(other.kind_),
      config_(other.config_),
      parameters_({other.parameters_.table().begin(), other.parameters_.table().end()}) {
  parameters_.copy_values_from(other.parameters_);
}

std::size_t RoundedMlp::parameter_bytes() const {
  return parameters_.count() * sizeof(float) + weight_bytes();
}

void RoundedMlp::reserve(Tape& tape, std::size_t batch) const {
  if (!holds_hidden(tape.activation, config_, batch)) renew_hidden(tape, config_, batch, false);
}

void RoundedMlp::forward(ConstMatrixView x, MatrixView y, Tape& tape) const {
  reserve(tape, x.rows);
  ConstMatrixView in = x;
  for (std::size_t k = 0; k < config_.hidden.size(); ++k) {
    const MatrixView out = rows(tape.activation[k], x.rows);
    layer_forward(k, in, config_.activation, out);
    in = out;
  }
  layer_forward(config_.hidden.size(), in, kernels::Activation::identity, y);
}

void RoundedMlp::backward(MatrixView, Tape&) {
  kernels::throw_argument(kind_, "backward: rounded weights are for inference alone");
}

std::map<std::string, std::string> RoundedMlp::describe() const {
  std::map<std::string, std::string> description = describe_mlp(config_);
  description["network"] = kind_;
  return description;
}

}  // namespace pavlov::nets
