// CategoricalLoss: the network gives logits over Z fixed returns per action, C51.
//
//   m = projection of r + d z under softmax(target network's logits at s', a')
//   loss = -sum_j m_j log softmax(logits at s, a)_j
//
// Bellemare et al. 2017 (arXiv:1707.06887), algorithm 1. The next action is chosen by expectations.
// Returns outside the support count as its nearest end, so the support must cover them.
#pragma once

#include "pavlov/agents/value_loss/value_loss.h"

namespace pavlov::agents {

class CategoricalLoss final : public ValueLoss {
 public:
  explicit CategoricalLoss(const kernels::Support& support) : support_(support) {}

  ActionHead head(std::size_t actions) const override;
  void set_target(const Bootstrap& bootstrap) override;
  double compute(ConstMatrixView outputs, std::span<const std::int32_t> action,
                 std::span<const float> weight, MatrixView gradient,
                 std::span<float> priority) override;

 private:
  const kernels::Support support_;
  kernels::Tensor probability_, target_;  // (B,Z)
};

}  // namespace pavlov::agents
