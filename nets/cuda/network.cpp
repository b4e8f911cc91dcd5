#include "pavlov/nets/cuda/network.h"

#include <numeric>
#include <string>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/cuda/arithmetic.h"
#include "pavlov/kernels/cuda/dueling.h"

namespace pavlov::nets::cuda {
namespace {

using kernels::Activation;
using kernels::Device;
using kernels::Tensor;

// Adds to a chain the layers that nets/value_network.cpp gives it, by their names.
class ChainBuilder {
 public:
  ChainBuilder(const Parameters& parameters, const ValueNetworkConfig& config, std::string name,
               Chain& chain)
      : parameters_(parameters), config_(config), name_(std::move(name)), chain_(chain) {}

  void add_hidden(bool noisy) {
    add_linear(noisy, config_.layer_norm ? Activation::identity : config_.activation);
    if (config_.layer_norm) {
      chain_.add(make_layer_norm(parameters_, next_name(), config_.activation));
    }
  }
  void add_linear(bool noisy, Activation activation) {
    const std::string name = next_name();
    chain_.add(noisy ? make_noisy_linear(parameters_, name, activation)
                     : make_linear(parameters_, name, activation));
  }

 private:
  std::string next_name() { return name_ + "." + std::to_string(layers_++); }

  const Parameters& parameters_;
  const ValueNetworkConfig& config_;
  const std::string name_;
  Chain& chain_;
  std::size_t layers_ = 0;
};

// The first rows of a tape's buffer.
MatrixView rows(Tensor& tensor, std::size_t count) { return tensor.matrix().rows_from(0, count); }

}  // namespace

Network::Network(const nets::Network& host)
    : inputs_(host.inputs()), outputs_size_(host.outputs()), parameters_(host.parameters()) {
  if (const auto* value = dynamic_cast<const ValueNetwork*>(&host)) {
    add_layers(value->config());
  } else if (const auto* mlp = dynamic_cast<const Mlp*>(&host)) {
    outputs_ = make_mlp_chain(parameters_, "", mlp->config());
  } else {
    kernels::throw_argument("network", "device cuda: must be a native network, mlp or value");
  }
  for (const Chain* chain : {&trunk_, &value_, &outputs_}) chain->append_noise(noise_sizes_);
}

void Network::add_layers(const ValueNetworkConfig& config) {
  ChainBuilder trunk(parameters_, config, "trunk", trunk_);
  for (std::size_t k = 0; k + 1 < config.hidden.size(); ++k) trunk.add_hidden(false);
  const auto add_stream = [&](const char* name, Chain& chain) {
    ChainBuilder stream(parameters_, config, name, chain);
    if (!config.hidden.empty()) stream.add_hidden(config.noisy);
    stream.add_linear(config.noisy, Activation::identity);
  };
  if (config.dueling) add_stream("value", value_);
  add_stream(config.dueling ? "advantage" : "outputs", outputs_);
}

NetworkTape Network::make_tape(std::size_t batch, bool for_backward) const {
  NetworkTape tape;
  tape.trunk_ = trunk_.make_tape(batch, for_backward, true);
  tape.outputs_ = outputs_.make_tape(batch, for_backward, false);
  tape.value_ = value_.make_tape(batch, for_backward, true);
  if (for_backward && !value_.empty()) {
    tape.d_value_ = Tensor({batch, value_.outputs()}, Device::cuda);
  }
  if (for_backward && !trunk_.empty()) {
    tape.d_features_ = Tensor({batch, trunk_.outputs()}, Device::cuda);
    if (!value_.empty()) tape.d_from_value_ = Tensor({batch, trunk_.outputs()}, Device::cuda);
  }
  tape.noise_ = Tensor({std::accumulate(noise_sizes_.begin(), noise_sizes_.end(), std::size_t{0})},
                       Device::cuda);
  return tape;
}

void Network::draw_noise(Stream& stream, const kernels::cuda::RandomPlace& place,
                         NetworkTape& tape) const {
  if (noise_sizes_.empty()) return;
  kernels::cuda::draw_factor_noise(stream, place, noise_sizes_, tape.noise_.span());
  std::span<const float> noise = tape.noise_.span();
  trunk_.take_noise(noise, tape.trunk_);
  value_.take_noise(noise, tape.value_);
  outputs_.take_noise(noise, tape.outputs_);
}

void Network::forward(Stream& stream, ConstMatrixView x, MatrixView y, NetworkTape& tape) const {
  if (x.cols != inputs_ || y.rows != x.rows || y.cols != outputs_size_) {
    kernels::throw_argument("network", "forward: x " + kernels::dimensions_text(x) + " and y " +
                                           kernels::dimensions_text(y) + ": must be (B, " +
                                           std::to_string(inputs_) + ") and (B, " +
                                           std::to_string(outputs_size_) + ")");
  }
  tape.features_ = trunk_.forward(stream, parameters_, x, {}, tape.trunk_);
  outputs_.forward(stream, parameters_, tape.features_, y, tape.outputs_);
  if (value_.empty()) return;
  const ConstMatrixView value =
      value_.forward(stream, parameters_, tape.features_, {}, tape.value_);
  kernels::cuda::dueling_forward(stream, value, y, y);
}

void Network::backward(Stream& stream, MatrixView dy, NetworkTape& tape) {
  const bool trunk = !trunk_.empty();
  const MatrixView d_features = trunk ? rows(tape.d_features_, dy.rows) : MatrixView();
  if (!value_.empty()) {
    const MatrixView d_value = rows(tape.d_value_, dy.rows);
    const MatrixView d_from_value = trunk ? rows(tape.d_from_value_, dy.rows) : MatrixView();
    kernels::cuda::dueling_backward(stream, dy, d_value, dy);
    value_.backward(stream, parameters_, d_value, d_from_value, tape.value_);
  }
  outputs_.backward(stream, parameters_, dy, d_features, tape.outputs_);
  if (!trunk) return;
  if (!value_.empty()) {
    kernels::cuda::add(stream, flat(ConstMatrixView(rows(tape.d_from_value_, dy.rows))),
                       flat(d_features));
  }
  trunk_.backward(stream, parameters_, d_features, {}, tape.trunk_);
}

}  // namespace pavlov::nets::cuda
