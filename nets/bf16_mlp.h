// Bf16Mlp: an Mlp whose weights are bfloat16, for inference. Half the memory of the weights; how
// far an output may be away is written in kernels/bf16_linear.h.
//
// Parameters: layers.<k>.bias (outputs), float32.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "pavlov/nets/rounded_mlp.h"

namespace pavlov::nets {

class Bf16Mlp final : public RoundedMlp {
 public:
  // Rounds the weights of a network that describes itself as an mlp and has its parameters. Throws
  // std::invalid_argument for any other.
  explicit Bf16Mlp(const Network& network);

  std::unique_ptr<Network> clone() const override;

 private:
  using Weight = kernels::TensorOf<std::uint16_t>;

  Bf16Mlp(const Bf16Mlp& other);

  void layer_forward(std::size_t k, ConstMatrixView x, kernels::Activation activation,
                     MatrixView y) const override;
  std::size_t weight_bytes() const override;

  std::vector<Weight> weight_;  // of layer k: (inputs, outputs)
};

}  // namespace pavlov::nets
