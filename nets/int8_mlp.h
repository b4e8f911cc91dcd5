// Int8Mlp: an Mlp whose weights have 8 bits, for inference. A quarter of the memory of the weights;
// how far an output may be away is written in kernels/int8_linear.h.
//
// Parameters: layers.<k>.scale (outputs) and layers.<k>.bias (outputs), float32. The weights are
// fixed: what is to be trained or saved is the Mlp that it was made from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pavlov/nets/mlp.h"

namespace pavlov::nets {

class Int8Mlp final : public Network {
 public:
  // Rounds the weights of a network that describes itself as an mlp and has its parameters. Throws
  // std::invalid_argument for any other, or where a weight is not finite.
  explicit Int8Mlp(const Network& network);

  std::size_t inputs() const override { return config_.inputs; }
  std::size_t outputs() const override { return config_.outputs; }
  // Bytes of weights, scales and biases.
  std::size_t parameter_bytes() const;

  void forward(ConstMatrixView x, MatrixView y, Tape& tape) const override;
  // Throws std::invalid_argument.
  void backward(MatrixView dy, Tape& tape) override;
  ParameterBuffer& parameters() override { return parameters_; }
  const ParameterBuffer& parameters() const override { return parameters_; }
  std::unique_ptr<Network> clone() const override;
  // That of the Mlp, but for {"network": "int8_mlp"}.
  std::map<std::string, std::string> describe() const override;

 private:
  using Weight = kernels::TensorOf<std::int8_t>;

  Int8Mlp(const Int8Mlp& other);

  void reserve(Tape& tape, std::size_t batch) const;

  const MlpConfig config_;
  std::vector<Weight> weight_;  // of layer k: (inputs, outputs)
  ParameterBuffer parameters_;  // scale of layer k at 2k, its bias at 2k + 1
};

}  // namespace pavlov::nets
