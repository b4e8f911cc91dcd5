// Where a convex polygon and an edge touch: separating axes, then clipping of the incident face.
#pragma once

#include "pavlov/envs/lunar_lander/scene.h"

namespace pavlov::envs::lunar_lander {

// Sets face, normal, points and their number from the body's present pose. Points that were there
// before keep their impulses.
void update_manifold(Contact& contact, const Body& body, const Edge& edge);

}  // namespace pavlov::envs::lunar_lander
