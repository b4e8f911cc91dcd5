// Schedules: values that change over a run.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace pavlov::agents {

// `start` at progress 0, `end` from progress >= `until` on, linear between (progress in [0, 1] of
// the whole run). until = 0 means `end` from the beginning.
inline double linear_schedule(double start, double end, double until, double progress) {
  if (progress >= until) return end;
  return start + (end - start) * (std::max(progress, 0.0) / until);
}

// How a value goes from its start to its end over a whole run.
enum class Schedule : std::uint8_t {
  constant,  // stays at its start
  linear,
  cosine,  // half a period: slow, fast, slow (Loshchilov & Hutter 2017, arXiv:1608.03983, eq. 5)
};

// The value at progress in [0, 1] of the run.
inline double scheduled(Schedule schedule, double start, double end, double progress) {
  const double share = std::clamp(progress, 0.0, 1.0);
  switch (schedule) {
    case Schedule::constant:
      break;
    case Schedule::linear:
      return start * (1.0 - share) + end * share;
    case Schedule::cosine:
      return end + (start - end) * 0.5 * (1.0 + std::cos(std::numbers::pi * share));
  }
  return start;
}

}  // namespace pavlov::agents
