#include "pavlov/nets/cuda/chain.h"

#include "pavlov/kernels/check.h"

namespace pavlov::nets::cuda {
namespace {

using kernels::Device;
using kernels::Tensor;

// The first rows of a tape's buffer.
MatrixView rows(Tensor& tensor, std::size_t count) { return tensor.matrix().rows_from(0, count); }

}  // namespace

Chain::Tape Chain::make_tape(std::size_t batch, bool for_backward, bool own_result) const {
  Tape tape{.batch = batch, .for_backward = for_backward};
  for (std::size_t k = 0; k < layers_.size(); ++k) {
    const bool last = k + 1 == layers_.size();
    const std::size_t width = layers_[k]->outputs();
    LayerTape layer;
    if (!last || own_result) layer.output = Tensor({batch, width}, Device::cuda);
    if (!last && for_backward) layer.gradient = Tensor({batch, width}, Device::cuda);
    layers_[k]->extend(layer, batch, for_backward);
    tape.layer.push_back(std::move(layer));
  }
  return tape;
}

void Chain::append_noise(std::vector<std::size_t>& sizes) const {
  for (const auto& layer : layers_) {
    if (layer->noisy()) sizes.insert(sizes.end(), {layer->inputs(), layer->outputs()});
  }
}

void Chain::take_noise(std::span<const float>& noise, Tape& tape) const {
  const auto take = [&noise](std::size_t size) {
    const std::span<const float> front = noise.first(size);
    noise = noise.subspan(size);
    return front;
  };
  for (std::size_t k = 0; k < layers_.size(); ++k) {
    if (!layers_[k]->noisy()) continue;
    tape.layer[k].noise_in = take(layers_[k]->inputs());
    tape.layer[k].noise_out = take(layers_[k]->outputs());
  }
}

ConstMatrixView Chain::forward(Stream& stream, const Parameters& parameters, ConstMatrixView x,
                               MatrixView y, Tape& tape) const {
  if (x.rows > tape.batch || tape.layer.size() != layers_.size()) {
    kernels::throw_argument("chain", "forward: " + std::to_string(x.rows) +
                                         " rows: must be at most the " +
                                         std::to_string(tape.batch) + " of a tape of this network");
  }
  tape.input = x;
  for (std::size_t k = 0; k < layers_.size(); ++k) {
    LayerTape& kept = tape.layer[k];
    const MatrixView out = kept.output.empty() ? y : rows(kept.output, x.rows);
    layers_[k]->forward(stream, parameters, x, out, kept);
    x = out;
  }
  return x;
}

void Chain::backward(Stream& stream, Parameters& parameters, MatrixView dy, MatrixView dx,
                     Tape& tape) const {
  const std::size_t batch = dy.rows;
  if (!tape.for_backward || tape.layer.size() != layers_.size() || tape.input.rows != batch ||
      dy.cols != outputs()) {
    kernels::throw_argument("chain", "backward: dy " + kernels::dimensions_text(dy) +
                                         ": must be that of the last forward pass on this tape, "
                                         "for_backward");
  }
  for (std::size_t k = layers_.size(); k-- > 0;) {
    LayerTape& kept = tape.layer[k];
    // A last layer that wrote to the caller's memory has no activation, and does not read this.
    const ConstMatrixView out =
        kept.output.empty() ? ConstMatrixView(dy) : rows(kept.output, batch);
    const ConstMatrixView in =
        k == 0 ? tape.input : ConstMatrixView(rows(tape.layer[k - 1].output, batch));
    const MatrixView d_in = k == 0 ? dx : rows(tape.layer[k - 1].gradient, batch);
    layers_[k]->backward(stream, parameters, in, out, dy, d_in, kept);
    dy = d_in;
  }
}

Chain make_mlp_chain(const Parameters& parameters, const std::string& prefix,
                     const MlpConfig& config) {
  Chain chain;
  for (std::size_t k = 0; k <= config.hidden.size(); ++k) {
    chain.add(
        make_linear(parameters, prefix + "layers." + std::to_string(k),
                    k < config.hidden.size() ? config.activation : kernels::Activation::identity));
  }
  return chain;
}

}  // namespace pavlov::nets::cuda
