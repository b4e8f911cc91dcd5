#include "pavlov/nets/layers/linear.h"

#include <cmath>

#include "pavlov/nets/init.h"

namespace pavlov::nets {
namespace {

template <class T>
std::span<T> row(kernels::BasicMatrixView<T> bias) {
  return {bias.data, bias.cols};
}

}  // namespace

void Linear::declare(const std::string& name, std::vector<Parameter>& table) {
  first_ = table.size();
  table.push_back({name + ".weight", {inputs_, outputs_}});
  table.push_back({name + ".bias", {outputs_}});
}

void Linear::initialize(ParameterBuffer& parameters, kernels::RandomStream& random) const {
  const double bound = 1.0 / std::sqrt(static_cast<double>(inputs_));
  const MatrixView weight = parameters.value(first_);
  uniform_init({weight.data, weight.rows * weight.cols}, bound, random);
  uniform_init(row(parameters.value(first_ + 1)), bound, random);
}

void Linear::forward(const ParameterBuffer& parameters, ConstMatrixView x, MatrixView y,
                     LayerTape&) const {
  kernels::linear_forward(x, parameters.value(first_), row(parameters.value(first_ + 1)),
                          activation_, y);
}

void Linear::backward(ParameterBuffer& parameters, ConstMatrixView x, ConstMatrixView y,
                      MatrixView dy, MatrixView dx, LayerTape& tape) const {
  reserve(tape.scratch, 1, kernels::linear_backward_scratch(inputs_, outputs_));
  kernels::linear_backward(x, parameters.value(first_), y, activation_, dy,
                           parameters.gradient(first_), row(parameters.gradient(first_ + 1)), dx,
                           tape.scratch.span());
}

}  // namespace pavlov::nets
