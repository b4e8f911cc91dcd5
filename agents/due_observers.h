// Which observers are due, and the clock that stands still while they look: the same in both loops.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pavlov/agents/observer.h"
#include "pavlov/agents/training_clock.h"
#include "pavlov/kernels/check.h"

namespace pavlov::agents {

// Throws std::invalid_argument for an interval below 1.
inline void validate(std::span<const Observer> observers) {
  for (const Observer& observer : observers) {
    kernels::require(observer.interval >= 1, "train", "observer interval", observer.interval,
                     "at least 1");
  }
}

// Calls look(k) for every observer whose interval has a multiple in (steps_before, steps], for all
// of them where this is the last time.
template <class Look>
void for_each_due(std::span<const Observer> observers, std::int64_t steps_before,
                  std::int64_t steps, bool last, TrainingClock& clock, Look&& look) {
  for (std::size_t k = 0; k < observers.size(); ++k) {
    const std::int64_t interval = observers[k].interval;
    if (!last && steps / interval == steps_before / interval) continue;
    clock.pause();
    look(k);
    clock.resume();
  }
}

}  // namespace pavlov::agents
