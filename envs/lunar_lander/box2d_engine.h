// The lander's worlds on the installed Box2D 2.4, for comparison with our own engine.
//
// Not faithful to Gymnasium, which runs on Box2D 2.3: the joint limits of 2.4 let the legs give
// way differently, so that landings take longer and crashes turn out harsher. Measured over 10000
// episodes each (tests/envs/lunar_lander/distribution_test.cpp), Gymnasium -> engine=box2d:
//   heuristic controller  length 252.3 -> 268.7, landed 92.5 % -> 91.0 %, return 238.8 -> 236.8
//   random actions        length 92.9 -> 94.2, return -182.1 -> -200.0
// Until a leg reaches the limit of its joint or the ground, observations differ by less than 1e-3.
// Box2D keeps counters in global variables, so all its worlds take turns: threads give no speed.
// Its worlds cannot be saved.
#pragma once

#include <memory>
#include <span>

#include "pavlov/envs/lunar_lander/engine.h"

namespace pavlov::envs::lunar_lander {

// Whether this build has Box2D.
bool has_box2d();

// One world per entry of `gravity`. Throws std::invalid_argument where the build has no Box2D.
std::unique_ptr<Engine> make_box2d_engine(std::span<const float> gravity);

}  // namespace pavlov::envs::lunar_lander
