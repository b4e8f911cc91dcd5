// TrainingResult: what a loop of training came to.
#pragma once

#include <cstdint>

#include "pavlov/agents/agent.h"

namespace pavlov::agents {

struct TrainingResult {
  Progress progress;
  double seconds = 0.0;  // of training by the clock, observers not counted
  std::int64_t episodes = 0;
  bool interrupted = false;  // the stop flag ended the run before its budget
};

}  // namespace pavlov::agents
