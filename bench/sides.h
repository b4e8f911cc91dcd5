// Both sides of a row: their inputs, and the check that they compute the same.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/random.h"

namespace pavlov::bench {

// `scale` times a standard normal, from the stream of this name.
inline void fill(std::span<float> values, float scale, const char* name) {
  kernels::RandomStream random(1, name);
  for (float& value : values) value = scale * static_cast<float>(random.normal());
}

// Uniform on [-scale, scale).
inline void fill_uniform(std::span<float> values, float scale, const char* name) {
  kernels::RandomStream random(1, name);
  for (float& value : values) value = scale * (2.0f * random.uniform() - 1.0f);
}

// Throws std::runtime_error where two numbers differ by more than `tolerance` (1 + |theirs|).
inline void require_near(const std::string& what, std::span<const float> ours, const float* theirs,
                         float tolerance = 1e-3f) {
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (std::fabs(ours[i] - theirs[i]) <= tolerance * (1.0f + std::fabs(theirs[i]))) continue;
    kernels::throw_runtime("bench", what + ": element " + std::to_string(i) + " is " +
                                        std::to_string(ours[i]) + ", the baseline's " +
                                        std::to_string(theirs[i]) + ": must be the same");
  }
}

// Throws std::runtime_error where two numbers differ by more than 1e-4 of the largest.
inline void require_same(const std::string& what, std::span<const float> ours,
                         std::span<const float> theirs) {
  float largest = 0.0f, worst = 0.0f;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    largest = std::max(largest, std::fabs(theirs[i]));
    worst = std::max(worst, std::fabs(ours[i] - theirs[i]));
  }
  if (ours.size() == theirs.size() && largest > 0.0f && worst <= 1e-4f * largest) return;
  kernels::throw_runtime("bench", what + ": " + std::to_string(ours.size()) + " and " +
                                      std::to_string(theirs.size()) + " numbers differ by " +
                                      std::to_string(worst) + " of at most " +
                                      std::to_string(largest) + ": must be the same");
}

}  // namespace pavlov::bench
