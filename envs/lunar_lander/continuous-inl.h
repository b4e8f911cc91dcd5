// Continuous collision: what would pass into the ground during a step is stopped there.
//
// After a step each contact is asked for its time of impact within the step. The body that hits
// first goes back to that time, is pushed out, gets the velocity that its contacts leave it (joints
// play no part) and moves on for the rest of the step; then all is asked again. The joints are torn
// a little by this; the next step repairs them. Scalar only: 1 to 3 % of the steps have such
// events.
#pragma once

#include "pavlov/envs/lunar_lander/solver.h"
#include "pavlov/envs/lunar_lander/time_of_impact.h"

namespace pavlov::envs::lunar_lander::portable {

// The search for impacts of one step.
struct Impacts {
  struct Entry {  // of the contact with the same index
    bool enabled = true;
    bool known = false;  // `time` is valid
    float time = 1.0F;
    int events = 0;
  };
  World& world;
  Beginning (&beginnings)[kBodies];
  Sweep sweeps[kBodies];
  float ground_time = 0.0F;
  Entry entries[kMaxContacts];
};

namespace impacts {

inline constexpr int kMaxEvents = 8;  // of one contact in a step
inline constexpr int kPositionIterations = 20;
inline constexpr float kWholeStep = 0x1.ffffd8p-1F;  // 1 - 10 epsilon

inline void advance(Sweep& s, float time) {
  const float share = (time - s.alpha) / (1.0F - s.alpha);
  s.center0 = (1.0F - share) * s.center0 + share * s.center;
  s.angle0 = (1.0F - share) * s.angle0 + share * s.angle;
  s.alpha = time;
}

// Whether the contact certainly has no impact: all points of the body stay farther from the edge
// than the distance that counts as one, even where they move on arcs.
bool stays_apart(const World& world, const Contact& contact, const Beginning& beginning);

inline void find_time(Impacts& i, std::size_t index) {
  const Contact& contact = i.world.contacts[index];
  Impacts::Entry& entry = i.entries[index];
  Sweep& sweep = i.sweeps[contact.body];
  entry.known = true;
  entry.time = 1.0F;
  if (i.ground_time < sweep.alpha) {
    i.ground_time = sweep.alpha;
  } else if (sweep.alpha < i.ground_time) {
    advance(sweep, i.ground_time);
  }
  const float start = sweep.alpha;
  const Impact impact = time_of_impact(i.world.edges[contact.edge], contact.body, sweep);
  if (impact.hit) entry.time = minimum(start + (1.0F - start) * impact.time, 1.0F);
}

// Index of the contact that hits first; -1 where none does.
inline int first_impact(Impacts& i) {
  int first = -1;
  float time = 1.0F;
  for (int k = i.world.contact_count - 1; k >= 0; --k) {
    Impacts::Entry& entry = i.entries[k];
    if (!entry.enabled || entry.events > kMaxEvents) continue;
    if (!entry.known) find_time(i, k);
    if (entry.time < time) {
      time = entry.time;
      first = k;
    }
  }
  return first >= 0 && time <= kWholeStep ? first : -1;
}

// The contacts that the impact's solver works on.
struct Touching {
  SolverContact contacts[kMaxContacts];
  int count = 0;
};

inline void push_out(std::size_t index, Touching& touching, Pose<float>& pose) {
  for (int pass = 0; pass < kPositionIterations; ++pass) {
    float worst = 0.0F;
    for (int k = 0; k < touching.count; ++k) {
      worst =
          correct_contact(index, touching.contacts[k].manifold, kImpactPositionRule, worst, pose);
    }
    if (worst >= kImpactPositionRule.limit) return;
  }
}

// One iteration of one contact; returns whether its impulses changed.
inline bool iterate(std::size_t index, ContactTerms<float>& t, Motion<float>& motion) {
  const float normal[2] = {t.points[0].normal_impulse, t.points[1].normal_impulse};
  const float tangent[2] = {t.points[0].tangent_impulse, t.points[1].tangent_impulse};
  iterate_contact(index, t, motion);
  return normal[0] != t.points[0].normal_impulse || normal[1] != t.points[1].normal_impulse ||
         tangent[0] != t.points[0].tangent_impulse || tangent[1] != t.points[1].tangent_impulse;
}

inline void solve_velocity(std::size_t index, int iterations, Touching& touching,
                           Motion<float>& motion) {
  for (int iteration = 0; iteration < iterations; ++iteration) {
    const Motion<float> before = motion;
    bool changed = false;
    for (int k = 0; k < touching.count; ++k) {
      changed = iterate(index, touching.contacts[k].terms, motion) || changed;
    }
    // A fixed point stays one.
    if (!changed && motion.v.x == before.v.x && motion.v.y == before.v.y && motion.w == before.w) {
      return;
    }
  }
}

// The body's touching contacts at its present pose, `first` in front.
inline void gather(Impacts& i, int first, Touching& touching) {
  World& world = i.world;
  Contact& contact = world.contacts[first];
  touching.contacts[touching.count++].contact = &contact;
  for (int k = world.contact_count - 1; k >= 0; --k) {
    Contact& other = world.contacts[k];
    if (k == first || other.body != contact.body) continue;
    update_contact(world, other);
    i.entries[k].enabled = true;
    if (other.count > 0) touching.contacts[touching.count++].contact = &other;
  }
}

template <class Observer>
void respond(Impacts& i, int first, float time, const Observer& observer) {
  World& world = i.world;
  Contact& contact = world.contacts[first];
  const std::size_t index = contact.body;
  Body& body = world.bodies[index];
  Sweep& sweep = i.sweeps[index];
  Touching touching;
  gather(i, first, touching);
  observer.impact(ImpactStage::event, world, contact, time, touching.count);

  for (int k = 0; k < touching.count; ++k) {
    SolverContact& c = touching.contacts[k];
    c.manifold = manifold_of(*c.contact);
  }
  Pose<float> pose = pose_of(body);
  push_out(index, touching, pose);
  place(index, body, pose);
  observer.impact(ImpactStage::position, world, contact, time, touching.count);
  sweep.center0 = pose.center;
  sweep.angle0 = pose.angle;
  Beginning& beginning = i.beginnings[index];
  beginning = {pose, frame_of(body), {}};
  const Box tight = tight_box(kShapes[index], frame_of(body));

  for (int k = 0; k < touching.count; ++k) {
    touching.contacts[k] = solver_contact(world, *touching.contacts[k].contact);
  }
  Motion<float> motion = motion_of(body);
  solve_velocity(index, Observer::kVelocityIterations, touching, motion);
  body.velocity = motion.v;
  body.angular_velocity = motion.w;
  observer.impact(ImpactStage::velocity, world, contact, time, touching.count);
  integrate((1.0F - time) * kTimeStep, pose, motion);
  body.velocity = motion.v;
  body.angular_velocity = motion.w;
  place(index, body, pose);
  sweep.center = pose.center;
  sweep.angle = pose.angle;
  observer.impact(ImpactStage::end, world, contact, time, touching.count);
  if (update_boxes(index, body, tight, beginning)) find_contacts(world, 1U << index);
  for (int k = 0; k < world.contact_count; ++k) {
    if (world.contacts[k].body == index) i.entries[k].known = false;
  }
}

}  // namespace impacts

template <class Observer>
void solve_impacts(World& world, Beginning (&beginnings)[kBodies], const Observer& observer) {
  using namespace impacts;  // NOLINT
  bool apart[kMaxContacts];
  bool all_apart = true;
  for (int k = 0; k < world.contact_count; ++k) {
    apart[k] = stays_apart(world, world.contacts[k], beginnings[world.contacts[k].body]);
    all_apart = all_apart && apart[k];
  }
  if (all_apart) return;

  Impacts i = {world, beginnings, {}, 0.0F, {}};
  for (std::size_t k = 0; k < kBodies; ++k) {
    const Body& body = world.bodies[k];
    i.sweeps[k] = {beginnings[k].pose.center, body.center, beginnings[k].pose.angle, body.angle,
                   0.0F};
  }
  for (int k = 0; k < world.contact_count; ++k) i.entries[k].known = apart[k];
  for (int first = first_impact(i); first >= 0; first = first_impact(i)) {
    Contact& contact = world.contacts[first];
    Impacts::Entry& entry = i.entries[first];
    Body& body = world.bodies[contact.body];
    Sweep& sweep = i.sweeps[contact.body];
    const Body body_before = body;
    const Sweep sweep_before = sweep;
    const float ground_before = i.ground_time, time = entry.time;
    i.ground_time = time;
    advance(sweep, time);
    sweep.center = sweep.center0;
    sweep.angle = sweep.angle0;
    place(contact.body, body, {sweep.center, sweep.angle});
    update_contact(world, contact);
    entry.known = false;
    ++entry.events;
    if (contact.count == 0) {
      entry.enabled = false;
      body = body_before;
      sweep = sweep_before;
      i.ground_time = ground_before;
      continue;
    }
    respond(i, first, time, observer);
  }
}

}  // namespace pavlov::envs::lunar_lander::portable
