#include "pavlov/agents/value_loss/categorical.h"

#include "pavlov/kernels/distribution.h"

namespace pavlov::agents {

ActionHead CategoricalLoss::head(std::size_t actions) const {
  return {.kind = HeadKind::categorical_values, .actions = actions, .support = support_};
}

void CategoricalLoss::set_target(const Bootstrap& b) {
  const std::size_t batch = b.reward.size();
  if (target_.empty() || target_.dim(0) < batch) {
    probability_ = kernels::Tensor({batch, support_.atoms});
    target_ = kernels::Tensor({batch, support_.atoms});
  }
  const MatrixView probability = probability_.matrix().rows_from(0, batch);
  kernels::categorical_probability(b.next_outputs, b.next_action, probability);
  kernels::categorical_projection(support_, probability, b.reward, b.discount,
                                  target_.matrix().rows_from(0, batch));
}

double CategoricalLoss::compute(ConstMatrixView outputs, std::span<const std::int32_t> action,
                                std::span<const float> weight, MatrixView gradient,
                                std::span<float> priority) {
  const ConstMatrixView target = target_.matrix().rows_from(0, outputs.rows);
  return static_cast<double>(
      kernels::categorical_loss(outputs, action, target, weight, gradient, priority));
}

}  // namespace pavlov::agents
