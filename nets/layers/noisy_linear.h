// NoisyLinear: a fully connected layer whose weights carry learned, factorised Gaussian noise.
//
// Fortunato et al. 2018 (arXiv:1706.10295), eq. 9 to 11 and section 3.2:
//   y = act(x (mu_w + sigma_w * f(e_in) f(e_out)^T) + mu_b + sigma_b * f(e_out))
// with f(e) = sign(e) sqrt|e|. Parameters weight and weight_sigma (inputs, outputs), bias and
// bias_sigma (outputs): mu from U(+-1/sqrt(inputs)), sigma = sigma0 / sqrt(inputs).
//
// One draw serves all rows of a pass, whether they are the samples of a batch or observations of
// several environments. Before the first draw the noise is zero: y is that of the mean weights.
#pragma once

#include "pavlov/kernels/linear.h"
#include "pavlov/nets/layers/layer.h"

namespace pavlov::nets {

class NoisyLinear final : public Layer {
 public:
  NoisyLinear(std::size_t inputs, std::size_t outputs, kernels::Activation activation,
              double sigma0);

  std::size_t inputs() const override { return noise_in_.size(); }
  std::size_t outputs() const override { return noise_out_.size(); }
  void declare(const std::string& name, std::vector<Parameter>& table) override;
  void initialize(ParameterBuffer& parameters, kernels::RandomStream& random) const override;
  void resample_noise(kernels::RandomStream& random) override;
  void forward(const ParameterBuffer& parameters, ConstMatrixView x, MatrixView y,
               LayerTape& tape) const override;
  void backward(ParameterBuffer& parameters, ConstMatrixView x, ConstMatrixView y, MatrixView dy,
                MatrixView dx, LayerTape& tape) const override;
  void make_weight(const ParameterBuffer& parameters, const Centering& centering,
                   LayerTape& tape) const override;
  void take_gradient(ParameterBuffer& parameters, const Centering& centering,
                     LayerTape& tape) const override;

 private:
  // Rows of the table, from first_ on.
  enum Row : std::size_t { kWeight, kWeightSigma, kBias, kBiasSigma };

  const kernels::Activation activation_;
  const double sigma0_;
  std::size_t first_ = 0;
  kernels::Tensor noise_in_, noise_out_;  // f(e) of the last draw
  bool drawn_ = false;
};

}  // namespace pavlov::nets
