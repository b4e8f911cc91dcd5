#include "pavlov/nets/cuda/layers.h"

#include "pavlov/kernels/cuda/activation.h"
#include "pavlov/kernels/cuda/layer_norm.h"
#include "pavlov/kernels/cuda/linear.h"
#include "pavlov/kernels/cuda/noisy_weight.h"

namespace pavlov::nets::cuda {
namespace {

using kernels::Activation;
using kernels::Device;
using kernels::Tensor;
using kernels::cuda::Affine;
using kernels::cuda::ConstAffine;

constexpr float kLayerNormEpsilon = 1e-5f;  // PyTorch

class Linear final : public Layer {
 public:
  Linear(const Parameters& parameters, const std::string& name, Activation activation)
      : activation_(activation),
        weight_(parameters.find(name + ".weight")),
        bias_(parameters.find(name + ".bias")),
        inputs_(parameters.value(weight_).rows),
        outputs_(parameters.value(weight_).cols) {}

  std::size_t inputs() const override { return inputs_; }
  std::size_t outputs() const override { return outputs_; }

  void forward(Stream& stream, const Parameters& parameters, ConstMatrixView x, MatrixView y,
               LayerTape&) const override {
    kernels::cuda::linear_forward(stream, x, parameters.value(weight_),
                                  flat(parameters.value(bias_)), activation_, y);
  }
  void backward(Stream& stream, Parameters& parameters, ConstMatrixView x, ConstMatrixView y,
                MatrixView dy, MatrixView dx, LayerTape&) const override {
    kernels::cuda::linear_backward(stream, x, parameters.value(weight_), y, activation_, dy,
                                   parameters.gradient(weight_), flat(parameters.gradient(bias_)),
                                   dx);
  }

 private:
  const Activation activation_;
  const std::size_t weight_, bias_;
  const std::size_t inputs_, outputs_;
};

class NoisyLinear final : public Layer {
 public:
  NoisyLinear(const Parameters& parameters, const std::string& name, Activation activation)
      : activation_(activation),
        weight_(parameters.find(name + ".weight")),
        weight_sigma_(parameters.find(name + ".weight_sigma")),
        bias_(parameters.find(name + ".bias")),
        bias_sigma_(parameters.find(name + ".bias_sigma")),
        inputs_(parameters.value(weight_).rows),
        outputs_(parameters.value(weight_).cols) {}

  std::size_t inputs() const override { return inputs_; }
  std::size_t outputs() const override { return outputs_; }
  bool noisy() const override { return true; }

  void extend(LayerTape& tape, std::size_t, bool for_backward) const override {
    tape.weight = Tensor({inputs_, outputs_}, Device::cuda);
    tape.bias = Tensor({outputs_}, Device::cuda);
    if (!for_backward) return;
    tape.d_weight = Tensor({inputs_, outputs_}, Device::cuda);
    tape.d_bias = Tensor({outputs_}, Device::cuda);
  }

  void forward(Stream& stream, const Parameters& parameters, ConstMatrixView x, MatrixView y,
               LayerTape& tape) const override {
    const ConstAffine mean(parameters.value(weight_), flat(parameters.value(bias_)));
    if (tape.noise_out.empty()) {
      kernels::cuda::linear_forward(stream, x, mean.weight, mean.bias, activation_, y);
      return;
    }
    const ConstAffine sigma(parameters.value(weight_sigma_), flat(parameters.value(bias_sigma_)));
    kernels::cuda::noisy_weight(stream, mean, sigma, tape.noise_in, tape.noise_out,
                                {tape.weight.matrix(), tape.bias.span()});
    kernels::cuda::linear_forward(stream, x, tape.weight.matrix(), tape.bias.span(), activation_,
                                  y);
  }
  void backward(Stream& stream, Parameters& parameters, ConstMatrixView x, ConstMatrixView y,
                MatrixView dy, MatrixView dx, LayerTape& tape) const override {
    const Affine d_mean{parameters.gradient(weight_), flat(parameters.gradient(bias_))};
    if (tape.noise_out.empty()) {
      kernels::cuda::linear_backward(stream, x, parameters.value(weight_), y, activation_, dy,
                                     d_mean.weight, d_mean.bias, dx);
      return;
    }
    const Affine d_sum{tape.d_weight.matrix(), tape.d_bias.span()};
    kernels::cuda::linear_backward(stream, x, tape.weight.matrix(), y, activation_, dy,
                                   d_sum.weight, d_sum.bias, dx);
    kernels::cuda::noisy_weight_backward(
        stream, d_sum, tape.noise_in, tape.noise_out, d_mean,
        {parameters.gradient(weight_sigma_), flat(parameters.gradient(bias_sigma_))});
  }

