#include "pavlov/nets/layers/noisy_linear.h"

#include <algorithm>
#include <cmath>

#include "pavlov/kernels/noise.h"
#include "pavlov/kernels/noisy_weight.h"
#include "pavlov/nets/init.h"

namespace pavlov::nets {
namespace {

constexpr float kOne[] = {1.0f};  // the noise of a bias's one input

}  // namespace

NoisyLinear::NoisyLinear(std::size_t inputs, std::size_t outputs, kernels::Activation activation,
                         double sigma0)
    : activation_(activation), sigma0_(sigma0), noise_in_({inputs}), noise_out_({outputs}) {}

void NoisyLinear::declare(const std::string& name, std::vector<Parameter>& table) {
  first_ = table.size();
  table.push_back({name + ".weight", {inputs(), outputs()}});
  table.push_back({name + ".weight_sigma", {inputs(), outputs()}});
  table.push_back({name + ".bias", {outputs()}});
  table.push_back({name + ".bias_sigma", {outputs()}});
}

void NoisyLinear::initialize(ParameterBuffer& parameters, kernels::RandomStream& random) const {
  const double bound = 1.0 / std::sqrt(static_cast<double>(inputs()));
  const auto sigma = static_cast<float>(sigma0_ * bound);
  uniform_init(flat(parameters.value(first_ + kWeight)), bound, random);
  uniform_init(flat(parameters.value(first_ + kBias)), bound, random);
  std::ranges::fill(flat(parameters.value(first_ + kWeightSigma)), sigma);
  std::ranges::fill(flat(parameters.value(first_ + kBiasSigma)), sigma);
}

void NoisyLinear::resample_noise(kernels::RandomStream& random) {
  kernels::draw_factor_noise(random, noise_in_.span());
  kernels::draw_factor_noise(random, noise_out_.span());
  drawn_ = true;
}

void NoisyLinear::make_weight(const ParameterBuffer& parameters, const Centering& centering,
                              LayerTape& tape) const {
  const std::size_t cols = columns_of(*this, centering);
  tape.noisy = drawn_;
  reserve(tape.weight, inputs(), cols);
  reserve(tape.bias, 1, cols);
  reserve(tape.noise_in, 1, inputs());
  reserve(tape.noise_out, 1, outputs());
  // Zero before the first draw.
  std::ranges::copy(noise_in_.span(), tape.noise_in.data());
  std::ranges::copy(noise_out_.span(), tape.noise_out.data());
  const auto make = [&](std::size_t mean, std::size_t sigma, std::span<const float> noise_in,
                        MatrixView out) {
    const ConstMatrixView m = parameters.value(first_ + mean), s = parameters.value(first_ + sigma);
    const std::span<const float> noise_out = tape.noise_out.span();
    if (centering.actions == 0) return kernels::noisy_weight(m, s, noise_in, noise_out, out);
    kernels::centered_weight(m, s, noise_in, noise_out, centering.actions, out);
  };
  make(kWeight, kWeightSigma, tape.noise_in.span(), tape.weight.matrix());
  make(kBias, kBiasSigma, kOne, tape.bias.matrix());
}

void NoisyLinear::take_gradient(ParameterBuffer& parameters, const Centering& centering,
                                LayerTape& tape) const {
  const auto take = [&](MatrixView d, std::span<const float> noise_in, std::size_t mean,
                        std::size_t sigma) {
    const MatrixView m = parameters.gradient(first_ + mean);
    const MatrixView s = parameters.gradient(first_ + sigma);
    const std::span<const float> noise_out = tape.noise_out.span();
    if (centering.actions == 0) {
      return kernels::noisy_weight_backward(d, noise_in, noise_out, m, s);
    }
    kernels::centered_weight_backward(d, noise_in, noise_out, centering.actions, m, s);
  };
  take(tape.d_weight.matrix(), tape.noise_in.span(), kWeight, kWeightSigma);
  take(tape.d_bias.matrix(), kOne, kBias, kBiasSigma);
}

void NoisyLinear::forward(const ParameterBuffer& parameters, ConstMatrixView x, MatrixView y,
                          LayerTape& tape) const {
  if (!drawn_) {
    tape.noisy = false;
    kernels::linear_forward(x, parameters.value(first_ + kWeight),
                            flat(parameters.value(first_ + kBias)), activation_, y);
    return;
  }
  make_weight(parameters, {}, tape);
  kernels::linear_forward(x, tape.weight.matrix(), tape.bias.span(), activation_, y);
}

void NoisyLinear::backward(ParameterBuffer& parameters, ConstMatrixView x, ConstMatrixView y,
                           MatrixView dy, MatrixView dx, LayerTape& tape) const {
  reserve(tape.scratch, 1, kernels::linear_backward_scratch(inputs(), outputs()));
  if (!tape.noisy) {
    kernels::linear_backward(x, parameters.value(first_ + kWeight), y, activation_, dy,
                             parameters.gradient(first_ + kWeight),
                             flat(parameters.gradient(first_ + kBias)), dx, tape.scratch.span());
    return;
  }
  reserve(tape.d_weight, inputs(), outputs());
  reserve(tape.d_bias, 1, outputs());
  kernels::linear_backward(x, tape.weight.matrix(), y, activation_, dy, tape.d_weight.matrix(),
                           tape.d_bias.span(), dx, tape.scratch.span());
  take_gradient(parameters, {}, tape);
}

}  // namespace pavlov::nets
