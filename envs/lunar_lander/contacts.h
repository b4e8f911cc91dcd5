// The contact list: which bodies are near which edges, in the order in which they came near.
//
// The order matters, because contacts of one body are solved one after the other, newest first. The
// list holds the oldest first, so that new ones go to the end; "first" below is the newest.
#pragma once

#include "pavlov/envs/lunar_lander/scene.h"

namespace pavlov::envs::lunar_lander {

// A set of bodies: bit k for body k.
using BodySet = std::uint32_t;
inline constexpr BodySet kAllBodies = 7;

// Drops contacts whose boxes have parted and updates the points of all others.
void update_contacts(World& world);

// Updates the points of one contact, and with them the flags of legs and game over.
void update_contact(World& world, Contact& contact);

// Adds contacts for what the fat boxes of `moved` bodies overlap and has none.
void find_contacts(World& world, BodySet moved);

inline bool overlap(const Box& a, const Box& b) {
  return !(a.lower.x - b.upper.x > 0.0F || a.lower.y - b.upper.y > 0.0F ||
           b.lower.x - a.upper.x > 0.0F || b.lower.y - a.upper.y > 0.0F);
}

}  // namespace pavlov::envs::lunar_lander
