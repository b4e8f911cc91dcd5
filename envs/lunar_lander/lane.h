// One world on its way through a step of many: what the scalar and the vector parts tell each
// other.
#pragma once

#include <span>

#include "pavlov/envs/lunar_lander/contacts.h"

namespace pavlov::envs::lunar_lander {

inline constexpr std::size_t kSlots = 2;  // contacts per body in the vector form

// Lanes of one kind do much the same work in the solver; a group should be of one kind.
enum class LaneKind : std::uint8_t {
  calm,      // free flight, both limits hold, both motors pull with all their force
  limited,   // free flight, a limit holds
  free,      // free flight, no limit holds
  legs,      // both legs have one contact
  touching,  // other contacts
  two,       // a leg has two contacts
  hull,      // a contact of the hull
  plain      // more contacts than slots: by the scalar form
};

struct Lane {
  World* world;
  float gravity;
  LaneKind kind;
  Contact* contacts[kBodies][kSlots];  // that touch, newest first
};

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

// The part between and the last part in the vector form, for lanes sorted by kind without plain
// ones, of which the first `calm` are calm.
void step_lanes(std::span<Lane* const> lanes, std::size_t calm);

}  // namespace pavlov::envs::lunar_lander
