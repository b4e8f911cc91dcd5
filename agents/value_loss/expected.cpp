#include "pavlov/agents/value_loss/expected.h"

#include <cmath>

#include "pavlov/kernels/loss.h"
#include "pavlov/kernels/rows.h"

namespace pavlov::agents {
namespace {

constexpr float kHuberKappa = 1.0f;

}  // namespace

void ExpectedLoss::set_target(const Bootstrap& b) {
  target_.resize(b.reward.size());
  kernels::select_columns(b.next_outputs, b.next_action, target_);
  for (std::size_t i = 0; i < target_.size(); ++i) {
    target_[i] = b.reward[i] + b.discount[i] * target_[i];
  }
}

double ExpectedLoss::compute(ConstMatrixView outputs, std::span<const std::int32_t> action,
                             std::span<const float> weight, MatrixView gradient,
                             std::span<float> priority) {
  prediction_.resize(action.size());
  dprediction_.resize(action.size());
  kernels::select_columns(outputs, action, prediction_);
  const float loss =
      loss_ == Loss::huber
          ? kernels::huber_loss(prediction_, target_, weight, kHuberKappa, dprediction_)
          : kernels::mse_loss(prediction_, target_, weight, dprediction_);
  kernels::scatter_columns(dprediction_, action, gradient);
  for (std::size_t i = 0; i < priority.size(); ++i) {
    priority[i] = std::abs(prediction_[i] - target_[i]);
  }
  return static_cast<double>(loss);
}

}  // namespace pavlov::agents
