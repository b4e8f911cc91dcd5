// Decay: what becomes of a step size or a clip range over a run.
#pragma once

#include <algorithm>
#include <cstdint>

namespace pavlov::agents {

enum class Decay : std::uint8_t {
  constant,
  linear,  // to 0 at the end of the run
};

// `start` after `fraction` in [0, 1] of the run.
inline double decayed(double start, Decay decay, double fraction) {
  return decay == Decay::linear ? start * (1.0 - std::clamp(fraction, 0.0, 1.0)) : start;
}

}  // namespace pavlov::agents
