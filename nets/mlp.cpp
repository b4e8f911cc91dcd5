#include "pavlov/nets/mlp.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "pavlov/kernels/check.h"
#include "pavlov/nets/description.h"
#include "pavlov/nets/mlp_tape.h"

namespace pavlov::nets {
namespace {

// At most 65 layers of 65536 x 65537: fits in 64 bits.
std::size_t count_parameters(const MlpConfig& config) {
  std::size_t count = 0;
  std::size_t width = config.inputs;
  for (const std::size_t next : config.hidden) {
    count += (width + 1) * next;
    width = next;
  }
  return count + (width + 1) * config.outputs;
}

}  // namespace

std::vector<Parameter> mlp_parameters(const MlpConfig& config) {
  check_width("mlp", "inputs", config.inputs);
  check_hidden("mlp", config.hidden);
  check_width("mlp", "outputs", config.outputs);
  std::vector<Parameter> table;
  std::size_t width = config.inputs;
  for (std::size_t k = 0; k <= config.hidden.size(); ++k) {
    const std::size_t next = k < config.hidden.size() ? config.hidden[k] : config.outputs;
    const std::string layer = "layers." + std::to_string(k);
    table.push_back({layer + ".weight", {width, next}});
    table.push_back({layer + ".bias", {next}});
    width = next;
  }
  return table;
}

std::map<std::string, std::string> describe_mlp(const MlpConfig& config) {
  return {{"network", "mlp"},
          {"inputs", std::to_string(config.inputs)},
          {"hidden", hidden_text(config.hidden)},
          {"outputs", std::to_string(config.outputs)},
          {"activation", std::string(activation_text(config.activation))}};
}

void initialize_mlp(const MlpConfig& config, ParameterBuffer& parameters, Init init,
                    kernels::RandomStream& random, double output_gain) {
  if (!same_tensors(parameters.table(), mlp_parameters(config))) {
    kernels::throw_argument("mlp", "initialize: the parameters are those of another network");
  }
  const std::size_t layers = config.hidden.size() + 1;
  for (std::size_t k = 0; k < layers; ++k) {
    const MatrixView weight = parameters.value(2 * k);
    const MatrixView bias = parameters.value(2 * k + 1);
    if (init == Init::orthogonal) {
      const double hidden_gain =
          config.activation == kernels::Activation::relu ? std::sqrt(2.0) : 1.0;
      orthogonal_init(weight, k + 1 == layers ? output_gain : hidden_gain, random);
      std::fill_n(bias.data, bias.cols, 0.0f);
    } else {
      const double bound = 1.0 / std::sqrt(static_cast<double>(weight.rows));
      uniform_init({weight.data, weight.rows * weight.cols}, bound, random);
      uniform_init({bias.data, bias.cols}, bound, random);
    }
  }
}

Mlp::Mlp(MlpConfig config) : Mlp(config, ParameterBuffer(mlp_parameters(config))) {}

Mlp::Mlp(MlpConfig config, ParameterBuffer parameters)
    : config_(std::move(config)), parameters_(std::move(parameters)) {
  if (!same_tensors(parameters_.table(), mlp_parameters(config_))) {
    kernels::throw_argument("mlp", "the parameters are those of another network");
  }
  for (std::size_t k = 0; k < layers(); ++k) {
    row_layers_.push_back({std::as_const(parameters_).value(2 * k),
                           std::as_const(parameters_).value(2 * k + 1).data, activation(k)});
  }
}

void Mlp::reserve(Tape& tape, std::size_t batch) const {
  if (tape.row.size() == layers() && holds_hidden(tape.activation, config_, batch)) return;
  renew_hidden(tape, config_, batch, true);
  std::size_t scratch = 1;
  for (std::size_t k = 0; k < layers(); ++k) {
    const ConstMatrixView weight = parameters_.value(2 * k);
    scratch = std::max(scratch, kernels::linear_backward_scratch(weight.rows, weight.cols));
  }
  tape.scratch = kernels::Tensor({scratch});
  for (kernels::Tensor& activation : tape.activation) tape.row.push_back(activation.data());
  tape.row.push_back(nullptr);  // the outputs, which belong to the caller
}

void Mlp::forward(ConstMatrixView x, MatrixView y, Tape& tape) const {
  reserve(tape, x.rows);
  tape.input = x;
  if (x.rows == 1) {
    if (y.rows != 1 || y.cols != outputs()) {
      kernels::throw_argument("mlp", "y (" + std::to_string(y.rows) + ", " +
                                         std::to_string(y.cols) + "): must be (1, " +
                                         std::to_string(outputs()) + ")");
    }
    tape.row.back() = y.data;
    kernels::linear_forward_row(x.row(0), row_layers_, tape.row);
    return;
  }
  ConstMatrixView in = x;
  for (std::size_t k = 0; k < layers(); ++k) {
    const MatrixView out = k + 1 == layers() ? y : rows(tape.activation[k], x.rows);
    const ConstMatrixView bias = parameters_.value(2 * k + 1);
    kernels::linear_forward(in, parameters_.value(2 * k), {bias.data, bias.cols}, activation(k),
                            out);
    in = out;
  }
}

void Mlp::backward(MatrixView dy, Tape& tape) {
  const std::size_t batch = dy.rows;
  check_backward(tape, config_, dy);
  for (std::size_t k = layers(); k-- > 0;) {
    const ConstMatrixView in = k == 0 ? tape.input : rows(tape.activation[k - 1], batch);
    const MatrixView dx = k == 0 ? MatrixView() : rows(tape.gradient[k - 1], batch);
    const MatrixView dbias = parameters_.gradient(2 * k + 1);
    // The last layer has no activation, and every layer gives dx as dL/dz of the one below: none
    // needs its own result, so dy stands for it.
    const kernels::Activation below = k == 0 ? kernels::Activation::identity : activation(k - 1);
    kernels::linear_backward(in, parameters_.value(2 * k), dy, kernels::Activation::identity, dy,
                             parameters_.gradient(2 * k), {dbias.data, dbias.cols}, dx,
                             tape.scratch.span(), below);
    dy = dx;
  }
}

std::unique_ptr<Network> Mlp::clone() const {
  auto copy = std::make_unique<Mlp>(config_);
  copy->parameters().copy_values_from(parameters_);
  return copy;
}

std::unique_ptr<Network> make_mlp_network(const std::map<std::string, std::string>& description,
                                          std::size_t max_parameters) {
  const MlpConfig config = {.inputs = parse_width(description, "inputs"),
                            .hidden = parse_hidden(description),
                            .outputs = parse_width(description, "outputs"),
                            .activation = parse_activation(description)};
  check_parameter_count(count_parameters(config), max_parameters);
  return std::make_unique<Mlp>(config);
}

}  // namespace pavlov::nets
