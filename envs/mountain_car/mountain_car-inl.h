// MountainCar physics, written once: V is double (reference, tests) or a SIMD vector.
//
// The order of operations is that of Gymnasium's mountain_car.py. Columns: position, velocity.
#if defined(PAVLOV_ENVS_MOUNTAIN_CAR_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_ENVS_MOUNTAIN_CAR_INL_H
#undef PAVLOV_ENVS_MOUNTAIN_CAR_INL_H
#else
#define PAVLOV_ENVS_MOUNTAIN_CAR_INL_H
#endif

#include "pavlov/envs/lane_math-inl.h"
#include "pavlov/envs/lane_step-inl.h"
#include "pavlov/envs/mountain_car/mountain_car.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::PAVLOV_ARCH {

template <class Math, bool kVaried = false>
struct MountainCarLanes {
  using T = typename Math::T;
  using Action = std::int32_t;
  static constexpr std::size_t kColumns = 2, kObservations = 2;
  static constexpr std::size_t kParameters = kVaried ? MountainCarKind::kParameters : 0;
  static constexpr bool kTerminates = true, kSideBySide = kManyRegisters;

  MountainCarRules rules;

  template <class V>
  PAVLOV_FN LaneStep<V, 2, 2> step(const Columns<V, 2>& s, const Action* action,
                                   [[maybe_unused]] const T* parameters) const {
    V force(MountainCarPhysics::kForce), gravity(MountainCarPhysics::kGravity);
    if constexpr (kVaried) {
      force = read_parameter<V>(parameters, 0);
      gravity = read_parameter<V>(parameters, 1);
    }
    const auto& [position, velocity] = s.column;
    const V push = (read<V>(action) - V(1.0)) * force;
    const V pull = Math::cosine(V(3.0) * position) * -gravity;
    const V v =
        clamp(velocity + (push + pull), V(-mountain_car::kMaxSpeed), V(mountain_car::kMaxSpeed));
    const V x = clamp(position + v, V(mountain_car::kLeftWall), V(mountain_car::kRightEnd));
    const auto at_wall = both(x <= V(mountain_car::kLeftWall), v < V(0.0));
    const V v_after = select(at_wall, V(0.0), v);
    const auto at_goal = both(x >= V(mountain_car::kGoal), v_after >= V(rules.goal_velocity));
    return {{{x, v_after}}, {{x, v_after}}, V(-1.0), at_goal};
  }

  template <class V>
  PAVLOV_FN LaneView<V, 2, 2> observe(const Columns<V, 2>& s) const {
    return {s, s};
  }
};

}  // namespace pavlov::envs::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_ENVS_MOUNTAIN_CAR_INL_H
