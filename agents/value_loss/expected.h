// ExpectedLoss: the network gives Q(s, a) itself.
//
//   y = r + d Q_target(s', a')       loss = (Q(s, a) - y)^2, or Huber_1(Q(s, a) - y)
//
// Mnih et al. 2015 (Nature 518:529). With Adam the squared error was clearly the better one on
// control tasks (Obando-Ceron & Castro 2021, arXiv:2011.14826).
#pragma once

#include <vector>

#include "pavlov/agents/value_loss/value_loss.h"

namespace pavlov::agents {

class ExpectedLoss final : public ValueLoss {
 public:
  explicit ExpectedLoss(Loss loss) : loss_(loss) {}

  ActionHead head(std::size_t actions) const override { return {.actions = actions}; }
  void set_target(const Bootstrap& bootstrap) override;
  double compute(ConstMatrixView outputs, std::span<const std::int32_t> action,
                 std::span<const float> weight, MatrixView gradient,
                 std::span<float> priority) override;

 private:
  const Loss loss_;
  std::vector<float> target_, prediction_, dprediction_;  // (B)
};

}  // namespace pavlov::agents
