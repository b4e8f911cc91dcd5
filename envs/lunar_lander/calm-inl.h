// Exact early end of the velocity iterations in calm free flight.
//
// Where both limits hold and both motors pull with all their force, an iteration's change of the
// velocities depends on nothing but the velocities and the motors' impulses: the other impulses are
// sums, of which only the signs of the limits' matter. So once velocities and motors are the same
// bits as two iterations ago, they go on in that cycle, and what is left of the iterations adds the
// same two changes to the sums again and again. Adding them, rounding each time, gives the bits of
// all 180 iterations. 80 % of the lanes are there after 20 iterations; the others are gathered in
// groups of their own, which iterate to the end.
#if defined(PAVLOV_ENVS_LUNAR_LANDER_CALM_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_ENVS_LUNAR_LANDER_CALM_INL_H
#undef PAVLOV_ENVS_LUNAR_LANDER_CALM_INL_H
#else
#define PAVLOV_ENVS_LUNAR_LANDER_CALM_INL_H
#endif

#include "pavlov/envs/lunar_lander/velocities-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::lunar_lander::PAVLOV_ARCH {

// Iterations before the lanes are asked whether they repeat; the rest is an even number.
inline constexpr int kCalmIterations = 20;
static_assert((kVelocityIterations - kCalmIterations) % 2 == 0);

// The two last changes of both joints.
template <class V>
struct Cycle {
  JointChange<V> first[kJoints], second[kJoints];
};

template <class V>
PAVLOV_FN MaskOf<V> same_bits(V a, V b) {
  const hn::RebindToUnsigned<typename V::Tag> bits;
  return {hn::RebindMask(typename V::Tag(),
                         hn::Eq(hn::BitCast(bits, a.raw), hn::BitCast(bits, b.raw)))};
}

template <class V>
PAVLOV_FN MaskOf<V> repeats(const Moving<V>& a, const Moving<V>& b) {
  auto same = both(same_bits(a.impulses[0].motor, b.impulses[0].motor),
                   same_bits(a.impulses[1].motor, b.impulses[1].motor));
  for (std::size_t k = 0; k < kBodies; ++k) {
    same = both(same, both(same_bits(a.motions[k].v.x, b.motions[k].v.x),
                           same_bits(a.motions[k].v.y, b.motions[k].v.y)));
    same = both(same, same_bits(a.motions[k].w, b.motions[k].w));
  }
  return same;
}

// Adds the changes of the cycle for the rest of the iterations; returns where the limits would have
// held all the while. The limits' impulses every other iteration are monotonic, so it is enough
// that they have the sign in the last two.
template <class V>
PAVLOV_FN MaskOf<V> add_rest(const GroupState<V>& g, const Cycle<V>& cycle, Moving<V>& m) {
  V before[kJoints];
  for (int rest = kCalmIterations; rest < kVelocityIterations; rest += 2) {
    for (std::size_t k = 0; k < kJoints; ++k) {
      JointImpulse<V>& i = m.impulses[k];
      const JointChange<V>&first = cycle.first[k], &second = cycle.second[k];
      i.x = (i.x + first.p.x) + second.p.x;
      i.y = (i.y + first.p.y) + second.p.y;
      before[k] = i.z + first.z;
      i.z = before[k] + second.z;
    }
  }
  const V zero(0.0F);
  auto held = both(both(cycle.first[0].full, cycle.first[1].full),
                   both(cycle.second[0].full, cycle.second[1].full));
  for (std::size_t k = 0; k < kJoints; ++k) {
    const V side = g.joints[k].side;
    held = both(held, both(side * before[k] >= zero, side * m.impulses[k].z >= zero));
  }
  return held;
}

template <class V>
PAVLOV_FN void iterate_calm(const GroupState<V>& g, Moving<V>& m) {
  iterate<1>(g, m);
  iterate<0>(g, m);
}

// The last two iterations before the question, and the question: returns the bits of the lanes that
// repeat, and in those brings the impulses to the end.
template <class V>
HWY_NOINLINE std::uint64_t close_calm(Group<V>& g) {
  Moving<V> m;
  load(g, m);
  const Moving<V> before = m;
  Cycle<V> cycle;
  cycle.first[1] = iterate<1>(g, m);
  cycle.first[0] = iterate<0>(g, m);
  cycle.second[1] = iterate<1>(g, m);
  cycle.second[0] = iterate<0>(g, m);
  store(m, g);
  const auto same = repeats(before, m);
  const auto done = both(same, add_rest(g, cycle, m));
  for (std::size_t k = 0; k < kJoints; ++k) {
    JointImpulse<V>& to = g.impulses[k];
    to.x = select(done, m.impulses[k].x, to.x);
    to.y = select(done, m.impulses[k].y, to.y);
    to.z = select(done, m.impulses[k].z, to.z);
  }
  return done.bits();
}

// Iterations up to those of close_calm.
template <class V>
HWY_NOINLINE void solve_calm(Group<V>& g) {
  Moving<V> m;
  load(g, m);
  for (int iteration = 0; iteration < kCalmIterations - 2; ++iteration) iterate_calm(g, m);
  store(m, g);
}
template <class V>
HWY_NOINLINE void solve_calm(Group<V>& g, Group<V>& h) {
  Moving<V> m, n;
  load(g, m);
  load(h, n);
  for (int iteration = 0; iteration < kCalmIterations - 2; ++iteration) {
    iterate<1>(g, m);
    iterate<1>(h, n);
    iterate<0>(g, m);
    iterate<0>(h, n);
  }
  store(m, g);
  store(n, h);
}

}  // namespace pavlov::envs::lunar_lander::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_ENVS_LUNAR_LANDER_CALM_INL_H
