#include "pavlov/envs/lunar_lander/distance.h"

#include "pavlov/envs/lunar_lander/vector-inl.h"

namespace pavlov::envs::lunar_lander {
namespace {

using namespace portable;  // NOLINT

constexpr int kMaxRounds = 20;

// A point w = b - a of the difference of both shapes.
struct SimplexVertex {
  int index_a, index_b;
  Vec2 a, b, w;
  float weight;
};

struct Simplex {
  int count;
  SimplexVertex v[3];
};

SimplexVertex vertex(const Vec2 (&edge)[2], const PlacedPolygon& p, int index_a, int index_b) {
  SimplexVertex v;
  v.index_a = index_a;
  v.index_b = index_b;
  v.a = edge[index_a];
  v.b = transform(p.origin, p.rotation, p.shape->vertices[index_b]);
  v.w = v.b - v.a;
  v.weight = 1.0F;
  return v;
}

float measure(const Simplex& s) {
  if (s.count == 2) return length(s.v[0].w - s.v[1].w);
  if (s.count == 3) return cross(s.v[1].w - s.v[0].w, s.v[2].w - s.v[0].w);
  return 0.0F;
}

Simplex start_simplex(const Vec2 (&edge)[2], const PlacedPolygon& p, const SimplexCache& cache) {
  Simplex s = {};
  s.count = cache.count;
  for (int k = 0; k < s.count; ++k) s.v[k] = vertex(edge, p, cache.a[k], cache.b[k]);
  if (s.count > 1) {
    const float before = cache.measure, now = measure(s);
    if (now < 0.5F * before || 2.0F * before < now || now < kEpsilon) s.count = 0;
  }
  if (s.count == 0) {
    s.v[0] = vertex(edge, p, 0, 0);
    s.count = 1;
  }
  return s;
}

void keep_one(Simplex& s, int k) {
  s.v[0] = s.v[k];
  s.v[0].weight = 1.0F;
  s.count = 1;
}

// The vertices in slots 0 and 1, with weights in the ratio of the given numbers.
void keep_two(Simplex& s, float first, float second) {
  const float k = 1.0F / (first + second);
  s.v[0].weight = first * k;
  s.v[1].weight = second * k;
  s.count = 2;
}

void reduce_two(Simplex& s) {
  const Vec2 e = s.v[1].w - s.v[0].w;
  const float d2 = -dot(s.v[0].w, e);
  if (d2 <= 0.0F) return keep_one(s, 0);
  const float d1 = dot(s.v[1].w, e);
  if (d1 <= 0.0F) return keep_one(s, 1);
  keep_two(s, d1, d2);
}

// The part of the triangle that is nearest to the origin.
void reduce_three(Simplex& s) {
  const Vec2 w1 = s.v[0].w, w2 = s.v[1].w, w3 = s.v[2].w;
  const Vec2 e12 = w2 - w1, e13 = w3 - w1, e23 = w3 - w2;
  const float d12_1 = dot(w2, e12), d12_2 = -dot(w1, e12);
  const float d13_1 = dot(w3, e13), d13_2 = -dot(w1, e13);
  const float d23_1 = dot(w3, e23), d23_2 = -dot(w2, e23);
  const float area = cross(e12, e13);
  const float t1 = area * cross(w2, w3), t2 = area * cross(w3, w1), t3 = area * cross(w1, w2);
  if (d12_2 <= 0.0F && d13_2 <= 0.0F) return keep_one(s, 0);
  if (d12_1 > 0.0F && d12_2 > 0.0F && t3 <= 0.0F) return keep_two(s, d12_1, d12_2);
  if (d13_1 > 0.0F && d13_2 > 0.0F && t2 <= 0.0F) {
    s.v[1] = s.v[2];
    return keep_two(s, d13_1, d13_2);
  }
  if (d12_1 <= 0.0F && d23_2 <= 0.0F) return keep_one(s, 1);
  if (d13_1 <= 0.0F && d23_1 <= 0.0F) return keep_one(s, 2);
  if (d23_1 > 0.0F && d23_2 > 0.0F && t1 <= 0.0F) {
    s.v[0] = s.v[2];
    return keep_two(s, d23_2, d23_1);
  }
  const float k = 1.0F / ((t1 + t2) + t3);
  s.v[0].weight = t1 * k;
  s.v[1].weight = t2 * k;
  s.v[2].weight = t3 * k;
}

Vec2 search_direction(const Simplex& s) {
  if (s.count == 1) return -s.v[0].w;
  const Vec2 e = s.v[1].w - s.v[0].w;
  return cross(e, -s.v[0].w) > 0.0F ? Vec2{-e.y, e.x} : right_of(e);
}

float distance_of(const Simplex& s) {
  if (s.count == 3) return 0.0F;
  if (s.count == 1) return length(s.v[0].a - s.v[0].b);
  const Vec2 a = s.v[0].weight * s.v[0].a + s.v[1].weight * s.v[1].a;
  const Vec2 b = s.v[0].weight * s.v[0].b + s.v[1].weight * s.v[1].b;
  return length(a - b);
}

template <int count>
int farthest(const Vec2* vertices, int size, Vec2 direction) {
  int best = 0;
  float most = dot(vertices[0], direction);
  for (int k = 1; k < (count > 0 ? count : size); ++k) {
    const float value = dot(vertices[k], direction);
    if (value > most) most = value, best = k;
  }
  return best;
}

}  // namespace

int support(const Vec2 (&edge)[2], Vec2 direction) { return farthest<2>(edge, 2, direction); }
int support(const Shape& shape, Vec2 direction) {
  return farthest<0>(shape.vertices, shape.count, direction);
}

float distance(const Vec2 (&edge)[2], const PlacedPolygon& p, SimplexCache& cache) {
  Simplex s = start_simplex(edge, p, cache);
  for (int round = 0; round < kMaxRounds; ++round) {
    const int count = s.count;
    const int seen_a[3] = {s.v[0].index_a, s.v[1].index_a, s.v[2].index_a};
    const int seen_b[3] = {s.v[0].index_b, s.v[1].index_b, s.v[2].index_b};
    if (s.count == 2) reduce_two(s);
    if (s.count == 3) reduce_three(s);
    if (s.count == 3) break;
    const Vec2 d = search_direction(s);
    if (dot(d, d) < kEpsilon * kEpsilon) break;
    const SimplexVertex next =
        vertex(edge, p, support(edge, -d), support(*p.shape, rotate_back(p.rotation, d)));
    bool seen = false;
    for (int k = 0; k < count; ++k) {
      seen = seen || (seen_a[k] == next.index_a && seen_b[k] == next.index_b);
    }
    if (seen) break;
    s.v[s.count++] = next;
  }
  cache.count = s.count;
  for (int k = 0; k < s.count; ++k) {
    cache.a[k] = s.v[k].index_a;
    cache.b[k] = s.v[k].index_b;
  }
  cache.measure = measure(s);
  return distance_of(s);
}

}  // namespace pavlov::envs::lunar_lander
