#include "pavlov/nets/layers/layer_norm.h"

#include <algorithm>

#include "pavlov/kernels/activation.h"
#include "pavlov/kernels/layer_norm.h"

namespace pavlov::nets {
namespace {

constexpr float kEpsilon = 1e-5f;

}  // namespace

void LayerNorm::declare(const std::string& name, std::vector<Parameter>& table) {
  first_ = table.size();
  table.push_back({name + ".weight", {features_}});
  table.push_back({name + ".bias", {features_}});
}

void LayerNorm::initialize(ParameterBuffer& parameters, kernels::RandomStream&) const {
  std::ranges::fill(flat(parameters.value(first_)), 1.0f);
  std::ranges::fill(flat(parameters.value(first_ + 1)), 0.0f);
}

void LayerNorm::forward(const ParameterBuffer& parameters, ConstMatrixView x, MatrixView y,
                        LayerTape& tape) const {
  reserve(tape.mean, x.rows, 1);
  reserve(tape.inverse_std, x.rows, 1);
  kernels::layer_norm_forward(x, flat(parameters.value(first_)), flat(parameters.value(first_ + 1)),
                              kEpsilon, y, tape.mean.span().first(x.rows),
                              tape.inverse_std.span().first(x.rows));
  switch (activation_) {
    case kernels::Activation::identity:
      break;
    case kernels::Activation::relu:
      kernels::relu_forward(flat(y), flat(y));
      break;
    case kernels::Activation::tanh:
      kernels::tanh_forward(flat(y), flat(y));
      break;
  }
}

void LayerNorm::backward(ParameterBuffer& parameters, ConstMatrixView x, ConstMatrixView y,
                         MatrixView dy, MatrixView dx, LayerTape& tape) const {
  switch (activation_) {
    case kernels::Activation::identity:
      break;
    case kernels::Activation::relu:
      kernels::relu_backward(flat(y), flat(dy), flat(dy));
      break;
    case kernels::Activation::tanh:
      kernels::tanh_backward(flat(y), flat(dy), flat(dy));
      break;
  }
  // A first layer has no use for dx, but the kernel computes it all the same: into dy, which is
  // spent.
  kernels::layer_norm_backward(
      x, flat(std::as_const(parameters).value(first_)), tape.mean.span().first(x.rows),
      tape.inverse_std.span().first(x.rows), dy, dx.empty() ? dy : dx,
      flat(parameters.gradient(first_)), flat(parameters.gradient(first_ + 1)));
}

}  // namespace pavlov::nets
