// Agent: what evaluation, observers and files see of any algorithm, whichever loop it learns in.
#pragma once

#include <cstdint>

#include "pavlov/agents/action_head.h"
#include "pavlov/agents/observation_normalization.h"
#include "pavlov/nets/network.h"

namespace pavlov::agents {

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

class Agent {
 public:
  virtual ~Agent() = default;

  // The network whose greedy actions, by action_head, are the policy.
  virtual const nets::Network& network() const = 0;
  virtual ActionHead action_head() const = 0;
  // What observations pass through before the network, as it is now.
  virtual ObservationNormalization observation_normalization() const { return {}; }

  // gamma, in [0, 1].
  virtual double discount() const = 0;
  // Share of exploring actions at `progress`, for logs.
  virtual double exploration(const Progress& progress) const = 0;
};

}  // namespace pavlov::agents
