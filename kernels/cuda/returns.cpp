#include "pavlov/kernels/cuda/returns.h"

#include "pavlov/kernels/cuda/launch.h"
#include "pavlov/kernels/cuda/returns-inl.h"
#include "pavlov/kernels/cuda/shapes.h"

namespace pavlov::kernels::cuda {
namespace {

constexpr const char* kModule = "returns";

RolloutTables checked(const Rollout& r) {
  const std::size_t steps = r.reward.rows, environments = r.reward.cols;
  check_shape(kModule, "terminated", r.terminated, steps, environments);
  check_shape(kModule, "truncated", r.truncated, steps, environments);
  check_shape(kModule, "final_value", r.final_value, steps, environments);
  check_size(kModule, "next_value", r.next_value.size(), environments);
  return {table(r.reward), table(r.terminated), table(r.truncated), table(r.final_value),
          r.next_value.data()};
}

void require_share(const char* name, double value) {
  require(value >= 0.0 && value <= 1.0, kModule, name, value, "in [0, 1]");
}

}  // namespace

void discounted_returns(Stream& stream, const Rollout& rollout, double discount,
                        MatrixView returns) {
  require_share("discount", discount);
  const RolloutTables tables = checked(rollout);
  const std::size_t environments = rollout.reward.cols;
  check_shape(kModule, "returns", returns, rollout.reward.rows, environments);
  launch(stream, {"discounted_returns", {returns.rows, environments}},
         Elements<DiscountedReturns>{{tables, discount, table(returns)}, environments});
}

void generalized_advantages(Stream& stream, const Rollout& rollout, ConstMatrixView value,
                            double discount, double lambda, MatrixView advantage,
                            MatrixView returns) {
  require_share("discount", discount);
  require_share("lambda", lambda);
  const RolloutTables tables = checked(rollout);
  const std::size_t steps = rollout.reward.rows, environments = rollout.reward.cols;
  check_shape(kModule, "value", value, steps, environments);
  check_shape(kModule, "advantage", advantage, steps, environments);
  if (!returns.empty()) check_shape(kModule, "returns", returns, steps, environments);
  const GeneralizedAdvantages kernel{tables,           table(value),  discount, discount * lambda,
                                     table(advantage), table(returns)};
  launch(stream, {"generalized_advantages", {steps, environments}},
         Elements<GeneralizedAdvantages>{kernel, environments});
}

}  // namespace pavlov::kernels::cuda
