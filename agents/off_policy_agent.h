// OffPolicyAgent: what the off-policy loop asks of an algorithm.
#pragma once

#include <cstdint>
#include <span>

#include "pavlov/agents/agent.h"
#include "pavlov/replay/replay_buffer.h"

namespace pavlov::agents {

// What one update saw.
struct LearnStats {
  double loss = 0.0;
  double mean_value = 0.0;     // mean predicted value of the batch
  double gradient_norm = 0.0;  // before clipping
};

class OffPolicyAgent : public Agent {
 public:
  // Chooses action[n] for row n of observation (N,O), exploring as the schedule says at `progress`.
  virtual void act(ConstMatrixView observation, const Progress& progress,
                   std::span<std::int32_t> action) = 0;
  // One gradient update, each sample's loss times batch.weight; writes batch.priority. Throws
  // std::runtime_error where the loss is not finite; the parameters are then those before the
  // update.
  virtual LearnStats learn(replay::ReplayBatch& batch, const Progress& progress) = 0;
};

}  // namespace pavlov::agents
