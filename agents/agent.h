// Agent: what the off-policy loop asks of an algorithm.
#pragma once

#include <cstdint>
#include <span>

#include "pavlov/nets/network.h"
#include "pavlov/replay/replay_buffer.h"

namespace pavlov::agents {

using kernels::ConstMatrixView;
using kernels::MatrixView;

// Where a run stands.
struct Progress {
  std::int64_t env_steps = 0;    // transitions so far, all environments together
  std::int64_t total_steps = 1;  // the budget
  std::int64_t updates = 0;      // gradient updates so far

  // Share of the budget that is spent, in [0, 1].
  double fraction() const {
    return total_steps <= 0 ? 1.0
                            : static_cast<double>(env_steps) / static_cast<double>(total_steps);
  }
};

// What one update saw.
struct LearnStats {
  double loss = 0.0;
  double mean_value = 0.0;     // mean predicted value of the batch
  double gradient_norm = 0.0;  // before clipping
};

class Agent {
 public:
  virtual ~Agent() = default;

  // Chooses action[n] for row n of observation (N,O), exploring as the schedule says at `progress`.
  virtual void act(ConstMatrixView observation, const Progress& progress,
                   std::span<std::int32_t> action) = 0;
  // One gradient update, each sample's loss times batch.weight; writes batch.priority. Throws
  // std::runtime_error where the loss is not finite; the parameters are then those before the
  // update.
  virtual LearnStats learn(replay::ReplayBatch& batch, const Progress& progress) = 0;

  // Share of exploring actions at `progress`, for logs.
  virtual double exploration(const Progress& progress) const = 0;
  // gamma, in [0, 1].
  virtual double discount() const = 0;
  // The network whose greedy actions are the policy.
  virtual const nets::Network& network() const = 0;
};

}  // namespace pavlov::agents
