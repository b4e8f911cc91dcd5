#include "pavlov/nets/optimizer.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/update.h"

namespace pavlov::nets {

Adam::Adam(AdamConfig config, std::size_t flat_size)
    : config_(config), m_({flat_size}), v_({flat_size}) {}

double Adam::step(ParameterBuffer& parameters, double learning_rate, double max_norm) {
  const double norm = kernels::global_norm(parameters.gradient());
  if (!std::isfinite(norm)) {
    std::ranges::fill(parameters.gradient(), 0.0f);
    kernels::throw_runtime("adam",
                           "gradient norm " + std::to_string(norm) +
                               ": must be finite; lower learning_rate or check the rewards");
  }
  const kernels::AdamStep step{
      .learning_rate = static_cast<float>(learning_rate),
      .beta1 = static_cast<float>(config_.beta1),
      .beta2 = static_cast<float>(config_.beta2),
      .epsilon = static_cast<float>(config_.epsilon),
      .gradient_scale = kernels::clip_factor(norm, max_norm),
      .t = ++steps_,
  };
  kernels::adam_update(step, parameters.values(), parameters.gradient(), m_.span(), v_.span());
  return norm;
}

}  // namespace pavlov::nets
