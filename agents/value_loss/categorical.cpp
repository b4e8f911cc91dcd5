#include "pavlov/agents/value_loss/categorical.h"

#include "pavlov/agents/row_buffer.h"
#include "pavlov/kernels/distribution.h"

namespace pavlov::agents {

ActionHead CategoricalLoss::head(std::size_t actions) const {
  return {.kind = HeadKind::categorical_values, .actions = actions, .support = support_};
}

void CategoricalLoss::set_target(const Bootstrap& b) {
  const std::size_t batch = b.reward.size();
  const MatrixView probability = first_rows(probability_, batch, support_.atoms);
  target_ = first_rows(target_memory_, batch, support_.atoms);
  kernels::categorical_probability(b.next_outputs, b.next_action, probability);
  kernels::categorical_projection(support_, probability, b.reward, b.discount, target_);
}

double CategoricalLoss::compute(ConstMatrixView outputs, std::span<const std::int32_t> action,
                                std::span<const float> weight, MatrixView gradient,
                                std::span<float> priority) {
  return static_cast<double>(
      kernels::categorical_loss(outputs, action, target_, weight, gradient, priority));
}

}  // namespace pavlov::agents