 private:
  const Activation activation_;
  const std::size_t weight_, weight_sigma_, bias_, bias_sigma_;
  const std::size_t inputs_, outputs_;
};

class LayerNorm final : public Layer {
 public:
  LayerNorm(const Parameters& parameters, const std::string& name, Activation activation)
      : activation_(activation),
        gain_(parameters.find(name + ".weight")),
        shift_(parameters.find(name + ".bias")),
        features_(parameters.value(gain_).cols) {}

  std::size_t inputs() const override { return features_; }
  std::size_t outputs() const override { return features_; }

  void extend(LayerTape& tape, std::size_t batch, bool) const override {
    tape.mean = Tensor({batch}, Device::cuda);
    tape.inverse_std = Tensor({batch}, Device::cuda);
  }

  void forward(Stream& stream, const Parameters& parameters, ConstMatrixView x, MatrixView y,
               LayerTape& tape) const override {
    kernels::cuda::layer_norm_forward(
        stream, x, flat(parameters.value(gain_)), flat(parameters.value(shift_)), kLayerNormEpsilon,
        y, tape.mean.span().first(x.rows), tape.inverse_std.span().first(x.rows));
    switch (activation_) {
      case Activation::identity:
        break;
      case Activation::relu:
        kernels::cuda::relu_forward(stream, flat(y), flat(y));
        break;
      case Activation::tanh:
        kernels::cuda::tanh_forward(stream, flat(y), flat(y));
        break;
    }
  }
  void backward(Stream& stream, Parameters& parameters, ConstMatrixView x, ConstMatrixView y,
                MatrixView dy, MatrixView dx, LayerTape& tape) const override {
    switch (activation_) {
      case Activation::identity:
        break;
      case Activation::relu:
        kernels::cuda::relu_backward(stream, flat(y), flat(dy), flat(dy));
        break;
      case Activation::tanh:
        kernels::cuda::tanh_backward(stream, flat(y), flat(dy), flat(dy));
        break;
    }
    kernels::cuda::layer_norm_backward(
        stream, x, flat(parameters.value(gain_)), tape.mean.span().first(x.rows),
        tape.inverse_std.span().first(x.rows), dy, dx.empty() ? dy : dx,
        flat(parameters.gradient(gain_)), flat(parameters.gradient(shift_)));
  }

 private:
  const Activation activation_;
  const std::size_t gain_, shift_;
  const std::size_t features_;
};

}  // namespace

std::unique_ptr<Layer> make_linear(const Parameters& parameters, const std::string& name,
                                   Activation activation) {
  return std::make_unique<Linear>(parameters, name, activation);
}

std::unique_ptr<Layer> make_noisy_linear(const Parameters& parameters, const std::string& name,
                                         Activation activation) {
  return std::make_unique<NoisyLinear>(parameters, name, activation);
}

std::unique_ptr<Layer> make_layer_norm(const Parameters& parameters, const std::string& name,
                                       Activation activation) {
  return std::make_unique<LayerNorm>(parameters, name, activation);
}

}  // namespace pavlov::nets::cuda
