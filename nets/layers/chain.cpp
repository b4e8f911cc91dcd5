#include "pavlov/nets/layers/chain.h"

#include <utility>

#include "pavlov/kernels/linear.h"

namespace pavlov::nets {
namespace {

constexpr Centering kHalfDifference = {.actions = 2, .kept = 1};

// All blocks of `rows`.
Centering centering_of(const kernels::BlockRows& rows, bool center) {
  return center ? Centering{rows.blocks(), rows.blocks()} : Centering{};
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

Chain::LastLayer Chain::last_layer(std::size_t rows, MatrixView dx, Tape& tape) const {
  const std::size_t last = layers_.size() - 1;
  LastLayer result = {*layers_[last], tape.layer[last], tape.input, dx};
  if (last > 0) {
    LayerTape& before = tape.layer[last - 1];
    result.in = std::as_const(before.output).matrix().rows_from(0, rows);
    reserve(before.gradient, rows, result.layer.inputs());
    result.d_in = before.gradient.matrix().rows_from(0, rows);
  }
  reserve(result.tape.d_weight, result.tape.weight.dim(0), result.tape.weight.dim(1));
  reserve(result.tape.d_bias, 1, result.tape.weight.dim(1));
  return result;
}

void Chain::forward_block(const ParameterBuffer& parameters, ConstMatrixView x,
                          const kernels::BlockRows& rows, bool center, MatrixView y,
                          Tape& tape) const {
  const std::size_t last = layers_.size() - 1;
  const ConstMatrixView in = forward(parameters, x, {}, last, tape);
  LayerTape& kept = tape.layer[last];
  layers_[last]->make_weight(parameters, centering_of(rows, center), kept);
  kernels::linear_block_forward(in, kept.weight.matrix(), kept.bias.span(), rows, y);
}

void Chain::backward_block(ParameterBuffer& parameters, const kernels::BlockRows& rows, bool center,
                           ConstMatrixView dy, MatrixView dx, Tape& tape) const {
  const LastLayer last = last_layer(dy.rows, dx, tape);
  kernels::linear_block_backward(last.in, last.tape.weight.matrix(), rows, dy,
                                 last.tape.d_weight.matrix(), last.tape.d_bias.span(), last.d_in);
  last.layer.take_gradient(parameters, centering_of(rows, center), last.tape);
  if (layers_.size() > 1) backward(parameters, last.d_in, dx, layers_.size() - 1, tape);
}

void Chain::forward_half_difference(const ParameterBuffer& parameters, ConstMatrixView x,
                                    MatrixView y, Tape& tape) const {
  const std::size_t last = layers_.size() - 1;
  const ConstMatrixView in = forward(parameters, x, {}, last, tape);
  LayerTape& kept = tape.layer[last];
  layers_[last]->make_weight(parameters, kHalfDifference, kept);
  kernels::linear_forward(in, kept.weight.matrix(), kept.bias.span(), kernels::Activation::identity,
                          y);
}

void Chain::backward_half_difference(ParameterBuffer& parameters, MatrixView dy, MatrixView dx,
                                     Tape& tape) const {
  const LastLayer last = last_layer(dy.rows, dx, tape);
  reserve(last.tape.scratch, 1, kernels::linear_backward_scratch(last.in.cols, dy.cols));
  kernels::linear_backward(last.in, last.tape.weight.matrix(), dy, kernels::Activation::identity,
                           dy, last.tape.d_weight.matrix(), last.tape.d_bias.span(), last.d_in,
                           last.tape.scratch.span());
  last.layer.take_gradient(parameters, kHalfDifference, last.tape);
  if (layers_.size() > 1) backward(parameters, last.d_in, dx, layers_.size() - 1, tape);
}

}  // namespace pavlov::nets
