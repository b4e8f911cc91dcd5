#include "pavlov/nets/layers/linear.h"

#include <algorithm>
#include <cmath>

#include "pavlov/kernels/noisy_weight.h"
#include "pavlov/nets/init.h"

namespace pavlov::nets {

void Linear::declare(const std::string& name, std::vector<Parameter>& table) {
  first_ = table.size();
  table.push_back({name + ".weight", {inputs_, outputs_}});
  table.push_back({name + ".bias", {outputs_}});
}

void Linear::initialize(ParameterBuffer& parameters, kernels::RandomStream& random) const {
  const double bound = 1.0 / std::sqrt(static_cast<double>(inputs_));
  uniform_init(flat(parameters.value(first_)), bound, random);
  uniform_init(flat(parameters.value(first_ + 1)), bound, random);
}

void Linear::forward(const ParameterBuffer& parameters, ConstMatrixView x, MatrixView y,
                     LayerTape&) const {
  kernels::linear_forward(x, parameters.value(first_), flat(parameters.value(first_ + 1)),
                          activation_, y);
}

void Linear::backward(ParameterBuffer& parameters, ConstMatrixView x, ConstMatrixView y,
                      MatrixView dy, MatrixView dx, LayerTape& tape) const {
  reserve(tape.scratch, 1, kernels::linear_backward_scratch(inputs_, outputs_));
  kernels::linear_backward(x, parameters.value(first_), y, activation_, dy,
                           parameters.gradient(first_), flat(parameters.gradient(first_ + 1)), dx,
                           tape.scratch.span());
}

void Linear::make_weight(const ParameterBuffer& parameters, const Centering& centering,
                         LayerTape& tape) const {
  const std::size_t cols = columns_of(*this, centering);
  reserve(tape.weight, inputs_, cols);
  reserve(tape.bias, 1, cols);
  const ConstMatrixView weight = parameters.value(first_), bias = parameters.value(first_ + 1);
  if (centering.actions == 0) {
    std::ranges::copy(flat(weight), tape.weight.data());
    std::ranges::copy(flat(bias), tape.bias.data());
    return;
  }
  kernels::centered_weight(weight, {}, {}, {}, centering.actions, tape.weight.matrix());
  kernels::centered_weight(bias, {}, {}, {}, centering.actions, tape.bias.matrix());
}

void Linear::take_gradient(ParameterBuffer& parameters, const Centering& centering,
                           LayerTape& tape) const {
  const MatrixView weight = parameters.gradient(first_), bias = parameters.gradient(first_ + 1);
  if (centering.actions == 0) {
    const auto move = [](kernels::Tensor& from, MatrixView to) {
      for (std::size_t i = 0; i < from.size(); ++i) to.data[i] += from.data()[i];
      std::ranges::fill(from.span(), 0.0f);
    };
    move(tape.d_weight, weight);
    move(tape.d_bias, bias);
    return;
  }
  kernels::centered_weight_backward(tape.d_weight.matrix(), {}, {}, centering.actions, weight, {});
  kernels::centered_weight_backward(tape.d_bias.matrix(), {}, {}, centering.actions, bias, {});
}

}  // namespace pavlov::nets
