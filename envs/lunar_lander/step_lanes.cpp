#include "pavlov/envs/lunar_lander/lane.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/envs/lunar_lander/step_lanes.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/envs/lunar_lander/group-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::lunar_lander::PAVLOV_ARCH {

void StepLanes(Lane* const* lanes, std::size_t count) {
  using V = Lanes<hn::ScalableTag<float>>;
  Group<V> groups[2];
  while (count > 0) {
    const std::size_t first = count < V::kLanes ? count : V::kLanes;
    gather(lanes, first, groups[0]);
    const std::size_t second = count - first < V::kLanes ? count - first : V::kLanes;
    if (second > 0) {
      gather(lanes + first, second, groups[1]);
      solve_velocities<2>(groups);
    } else {
      solve_velocities<1>(groups);
    }
    move(groups[0]);
    scatter(groups[0]);
    if (second > 0) {
      move(groups[1]);
      scatter(groups[1]);
    }
    lanes += first + second;
    count -= first + second;
  }
}

}  // namespace pavlov::envs::lunar_lander::PAVLOV_ARCH
PAVLOV_REGION_END

#if HWY_ONCE

#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::envs::lunar_lander {

HWY_EXPORT(StepLanes);

void step_lanes(std::span<Lane* const> lanes) {
  if (!lanes.empty()) PAVLOV_DISPATCH(StepLanes)(lanes.data(), lanes.size());
}

}  // namespace pavlov::envs::lunar_lander
#endif
