// Optimizers over a network's flat parameter buffer.
#pragma once

#include <cstdint>

#include "pavlov/kernels/tensor.h"
#include "pavlov/nets/parameter_buffer.h"

namespace pavlov::nets {

// Kingma & Ba 2015 (arXiv:1412.6980), as in PyTorch.
struct AdamConfig {
  double beta1 = 0.9;     // [0, 1)
  double beta2 = 0.999;   // [0, 1)
  double epsilon = 1e-8;  // > 0
};

class Adam {
 public:
  // For a buffer of this many flat elements.
  Adam(AdamConfig config, std::size_t flat_size);

  // Scales the gradient to a global norm of at most `max_norm` (0: no limit), steps, and zeroes the
  // gradient. Returns the norm before scaling. Where that is not finite, it zeroes the gradient,
  // changes nothing else and throws std::runtime_error.
  double step(ParameterBuffer& parameters, double learning_rate, double max_norm);

 private:
  const AdamConfig config_;
  std::int64_t steps_ = 0;
  kernels::Tensor m_;
  kernels::Tensor v_;
};

}  // namespace pavlov::nets
