// One step of one world, the plain form: the twin that the vector form is tested against.
#pragma once

#include "pavlov/envs/lunar_lander/continuous-inl.h"

namespace pavlov::envs::lunar_lander::portable {

inline void prepare_bodies(const World& world, float gravity, Solver& s) {
  for (std::size_t k = 0; k < kBodies; ++k) {
    const Body& body = world.bodies[k];
    s.poses[k] = pose_of(body);
    s.motions[k] = accelerate(k, motion_of(body), gravity, k == 0 ? world.force : Vec2{0, 0},
                              k == 0 ? world.torque : 0.0F);
  }
}

inline void prepare_contacts(World& world, Solver& s) {
  for (int k = world.contact_count - 1; k >= 0; --k) {
    Contact& contact = world.contacts[k];
    if (contact.count == 0) continue;
    SolverContact& c = s.contacts[s.contact_count++];
    c = solver_contact(world, contact);
    for (int p = 0; p < contact.count; ++p) {
      c.terms.points[p].normal_impulse = contact.points[p].normal_impulse;
      c.terms.points[p].tangent_impulse = contact.points[p].tangent_impulse;
    }
  }
  for (int k = 0; k < s.contact_count; ++k) {
    warm_start_contact(s.contacts[k].body, s.contacts[k].terms, s.motions[s.contacts[k].body]);
  }
}

inline void prepare_joints(const World& world, Solver& s) {
  for (std::size_t k = kJoints; k-- > 0;) {
    const Joint& joint = world.joints[k];
    const JointScene& scene = kJointScene[k];
    const float angle = joint_angle(scene, s.poses[0].angle, s.poses[k + 1].angle);
    s.limits[k] = joint_limit(scene, angle);
    const float z =
        kept_limit_impulse(s.limits[k], {joint.limit == Limit::lower, joint.limit == Limit::upper},
                           joint.limit_impulse);
    s.impulses[k] = {joint.impulse.x, joint.impulse.y, z, joint.motor_impulse};
    s.joints[k] =
        prepare_joint(scene, world.bodies[0].rotation, world.bodies[k + 1].rotation, s.limits[k]);
    warm_start_joint(s.joints[k], s.impulses[k], s.motions[0], s.motions[k + 1]);
  }
}

inline void iterate_joint(Solver& s, std::size_t k) {
  iterate_joint(kJointScene[k], s.joints[k], s.impulses[k], s.motions[0], s.motions[k + 1]);
}

template <class Observer>
void solve_velocities(const World& world, Solver& s, const Observer& observer) {
  for (int iteration = 1; iteration <= Observer::kVelocityIterations; ++iteration) {
    iterate_joint(s, 1);
    observer.step(Stage::left_joint, iteration, s, world);
    iterate_joint(s, 0);
    observer.step(Stage::right_joint, iteration, s, world);
    for (int k = 0; k < s.contact_count; ++k) {
      iterate_contact(s.contacts[k].body, s.contacts[k].terms, s.motions[s.contacts[k].body]);
    }
    observer.step(Stage::iteration, iteration, s, world);
  }
}

inline void store_impulses(World& world, const Solver& s) {
  for (int k = 0; k < s.contact_count; ++k) {
    const SolverContact& c = s.contacts[k];
    for (int p = 0; p < (c.terms.two ? 2 : 1); ++p) {
      c.contact->points[p].normal_impulse = c.terms.points[p].normal_impulse;
      c.contact->points[p].tangent_impulse = c.terms.points[p].tangent_impulse;
    }
  }
  for (std::size_t k = 0; k < kJoints; ++k) {
    const JointImpulse<float>& i = s.impulses[k];
    const JointLimit<float>& limit = s.limits[k];
    world.joints[k] = {{i.x, i.y},
                       i.z,
                       i.motor,
                       limit.lower   ? Limit::lower
                       : limit.upper ? Limit::upper
                                     : Limit::off};
  }
}

// One pass; true where everything is good enough. None is left out because another is not.
inline bool correct_positions(Solver& s) {
  float worst = 0.0F;
  for (int k = 0; k < s.contact_count; ++k) {
    const SolverContact& c = s.contacts[k];
    worst = correct_contact(c.body, c.manifold, kStepPositionRule, worst, s.poses[c.body]);
  }
  const bool left = correct_joint(kJointScene[1], s.limits[1], s.poses[0], s.poses[2]);
  const bool right = correct_joint(kJointScene[0], s.limits[0], s.poses[0], s.poses[1]);
  return worst >= kStepPositionRule.limit && left && right;
}

template <class Observer>
void move_bodies(World& world, Solver& s, const Observer& observer) {
  for (std::size_t k = 0; k < kBodies; ++k) integrate(kTimeStep, s.poses[k], s.motions[k]);
  observer.step(Stage::integrated, 0, s, world);
  while (!s.solved && s.position_iterations < kPositionIterations) {
    s.solved = correct_positions(s);
    ++s.position_iterations;
    observer.step(Stage::position_iteration, s.position_iterations, s, world);
  }
  for (std::size_t k = 0; k < kBodies; ++k) {
    Body& body = world.bodies[k];
    place(k, body, s.poses[k]);
    body.velocity = s.motions[k].v;
    body.angular_velocity = s.motions[k].w;
  }
  observer.step(Stage::positions, s.position_iterations, s, world);
}

inline void put_to_sleep(World& world, bool solved) {
  float least = world.bodies[0].sleep_time =
      rested(world.bodies[0].sleep_time, motion_of(world.bodies[0]));
  for (std::size_t k = 1; k < kBodies; ++k) {
    Body& body = world.bodies[k];
    body.sleep_time = rested(body.sleep_time, motion_of(body));
    least = minimum(least, body.sleep_time);
  }
  if (!(least >= kTimeToSleep && solved)) return;
  for (Body& body : world.bodies) {
    body.velocity = {0.0F, 0.0F};
    body.angular_velocity = 0.0F;
    body.sleep_time = 0.0F;
  }
  world.awake = false;
}

// The contacts of a step, before anything moves.
inline void begin_step(World& world) {
  if (!world.started) find_contacts(world, kAllBodies);
  world.started = true;
  update_contacts(world);
}

// What is left of a step when the bodies have moved: new contacts for those in `moved`, impacts.
template <class Observer>
void end_step(World& world, BodySet moved, Beginning (&beginnings)[kBodies],
              const Observer& observer) {
  if (moved != 0) find_contacts(world, moved);
  if (world.awake && world.contact_count > 0) solve_impacts(world, beginnings, observer);
  world.force = {0.0F, 0.0F};
  world.torque = 0.0F;
}

// A step whose contacts are up to date.
template <class Observer>
void finish_step(World& world, float gravity, const Observer& observer) {
  Beginning beginnings[kBodies];
  for (std::size_t k = 0; k < kBodies; ++k) {
    beginnings[k] = {pose_of(world.bodies[k]), frame_of(world.bodies[k]), {}};
  }
  Solver s;
  prepare_bodies(world, gravity, s);
  observer.step(Stage::forces, 0, s, world);
  prepare_contacts(world, s);
  observer.step(Stage::contact_warm_start, 0, s, world);
  prepare_joints(world, s);
  observer.step(Stage::joint_warm_start, 0, s, world);
  solve_velocities(world, s, observer);
  store_impulses(world, s);
  move_bodies(world, s, observer);
  put_to_sleep(world, s.solved);

  BodySet moved = 0;
  for (std::size_t k = 0; k < kBodies; ++k) {
    const Box tight = world.bodies[k].tight;
    if (update_boxes(k, world.bodies[k], tight, beginnings[k])) moved |= 1U << k;
  }
  observer.step(Stage::boxes, 0, s, world);
  end_step(world, moved, beginnings, observer);
}

template <class Observer>
void step_world(World& world, float gravity, const Observer& observer) {
  begin_step(world);
  finish_step(world, gravity, observer);
}

}  // namespace pavlov::envs::lunar_lander::portable
