// The scalar solver's view of a world: what one step works on, in the types of the shared formulas.
//
// The formulas (the -inl.h headers of this folder) are written once over a number type; here it is
// float. Steps are templates over an observer, which tests use to look inside; NoObserver costs
// nothing.
#pragma once

#include "pavlov/envs/lunar_lander/box-inl.h"
#include "pavlov/envs/lunar_lander/contact-inl.h"
#include "pavlov/envs/lunar_lander/contacts.h"
#include "pavlov/envs/lunar_lander/joint-inl.h"

namespace pavlov::envs::lunar_lander::portable {

// A touching contact on its way through the solver.
struct SolverContact {
  std::size_t body;
  Contact* contact;
  Manifold<float> manifold;
  ContactTerms<float> terms;
};

struct Solver {
  Pose<float> poses[kBodies];
  Motion<float> motions[kBodies];
  JointLimit<float> limits[kJoints];
  JointTerms<float> joints[kJoints];
  JointImpulse<float> impulses[kJoints];
  SolverContact contacts[kMaxContacts];  // newest first
  int contact_count = 0;
  int position_iterations = 0;
  bool solved = false;
};

// What a body's movement in a step began with, and the boxes that the movement has swept.
struct Beginning {
  Pose<float> pose;
  Frame<float> frame;
  Box swept;
};

enum class Stage {
  forces,
  contact_warm_start,
  joint_warm_start,
  left_joint,   // of an iteration
  right_joint,  // of an iteration
  iteration,
  integrated,
  position_iteration,
  positions,
  boxes
};
enum class ImpactStage { event, position, velocity, end };

struct NoObserver {
  static constexpr int kVelocityIterations = lunar_lander::kVelocityIterations;
  void step(Stage, int, const Solver&, const World&) const {}
  void impact(ImpactStage, const World&, const Contact&, float, int) const {}
};

inline Pose<float> pose_of(const Body& body) { return {body.center, body.angle}; }
inline Motion<float> motion_of(const Body& body) { return {body.velocity, body.angular_velocity}; }
inline Frame<float> frame_of(const Body& body) { return {body.origin, body.rotation}; }

inline Manifold<float> manifold_of(const Contact& c) {
  return {c.face == Face::polygon,
          c.count > 0,
          c.count > 1,
          c.local_normal,
          c.local_point,
          {c.points[0].local, c.count > 1 ? c.points[1].local : c.points[0].local}};
}

inline SolverContact solver_contact(const World& world, Contact& contact) {
  const Body& body = world.bodies[contact.body];
  SolverContact c = {contact.body, &contact, manifold_of(contact), {}};
  c.terms = prepare_contact(contact.body, c.manifold, frame_of(body), body.center,
                            kFriction[contact.body][contact.edge > 0 ? 1 : 0]);
  for (ContactPointTerms<float>& p : c.terms.points) {
    p.normal_impulse = p.tangent_impulse = 0.0F;
  }
  return c;
}

inline void place(std::size_t index, Body& body, const Pose<float>& pose) {
  const Frame<float> frame = frame_of(index, pose);
  body.center = pose.center;
  body.angle = pose.angle;
  body.origin = frame.origin;
  body.rotation = frame.rotation;
}

// Brings the boxes of a body to its present pose; returns whether the fat one was renewed.
// `tight` is that of the pose where the movement began.
inline bool update_boxes(std::size_t index, Body& body, const Box& tight, Beginning& beginning) {
  body.tight = tight_box(kShapes[index], frame_of(body));
  beginning.swept = united(tight, body.tight);
  if (contains(body.fat, beginning.swept)) return false;
  body.fat = fattened(beginning.swept, body.origin - beginning.frame.origin);
  return true;
}

}  // namespace pavlov::envs::lunar_lander::portable
