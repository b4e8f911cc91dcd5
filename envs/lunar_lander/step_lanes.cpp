// The vector form of a step: which lanes go through it together.
#include "pavlov/envs/lunar_lander/lane.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/envs/lunar_lander/step_lanes.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/envs/lunar_lander/calm-inl.h"
#include "pavlov/envs/lunar_lander/finish-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::lunar_lander::PAVLOV_ARCH {

// Reads as many lanes as two groups hold; returns how many. The second group may stay empty.
template <class V>
PAVLOV_FN std::size_t gather_two(Lane* const* lanes, std::size_t count, Group<V> (&groups)[2]) {
  if (count <= V::kLanes) {
    gather(lanes, count, groups[0]);
    return count;
  }
  const std::size_t taken = count < 2 * V::kLanes ? count : 2 * V::kLanes;
  gather(lanes, V::kLanes, groups[0]);
  gather(lanes + V::kLanes, taken - V::kLanes, groups[1]);
  return taken;
}

// Velocity iterations of the `count` lanes in two groups, of which the second may be empty.
template <class V>
PAVLOV_FN void solve_two(int iteration, int end, std::size_t count, Group<V> (&groups)[2]) {
  if (count > V::kLanes) {
    solve_velocities(iteration, end, groups[0], groups[1]);
  } else {
    solve_velocities(iteration, end, groups[0]);
  }
}

template <class V>
PAVLOV_FN void finish_two(std::size_t count, Group<V> (&groups)[2], Unsolved<V>& unsolved) {
  finish(groups[0], unsolved);
  if (count > V::kLanes) finish(groups[1], unsolved);
}

// Lanes that have made the calm lanes' iterations and have the others before them.
template <class V>
struct Leftover {
  Group<V> groups[2];
  std::size_t count = 0;  // lanes: those of the first group before those of the second
};

template <class V>
PAVLOV_FN void clear(Leftover<V>& rest) {
  rest.count = 0;
  for (Group<V>& g : rest.groups) {
    for (Lane*& lane : g.lanes) lane = nullptr;
    find_slots(g);
  }
}

// Begins with lanes that are not calm, fewer than two groups hold: those of the calm ones that do
// not repeat find room beside them.
template <class V>
HWY_NOINLINE void begin_leftover(Lane* const* lanes, std::size_t count, Leftover<V>& rest) {
  clear(rest);
  if (count == 0) return;
  rest.count = gather_two(lanes, count, rest.groups);
  solve_two(0, kCalmIterations, count, rest.groups);
}

template <class V>
HWY_NOINLINE void solve_leftover(Leftover<V>& rest, Unsolved<V>& unsolved) {
  if (rest.count == 0) return;
  solve_two(kCalmIterations, kVelocityIterations, rest.count, rest.groups);
  finish_two(rest.count, rest.groups, unsolved);
  clear(rest);
}

template <class V>
PAVLOV_FN void join(Group<V>& source, std::size_t lane, Leftover<V>& rest, Unsolved<V>& unsolved) {
  Group<V>& target = rest.groups[rest.count / V::kLanes];
  transfer(source, lane, target, rest.count % V::kLanes);
  for (auto& slots : target.single) slots[0] = slots[1] = false;  // a calm lane touches nothing
  if (++rest.count == 2 * V::kLanes) solve_leftover(rest, unsolved);
}

template <class V>
HWY_NOINLINE void step_calm(Lane* const* lanes, std::size_t count, Leftover<V>& rest,
                            Unsolved<V>& unsolved) {
  Group<V> groups[2];
  for (std::size_t at = 0, taken = 0; at < count; at += taken) {
    taken = gather_two(lanes + at, count - at, groups);
    const bool two = taken > V::kLanes;
    std::uint64_t done[2] = {};
    if (two) {
      solve_calm(groups[0], groups[1]);
      done[1] = close_calm(groups[1]);
    } else {
      solve_calm(groups[0]);
    }
    done[0] = close_calm(groups[0]);
    for (std::size_t i = 0; i < taken; ++i) {
      const std::size_t group = i / V::kLanes, lane = i % V::kLanes;
      if ((done[group] >> lane & 1) == 0) join(groups[group], lane, rest, unsolved);
    }
    finish_two(taken, groups, unsolved);
  }
}

template <class V>
HWY_NOINLINE void step_others(Lane* const* lanes, std::size_t count, Unsolved<V>& unsolved) {
  Group<V> groups[2];
  for (std::size_t at = 0, taken = 0; at < count; at += taken) {
    taken = gather_two(lanes + at, count - at, groups);
    solve_two(0, kVelocityIterations, taken, groups);
    finish_two(taken, groups, unsolved);
  }
}

// Whether an early end for the calm lanes pays: it takes groups of its own, which one pair of
// groups would have done together.
constexpr PAVLOV_FN bool pays(std::size_t groups, std::size_t others) {
  return others == 0 || groups > 2;
}

void StepLanes(Lane* const* lanes, std::size_t count, std::size_t calm) {
  using V = Lanes<hn::ScalableTag<float>>;
  constexpr std::size_t k = V::kLanes;
  Unsolved<V> unsolved;
  if (!pays((count + k - 1) / k, count - calm)) calm = 0;
  std::size_t apart = calm;
  if (calm > 0) {
    apart += (count - calm) % (2 * k);
    Leftover<V> rest;
    begin_leftover(lanes + calm, apart - calm, rest);
    step_calm(lanes, calm, rest, unsolved);
    solve_leftover(rest, unsolved);
  }
  step_others<V>(lanes + apart, count - apart, unsolved);
  finish_unsolved(unsolved);
}

}  // namespace pavlov::envs::lunar_lander::PAVLOV_ARCH
PAVLOV_REGION_END

#if HWY_ONCE

#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::envs::lunar_lander {

HWY_EXPORT(StepLanes);

void step_lanes(std::span<Lane* const> lanes, std::size_t calm) {
  if (!lanes.empty()) PAVLOV_DISPATCH(StepLanes)(lanes.data(), lanes.size(), calm);
}

}  // namespace pavlov::envs::lunar_lander
#endif
