// The lander's worlds on the installed Box2D 2.4, for comparison with our own engine.
//
// Not faithful to Gymnasium, which runs on Box2D 2.3: the joint limits of 2.4 let the legs give
// way differently, so that landings take longer and crashes turn out harsher.
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
