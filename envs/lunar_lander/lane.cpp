#include "pavlov/envs/lunar_lander/lane.h"

#include <cmath>

#include "pavlov/envs/lunar_lander/step-inl.h"

namespace pavlov::envs::lunar_lander {
namespace {

using namespace portable;  // NOLINT

bool limited(const World& world, std::size_t k) {
  const float angle = joint_angle(kJointScene[k], world.bodies[0].angle, world.bodies[k + 1].angle);
  const JointLimit<float> limit = joint_limit(kJointScene[k], angle);
  return limit.lower || limit.upper;
}

LaneKind flying_kind(const World& world) {
  const bool right = limited(world, 0), left = limited(world, 1);
  if (!right && !left) return LaneKind::free;
  const bool pulling = std::abs(world.joints[0].motor_impulse) == kMaxMotorImpulse &&
                       std::abs(world.joints[1].motor_impulse) == kMaxMotorImpulse;
  return right && left && pulling ? LaneKind::calm : LaneKind::limited;
}

LaneKind touching_kind(std::size_t hull, std::size_t right, std::size_t left) {
  if (hull > 0) return LaneKind::hull;
  if (right > 1 || left > 1) return LaneKind::two;
  return right == 1 && left == 1 ? LaneKind::legs : LaneKind::touching;
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
      lane.kind = LaneKind::plain;
      return;
    }
    lane.contacts[contact.body][count[contact.body]++] = &contact;
  }
  lane.kind = count[0] + count[1] + count[2] == 0 ? flying_kind(world)
                                                  : touching_kind(count[0], count[1], count[2]);
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
