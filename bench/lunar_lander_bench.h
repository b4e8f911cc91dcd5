// Rows of LunarLander: random and heuristic actions, against the same game on Box2D 2.4 in a plain
// loop (lunar_lander_scalar.h). Left out, with a word on stderr, where the build has no Box2D.
#pragma once

namespace pavlov::bench {

void add_lunar_lander();

}  // namespace pavlov::bench
