#include "pavlov/envs/lunar_lander/continuous-inl.h"

namespace pavlov::envs::lunar_lander {
namespace {

using namespace portable;  // NOLINT

// Distance of the polygon's nearest vertex from the line of the edge, at both ends of the sweep;
// negative where they are not all on one side.
float distance_from_line(const Edge& edge, const Shape& shape, const Frame<float>& first,
                         const Frame<float>& last) {
  float least = 0.0F, most = 0.0F;
  for (int k = 0; k < shape.count; ++k) {
    for (const Frame<float>& f : {first, last}) {
      const float d =
          dot(edge.normal, transform(f.origin, f.rotation, shape.vertices[k]) - edge.v1);
      least = k == 0 && &f == &first ? d : minimum(least, d);
      most = k == 0 && &f == &first ? d : maximum(most, d);
    }
  }
  return maximum(least, -most);
}

}  // namespace

bool portable::impacts::stays_apart(const World& world, const Contact& contact,
                                    const Beginning& beginning) {
  const Body& body = world.bodies[contact.body];
  const Edge& edge = world.edges[contact.edge];
  // A point at most 0.85 m from the centre leaves its chord by at most an eighth of that times the
  // angle squared; below the first number, and a margin for rounding, it counts as an impact.
  const float turn = body.angle - beginning.pose.angle;
  const float need = 0.0064F + 0.125F * 0.85F * turn * turn;
  const Box& swept = beginning.swept;
  const float gap =
      maximum(maximum(swept.lower.x - edge.box.upper.x, edge.box.lower.x - swept.upper.x),
              maximum(swept.lower.y - edge.box.upper.y, edge.box.lower.y - swept.upper.y));
  if (gap + 0.12F > need + 1e-4F) return true;  // skins and margin of the boxes
  return distance_from_line(edge, kShapes[contact.body], beginning.frame, frame_of(body)) > need;
}

}  // namespace pavlov::envs::lunar_lander
