#include "pavlov/agents/value_loss/quantile.h"

#include "pavlov/kernels/scratch_rows.h"

namespace pavlov::agents {

ActionHead QuantileLoss::head(std::size_t actions) const {
  return {.kind = HeadKind::quantile_values, .actions = actions, .atoms = loss_.quantiles};
}

void QuantileLoss::set_target(const Bootstrap& b) {
  kernels::quantile_target(b.next_outputs, b.next_action, b.reward, b.discount,
                           kernels::scratch_rows(target_, b.reward.size(), loss_.quantiles));
}

double QuantileLoss::compute(ConstMatrixView outputs, std::span<const std::int32_t> action,
                             std::span<const float> weight, MatrixView gradient,
                             std::span<float> priority) {
  const ConstMatrixView target = target_.matrix().rows_from(0, outputs.rows);
  return static_cast<double>(
      kernels::quantile_huber_loss(loss_, outputs, action, target, weight, gradient, priority));
}

}  // namespace pavlov::agents
