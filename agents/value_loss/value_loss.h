// ValueLoss: what a value-based agent learns about returns, and how its network says it.
//
//   expected.h      one value per action                  squared or Huber error of it
//   categorical.h   probabilities of fixed returns (C51)  cross-entropy
//   quantile.h      quantiles of the return (QR-DQN)      quantile Huber loss
//
// One update calls set_target, then compute. Shapes: B batch, A actions, Z numbers per action;
// outputs (B,A*Z) as action_head.h lays them out. float32.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "pavlov/agents/action_head.h"
#include "pavlov/agents/dqn_config.h"

namespace pavlov::agents {

// Where the return of a transition goes on: reward + discount * (return of next_action at s').
struct Bootstrap {
  ConstMatrixView next_outputs;               // (B,A*Z) of the target network at s'
  std::span<const std::int32_t> next_action;  // (B)
  std::span<const float> reward;              // (B) of the n steps between
  std::span<const float> discount;            // (B) gamma^n, or 0 after a terminal step
};

class ValueLoss {
 public:
  virtual ~ValueLoss() = default;

  // What the outputs for this many actions mean.
  virtual ActionHead head(std::size_t actions) const = 0;

  // Keeps what the outputs are to become.
  virtual void set_target(const Bootstrap& bootstrap) = 0;

  // The mean over the batch of weight (B) times the loss of a sample, at the actions (B) taken.
  // gradient (B,A*Z) = d loss / d outputs. priority (B): how wrong each sample was, at least 0,
  // for prioritized replay: |TD error| of expected values, the loss of the sample for
  // distributions (Rainbow, arXiv:1710.02298).
  virtual double compute(ConstMatrixView outputs, std::span<const std::int32_t> action,
                         std::span<const float> weight, MatrixView gradient,
                         std::span<float> priority) = 0;
};

// The one that `config` asks for.
std::unique_ptr<ValueLoss> make_value_loss(const DqnConfig& config);

}  // namespace pavlov::agents
