// The vector form of a step: which lanes go through it together.
#include "pavlov/envs/lunar_lander/lane.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/envs/lunar_lander/step_lanes.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/envs/lunar_lander/calm-inl.h"
#include "pavlov/envs/lunar_lander/finish-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::lunar_lander::PAVLOV_ARCH {

// Groups of the lanes that calm groups have left over, full ones first.
template <class V>
struct Leftover {
  Group<V> groups[2];
  std::size_t count = 0;  // lanes
};

template <class V>
HWY_NOINLINE void solve_leftover(Leftover<V>& rest, Unsolved<V>& unsolved) {
  if (rest.count == 0) return;
  for (std::size_t i = rest.count; i < 2 * V::kLanes; ++i) {
    rest.groups[i / V::kLanes].lanes[i % V::kLanes] = nullptr;
  }
  if (rest.count <= V::kLanes) {
    solve_velocities(kCalmIterations, rest.groups[0]);
    finish(rest.groups[0], unsolved);
  } else {
    solve_velocities(kCalmIterations, rest.groups[0], rest.groups[1]);
    finish(rest.groups[0], unsolved);
    finish(rest.groups[1], unsolved);
  }
  rest.count = 0;
}

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

template <class V>
HWY_NOINLINE void step_calm(Lane* const* lanes, std::size_t count, Unsolved<V>& unsolved) {
  Group<V> groups[2];
  Leftover<V> rest;
  for (Group<V>& g : rest.groups) {
    for (auto& slots : g.has) slots[0] = slots[1] = false;
    g.touching = false;
  }
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
      if ((done[group] >> lane & 1) != 0) continue;
      transfer(groups[group], lane, rest.groups[rest.count / V::kLanes], rest.count % V::kLanes);
      if (++rest.count == 2 * V::kLanes) solve_leftover(rest, unsolved);
    }
    finish(groups[0], unsolved);
    if (two) finish(groups[1], unsolved);
  }
  solve_leftover(rest, unsolved);
}

template <class V>
HWY_NOINLINE void step_others(Lane* const* lanes, std::size_t count, Unsolved<V>& unsolved) {
  Group<V> groups[2];
  for (std::size_t at = 0, taken = 0; at < count; at += taken) {
    taken = gather_two(lanes + at, count - at, groups);
    const bool two = taken > V::kLanes;
    if (two) {
      solve_velocities(0, groups[0], groups[1]);
    } else {
      solve_velocities(0, groups[0]);
    }
    finish(groups[0], unsolved);
    if (two) finish(groups[1], unsolved);
  }
}

// Whether an early end for the calm lanes pays: it takes groups of its own, and those that do not
// repeat one more. Costs as measured, in twentieths of a group's iterations; two groups side by
// side take 29.
constexpr PAVLOV_FN bool pays(std::size_t groups, std::size_t others) {
  const std::size_t together = groups / 2 * 29 + groups % 2 * 20;
  const std::size_t apart = others / 2 * 29 + others % 2 * 20 + 22;
  return others == 0 || apart < together;
}

void StepLanes(Lane* const* lanes, std::size_t count, std::size_t calm) {
  using V = Lanes<hn::ScalableTag<float>>;
  constexpr std::size_t k = V::kLanes;
  Unsolved<V> unsolved;
  if (!pays((count + k - 1) / k, (count - calm + k - 1) / k)) calm = 0;
  if (calm > 0) step_calm<V>(lanes, calm, unsolved);
  step_others<V>(lanes + calm, count - calm, unsolved);
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
