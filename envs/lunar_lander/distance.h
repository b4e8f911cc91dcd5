// Closest points of an edge and a convex polygon: the GJK algorithm.
//
// Gilbert, Johnson and Keerthi, "A fast procedure for computing the distance between complex
// objects in three-dimensional space" (1988), in the plane, with Voronoi regions of the simplex.
#pragma once

#include "pavlov/envs/lunar_lander/scene.h"

namespace pavlov::envs::lunar_lander {

// The vertices of the last simplex, from which the next search starts: edge vertex a[k] with
// polygon vertex b[k].
struct SimplexCache {
  int count = 0;
  int a[3] = {}, b[3] = {};
  float measure = 0.0F;  // length or twice the area
};

struct PlacedPolygon {
  const Shape* shape;
  Vec2 origin;
  Rotation rotation;
};

// Index of the vertex that lies farthest along the direction; the first of equals.
int support(const Vec2 (&edge)[2], Vec2 direction);
int support(const Shape& shape, Vec2 direction);

// The distance without skins; 0 where they overlap.
float distance(const Vec2 (&edge)[2], const PlacedPolygon& polygon, SimplexCache& cache);

}  // namespace pavlov::envs::lunar_lander
