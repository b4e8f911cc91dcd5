// How bodies move: velocities and poses, forces, integration, rest.
#if defined(PAVLOV_ENVS_LUNAR_LANDER_MOTION_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_ENVS_LUNAR_LANDER_MOTION_INL_H
#undef PAVLOV_ENVS_LUNAR_LANDER_MOTION_INL_H
#else
#define PAVLOV_ENVS_LUNAR_LANDER_MOTION_INL_H
#endif

#include "pavlov/envs/lunar_lander/trig-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::lunar_lander::PAVLOV_ARCH {

template <class V>
struct Motion {
  Vector<V> v;
  V w;
};

// Centre of mass and angle.
template <class V>
struct Pose {
  Vector<V> center;
  V angle;
};

// Origin of the body's coordinates and rotation: what a pose means for points.
template <class V>
struct Frame {
  Vector<V> origin;
  RotationOf<V> rotation;
};

template <class V>
PAVLOV_FN Frame<V> frame_of(std::size_t body, const Pose<V>& pose) {
  const RotationOf<V> q = sine_cosine(pose.angle);
  if (body != 0) return {pose.center, q};
  const V distance(kHullCenter);
  return {{pose.center.x + q.sin * distance, pose.center.y - q.cos * distance}, q};
}

template <class V>
PAVLOV_FN Motion<V> accelerate(std::size_t body, const Motion<V>& m, V gravity, Vector<V> force,
                               V torque) {
  const V dt(kTimeStep), mass(kInverseMass[body]);
  return {{m.v.x + dt * (mass * force.x), m.v.y + dt * (gravity + mass * force.y)},
          m.w + V(kTimeStep * kInverseInertia[body]) * torque};
}

// Moves for the time h; slows down what would move too far.
template <class V>
PAVLOV_FN void integrate(V h, Pose<V>& pose, Motion<V>& m) {
  const Vector<V> t = h * m.v;
  const V z = h * m.w;
  const auto far = dot(t, t) > V(kMaxTranslationSquared);
  const auto fast = z * z > V(kMaxRotationSquared);
  if (any(either(far, fast))) {
    m.v = select(far, (V(kMaxTranslation) / length(t)) * m.v, m.v);
    m.w = select(fast, m.w * (V(kMaxRotation) / absolute(z)), m.w);
  }
  pose.center = pose.center + h * m.v;
  pose.angle = pose.angle + h * m.w;
}

// How long the body has been slow, after this step.
template <class V>
PAVLOV_FN V rested(V sleep_time, const Motion<V>& m) {
  const auto moving =
      either(m.w * m.w > V(kAngularSleepSquared), dot(m.v, m.v) > V(kLinearSleepSquared));
  return select(moving, V(0.0F), sleep_time + V(kTimeStep));
}

}  // namespace pavlov::envs::lunar_lander::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_ENVS_LUNAR_LANDER_MOTION_INL_H
