// Schedules: values that change over a run.
#pragma once

#include <algorithm>

namespace pavlov::agents {

// `start` at progress 0, `end` from progress >= `until` on, linear between (progress in [0, 1] of
// the whole run). until = 0 means `end` from the beginning.
inline double linear_schedule(double start, double end, double until, double progress) {
  if (progress >= until) return end;
  return start + (end - start) * (std::max(progress, 0.0) / until);
}

}  // namespace pavlov::agents
