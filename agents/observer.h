// Observers: progress, metrics, evaluation and files look at a run from outside.
#pragma once

#include <cstdint>
#include <functional>

#include "pavlov/agents/off_policy_agent.h"
#include "pavlov/agents/on_policy_agent.h"

namespace pavlov::agents {

// A read-only look at a run between two steps.
struct TrainingSnapshot {
  Progress progress;
  double seconds = 0.0;       // of training by the clock; time in observers is not counted
  std::int64_t episodes = 0;  // finished so far
  double mean_return = 0.0;   // of the last 100 training episodes, exploration on; NaN before one
  double mean_length = 0.0;   // likewise, in steps
  LearnStats learn;           // means over the updates since this observer was last called
  double exploration = 0.0;
  const Agent& agent;
  bool last = false;  // the run ends here
  // Means over the rounds since this observer was last called; null in the off-policy loop, as
  // `learn` is empty in the on-policy one.
  const PolicyGradientStats* policy_gradient = nullptr;
};

// Called whenever the environment steps pass a multiple of `interval` (>= 1), and once at the end.
// What it throws ends the run and reaches the caller of the loop; agent and replay stay whole.
struct Observer {
  std::int64_t interval = 1000;
  std::function<void(const TrainingSnapshot&)> notify;
};

}  // namespace pavlov::agents
