#include "pavlov/agents/value_loss/quantile.h"

#include "pavlov/agents/row_buffer.h"

namespace pavlov::agents {

ActionHead QuantileLoss::head(std::size_t actions) const {
  return {.kind = HeadKind::quantile_values, .actions = actions, .atoms = loss_.quantiles};
}

void QuantileLoss::set_target(const Bootstrap& b) {
  target_ = first_rows(target_memory_, b.reward.size(), loss_.quantiles);
  kernels::quantile_target(b.next_outputs, b.next_action, b.reward, b.discount, target_);
}

double QuantileLoss::compute(ConstMatrixView outputs, std::span<const std::int32_t> action,
                             std::span<const float> weight, MatrixView gradient,
                             std::span<float> priority) {
  return static_cast<double>(
      kernels::quantile_huber_loss(loss_, outputs, action, target_, weight, gradient, priority));
}

}  // namespace pavlov::agents
