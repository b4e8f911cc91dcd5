#include "pavlov/envs/lunar_lander/time_of_impact.h"

#include <cmath>

#include "pavlov/envs/lunar_lander/distance.h"
#include "pavlov/envs/lunar_lander/motion-inl.h"

namespace pavlov::envs::lunar_lander {
namespace {

using namespace portable;  // NOLINT

constexpr float kTarget = kSlop;
constexpr float kTolerance = 0.25F * kSlop;
constexpr float kTwoPi = 0x1.921fb6p+2F;
constexpr int kMaxRounds = 20, kMaxPushes = 16, kMaxRootRounds = 50;

struct Movement {
  std::size_t body;
  const Shape* shape;
  Vec2 edge[2];
  Sweep sweep;

  PlacedPolygon at(float t) const {
    const Pose<float> pose = {(1.0F - t) * sweep.center0 + t * sweep.center,
                              (1.0F - t) * sweep.angle0 + t * sweep.angle};
    const Frame<float> frame = frame_of(body, pose);
    return {shape, frame.origin, frame.rotation};
  }
};

Vec2 unit(Vec2 v) {
  const float l = length(v);
  if (l < kEpsilon) return v;
  return (1.0F / l) * v;
}

// The axis along which the distance is followed: from a vertex to a vertex, or the normal of a face
// of one shape. The points that are deepest along it depend on the time.
class SeparatingAxis {
 public:
  SeparatingAxis(const Movement& movement, const SimplexCache& cache, float t)
      : movement_(movement) {
    const PlacedPolygon p = movement.at(t);
    const Vec2 a = movement.edge[cache.a[0]];
    const Vec2 b = transform(p.origin, p.rotation, p.shape->vertices[cache.b[0]]);
    if (cache.count == 1) {
      kind_ = Kind::points;
      axis_ = unit(b - a);
    } else if (cache.a[0] == cache.a[1]) {
      kind_ = Kind::polygon_face;
      const Vec2 b1 = p.shape->vertices[cache.b[0]], b2 = p.shape->vertices[cache.b[1]];
      axis_ = unit(right_of(b2 - b1));
      middle_ = 0.5F * (b1 + b2);
      const Vec2 middle = transform(p.origin, p.rotation, middle_);
      if (dot(a - middle, rotate(p.rotation, axis_)) < 0.0F) axis_ = -axis_;
    } else {
      kind_ = Kind::edge_face;
      const Vec2 a1 = movement.edge[cache.a[0]], a2 = movement.edge[cache.a[1]];
      axis_ = unit(right_of(a2 - a1));
      middle_ = 0.5F * (a1 + a2);
      if (dot(b - middle_, axis_) < 0.0F) axis_ = -axis_;
    }
  }

  // Finds the deepest points at the time t; returns their separation.
  float deepest(float t) {
    const PlacedPolygon p = movement_.at(t);
    if (kind_ == Kind::polygon_face) {
      a_ = support(movement_.edge, -rotate(p.rotation, axis_));
    } else {
      if (kind_ == Kind::points) a_ = support(movement_.edge, axis_);
      b_ = support(*p.shape, rotate_back(p.rotation, -axis_));
    }
    return separation(p);
  }

  // The separation of the same points at another time.
  float at(float t) const { return separation(movement_.at(t)); }

 private:
  enum class Kind { points, edge_face, polygon_face };

  float separation(const PlacedPolygon& p) const {
    if (kind_ == Kind::polygon_face) {
      const Vec2 middle = transform(p.origin, p.rotation, middle_);
      return dot(movement_.edge[a_] - middle, rotate(p.rotation, axis_));
    }
    const Vec2 b = transform(p.origin, p.rotation, p.shape->vertices[b_]);
    return dot(b - (kind_ == Kind::points ? movement_.edge[a_] : middle_), axis_);
  }

  const Movement& movement_;
  Kind kind_;
  Vec2 axis_;
  Vec2 middle_ = {0.0F, 0.0F};
  int a_ = 0, b_ = 0;
};

// A time between t1 and t2, with separations s1 above and s2 below the target, at which it is met;
// t2 where none is found.
float root(const SeparatingAxis& axis, float t1, float s1, float t2, float s2) {
  float low = t1, high = t2;
  for (int round = 0; round < kMaxRootRounds; ++round) {
    const float t =
        round % 2 == 1 ? low + ((kTarget - s1) * (high - low)) / (s2 - s1) : 0.5F * (low + high);
    const float s = axis.at(t);
    if (std::abs(s - kTarget) < kTolerance) return t;
    if (s > kTarget) {
      low = t, s1 = s;
    } else {
      high = t, s2 = s;
    }
  }
  return t2;
}

enum class Advance { on, no_hit, hit };

// Moves t1 on to the first time at which the shapes are near along this axis.
Advance advance(SeparatingAxis& axis, float& t1) {
  float t2 = 1.0F;
  for (int push = 0; push < kMaxPushes; ++push) {
    const float s2 = axis.deepest(t2);
    if (s2 > kTarget + kTolerance) return Advance::no_hit;
    if (s2 > kTarget - kTolerance) {
      t1 = t2;
      return Advance::on;
    }
    const float s1 = axis.at(t1);
    if (s1 < kTarget - kTolerance) return Advance::no_hit;
    if (s1 <= kTarget + kTolerance) return Advance::hit;
    t2 = root(axis, t1, s1, t2, s2);
  }
  return Advance::on;
}

}  // namespace

Impact time_of_impact(const Edge& edge, std::size_t body, Sweep sweep) {
  const float turns = kTwoPi * std::floor(sweep.angle0 / kTwoPi);
  sweep.angle0 -= turns;
  sweep.angle -= turns;
  const Movement movement = {body, &kShapes[body], {edge.v1, edge.v2}, sweep};
  SimplexCache cache;
  float t1 = 0.0F;
  for (int round = 0; round < kMaxRounds; ++round) {
    const float d = distance(movement.edge, movement.at(t1), cache);
    if (d <= 0.0F) return {false, 0.0F};
    if (d < kTarget + kTolerance) return {true, t1};
    SeparatingAxis axis(movement, cache, t1);
    switch (advance(axis, t1)) {
      case Advance::no_hit:
        return {false, 1.0F};
      case Advance::hit:
        return {true, t1};
      case Advance::on:
        break;
    }
  }
  return {false, t1};
}

}  // namespace pavlov::envs::lunar_lander
