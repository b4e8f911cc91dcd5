// One world on its way through a step of many: what the scalar and the vector parts tell each
// other.
#pragma once

#include <span>

#include "pavlov/envs/lunar_lander/contacts.h"

namespace pavlov::envs::lunar_lander {

inline constexpr std::size_t kSlots = 2;  // contacts per body in the vector form

struct Lane {
  World* world;
  float gravity;
  std::uint32_t kind;                  // lanes of one kind have the same work: see begin_lane
  Contact* contacts[kBodies][kSlots];  // that touch, newest first
};

// Kinds are ordered: free flight before touching, few contacts before many.
inline constexpr std::uint32_t kPlainLane = 8;  // of this kind and above: by the scalar form
inline constexpr std::uint32_t kKinds = kPlainLane + 1;

// How a body moved in a step.
struct BodyMove {
  Vec2 center, origin;  // where it began
  float angle;
  Rotation rotation;
  Box swept;
};

// First part of a step: contacts; fills in contacts and kind.
void begin_lane(Lane& lane);
// Last part: new contacts of `moved` bodies and impacts.
void end_lane(Lane& lane, BodySet moved, const BodyMove (&moves)[kBodies]);
// All but the first part.
void finish_plain(Lane& lane);

// The vector form of the part between, for lanes below kPlainLane sorted by kind.
void step_lanes(std::span<Lane* const> lanes);

}  // namespace pavlov::envs::lunar_lander
