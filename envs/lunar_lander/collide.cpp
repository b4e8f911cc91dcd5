#include "pavlov/envs/lunar_lander/collide.h"

#include <limits>
#include <utility>

#include "pavlov/envs/lunar_lander/vector-inl.h"

namespace pavlov::envs::lunar_lander {
namespace {

using namespace portable;  // NOLINT

constexpr float kTouching = 2.0F * kSkin;
constexpr std::uint8_t kVertex = 0, kFace = 1;

struct WorldPolygon {
  int count;
  Vec2 vertices[6], normals[6];
};

struct ClipPoint {
  Vec2 position;
  ContactId id;
};

// The face that the other shape's points are measured against.
struct Reference {
  Vec2 from, to, normal;
  std::uint8_t from_index, to_index;
};

WorldPolygon place(const Shape& shape, const Body& body) {
  WorldPolygon p;
  p.count = shape.count;
  for (int k = 0; k < shape.count; ++k) {
    p.vertices[k] = transform(body.origin, body.rotation, shape.vertices[k]);
    p.normals[k] = rotate(body.rotation, shape.normals[k]);
  }
  return p;
}

float edge_separation(const WorldPolygon& p, Vec2 v1, Vec2 n) {
  float least = dot(n, p.vertices[0] - v1);
  for (int k = 1; k < p.count; ++k) least = minimum(least, dot(n, p.vertices[k] - v1));
  return least;
}

// The face of the polygon that is farthest from the edge.
struct FaceQuery {
  int face = -1;  // none
  float separation = -std::numeric_limits<float>::infinity();
  bool separated = false;
};

FaceQuery query_faces(const WorldPolygon& p, const Edge& edge, Vec2 n) {
  FaceQuery best;
  for (int k = 0; k < p.count; ++k) {
    const Vec2 m = -p.normals[k];
    const float s = minimum(dot(m, p.vertices[k] - edge.v1), dot(m, p.vertices[k] - edge.v2));
    if (s > kTouching) {
      best.separated = true;
      return best;
    }
    // A face that looks away from the edge's normal would push along the edge.
    if (dot(m + n, n) < -kAngularSlop) continue;
    if (s > best.separation) {
      best.separation = s;
      best.face = k;
    }
  }
  return best;
}

// Keeps what of the segment lies behind the line dot(normal, x) = offset; returns the number of
// points. A cut gets the id (vertex `index`, face of the first point's id).
int clip(const ClipPoint (&in)[2], Vec2 normal, float offset, std::uint8_t index,
         ClipPoint (&out)[2]) {
  const float d0 = dot(normal, in[0].position) - offset;
  const float d1 = dot(normal, in[1].position) - offset;
  int count = 0;
  if (d0 <= 0.0F) out[count++] = in[0];
  if (d1 <= 0.0F) out[count++] = in[1];
  if (d0 * d1 < 0.0F) {
    const float share = d0 / (d0 - d1);
    out[count++] = {in[0].position + share * (in[1].position - in[0].position),
                    {index, in[0].id.index_b, kVertex, kFace}};
  }
  return count;
}

// The polygon's face whose normal is most opposed to the edge's.
int incident_face(const WorldPolygon& p, Vec2 n) {
  int best = 0;
  float least = dot(n, p.normals[0]);
  for (int k = 1; k < p.count; ++k) {
    const float value = dot(n, p.normals[k]);
    if (value < least) least = value, best = k;
  }
  return best;
}

// Reference and incident points where the edge is the reference.
Reference by_edge(const WorldPolygon& p, const Edge& edge, bool front, Vec2 n,
                  ClipPoint (&incident)[2]) {
  const int k1 = incident_face(p, n), k2 = k1 + 1 < p.count ? k1 + 1 : 0;
  incident[0] = {p.vertices[k1], {0, static_cast<std::uint8_t>(k1), kFace, kVertex}};
  incident[1] = {p.vertices[k2], {0, static_cast<std::uint8_t>(k2), kFace, kVertex}};
  return front ? Reference{edge.v1, edge.v2, n, 0, 1} : Reference{edge.v2, edge.v1, n, 1, 0};
}

// The same where the polygon's face k is.
Reference by_polygon(const WorldPolygon& p, const Edge& edge, int k, ClipPoint (&incident)[2]) {
  const auto k1 = static_cast<std::uint8_t>(k);
  const auto k2 = static_cast<std::uint8_t>(k + 1 < p.count ? k + 1 : 0);
  incident[0] = {edge.v1, {0, k1, kVertex, kFace}};
  incident[1] = {edge.v2, {0, k1, kVertex, kFace}};
  return {p.vertices[k1], p.vertices[k2], p.normals[k1], k1, k2};
}

bool clip_to(const Reference& ref, ClipPoint (&points)[2]) {
  const Vec2 side = right_of(ref.normal);
  ClipPoint once[2];
  if (clip(points, side, dot(side, ref.from), ref.from_index, once) < 2) return false;
  return clip(once, -side, dot(-side, ref.to), ref.to_index, points) == 2;
}

void collide(Contact& contact, const Body& body, const Edge& edge) {
  const Shape& shape = kShapes[contact.body];
  contact.count = 0;
  const Vec2 centroid = transform(body.origin, body.rotation, shape.centroid);
  const bool front = dot(edge.normal, centroid - edge.v1) >= 0.0F;
  const Vec2 n = front ? edge.normal : -edge.normal;
  const WorldPolygon p = place(shape, body);
  const float separation = edge_separation(p, edge.v1, n);
  if (separation > kTouching) return;
  const FaceQuery faces = query_faces(p, edge, n);
  if (faces.separated) return;

  // The edge is preferred, so that the choice does not flicker between equal depths.
  const bool polygon = faces.face >= 0 && faces.separation > 0.98F * separation + 0.001F;
  ClipPoint points[2];
  const Reference ref =
      polygon ? by_polygon(p, edge, faces.face, points) : by_edge(p, edge, front, n, points);
  if (!clip_to(ref, points)) return;

  contact.face = polygon ? Face::polygon : Face::edge;
  contact.local_normal = polygon ? shape.normals[faces.face] : ref.normal;
  contact.local_point = polygon ? shape.vertices[faces.face] : ref.from;
  for (const ClipPoint& c : points) {
    if (!(dot(ref.normal, c.position - ref.from) <= kTouching)) continue;
    ContactPoint& point = contact.points[contact.count++];
    point.local = polygon ? c.position : transform_back(body.origin, body.rotation, c.position);
    point.id = polygon ? ContactId{c.id.index_b, c.id.index_a, c.id.kind_b, c.id.kind_a} : c.id;
  }
}

}  // namespace

void update_manifold(Contact& contact, const Body& body, const Edge& edge) {
  const ContactPoint before[2] = {contact.points[0], contact.points[1]};
  const int count = contact.count;
  collide(contact, body, edge);
  for (int k = 0; k < contact.count; ++k) {
    ContactPoint& point = contact.points[k];
    point.normal_impulse = point.tangent_impulse = 0.0F;
    for (int old = 0; old < count; ++old) {
      if (before[old].id != point.id) continue;
      point.normal_impulse = before[old].normal_impulse;
      point.tangent_impulse = before[old].tangent_impulse;
      break;
    }
  }
}

}  // namespace pavlov::envs::lunar_lander
