#include "pavlov/envs/lunar_lander/world.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "pavlov/envs/lunar_lander/lane.h"
#include "pavlov/envs/lunar_lander/step-inl.h"
#include "pavlov/kernels/check.h"

namespace pavlov::envs::lunar_lander {
namespace {

using namespace portable;  // NOLINT

Edge make_edge(Vec2 v1, Vec2 v2) {
  const Vec2 along = v2 - v1;
  const Vec2 d = (1.0F / length(along)) * along;
  const Vec2 skin = {kSkin, kSkin};
  const BoxOf<float> box = {minimum(v1, v2) - skin, maximum(v1, v2) + skin};
  return {v1, v2, right_of(d), grown(box)};
}

Body start_body(std::size_t index) {
  Body body = {};
  body.angle = kStartAngle[index];
  body.rotation = sine_cosine_of(body.angle);
  body.origin = kStartOrigin[index];
  const Vec2 local = {0.0F, index == 0 ? kHullCenter : 0.0F};
  body.center = transform(body.origin, body.rotation, local);
  body.tight = tight_box(kShapes[index], frame_of(body));
  body.fat = grown(body.tight);
  return body;
}

// Flags in an archive may hold any byte; to read those as bool is undefined.
bool is_flag(const bool& flag) {
  unsigned char byte = 0;
  std::memcpy(&byte, &flag, 1);
  return byte <= 1;
}

bool finite(std::initializer_list<float> numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](float x) { return std::isfinite(x); });
}
bool finite(const Box& b) { return finite({b.lower.x, b.lower.y, b.upper.x, b.upper.y}); }

bool is_valid(const Body& b) {
  return finite({b.center.x, b.center.y, b.angle, b.velocity.x, b.velocity.y, b.angular_velocity,
                 b.origin.x, b.origin.y, b.rotation.sin, b.rotation.cos, b.sleep_time}) &&
         finite(b.tight) && finite(b.fat);
}

bool is_valid(const Joint& j) {
  const auto limit = static_cast<std::int32_t>(j.limit);
  return finite({j.impulse.x, j.impulse.y, j.limit_impulse, j.motor_impulse}) && limit >= 0 &&
         limit <= static_cast<std::int32_t>(Limit::upper);
}

bool is_valid(const Edge& e) {
  return finite({e.v1.x, e.v1.y, e.v2.x, e.v2.y, e.normal.x, e.normal.y}) && finite(e.box);
}

bool is_valid(const Contact& c) {
  if (c.body >= kBodies || c.edge >= kEdges || c.count > 2) return false;
  if (static_cast<std::uint8_t>(c.face) > static_cast<std::uint8_t>(Face::polygon)) return false;
  if (!finite({c.local_normal.x, c.local_normal.y, c.local_point.x, c.local_point.y})) return false;
  return std::all_of(c.points, c.points + c.count, [](const ContactPoint& p) {
    return finite({p.local.x, p.local.y, p.normal_impulse, p.tangent_impulse});
  });
}

bool unique(const World& w, int k) {
  return std::none_of(w.contacts, w.contacts + k, [&](const Contact& c) {
    return c.body == w.contacts[k].body && c.edge == w.contacts[k].edge;
  });
}

// The rest of the step for lanes that have begun it.
void step_sorted(std::span<Lane> lanes) {
  constexpr auto kPlain = static_cast<std::size_t>(LaneKind::plain);
  std::size_t first[kPlain + 2] = {};
  for (const Lane& lane : lanes) ++first[static_cast<std::size_t>(lane.kind) + 1];
  const std::size_t calm = first[1], plain = lanes.size() - first[kPlain + 1];
  for (std::size_t k = 0; k <= kPlain; ++k) first[k + 1] += first[k];
  // Alone a world is faster in the plain form, unless its iterations may end early.
  if (lanes.size() == 1 && calm == 0) return finish_plain(lanes[0]);
  Lane* sorted[kMostWorlds];
  for (Lane& lane : lanes) sorted[first[static_cast<std::size_t>(lane.kind)]++] = &lane;
  step_lanes({sorted, plain}, calm);
  for (std::size_t i = plain; i < lanes.size(); ++i) finish_plain(*sorted[i]);
}

template <class F>
void step_many(std::span<World* const> worlds, F gravity) {
  PAVLOV_ASSERT(worlds.size() <= kMostWorlds);
  Lane lanes[kMostWorlds];
  for (std::size_t i = 0; i < worlds.size(); ++i) {
    lanes[i].world = worlds[i];
    lanes[i].gravity = gravity(i);
    begin_lane(lanes[i]);
  }
  step_sorted({lanes, worlds.size()});
}

}  // namespace

void start(World& world, std::span<const Vec2, kTerrainPoints> terrain) {
  world = {};
  for (std::size_t k = 0; k < kBodies; ++k) world.bodies[k] = start_body(k);
  world.edges[0] = make_edge({0.0F, 0.0F}, {20.0F, 0.0F});
  for (std::size_t k = 1; k < kEdges; ++k) {
    world.edges[k] = make_edge(terrain[k - 1], terrain[k]);
  }
  world.ground_top = world.edges[0].box.upper.y;
  for (const Edge& edge : world.edges) {
    world.ground_top = maximum(world.ground_top, edge.box.upper.y);
  }
  world.awake = true;
}

void apply_force(World& world, Vec2 force) { world.force = world.force + force; }
void apply_torque(World& world, float torque) { world.torque += torque; }

void apply_impulse(World& world, Vec2 impulse, Vec2 point) {
  Body& hull = world.bodies[0];
  hull.velocity = hull.velocity + kInverseMass[0] * impulse;
  hull.angular_velocity += kInverseInertia[0] * cross(point - hull.center, impulse);
}

void step(World& world, float gravity) { step_world(world, gravity, NoObserver()); }

void step(std::span<World* const> worlds, float gravity) {
  step_many(worlds, [&](std::size_t) { return gravity; });
}
void step(std::span<World* const> worlds, std::span<const float> gravities) {
  step_many(worlds, [&](std::size_t i) { return gravities[i]; });
}

bool is_valid(const World& w) {
  if (w.contact_count < 0 || w.contact_count > static_cast<int>(kMaxContacts)) return false;
  for (const bool* flag :
       {&w.leg_contact[0], &w.leg_contact[1], &w.game_over, &w.awake, &w.started}) {
    if (!is_flag(*flag)) return false;
  }
  if (!finite({w.force.x, w.force.y, w.torque, w.ground_top})) return false;
  const auto valid = [](const auto& part) { return is_valid(part); };
  if (!std::all_of(w.bodies, w.bodies + kBodies, valid)) return false;
  if (!std::all_of(w.joints, w.joints + kJoints, valid)) return false;
  if (!std::all_of(w.edges, w.edges + kEdges, valid)) return false;
  for (int k = 0; k < w.contact_count; ++k) {
    if (!is_valid(w.contacts[k]) || !unique(w, k)) return false;
  }
  return true;
}

}  // namespace pavlov::envs::lunar_lander
