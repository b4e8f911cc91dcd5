#include "pavlov/nets/value_network.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/dueling.h"
#include "pavlov/kernels/scratch_rows.h"
#include "pavlov/nets/description.h"
#include "pavlov/nets/layers/layer_norm.h"
#include "pavlov/nets/layers/linear.h"
#include "pavlov/nets/layers/noisy_linear.h"

namespace pavlov::nets {
namespace {

constexpr std::string_view kModule = "value_network";
constexpr double kMostSigma = 10.0;
// Fewer would leave the vectors of a block of outputs mostly empty.
constexpr std::size_t kLeastAtoms = 16;

ValueNetworkConfig checked(ValueNetworkConfig config) {
  check_width(kModule, "inputs", config.inputs);
  check_hidden(kModule, config.hidden);
  check_width(kModule, "actions", config.actions);
  check_width(kModule, "atoms", config.atoms);
  check_width(kModule, "actions * atoms", config.actions * config.atoms);
  kernels::require(config.noisy_sigma >= 0.0 && config.noisy_sigma <= kMostSigma, kModule,
                   "noisy_sigma", config.noisy_sigma, "in [0, 10]");
  return config;
}

void add_linear(Chain& chain, const ValueNetworkConfig& config, bool noisy, std::size_t inputs,
                std::size_t outputs, kernels::Activation activation) {
  if (noisy) {
    chain.add(std::make_unique<NoisyLinear>(inputs, outputs, activation, config.noisy_sigma));
  } else {
    chain.add(std::make_unique<Linear>(inputs, outputs, activation));
  }
}

void add_hidden(Chain& chain, const ValueNetworkConfig& config, bool noisy, std::size_t inputs,
                std::size_t outputs) {
  if (!config.layer_norm) {
    add_linear(chain, config, noisy, inputs, outputs, config.activation);
    return;
  }
  add_linear(chain, config, noisy, inputs, outputs, kernels::Activation::identity);
  chain.add(std::make_unique<LayerNorm>(outputs, config.activation));
}

// Width of what the trunk gives: all hidden layers but the last belong to it.
std::size_t trunk_width(const ValueNetworkConfig& config) {
  const std::size_t hidden = config.hidden.size();
  return hidden < 2 ? config.inputs : config.hidden[hidden - 2];
}

Chain make_trunk(const ValueNetworkConfig& config) {
  Chain chain("trunk");
  std::size_t width = config.inputs;
  for (std::size_t k = 0; k + 1 < config.hidden.size(); ++k) {
    add_hidden(chain, config, false, width, config.hidden[k]);
    width = config.hidden[k];
  }
  return chain;
}

// From the trunk to `outputs` numbers, through the last hidden layer where there is one.
Chain make_stream(std::string name, const ValueNetworkConfig& config, std::size_t outputs) {
  Chain chain(std::move(name));
  std::size_t width = trunk_width(config);
  if (!config.hidden.empty()) {
    add_hidden(chain, config, config.noisy, width, config.hidden.back());
    width = config.hidden.back();
  }
  add_linear(chain, config, config.noisy, width, outputs, kernels::Activation::identity);
  return chain;
}

std::vector<Parameter> declare_all(std::initializer_list<Chain*> chains) {
  std::vector<Parameter> table;
  for (Chain* chain : chains) chain->declare(table);
  return table;
}

// Parameters of `outputs` units on `inputs`. At most 2^37: sums of them fit in 64 bits.
std::size_t layer_parameters(const ValueNetworkConfig& config, bool noisy, std::size_t inputs,
                             std::size_t outputs, bool hidden) {
  const std::size_t linear = (inputs + 1) * outputs;
  return (noisy ? 2 * linear : linear) + (hidden && config.layer_norm ? 2 * outputs : 0);
}

std::size_t count_parameters(const ValueNetworkConfig& config) {
  std::size_t count = 0, width = config.inputs;
  for (std::size_t k = 0; k + 1 < config.hidden.size(); ++k) {
    count += layer_parameters(config, false, width, config.hidden[k], true);
    width = config.hidden[k];
  }
  const auto stream = [&](std::size_t outputs) {
    if (config.hidden.empty()) return layer_parameters(config, config.noisy, width, outputs, false);
    const std::size_t last = config.hidden.back();
    return layer_parameters(config, config.noisy, width, last, true) +
           layer_parameters(config, config.noisy, last, outputs, false);
  };
  count += stream(config.actions * config.atoms);
  return config.dueling ? count + stream(config.atoms) : count;
}

std::string flag_text(bool flag) { return flag ? "true" : "false"; }

}  // namespace

struct ValueNetwork::Passes final : Tape::Memory {
  ValueNetworkConfig config;  // of the network that made it
  std::size_t batch = 0;      // of the last forward
  Chain::Tape trunk, outputs, value;
  kernels::BlockRows actions;    // of the last forward_action
  bool of_actions = false;       // whether that was the last forward
  bool pairs = false;            // whether the last forward took pairs
  ConstMatrixView features;      // (B,F): what the trunk gave
  kernels::Tensor d_value;       // (>= B, atoms), with dueling
  kernels::Tensor half;          // (>= B, atoms), half the difference of two actions' advantages
  kernels::Tensor d_features;    // (>= B,F)
  kernels::Tensor d_from_value;  // (>= B,F): the value stream's share of it
};

ValueNetwork::ValueNetwork(ValueNetworkConfig config)
    : config_(checked(std::move(config))),
      trunk_(make_trunk(config_)),
      outputs_(make_stream(config_.dueling ? "advantage" : "outputs", config_, outputs())),
      value_(config_.dueling ? make_stream("value", config_, config_.atoms) : Chain("value")),
      parameters_(declare_all({&trunk_, &value_, &outputs_})) {}

void ValueNetwork::initialize(kernels::RandomStream& random) {
  for (const Chain* chain : {&trunk_, &value_, &outputs_}) chain->initialize(parameters_, random);
}

void ValueNetwork::resample_noise(kernels::RandomStream& random) {
  for (Chain* chain : {&trunk_, &value_, &outputs_}) chain->resample_noise(random);
  has_noise_ = config_.noisy;
}

ValueNetwork::Passes& ValueNetwork::passes_of(Tape& tape) const {
  auto* passes = dynamic_cast<Passes*>(tape.memory.get());
  if (passes == nullptr || passes->config != config_) {
    auto made = std::make_unique<Passes>();
    made->config = config_;
    passes = made.get();
    tape.memory = std::move(made);
  }
  return *passes;
}

void ValueNetwork::forward(ConstMatrixView x, MatrixView y, Tape& tape) const {
  if (x.cols != inputs() || y.rows != x.rows || y.cols != outputs()) {
    kernels::throw_argument(kModule, "forward: x (" + std::to_string(x.rows) + ", " +
                                         std::to_string(x.cols) + ") and y (" +
                                         std::to_string(y.rows) + ", " + std::to_string(y.cols) +
                                         "): must be (B, " + std::to_string(inputs()) +
                                         ") and (B, " + std::to_string(outputs()) + ")");
  }
  Passes& p = passes_of(tape);
  tape.input = x;
  p.batch = x.rows;
  p.of_actions = false;
  p.pairs = takes_pairs();
  if (x.rows == 0) return;
  p.features = trunk_.forward(parameters_, x, {}, p.trunk);
  if (p.pairs) {
    const Pair pair = forward_pair(x.rows, p);
    return kernels::dueling_pair_forward(pair.value, pair.half, y);
  }
  outputs_.forward(parameters_, p.features, y, p.outputs);
  if (!config_.dueling) return;
  const ConstMatrixView value = value_.forward(parameters_, p.features, {}, p.value);
  kernels::dueling_forward(value, y, y);
}

ValueNetwork::Passes& ValueNetwork::last_passes(Tape& tape, ConstMatrixView dy,
                                                bool of_actions) const {
  auto* p = dynamic_cast<Passes*>(tape.memory.get());
  const std::size_t cols = of_actions ? config_.atoms : outputs();
  if (tape.for_backward && p != nullptr && p->config == config_ && p->batch == dy.rows &&
      p->of_actions == of_actions && dy.cols == cols) {
    return *p;
  }
  kernels::throw_argument(kModule, "backward of dy (" + std::to_string(dy.rows) + ", " +
                                       std::to_string(dy.cols) +
                                       "): needs a forward pass of as many rows on the same "
                                       "tape, for_backward");
}

void ValueNetwork::backward(MatrixView dy, Tape& tape) {
  Passes& p = last_passes(tape, dy, false);
  if (dy.rows == 0) return;
  if (p.pairs) {
    const MatrixView d_value = kernels::scratch_rows(p.d_value, dy.rows, config_.atoms);
    const MatrixView d_half = kernels::scratch_rows(p.half, dy.rows, config_.atoms);
    kernels::dueling_pair_backward(dy, d_value, d_half);
    return backward_pair(d_value, d_half, p);
  }
  MatrixView d_value = {};
  if (config_.dueling) {
    d_value = kernels::scratch_rows(p.d_value, dy.rows, config_.atoms);
    kernels::dueling_backward(dy, d_value, dy);
  }
  const MatrixView d_features = backward_value(d_value, dy.rows, p);
  outputs_.backward(parameters_, dy, d_features, p.outputs);
  backward_trunk(d_features, p);
}

// The value stream alone, where there is one. Returns where the other one's share of the gradient
// of the trunk's features belongs.
MatrixView ValueNetwork::backward_value(MatrixView d_value, std::size_t rows, Passes& p) {
  MatrixView d_features = {}, d_from_value = {};
  if (!trunk_.empty()) {
    d_features = kernels::scratch_rows(p.d_features, rows, p.features.cols);
    if (config_.dueling) {
      d_from_value = kernels::scratch_rows(p.d_from_value, rows, p.features.cols);
    }
  }
  if (config_.dueling) value_.backward(parameters_, d_value, d_from_value, p.value);
  return d_features;
}

void ValueNetwork::backward_trunk(MatrixView d_features, Passes& p) {
  if (trunk_.empty()) return;
  if (config_.dueling) {
    for (std::size_t i = 0; i < d_features.rows * p.features.cols; ++i) {
      d_features.data[i] += p.d_from_value.data()[i];
    }
  }
  trunk_.backward(parameters_, d_features, {}, p.trunk);
}

bool ValueNetwork::takes_pairs() const {
  return has_noise_ && config_.dueling && config_.actions == 2 && config_.atoms >= kLeastAtoms;
}

ValueNetwork::Pair ValueNetwork::forward_pair(std::size_t rows, Passes& p) const {
  const MatrixView half = kernels::scratch_rows(p.half, rows, config_.atoms);
  outputs_.forward_half_difference(parameters_, p.features, half, p.outputs);
  return {value_.forward(parameters_, p.features, {}, p.value), half};
}

void ValueNetwork::backward_pair(MatrixView d_value, MatrixView d_half, Passes& p) {
  const MatrixView d_features = backward_value(d_value, d_value.rows, p);
  outputs_.backward_half_difference(parameters_, d_half, d_features, p.outputs);
  backward_trunk(d_features, p);
}

// Of two actions, centering weights that need not be made anew costs what one saves.
bool ValueNetwork::takes_blocks(std::size_t cols) const {
  constexpr std::size_t kLeastActions = 3;
  return cols == config_.atoms && config_.atoms >= kLeastAtoms && config_.actions >= kLeastActions;
}

void ValueNetwork::forward_action(ConstMatrixView x, std::span<const std::int32_t> action,
                                  MatrixView y, Tape& tape) const {
  const bool pairs = takes_pairs() && y.cols == config_.atoms;
  if (!pairs && !takes_blocks(y.cols)) return Network::forward_action(x, action, y, tape);
  if (x.cols != inputs() || y.rows != x.rows || action.size() != x.rows) {
    kernels::throw_argument(kModule, "forward_action: x " + kernels::dimensions_text(x) + ", " +
                                         std::to_string(action.size()) + " actions and y " +
                                         kernels::dimensions_text(y) + ": must be (B, " +
                                         std::to_string(inputs()) + "), (B) and (B, " +
                                         std::to_string(config_.atoms) + ")");
  }
  Passes& p = passes_of(tape);
  p.actions.assign(action, config_.actions);
  tape.input = x;
  p.batch = x.rows;
  p.of_actions = true;
  p.pairs = pairs;
  if (x.rows == 0) return;
  p.features = trunk_.forward(parameters_, x, {}, p.trunk);
  if (p.pairs) {
    const Pair pair = forward_pair(x.rows, p);
    return kernels::dueling_pair_forward(pair.value, pair.half, action, y);
  }
  outputs_.forward_block(parameters_, p.features, p.actions, config_.dueling, y, p.outputs);
  if (!config_.dueling) return;
  const ConstMatrixView value = value_.forward(parameters_, p.features, {}, p.value);
  for (std::size_t b = 0; b < y.rows; ++b) {
    for (std::size_t z = 0; z < y.cols; ++z) y(b, z) += value(b, z);
  }
}

void ValueNetwork::backward_action(std::span<const std::int32_t> action, MatrixView dy,
                                   Tape& tape) {
  const auto* last = dynamic_cast<const Passes*>(tape.memory.get());
  const bool of_pairs = last != nullptr && last->of_actions && last->pairs;
  if (!takes_blocks(dy.cols) && !of_pairs) return Network::backward_action(action, dy, tape);
  Passes& p = last_passes(tape, dy, true);
  if (dy.rows == 0) return;
  if (p.pairs) {
    const MatrixView d_value = kernels::scratch_rows(p.d_value, dy.rows, config_.atoms);
    kernels::dueling_pair_backward(dy, action, d_value, dy);
    return backward_pair(d_value, dy, p);
  }
  MatrixView d_value = {};
  if (config_.dueling) {
    d_value = kernels::scratch_rows(p.d_value, dy.rows, config_.atoms);
    for (std::size_t b = 0; b < dy.rows; ++b) {
      std::ranges::copy(dy.row(b), d_value.row(b).begin());
    }
  }
  const MatrixView d_features = backward_value(d_value, dy.rows, p);
  outputs_.backward_block(parameters_, p.actions, config_.dueling, dy, d_features, p.outputs);
  backward_trunk(d_features, p);
}

std::unique_ptr<Network> ValueNetwork::clone() const {
  auto copy = std::make_unique<ValueNetwork>(config_);
  copy->parameters().copy_values_from(parameters_);
  return copy;
}

std::map<std::string, std::string> ValueNetwork::describe() const {
  return {{"network", "value"},
          {"inputs", std::to_string(config_.inputs)},
          {"hidden", hidden_text(config_.hidden)},
          {"actions", std::to_string(config_.actions)},
          {"atoms_per_action", std::to_string(config_.atoms)},
          {"activation", std::string(activation_text(config_.activation))},
          {"dueling", flag_text(config_.dueling)},
          {"noisy", flag_text(config_.noisy)},
          {"layer_norm", flag_text(config_.layer_norm)}};
}

std::unique_ptr<Network> make_value_network(const std::map<std::string, std::string>& description,
                                            std::size_t max_parameters) {
  const ValueNetworkConfig config = {.inputs = parse_width(description, "inputs"),
                                     .hidden = parse_hidden(description),
                                     .actions = parse_width(description, "actions"),
                                     .atoms = parse_width(description, "atoms_per_action"),
                                     .activation = parse_activation(description),
                                     .dueling = parse_flag(description, "dueling"),
                                     .noisy = parse_flag(description, "noisy"),
                                     .layer_norm = parse_flag(description, "layer_norm")};
  if (config.actions * config.atoms > kMaxWidth) {
    kernels::throw_runtime("network", "actions * atoms_per_action " +
                                          std::to_string(config.actions * config.atoms) +
                                          ": must be in [1, 65536]");
  }
  check_parameter_count(count_parameters(config), max_parameters);
  return std::make_unique<ValueNetwork>(config);
}

}  // namespace pavlov::nets
