// Spread: a quantity of N environments: one value for all, or a range in which every environment
// has a fixed value of its own (domain randomization).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "pavlov/kernels/check.h"

namespace pavlov::envs {

struct Spread {
  double low = 0.0, high = 0.0;  // low <= high; equal: one value for all

  Spread(double value) : low(value), high(value) {}  // NOLINT
  Spread(double from, double to) : low(from), high(to) {}
  bool varies() const { return low != high; }
  // The value of all, where it does not vary.
  double value() const {
    PAVLOV_ASSERT(!varies());
    return low;
  }
  // The value of environment i: uniform in [low, high), drawn from a stream named for the option.
  // It depends on (name, i) alone, neither on seeds nor on the number of environments.
  double value(std::string_view name, std::size_t i) const;
  bool operator==(const Spread&) const = default;
};

// "9.8", or "8:12" for a range.
std::string to_string(const Spread& spread);

}  // namespace pavlov::envs
