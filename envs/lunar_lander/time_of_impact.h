// When a moving polygon first comes within the slop of an edge: conservative advancement.
//
// Mirtich, "Impulse-based dynamic simulation of rigid body systems" (1996), with a separating axis
// that is followed in time and roots found by bisection and secant in turn.
#pragma once

#include <cstddef>

#include "pavlov/envs/lunar_lander/world.h"

namespace pavlov::envs::lunar_lander {

// The movement of a body's centre and angle during a step: from (center0, angle0) at the time alpha
// to (center, angle) at 1.
struct Sweep {
  Vec2 center0, center;
  float angle0, angle;
  float alpha;
};

struct Impact {
  bool hit;
  float time;  // share of the sweep
};

Impact time_of_impact(const Edge& edge, std::size_t body, Sweep sweep);

}  // namespace pavlov::envs::lunar_lander
