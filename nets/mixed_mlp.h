// MixedMlp: an Mlp that computes with bfloat16 weights and learns float32 ones.
//
// Micikevicius et al. 2018, "Mixed Precision Training" (arXiv:1710.03740), sec. 3.1: a float32
// master copy takes the updates, which bfloat16 would lose. Differs: bfloat16 has the range of
// float32, so the loss needs no scale; biases, activations, sums and gradients stay float32.
//
// The parameters are those of an Mlp, as is the description: weight files, target networks and
// policies are the same, and hold the masters; a policy that is loaded plays with these. Forward
// and backward read the copy, which the first forward after a call of parameters() brings up to
// date in one pass: an optimizer knows nothing of networks. So who keeps a writable view must call
// parameters() again after writing, and the first forward after that belongs to one thread.
// Backward widens the weights of a layer into the tape, for the kernels that know float32.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "pavlov/nets/mlp.h"

namespace pavlov::nets {

class MixedMlp final : public Network {
 public:
  // All values zero. Throws as mlp_parameters.
  explicit MixedMlp(MlpConfig config);

  std::size_t inputs() const override { return config_.inputs; }
  std::size_t outputs() const override { return config_.outputs; }
  void forward(ConstMatrixView x, MatrixView y, Tape& tape) const override;
  void backward(MatrixView dy, Tape& tape) override;
  ParameterBuffer& parameters() override {
    copy_is_old_ = true;
    return parameters_;
  }
  const ParameterBuffer& parameters() const override { return parameters_; }
  std::unique_ptr<Network> clone() const override;
  std::map<std::string, std::string> describe() const override { return describe_mlp(config_); }

 private:
  using Weight = kernels::BasicMatrixView<const std::uint16_t>;

  std::size_t layers() const { return config_.hidden.size() + 1; }
  kernels::Activation activation(std::size_t layer) const {
    return layer + 1 == layers() ? kernels::Activation::identity : config_.activation;
  }
  Weight weight(std::size_t layer) const;
  void reserve(Tape& tape, std::size_t batch) const;

  const MlpConfig config_;
  ParameterBuffer parameters_;                     // masters: those of an Mlp
  mutable kernels::TensorOf<std::uint16_t> copy_;  // of all values
  mutable bool copy_is_old_ = true;
  // Floats of a tape's scratch: a layer's weights, and with what linear_backward needs behind them.
  std::size_t widest_ = 0, scratch_ = 0;
};

}  // namespace pavlov::nets
