#include "pavlov/envs/lunar_lander/contacts.h"

#include <algorithm>

#include "pavlov/envs/lunar_lander/collide.h"

namespace pavlov::envs::lunar_lander {
namespace {

void begin_touching(World& world, const Contact& contact) {
  if (contact.body == 0) {
    world.game_over = true;
  } else {
    world.leg_contact[contact.body - 1] = true;
  }
}

// The leg's flag falls even where another contact of the leg still touches: so does Gymnasium's.
void end_touching(World& world, const Contact& contact) {
  if (contact.body != 0) world.leg_contact[contact.body - 1] = false;
}

bool has_contact(const World& world, std::size_t body, std::size_t edge) {
  return std::any_of(world.contacts, world.contacts + world.contact_count,
                     [&](const Contact& c) { return c.body == body && c.edge == edge; });
}

}  // namespace

void update_contact(World& world, Contact& contact) {
  const bool touched = contact.count > 0;
  update_manifold(contact, world.bodies[contact.body], world.edges[contact.edge]);
  const bool touches = contact.count > 0;
  if (touches && !touched) begin_touching(world, contact);
  if (touched && !touches) end_touching(world, contact);
}

void update_contacts(World& world) {
  for (int i = world.contact_count - 1; i >= 0; --i) {
    Contact& contact = world.contacts[i];
    if (overlap(world.bodies[contact.body].fat, world.edges[contact.edge].box)) {
      update_contact(world, contact);
      continue;
    }
    if (contact.count > 0) end_touching(world, contact);
    std::copy(world.contacts + i + 1, world.contacts + world.contact_count, world.contacts + i);
    --world.contact_count;
  }
}

void find_contacts(World& world, BodySet moved) {
  for (std::size_t body = 0; body < kBodies; ++body) {
    if (world.bodies[body].fat.lower.y > world.ground_top) moved &= ~(1U << body);
  }
  if (moved == 0) return;
  for (std::size_t edge = 0; edge < kEdges; ++edge) {
    for (std::size_t body = 0; body < kBodies; ++body) {
      if ((moved >> body & 1) == 0) continue;
      if (!overlap(world.bodies[body].fat, world.edges[edge].box)) continue;
      if (has_contact(world, body, edge)) continue;
      Contact& contact = world.contacts[world.contact_count++];
      contact = {};
      contact.body = static_cast<std::uint8_t>(body);
      contact.edge = static_cast<std::uint8_t>(edge);
    }
  }
}

}  // namespace pavlov::envs::lunar_lander
