// Revolute joints with limits and motors, A the hull, B a leg: velocity and position solver.
//
// The constraint is three rows: both anchors at one point (x, y), the angle within its limits (z).
//   Cdot = (vB + wB x rB - vA - wA x rA, wB - wA),  K the 3x3 matrix of effective masses
// Each iteration first lets the motor pull, within its greatest impulse, then solves K P = -Cdot
// for all three rows where a limit holds, else for x and y alone. An accumulated limit impulse may
// only push away from the limit; where it would pull it is released, and x and y are solved with it
// gone. The solution is Cramer's rule: what of it does not change in a step is computed once.
#if defined(PAVLOV_ENVS_LUNAR_LANDER_JOINT_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_ENVS_LUNAR_LANDER_JOINT_INL_H
#undef PAVLOV_ENVS_LUNAR_LANDER_JOINT_INL_H
#else
#define PAVLOV_ENVS_LUNAR_LANDER_JOINT_INL_H
#endif

#include "pavlov/envs/lunar_lander/motion-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::lunar_lander::PAVLOV_ARCH {

template <class V>
struct JointImpulse {
  V x, y, z;  // z: of the limit
  V motor;
};

// Which limit holds: at most one.
template <class V>
struct JointLimit {
  MaskOf<V> lower, upper;
};

// What stays the same during a step's velocity iterations.
template <class V>
struct JointTerms {
  Vector<V> r_a, r_b;                    // from the centres of mass to the anchors
  V k11, k12, k13, k22, k23;             // K; k33 is kK33
  V cofactor_x, cofactor_y, cofactor_z;  // of the first row of K
  V minus_inverse3;                      // -1 / det K
  V inverse2;                            // 1 / det of the upper left 2x2 part
  V side;                                // +1 where the lower limit holds, -1 for the upper
  V least;                               // 0 where a limit holds, infinity where none does
};

namespace joint {
constexpr float kMassA = kInverseMass[0], kInertiaA = kInverseInertia[0];  // inverses, of the hull
constexpr float kMassB = kInverseMass[1], kInertiaB = kInverseInertia[1];  // and of both legs
constexpr float kMass = kMassA + kMassB;
constexpr float kK33 = kInertiaA + kInertiaB;
constexpr float kInfinity = __builtin_huge_valf();
}  // namespace joint

template <class V>
PAVLOV_FN Vector<V> anchor_on_hull(RotationOf<V> q) {
  const V distance(kHullCenter);
  return {q.sin * distance, -(q.cos * distance)};
}
template <class V>
PAVLOV_FN Vector<V> anchor_on_leg(const JointScene& scene, RotationOf<V> q) {
  return rotate(q, broadcast<V>(scene.anchor));
}
template <class V>
PAVLOV_FN V joint_angle(const JointScene& scene, V angle_a, V angle_b) {
  return (angle_b - angle_a) - V(scene.reference_angle);
}
template <class V>
PAVLOV_FN JointLimit<V> joint_limit(const JointScene& scene, V angle) {
  const auto lower = angle <= V(scene.lower);
  return {lower, both(not_of(lower), angle >= V(scene.upper))};
}

// The limit impulse of the step before is kept only where the same limit holds again.
template <class V>
PAVLOV_FN V kept_limit_impulse(JointLimit<V> now, JointLimit<V> before, V impulse) {
  const auto same = either(both(now.lower, before.lower), both(now.upper, before.upper));
  return select(same, impulse, V(0.0F));
}

