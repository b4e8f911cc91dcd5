#include "pavlov/envs/lunar_lander/lane.h"

#include "pavlov/envs/lunar_lander/step-inl.h"

namespace pavlov::envs::lunar_lander {
namespace {

using namespace portable;  // NOLINT

bool limited(const World& world, std::size_t k) {
  const float angle = joint_angle(kJointScene[k], world.bodies[0].angle, world.bodies[k + 1].angle);
  const JointLimit<float> limit = joint_limit(kJointScene[k], angle);
  return limit.lower || limit.upper;
}

}  // namespace

void begin_lane(Lane& lane) {
  World& world = *lane.world;
  begin_step(world);
  std::size_t count[kBodies] = {};
  for (auto& slots : lane.contacts) slots[0] = slots[1] = nullptr;
  for (int k = world.contact_count - 1; k >= 0; --k) {
    Contact& contact = world.contacts[k];
    if (contact.count == 0) continue;
    if (count[contact.body] == kSlots) {
      lane.kind = kPlainLane;
      return;
    }
    lane.contacts[contact.body][count[contact.body]++] = &contact;
  }
  if (count[0] + count[1] + count[2] == 0) {
    const int limits = (limited(world, 0) ? 1 : 0) + (limited(world, 1) ? 1 : 0);
    lane.kind = static_cast<std::uint32_t>(2 - limits);
  } else if (count[0] > 0) {
    lane.kind = 7;
  } else {
    lane.kind = count[1] < 2 && count[2] < 2 ? 4 : 5;
  }
}

void end_lane(Lane& lane, BodySet moved, const BodyMove (&moves)[kBodies]) {
  Beginning beginnings[kBodies];
  for (std::size_t k = 0; k < kBodies; ++k) {
    const BodyMove& m = moves[k];
    beginnings[k] = {{m.center, m.angle}, {m.origin, m.rotation}, m.swept};
  }
  end_step(*lane.world, moved, beginnings, NoObserver());
}

void finish_plain(Lane& lane) { finish_step(*lane.world, lane.gravity, NoObserver()); }

}  // namespace pavlov::envs::lunar_lander
