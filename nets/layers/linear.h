// Linear: a fully connected layer, y = act(x W + b). Parameters weight (inputs, outputs) and bias
// (outputs), drawn from U(+-1/sqrt(inputs)), as PyTorch's nn.Linear.
#pragma once

#include "pavlov/kernels/linear.h"
#include "pavlov/nets/layers/layer.h"

namespace pavlov::nets {

class Linear final : public Layer {
 public:
  Linear(std::size_t inputs, std::size_t outputs, kernels::Activation activation)
      : inputs_(inputs), outputs_(outputs), activation_(activation) {}

  std::size_t inputs() const override { return inputs_; }
  std::size_t outputs() const override { return outputs_; }
  void declare(const std::string& name, std::vector<Parameter>& table) override;
  void initialize(ParameterBuffer& parameters, kernels::RandomStream& random) const override;
  void forward(const ParameterBuffer& parameters, ConstMatrixView x, MatrixView y,
               LayerTape& tape) const override;
  void backward(ParameterBuffer& parameters, ConstMatrixView x, ConstMatrixView y, MatrixView dy,
                MatrixView dx, LayerTape& tape) const override;
  void make_weight(const ParameterBuffer& parameters, const Centering& centering,
                   LayerTape& tape) const override;
  void take_gradient(ParameterBuffer& parameters, const Centering& centering,
                     LayerTape& tape) const override;

 private:
  const std::size_t inputs_, outputs_;
  const kernels::Activation activation_;
  std::size_t first_ = 0;  // row of the weight in the table; the bias is the next one
};

}  // namespace pavlov::nets
