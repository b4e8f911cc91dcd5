// The heuristic controller that ships with Gymnasium's LunarLander: two PD loops, for angle and
// height. It lands nine of ten discrete and nearly all continuous episodes without wind.
//
// Source: Gymnasium 1.4, envs/box2d/lunar_lander.py, heuristic(). Float32 throughout, as NumPy 2
// computes it there: the same observation gives the same action, bit for bit.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace pavlov::envs::lunar_lander {

// Action for one observation (8) of LunarLander-v3.
std::int32_t heuristic_discrete(std::span<const float> observation);
// Action (2) for one observation (8) of LunarLanderContinuous-v3.
std::array<float, 2> heuristic_continuous(std::span<const float> observation);

}  // namespace pavlov::envs::lunar_lander
