// The rigid bodies of LunarLander: a hull, two legs, eleven edges of ground, and one step of 0.02
// s.
//
// Made for this one scene. It repeats, operation by operation in single precision, what Gymnasium's
// physics engine (Box2D 2.3) does with it, so that positions and velocities are the same bits:
// sequential impulses with 180 velocity and 60 position iterations (Catto, "Iterative dynamics with
// temporal coherence", 2005), two revolute joints with limits and motors, polygon against edge
// contacts, continuous collision. Bodies never touch each other, and no body ever wakes up: the
// episode ends when the hull sleeps.
//
//   length  m          bodies  0 hull, 1 right leg (i = -1), 2 left leg (i = +1)
//   time    s          joints  0 hull to body 1, 1 hull to body 2
//   angle   rad        edges   0 floor, 1..10 terrain from left to right
//
// A world is plain data: a copy is a snapshot. Stepping one world or many gives the same bits on
// every processor and for every number of worlds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pavlov::envs::lunar_lander {

inline constexpr std::size_t kBodies = 3;
inline constexpr std::size_t kJoints = 2;
inline constexpr std::size_t kEdges = 11;
inline constexpr std::size_t kTerrainPoints = 11;
inline constexpr std::size_t kMaxContacts = kBodies * kEdges;
// Worlds that one call steps: enough to find groups that are alike, few enough for the cache.
inline constexpr std::size_t kMostWorlds = 256;

template <class V>
struct Vector {
  V x, y;
};
using Vec2 = Vector<float>;

// Sine and cosine of an angle.
template <class V>
struct RotationOf {
  V sin, cos;
};
using Rotation = RotationOf<float>;

template <class V>
struct BoxOf {
  Vector<V> lower, upper;
};
using Box = BoxOf<float>;

struct Body {
  Vec2 center;  // centre of mass
  float angle;
  Vec2 velocity;  // of the centre of mass
  float angular_velocity;
  Vec2 origin;        // of the body's own coordinates, and its
  Rotation rotation;  // rotation: always in step with centre and angle
  float sleep_time;   // for how long it has been slow
  Box tight;          // around the shape at the present pose
  Box fat;            // around `tight` with a margin: what decides which contacts exist
};

enum class Limit : std::int32_t { off, lower, upper };

struct Joint {
  Vec2 impulse;  // that holds the anchors together
  float limit_impulse;
  float motor_impulse;
  Limit limit;
};

struct Edge {
  Vec2 v1, v2;
  Vec2 normal;  // unit; points down for terrain drawn from left to right
  Box box;
};

// Which two features of body and edge meet in a point. Only equality matters.
struct ContactId {
  std::uint8_t index_a, index_b;  // of a vertex or a face
  std::uint8_t kind_a, kind_b;    // 0 vertex, 1 face
  friend bool operator==(const ContactId&, const ContactId&) = default;
};

struct ContactPoint {
  Vec2 local;  // in the coordinates of the body (edge face) or the ground
  float normal_impulse;
  float tangent_impulse;
  ContactId id;
};

enum class Face : std::uint8_t { edge, polygon };

// A body near an edge; it touches where there are points.
struct Contact {
  std::uint8_t body, edge;
  std::uint8_t count;  // points: 0, 1 or 2
  Face face;           // whose normal it is
  Vec2 local_normal;   // in the coordinates of the face's owner
  Vec2 local_point;    // of the face
  ContactPoint points[2];
};

struct World {
  Body bodies[kBodies];
  Joint joints[kJoints];
  Vec2 force;  // on the hull, for the next step only
  float torque;
  bool leg_contact[2];  // body 1, body 2
  bool game_over;       // the hull has touched the ground
  bool awake;           // false: all bodies have come to rest
  bool started;         // false: the contacts of the start pose are still to be found
  std::uint8_t padding[3];
  Edge edges[kEdges];
  float ground_top;  // of the highest edge's box
  std::int32_t contact_count;
  Contact contacts[kMaxContacts];  // oldest first
};

// Bodies in their start pose, at rest, above the terrain through the given points.
void start(World& world, std::span<const Vec2, kTerrainPoints> terrain);

// On the hull, until the end of the next step.
void apply_force(World& world, Vec2 force);
void apply_torque(World& world, float torque);
// On the hull, at once; `point` in world coordinates.
void apply_impulse(World& world, Vec2 impulse, Vec2 point);

// One step of 0.02 s; gravity is the acceleration upwards, -10 on the moon.
void step(World& world, float gravity);
// The same for up to kMostWorlds different worlds, with one gravity for all, or one for each.
void step(std::span<World* const> worlds, float gravity);
void step(std::span<World* const> worlds, std::span<const float> gravities);

// Whether every number is finite and every count, index and flag in range, so that no step can
// leave the world's memory: to be asked before stepping a world read from an archive.
bool is_valid(const World& world);

}  // namespace pavlov::envs::lunar_lander
