// Sine and cosine in lanes, element by element, on the SIMD target in force.
#pragma once

#include <span>

namespace pavlov::envs::lunar_lander {

// All three of the same size.
void sine_cosine_on_target(std::span<const float> x, std::span<float> sine,
                           std::span<float> cosine);

}  // namespace pavlov::envs::lunar_lander
