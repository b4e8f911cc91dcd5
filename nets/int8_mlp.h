// Int8Mlp: an Mlp whose weights have 8 bits, for inference. A quarter of the memory of the weights;
// how far an output may be away is written in kernels/int8_linear.h.
//
// Parameters: layers.<k>.scale (outputs) and layers.<k>.bias (outputs), float32.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "pavlov/nets/rounded_mlp.h"

namespace pavlov::nets {

class Int8Mlp final : public RoundedMlp {
 public:
  // Rounds the weights of a network that describes itself as an mlp and has its parameters. Throws
  // std::invalid_argument for any other, or where a weight is not finite.
  explicit Int8Mlp(const Network& network);

  std::unique_ptr<Network> clone() const override;

 private:
  using Weight = kernels::TensorOf<std::int8_t>;

  Int8Mlp(const Int8Mlp& other);

  void layer_forward(std::size_t k, ConstMatrixView x, kernels::Activation activation,
                     MatrixView y) const override;
  std::size_t weight_bytes() const override;

  std::vector<Weight> weight_;  // of layer k: (inputs, outputs); its scale is parameter 2k
};

}  // namespace pavlov::nets
