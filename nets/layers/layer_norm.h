// LayerNorm: every row to mean 0 and variance 1, a learned gain and shift, then the activation.
//
// Ba, Kiros & Hinton 2016 (arXiv:1607.06450); PyTorch's LayerNorm with its epsilon of 1e-5 and its
// names: parameters weight (features), which begins at 1, and bias (features), which begins at 0.
#pragma once

#include "pavlov/kernels/linear.h"
#include "pavlov/nets/layers/layer.h"

namespace pavlov::nets {

class LayerNorm final : public Layer {
 public:
  LayerNorm(std::size_t features, kernels::Activation activation)
      : features_(features), activation_(activation) {}

  std::size_t inputs() const override { return features_; }
  std::size_t outputs() const override { return features_; }
  void declare(const std::string& name, std::vector<Parameter>& table) override;
  void initialize(ParameterBuffer& parameters, kernels::RandomStream& random) const override;
  // y and dy must be contiguous.
  void forward(const ParameterBuffer& parameters, ConstMatrixView x, MatrixView y,
               LayerTape& tape) const override;
  void backward(ParameterBuffer& parameters, ConstMatrixView x, ConstMatrixView y, MatrixView dy,
                MatrixView dx, LayerTape& tape) const override;

 private:
  const std::size_t features_;
  const kernels::Activation activation_;
  std::size_t first_ = 0;  // row of the weight in the table; the bias is the next one
};

}  // namespace pavlov::nets
