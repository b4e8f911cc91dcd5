// QuantileLoss: the network gives N quantiles of the return per action, QR-DQN.
//
//   target_j = r + d theta_j(target network at s', a')
//   loss = mean_j sum_i |tau_i - 1[target_j < theta_i]| Huber_kappa(target_j - theta_i) / kappa
//
// Dabney et al. 2018 (arXiv:1710.10044), algorithm 1. The next action is chosen by expectations.
#pragma once

#include "pavlov/agents/value_loss/value_loss.h"
#include "pavlov/kernels/quantile.h"

namespace pavlov::agents {

class QuantileLoss final : public ValueLoss {
 public:
  explicit QuantileLoss(const kernels::QuantileLoss& loss) : loss_(loss) {}

  ActionHead head(std::size_t actions) const override;
  void set_target(const Bootstrap& bootstrap) override;
  double compute(ConstMatrixView outputs, std::span<const std::int32_t> action,
                 std::span<const float> weight, MatrixView gradient,
                 std::span<float> priority) override;

 private:
  const kernels::QuantileLoss loss_;
  kernels::Tensor target_;  // (B,N)
};

}  // namespace pavlov::agents
