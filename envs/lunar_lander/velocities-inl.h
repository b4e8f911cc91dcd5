// The 180 velocity iterations of a group, or of two side by side: nine tenths of a plain step.
#if defined(PAVLOV_ENVS_LUNAR_LANDER_VELOCITIES_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_ENVS_LUNAR_LANDER_VELOCITIES_INL_H
#undef PAVLOV_ENVS_LUNAR_LANDER_VELOCITIES_INL_H
#else
#define PAVLOV_ENVS_LUNAR_LANDER_VELOCITIES_INL_H
#endif

#include "pavlov/envs/lunar_lander/group-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::lunar_lander::PAVLOV_ARCH {

// What changes in the velocity iterations of free bodies.
template <class V>
struct Moving {
  Motion<V> motions[kBodies];
  JointImpulse<V> impulses[kJoints];
};

template <class V>
PAVLOV_FN void load(const GroupState<V>& g, Moving<V>& m) {
  for (std::size_t k = 0; k < kBodies; ++k) m.motions[k] = g.motions[k];
  for (std::size_t k = 0; k < kJoints; ++k) m.impulses[k] = g.impulses[k];
}
template <class V>
PAVLOV_FN void store(const Moving<V>& m, GroupState<V>& g) {
  for (std::size_t k = 0; k < kBodies; ++k) g.motions[k] = m.motions[k];
  for (std::size_t k = 0; k < kJoints; ++k) g.impulses[k] = m.impulses[k];
}

template <std::size_t k, class V>
PAVLOV_FN JointChange<V> iterate(const GroupState<V>& g, Moving<V>& m) {
  return iterate_joint(kJointScene[k], g.joints[k], m.impulses[k], m.motions[0], m.motions[k + 1]);
}
template <std::size_t k, class V>
PAVLOV_FN void iterate(bool limited, const GroupState<V>& g, Moving<V>& m) {
  if (limited) {
    iterate<k>(g, m);
  } else {
    iterate_free_joint(kJointScene[k], g.joints[k], m.impulses[k], m.motions[0], m.motions[k + 1]);
  }
}

template <std::size_t body, class V>
PAVLOV_FN void iterate_slot(Group<V>& g, std::size_t slot, Moving<V>& m) {
  if (!g.has[body][slot]) return;
  if (g.single[body][slot]) {
    iterate_single(body, g.slots[body][slot].terms, m.motions[body]);
  } else {
    iterate_contact(body, g.slots[body][slot].terms, m.motions[body]);
  }
}
template <std::size_t body, class V>
PAVLOV_FN void iterate_contacts(Group<V>& g, Moving<V>& m) {
  iterate_slot<body>(g, 0, m);
  iterate_slot<body>(g, 1, m);
}
template <class V>
PAVLOV_FN bool any_limited(const GroupState<V>& g, std::size_t joint) {
  return any(absolute(g.sides[joint]) > V(0.0F));
}

// Velocity iterations from number `iteration` up to `end`: left joint, right joint, contacts. The
// order of bodies among the contacts does not matter, nor that those of the left leg come before
// the right joint, which does not touch it: so they have something to run beside.
template <class V>
HWY_NOINLINE void solve_velocities(int iteration, int end, Group<V>& g) {
  const bool right = any_limited(g, 0), left = any_limited(g, 1);
  Moving<V> m;
  load(g, m);
  for (; iteration < end; ++iteration) {
    iterate<1>(left, g, m);
    if (g.touching) iterate_contacts<2>(g, m);
    iterate<0>(right, g, m);
    if (!g.touching) continue;
    iterate_contacts<1>(g, m);
    iterate_contacts<0>(g, m);
  }
  store(m, g);
}

// The same for two groups side by side.
template <class V>
HWY_NOINLINE void solve_velocities(int iteration, int end, Group<V>& g, Group<V>& h) {
  const bool right_g = any_limited(g, 0), left_g = any_limited(g, 1);
  const bool right_h = any_limited(h, 0), left_h = any_limited(h, 1);
  const bool touching = g.touching || h.touching;
  Moving<V> m, n;
  load(g, m);
  load(h, n);
  for (; iteration < end; ++iteration) {
    iterate<1>(left_g, g, m);
    iterate<1>(left_h, h, n);
    iterate<0>(right_g, g, m);
    if (touching) iterate_contacts<2>(g, m);
    iterate<0>(right_h, h, n);
    if (!touching) continue;
    iterate_contacts<2>(h, n);
    iterate_contacts<1>(g, m);
    iterate_contacts<1>(h, n);
    iterate_contacts<0>(g, m);
    iterate_contacts<0>(h, n);
  }
  store(m, g);
  store(n, h);
}

}  // namespace pavlov::envs::lunar_lander::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_ENVS_LUNAR_LANDER_VELOCITIES_INL_H
