// Constants of the scene: what the bodies are, how they hang together, how exact the solver is.
//
// The values are those that Gymnasium's physics engine derives from the shapes, to the last bit;
// where no decimal literal gives them they are written in hexadecimal.
#pragma once

#include "pavlov/envs/lunar_lander/world.h"

namespace pavlov::envs::lunar_lander {

inline constexpr float kTimeStep = 0.02F;  // s
inline constexpr int kVelocityIterations = 180;
inline constexpr int kPositionIterations = 60;

// Tolerances, in m and rad.
inline constexpr float kSlop = 0.005F;  // by how much shapes may overlap and anchors be apart
inline constexpr float kSkin = 0.01F;   // around every shape, edges too
inline constexpr float kFatMargin = 0.1F;
inline constexpr float kAngularSlop = 0x1.1df46cp-5F;  // 2 degrees
inline constexpr float kMaxAngularCorrection = 0x1.1df46cp-3F;
inline constexpr float kMaxLinearCorrection = 0.2F;
inline constexpr float kEpsilon = 0x1p-23F;

// A body that moves faster in one step is slowed down.
inline constexpr float kMaxTranslationSquared = 4.0F;
inline constexpr float kMaxTranslation = 2.0F;
inline constexpr float kMaxRotationSquared = 0x1.3bd3cep+1F;
inline constexpr float kMaxRotation = 0x1.921fb6p+0F;

inline constexpr float kTimeToSleep = 0.5F;  // s of rest, all bodies
inline constexpr float kLinearSleepSquared = 0x1.a36e2ep-14F;
inline constexpr float kAngularSleepSquared = 0x1.3f6a22p-10F;

inline constexpr float kInverseMass[kBodies] = {0x1.a930b8p-3F, 0x1.c1fffcp+3F, 0x1.c1fffcp+3F};
inline constexpr float kInverseInertia[kBodies] = {0x1.46948ep+0F, 0x1.172e92p+9F, 0x1.172e92p+9F};
// Centre of mass of the hull in its own coordinates: (0, this). Those of the legs are (0, 0).
inline constexpr float kHullCenter = 0x1.9ef44ap-4F;

// A convex polygon, counter-clockwise; normal k belongs to the face from vertex k to k + 1.
struct Shape {
  int count;
  Vec2 vertices[6];
  Vec2 normals[6];
  Vec2 centroid;
};
namespace scene_detail {
constexpr Vec2 pixels(int x, int y) {
  return {static_cast<float>(x / 30.0), static_cast<float>(y / 30.0)};
}
constexpr float kNx = 0x1.f8358ep-1F, kNy = 0x1.63e99p-3F;
constexpr float kHx = 0x1.111112p-4F, kHy = 0x1.111112p-2F;
constexpr Shape kLeg = {4,
                        {{-kHx, -kHy}, {kHx, -kHy}, {kHx, kHy}, {-kHx, kHy}},
                        {{0, -1}, {1, 0}, {0, 1}, {-1, 0}},
                        {0, 0}};
}  // namespace scene_detail
inline constexpr Shape kShapes[kBodies] = {
    {6,
     {scene_detail::pixels(17, -10), scene_detail::pixels(17, 0), scene_detail::pixels(14, 17),
      scene_detail::pixels(-14, 17), scene_detail::pixels(-17, 0), scene_detail::pixels(-17, -10)},
     {{1, 0},
      {scene_detail::kNx, scene_detail::kNy},
      {0, 1},
      {-scene_detail::kNx, scene_detail::kNy},
      {-1, 0},
      {0, -1}},
     {0x1.09be72p-28F, 0x1.9ef446p-4F}},
    scene_detail::kLeg,
    scene_detail::kLeg};

inline constexpr Vec2 kStartOrigin[kBodies] = {
    {10.0F, 0x1.aaaaaap+3F}, {0x1.555556p+3F, 0x1.aaaaaap+3F}, {0x1.2aaaaap+3F, 0x1.aaaaaap+3F}};
inline constexpr float kStartAngle[kBodies] = {0.0F, -0.05F, 0.05F};

// Friction of a contact by [body][edge is terrain].
inline constexpr float kFriction[kBodies][2] = {
    {0x1.21a186p-3F, 0.1F}, {0.2F, 0x1.21a186p-3F}, {0.2F, 0x1.21a186p-3F}};

// A revolute joint between the centre of the hull's coordinates and a leg.
struct JointScene {
  Vec2 anchor;            // in the leg's coordinates
  float lower, upper;     // rad, limits of the leg's angle from the reference angle
  float motor_speed;      // rad/s
  float reference_angle;  // rad
};
inline constexpr JointScene kJointScene[kJoints] = {
    {{-0x1.555556p-1F, 0.6F}, 0.4F, 0.9F, -0.3F, -0.05F},
    {{0x1.555556p-1F, 0.6F}, -0.9F, -0.4F, 0.3F, 0.05F}};
inline constexpr float kMotorMass = 0x1.d46a72p-10F;       // 1 / (sum of inverse inertias)
inline constexpr float kMaxMotorImpulse = 0x1.999998p-1F;  // 0.02 s * 40 N m

// How far a contact's position is corrected per pass, and when it is good enough.
struct PositionRule {
  float beta, limit;
};
inline constexpr PositionRule kStepPositionRule = {0.2F, -3.0F * kSlop};
inline constexpr PositionRule kImpactPositionRule = {0.75F, -1.5F * kSlop};

}  // namespace pavlov::envs::lunar_lander
