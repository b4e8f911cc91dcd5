#include "pavlov/nets/layers/chain.h"

#include <utility>

#include "pavlov/kernels/dueling.h"

namespace pavlov::nets {
namespace {

// Takes from each block of `size` columns the mean of all blocks.
void center_blocks(kernels::Tensor& weight, kernels::Tensor& bias, std::size_t size,
                   kernels::Tensor& sums) {
  reserve(sums, weight.dim(0), size);
  kernels::dueling_backward(weight.matrix(), sums.matrix(), weight.matrix());
  kernels::dueling_backward(bias.matrix(), sums.matrix().rows_from(0, 1), bias.matrix());
}

}  // namespace

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
  return forward(parameters, x, y, layers_.size(), tape);
}

ConstMatrixView Chain::forward(const ParameterBuffer& parameters, ConstMatrixView x, MatrixView y,
                               std::size_t count, Tape& tape) const {
  tape.input = x;
  tape.layer.resize(layers_.size());
  for (std::size_t k = 0; k < count; ++k) {
    MatrixView out = y;
    if (k + 1 < count || y.empty()) {
      reserve(tape.layer[k].output, x.rows, layers_[k]->outputs());
      out = tape.layer[k].output.matrix().rows_from(0, x.rows);
    }
    layers_[k]->forward(parameters, x, out, tape.layer[k]);
    x = out;
  }
  return x;
}

void Chain::backward(ParameterBuffer& parameters, MatrixView dy, MatrixView dx, Tape& tape) const {
  backward(parameters, dy, dx, layers_.size(), tape);
}

void Chain::backward(ParameterBuffer& parameters, MatrixView dy, MatrixView dx, std::size_t count,
                     Tape& tape) const {
  const std::size_t batch = dy.rows;
  for (std::size_t k = count; k-- > 0;) {
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

void Chain::forward_block(const ParameterBuffer& parameters, ConstMatrixView x,
                          const kernels::BlockRows& rows, bool center, MatrixView y,
                          Tape& tape) const {
  const std::size_t last = layers_.size() - 1;
  const ConstMatrixView in = forward(parameters, x, {}, last, tape);
  LayerTape& kept = tape.layer[last];
  layers_[last]->make_weight(parameters, kept);
  if (center) center_blocks(kept.weight, kept.bias, y.cols, kept.scratch);
  kernels::linear_block_forward(in, kept.weight.matrix(), kept.bias.span(), rows, y);
}

void Chain::backward_block(ParameterBuffer& parameters, const kernels::BlockRows& rows, bool center,
                           ConstMatrixView dy, MatrixView dx, Tape& tape) const {
  const std::size_t last = layers_.size() - 1;
  LayerTape& kept = tape.layer[last];
  ConstMatrixView in = tape.input;
  MatrixView d_in = dx;
  if (last > 0) {
    LayerTape& before = tape.layer[last - 1];
    in = std::as_const(before.output).matrix().rows_from(0, dy.rows);
    reserve(before.gradient, dy.rows, layers_[last]->inputs());
    d_in = before.gradient.matrix().rows_from(0, dy.rows);
  }
  reserve(kept.d_weight, layers_[last]->inputs(), layers_[last]->outputs());
  reserve(kept.d_bias, 1, layers_[last]->outputs());
  kernels::linear_block_backward(in, kept.weight.matrix(), rows, dy, kept.d_weight.matrix(),
                                 kept.d_bias.span(), d_in);
  // The gradient of the centered weights, taken to the weights: centering is its own transpose.
  if (center) center_blocks(kept.d_weight, kept.d_bias, dy.cols, kept.scratch);
  layers_[last]->take_gradient(parameters, kept);
  if (last > 0) backward(parameters, d_in, dx, last, tape);
}

}  // namespace pavlov::nets
