#include "pavlov/agents/value_loss/categorical.h"

#include "pavlov/kernels/distribution.h"
#include "pavlov/kernels/scratch_rows.h"

namespace pavlov::agents {

ActionHead CategoricalLoss::head(std::size_t actions) const {
  return {.kind = HeadKind::categorical_values, .actions = actions, .support = support_};
}

void CategoricalLoss::set_target(const Bootstrap& b) {
  const std::size_t batch = b.reward.size();
  const MatrixView probability = kernels::scratch_rows(probability_, batch, support_.atoms);
  kernels::categorical_probability(b.next_outputs, b.next_action, probability);
  kernels::categorical_projection(support_, probability, b.reward, b.discount,
                                  kernels::scratch_rows(target_, batch, support_.atoms));
}

double CategoricalLoss::compute(ConstMatrixView outputs, std::span<const std::int32_t> action,
                                std::span<const float> weight, MatrixView gradient,
                                std::span<float> priority) {
  const ConstMatrixView target = target_.matrix().rows_from(0, outputs.rows);
  return static_cast<double>(
      kernels::categorical_loss(outputs, action, target, weight, gradient, priority));
}

}  // namespace pavlov::agents
