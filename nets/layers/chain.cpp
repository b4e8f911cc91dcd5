#include "pavlov/nets/layers/chain.h"

#include <utility>

namespace pavlov::nets {

void Chain::declare(std::vector<Parameter>& table) {
  for (std::size_t k = 0; k < layers_.size(); ++k) {
    layers_[k]->declare(name_ + "." + std::to_string(k), table);
  }
}

void Chain::initialize(ParameterBuffer& parameters, kernels::RandomStream& random) const {
  for (const auto& layer : layers_) layer->initialize(parameters, random);
}

void Chain::resample_noise(kernels::RandomStream& random) {
  for (const auto& layer : layers_) layer->resample_noise(random);
}

ConstMatrixView Chain::forward(const ParameterBuffer& parameters, ConstMatrixView x, MatrixView y,
                               Tape& tape) const {
  tape.input = x;
  tape.layer.resize(layers_.size());
  for (std::size_t k = 0; k < layers_.size(); ++k) {
    MatrixView out = y;
    if (k + 1 < layers_.size() || y.empty()) {
      reserve(tape.layer[k].output, x.rows, layers_[k]->outputs());
      out = tape.layer[k].output.matrix().rows_from(0, x.rows);
    }
    layers_[k]->forward(parameters, x, out, tape.layer[k]);
    x = out;
  }
  return x;
}

void Chain::backward(ParameterBuffer& parameters, MatrixView dy, MatrixView dx, Tape& tape) const {
  const std::size_t batch = dy.rows;
  for (std::size_t k = layers_.size(); k-- > 0;) {
    LayerTape& kept = tape.layer[k];
    // A last layer that wrote to the caller's memory has no activation, and does not read this.
    const ConstMatrixView out =
        kept.output.empty() ? ConstMatrixView(dy) : kept.output.matrix().rows_from(0, batch);
    ConstMatrixView in = tape.input;
    MatrixView d_in = dx;
    if (k > 0) {
      LayerTape& before = tape.layer[k - 1];
      in = std::as_const(before.output).matrix().rows_from(0, batch);
      reserve(before.gradient, batch, layers_[k]->inputs());
      d_in = before.gradient.matrix().rows_from(0, batch);
    }
    layers_[k]->backward(parameters, in, out, dy, d_in, kept);
    dy = d_in;
  }
}

}  // namespace pavlov::nets