template <class V>
PAVLOV_FN JointTerms<V> prepare_joint(const JointScene& scene, RotationOf<V> q_a, RotationOf<V> q_b,
                                      JointLimit<V> limit) {
  using namespace joint;  // NOLINT
  const V mass(kMass), i_a(kInertiaA), i_b(kInertiaB), k33(kK33);
  JointTerms<V> t;
  t.r_a = anchor_on_hull(q_a);
  t.r_b = anchor_on_leg(scene, q_b);
  t.k11 = (mass + (t.r_a.y * t.r_a.y) * i_a) + (t.r_b.y * t.r_b.y) * i_b;
  t.k22 = (mass + (t.r_a.x * t.r_a.x) * i_a) + (t.r_b.x * t.r_b.x) * i_b;
  t.k12 = ((-t.r_a.y * t.r_a.x) * i_a) - ((t.r_b.y * t.r_b.x) * i_b);
  t.k13 = (-t.r_a.y * i_a) - (t.r_b.y * i_b);
  t.k23 = t.r_a.x * i_a + t.r_b.x * i_b;
  t.cofactor_x = t.k22 * k33 - t.k23 * t.k23;
  t.cofactor_y = t.k23 * t.k13 - t.k12 * k33;
  t.cofactor_z = t.k12 * t.k23 - t.k22 * t.k13;
  const V det = (t.k11 * t.cofactor_x + t.k12 * t.cofactor_y) + t.k13 * t.cofactor_z;
  t.minus_inverse3 = -(V(1.0F) / det);
  t.inverse2 = V(1.0F) / (t.k11 * t.k22 - t.k12 * t.k12);
  t.side = select(limit.upper, V(-1.0F), V(1.0F));
  t.least = select(either(limit.lower, limit.upper), V(0.0F), V(kInfinity));
  return t;
}

template <class V>
PAVLOV_FN void apply_joint_impulse(Vector<V> p, V angular_a, V angular_b, Motion<V>& a,
                                   Motion<V>& b) {
  using namespace joint;  // NOLINT
  a.v = a.v - V(kMassA) * p;
  a.w = a.w - V(kInertiaA) * angular_a;
  b.v = b.v + V(kMassB) * p;
  b.w = b.w + V(kInertiaB) * angular_b;
}

template <class V>
PAVLOV_FN void warm_start_joint(const JointTerms<V>& t, const JointImpulse<V>& i, Motion<V>& a,
                                Motion<V>& b) {
  const Vector<V> p = {i.x, i.y};
  apply_joint_impulse(p, (cross(t.r_a, p) + i.motor) + i.z, (cross(t.r_b, p) + i.motor) + i.z, a,
                      b);
}

template <class V>
PAVLOV_FN void solve_motor(const JointScene& scene, JointImpulse<V>& i, Motion<V>& a,
                           Motion<V>& b) {
  using namespace joint;  // NOLINT
  const V wanted = V(-kMotorMass) * ((b.w - a.w) - V(scene.motor_speed));
  const V clamped = bounded(i.motor + wanted, V(-kMaxMotorImpulse), V(kMaxMotorImpulse));
  const V change = clamped - i.motor;
  i.motor = clamped;
  a.w = a.w - V(kInertiaA) * change;
  b.w = b.w + V(kInertiaB) * change;
}

// The velocity of anchor B seen from anchor A.
template <class V>
PAVLOV_FN Vector<V> anchor_velocity(const JointTerms<V>& t, const Motion<V>& a,
                                    const Motion<V>& b) {
  return {((b.v.x - b.w * t.r_b.y) - a.v.x) + a.w * t.r_a.y,
          ((b.v.y + b.w * t.r_b.x) - a.v.y) - a.w * t.r_a.x};
}

// What one iteration added to the impulses, and where a limit held.
template <class V>
struct JointChange {
  Vector<V> p;
  V z;
  MaskOf<V> full;
};

template <class V>
PAVLOV_FN Vector<V> solve2(const JointTerms<V>& t, Vector<V> h) {
  return {t.inverse2 * (t.k22 * h.x - t.k12 * h.y), t.inverse2 * (t.k11 * h.y - t.k12 * h.x)};
}

