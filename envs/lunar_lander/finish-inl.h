// What follows the velocity iterations of a group: positions, rest, boxes, and the way back.
#if defined(PAVLOV_ENVS_LUNAR_LANDER_FINISH_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_ENVS_LUNAR_LANDER_FINISH_INL_H
#undef PAVLOV_ENVS_LUNAR_LANDER_FINISH_INL_H
#else
#define PAVLOV_ENVS_LUNAR_LANDER_FINISH_INL_H
#endif

#include "pavlov/envs/lunar_lander/gather-inl.h"
#include "pavlov/envs/lunar_lander/scatter-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::lunar_lander::PAVLOV_ARCH {

template <class V>
PAVLOV_FN Pose<V> select(MaskOf<V> m, const Pose<V>& a, const Pose<V>& b) {
  return {select(m, a.center, b.center), select(m, a.angle, b.angle)};
}

// One position pass; returns where everything is good enough.
template <class V>
PAVLOV_FN MaskOf<V> correct_positions(const Group<V>& g, Pose<V> (&poses)[kBodies]) {
  V worst(0.0F);
  for (std::size_t body = kBodies; g.touching && body-- > 0;) {
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      if (!g.has[body][slot]) continue;
      worst = correct_contact(body, g.slots[body][slot].manifold, kStepPositionRule, worst,
                              poses[body]);
    }
  }
  const auto left = correct_joint(kJointScene[1], limit_of(g.sides[1]), poses[0], poses[2]);
  const auto right = correct_joint(kJointScene[0], limit_of(g.sides[0]), poses[0], poses[1]);
  return both(worst >= V(kStepPositionRule.limit), both(left, right));
}

// Position passes from number `first` to `last`, ended early where all lanes are solved; a lane
// that is, rests. Returns the solved lanes.
template <class V>
PAVLOV_FN std::uint64_t solve_positions(Group<V>& g, int first, int last) {
  const std::uint64_t used = used_lanes(g);
  auto solved = MaskOf<V>::from_bits(~used);
  for (int pass = first; pass < last && any(not_of(solved)); ++pass) {
    Pose<V> poses[kBodies] = {g.poses[0], g.poses[1], g.poses[2]};
    const auto now = correct_positions(g, poses);
    for (std::size_t k = 0; k < kBodies; ++k) g.poses[k] = select(solved, g.poses[k], poses[k]);
    solved = either(solved, now);
  }
  return solved.bits() & used;
}

template <class V>
PAVLOV_FN void put_to_sleep(Group<V>& g, std::uint64_t solved) {
  const V zero(0.0F);
  for (std::size_t k = 0; k < kBodies; ++k) g.sleep[k] = rested(g.sleep[k], g.motions[k]);
  const V least = minimum(minimum(g.sleep[0], g.sleep[1]), g.sleep[2]);
  const auto rests = least >= V(kTimeToSleep);
  g.asleep = rests.bits() & solved;
  if (g.asleep == 0) return;
  const auto asleep = MaskOf<V>::from_bits(g.asleep);
  for (std::size_t k = 0; k < kBodies; ++k) {
    g.motions[k] = select(asleep, Motion<V>{{zero, zero}, zero}, g.motions[k]);
    g.sleep[k] = select(asleep, zero, g.sleep[k]);
  }
}

template <class V>
PAVLOV_FN void update_boxes(std::size_t k, const Frame<V>& begin, Group<V>& g) {
  const BoxOf<V> before = g.tight[k];
  g.tight[k] = tight_box(kShapes[k], g.frames[k]);
  g.swept[k] = united(before, g.tight[k]);
  const auto inside = contains(g.fat[k], g.swept[k]);
  g.moved[k] = not_of(inside).bits();
  if (g.moved[k] == 0) return;
  const BoxOf<V> fat = fattened(g.swept[k], g.frames[k].origin - begin.origin);
  g.fat[k] = {select(inside, g.fat[k].lower, fat.lower), select(inside, g.fat[k].upper, fat.upper)};
}

// Rest and boxes, when the positions are final.
template <class V>
PAVLOV_FN void settle(Group<V>& g, std::uint64_t solved) {
  put_to_sleep(g, solved);
  for (std::size_t k = 0; k < kBodies; ++k) {
    const Frame<V> begin = g.frames[k];
    g.frames[k] = frame_of(k, g.poses[k]);
    update_boxes(k, begin, g);
  }
}

// Passes that all lanes of a group make before those still unsolved go on among themselves.
inline constexpr int kCommonPasses = 3;

// Lanes of all groups that need many position passes: spinning legs, crashes.
template <class V>
struct Unsolved {
  Group<V> group;
  std::size_t count = 0;
};

template <class V>
HWY_NOINLINE void finish_unsolved(Unsolved<V>& rest) {
  if (rest.count == 0) return;
  Group<V>& g = rest.group;
  for (std::size_t i = rest.count; i < V::kLanes; ++i) g.lanes[i] = nullptr;
  find_slots(g);
  for (std::size_t body = 0; body < kBodies; ++body) {
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      Columns<V, kContactFields> columns;
      if (g.has[body][slot]) {
        g.slots[body][slot].manifold = gather_manifold(g, body, slot, columns);
      }
    }
  }
  settle(g, solve_positions(g, kCommonPasses, kPositionIterations));
  scatter(g);
  rest.count = 0;
}

// From the velocities to the end of the step; what needs many passes is put aside.
template <class V>
HWY_NOINLINE void finish(Group<V>& g, Unsolved<V>& rest) {
  if (g.touching) scatter_contacts(g);
  for (std::size_t k = 0; k < kBodies; ++k) integrate(V(kTimeStep), g.poses[k], g.motions[k]);
  const std::uint64_t solved = solve_positions(g, 0, kCommonPasses);
  for (std::size_t i = 0; i < V::kLanes; ++i) {
    if (g.lanes[i] == nullptr || (solved >> i & 1) != 0) continue;
    transfer(g, i, rest.group, rest.count);
    if (++rest.count == V::kLanes) finish_unsolved(rest);
  }
  settle(g, solved);
  scatter(g);
}

}  // namespace pavlov::envs::lunar_lander::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_ENVS_LUNAR_LANDER_FINISH_INL_H
