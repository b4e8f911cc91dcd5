#include "pavlov/nets/mixed_mlp.h"

#include <algorithm>
#include <span>
#include <utility>

#include "pavlov/kernels/bf16_linear.h"
#include "pavlov/kernels/convert.h"
#include "pavlov/nets/mlp_tape.h"

namespace pavlov::nets {

MixedMlp::MixedMlp(MlpConfig config)
    : config_(std::move(config)),
      parameters_(mlp_parameters(config_)),
      copy_({parameters_.values().size()}) {
  std::size_t most = 1;
  for (std::size_t k = 0; k < layers(); ++k) {
    const Weight w = weight(k);
    widest_ = std::max(widest_, (w.rows * w.cols + 15) / 16 * 16);  // what follows stays aligned
    most = std::max(most, kernels::linear_backward_scratch(w.rows, w.cols));
  }
  scratch_ = widest_ + most;
}

MixedMlp::Weight MixedMlp::weight(std::size_t layer) const {
  const Parameter& p = parameters_.table()[2 * layer];
  return {copy_.data() + p.offset, p.shape[0], p.shape[1]};
}

void MixedMlp::reserve(Tape& tape, std::size_t batch) const {
  if (tape.scratch.size() >= scratch_ && holds_hidden(tape.activation, config_, batch) &&
      holds_hidden(tape.gradient, config_, batch)) {
    return;
  }
  renew_hidden(tape, config_, batch, true);
  tape.scratch = kernels::Tensor({scratch_});
}

void MixedMlp::forward(ConstMatrixView x, MatrixView y, Tape& tape) const {
  if (copy_is_old_) {
    kernels::to_bfloat16(parameters_.values(), copy_.span());
    copy_is_old_ = false;
  }
  reserve(tape, x.rows);
  tape.input = x;
  ConstMatrixView in = x;
  for (std::size_t k = 0; k < layers(); ++k) {
    const MatrixView out = k + 1 == layers() ? y : rows(tape.activation[k], x.rows);
    kernels::bf16_linear_forward(in, weight(k), parameters_.value(2 * k + 1).row(0), activation(k),
                                 out);
    in = out;
  }
}

void MixedMlp::backward(MatrixView dy, Tape& tape) {
  const std::size_t batch = dy.rows;
  check_backward(tape, config_, dy);
  const std::span<float> wide = tape.scratch.span().first(widest_);
  const std::span<float> rest = tape.scratch.span().subspan(widest_);
  for (std::size_t k = layers(); k-- > 0;) {
    const ConstMatrixView in = k == 0 ? tape.input : rows(tape.activation[k - 1], batch);
    const MatrixView dx = k == 0 ? MatrixView() : rows(tape.gradient[k - 1], batch);
    const Weight w = weight(k);
    if (k != 0) kernels::from_bfloat16({w.data, w.rows * w.cols}, wide.first(w.rows * w.cols));
    const MatrixView dbias = parameters_.gradient(2 * k + 1);
    // As in Mlp, dy is dL/dz of its layer.
    const kernels::Activation below = k == 0 ? kernels::Activation::identity : activation(k - 1);
    kernels::linear_backward(in, {wide.data(), w.rows, w.cols}, dy, kernels::Activation::identity,
                             dy, parameters_.gradient(2 * k), {dbias.data, dbias.cols}, dx, rest,
                             below);
    dy = dx;
  }
}

std::unique_ptr<Network> MixedMlp::clone() const {
  auto copy = std::make_unique<MixedMlp>(config_);
  copy->parameters().copy_values_from(parameters_);
  return copy;
}

}  // namespace pavlov::nets