// One iteration where a limit may hold.
template <class V>
PAVLOV_FN JointChange<V> iterate_joint(const JointScene& scene, const JointTerms<V>& t,
                                       JointImpulse<V>& i, Motion<V>& a, Motion<V>& b) {
  solve_motor(scene, i, a, b);
  const Vector<V> c = anchor_velocity(t, a, b);
  const V c_z = b.w - a.w, k33(joint::kK33);

  const V minus_sz = t.minus_inverse3 *
                     ((t.k11 * (t.k22 * c_z - t.k23 * c.y) + t.k12 * (t.k23 * c.x - t.k12 * c_z)) +
                      t.k13 * (t.k12 * c.y - t.k22 * c.x));
  const V z = i.z + minus_sz;
  const auto full = t.side * z >= t.least;
  Vector<V> p = {
      t.minus_inverse3 * ((c.x * t.cofactor_x + c.y * t.cofactor_y) + c_z * t.cofactor_z),
      t.minus_inverse3 * ((t.k11 * (c.y * k33 - c_z * t.k23) + t.k12 * (c_z * t.k13 - c.x * k33)) +
                          t.k13 * (c.x * t.k23 - c.y * t.k13))};
  V p_z = minus_sz;
  if (any(not_of(full))) {
    const Vector<V> h = {i.z * t.k13 - c.x, i.z * t.k23 - c.y};
    p = select(full, p, solve2(t, h));
    p_z = select(full, p_z, -i.z);
  }
  i.z = select(full, z, V(0.0F));
  i.x = i.x + p.x;
  i.y = i.y + p.y;
  apply_joint_impulse(p, cross(t.r_a, p) + p_z, cross(t.r_b, p) + p_z, a, b);
  return {p, minus_sz, full};
}

// One iteration where no limit holds: the same bits as above, with half of the work.
template <class V>
PAVLOV_FN void iterate_free_joint(const JointScene& scene, const JointTerms<V>& t,
                                  JointImpulse<V>& i, Motion<V>& a, Motion<V>& b) {
  solve_motor(scene, i, a, b);
  const Vector<V> p = solve2(t, -anchor_velocity(t, a, b));
  i.x = i.x + p.x;
  i.y = i.y + p.y;
  apply_joint_impulse(p, cross(t.r_a, p), cross(t.r_b, p), a, b);
}

// One position pass; true where the joint is good enough.
template <class V>
PAVLOV_FN MaskOf<V> correct_joint(const JointScene& scene, JointLimit<V> limit, Pose<V>& a,
                                  Pose<V>& b) {
  using namespace joint;  // NOLINT
  const V i_a(kInertiaA), i_b(kInertiaB), mass(kMass), zero(0.0F), slop(kAngularSlop);
  const auto limited = either(limit.lower, limit.upper);
  V angular_error = zero;
  if (any(limited)) {
    const V angle = joint_angle(scene, a.angle, b.angle);
    const V below = angle - V(scene.lower), above = angle - V(scene.upper);
    const V correction = select(limit.lower, bounded(below + slop, V(-kMaxAngularCorrection), zero),
                                bounded(above - slop, zero, V(kMaxAngularCorrection)));
    const V impulse = V(-kMotorMass) * correction;
    angular_error = select(limited, select(limit.lower, -below, above), zero);
    a.angle = select(limited, a.angle - i_a * impulse, a.angle);
    b.angle = select(limited, b.angle + i_b * impulse, b.angle);
  }
  const Vector<V> r_a = anchor_on_hull(sine_cosine(a.angle));
  const Vector<V> r_b = anchor_on_leg(scene, sine_cosine(b.angle));
  const Vector<V> c = ((b.center + r_b) - a.center) - r_a;
  const V error = length(c);
  const V k11 = (mass + (i_a * r_a.y) * r_a.y) + (i_b * r_b.y) * r_b.y;
  const V k12 = ((-i_a * r_a.x) * r_a.y) - ((i_b * r_b.x) * r_b.y);
  const V k22 = (mass + (i_a * r_a.x) * r_a.x) + (i_b * r_b.x) * r_b.x;
  const V d = V(1.0F) / (k11 * k22 - k12 * k12);
  const Vector<V> p = {-(d * (k22 * c.x - k12 * c.y)), -(d * (k11 * c.y - k12 * c.x))};
  a.center = a.center - V(kMassA) * p;
  a.angle = a.angle - i_a * cross(r_a, p);
  b.center = b.center + V(kMassB) * p;
  b.angle = b.angle + i_b * cross(r_b, p);
  return both(error <= V(kSlop), angular_error <= V(kAngularSlop));
}

}  // namespace pavlov::envs::lunar_lander::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_ENVS_LUNAR_LANDER_JOINT_INL_H
