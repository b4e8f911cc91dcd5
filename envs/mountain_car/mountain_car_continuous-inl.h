// MountainCarContinuous physics, written once: V is double (reference, tests) or a SIMD vector.
//
// Gymnasium keeps this state in float32, and NumPy 2 rounds every operation on it to float32, also
// where the other operand is a Python number. Only the first step after a reset finds a float64
// state. Double lanes do the same by rounding each result (one operation in double, then rounded,
// is the float32 operation). An action beyond +-1 is clipped to a Python number, so that the
// velocity's increment stays double until it is added.
// Columns: position, velocity, wide (1: the state is float64, 0: float32).
#if defined(PAVLOV_ENVS_MOUNTAIN_CAR_CONTINUOUS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_ENVS_MOUNTAIN_CAR_CONTINUOUS_INL_H
#undef PAVLOV_ENVS_MOUNTAIN_CAR_CONTINUOUS_INL_H
#else
#define PAVLOV_ENVS_MOUNTAIN_CAR_CONTINUOUS_INL_H
#endif

#include "pavlov/envs/lane_math-inl.h"
#include "pavlov/envs/lane_step-inl.h"
#include "pavlov/envs/mountain_car/mountain_car_continuous.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::PAVLOV_ARCH {

template <class Math, bool kVaried = false>
struct MountainCarContinuousLanes {
  using T = typename Math::T;
  using Action = float;
  static constexpr std::size_t kColumns = 3, kObservations = 2;
  static constexpr std::size_t kParameters = kVaried ? MountainCarContinuousKind::kParameters : 0;
  static constexpr bool kTerminates = true, kSideBySide = false;

  MountainCarContinuousRules rules;

  template <class V>
  PAVLOV_FN LaneStep<V, 3, 2> step(const Columns<V, 3>& s, const Action* action,
                                   [[maybe_unused]] const T* parameters) const {
    V power(MountainCarContinuousPhysics::kPower);
    V power_kept(as_float(MountainCarContinuousPhysics::kPower));
    if constexpr (kVaried) {
      power = read_parameter<V>(parameters, 0);
      power_kept = to_float(power);
    }
    const auto wide = s.column[2] > V(0.5);
    // Most steps find no row that was reset just before.
    if (any(wide)) return advance<true>(s, read<V>(action), power, power_kept, wide);
    return advance<false>(s, read<V>(action), power, power_kept, wide);
  }

  template <class V>
  PAVLOV_FN LaneView<V, 3, 2> observe(const Columns<V, 3>& s) const {
    return {s, {{s.column[0], s.column[1]}}};
  }

 private:
  static constexpr PAVLOV_FN double as_float(double value) {
    return static_cast<double>(static_cast<float>(value));
  }

  // kWide: float64 arithmetic where `wide` holds.
  template <bool kWide, class V, class M>
  PAVLOV_FN LaneStep<V, 3, 2> advance(const Columns<V, 3>& s, V a, V power, V power_kept,
                                      [[maybe_unused]] M wide) const {
    using namespace mountain_car_continuous;  // NOLINT
    // The result of an operation on the state, and a constant that meets it.
    const auto kept = [&](V value) PAVLOV_LAMBDA {
      if constexpr (kWide) {
        return select(wide, value, to_float(value));
      } else {
        return to_float(value);
      }
    };
    const auto constant = [&](double value) PAVLOV_LAMBDA {
      if constexpr (kWide) {
        return select(wide, V(value), V(as_float(value)));
      } else {
        return V(as_float(value));
      }
    };
    const auto& [position, velocity, width] = s.column;

    const V pull = V(0.0025) * Math::cosine(kept(V(3.0) * position));
    const V force = clamp(a, V(-1.0), V(1.0));
    V push = to_float(to_float(force * power_kept) - to_float(pull));
    const auto beyond = absolute(a) > V(1.0);
    if (any(beyond)) push = select(beyond, kept(force * power - pull), push);
    const V free_v = kept(velocity + push);

    const V most = constant(kMaxSpeed);
    const auto too_fast = absolute(free_v) > most;
    const V v = clamp(free_v, -most, most);
    const V left = constant(kLeftWall);
    const V x = clamp(kept(position + v), left, constant(kRightEnd));
    const V v_after = select(both(x <= left, v < V(0.0)), V(0.0), v);

    // The limit of the velocity is a Python number, which meets the goal's in double.
    const auto fast_enough =
        select(too_fast, copy_sign(V(kMaxSpeed), free_v), v_after) >=
        select(too_fast, V(rules.goal_velocity), constant(rules.goal_velocity));
    const auto at_goal = both(x >= constant(kGoal), fast_enough);
    const V reward = select(at_goal, V(100.0), V(0.0)) - (a * a) * V(0.1);
    const V next_x = kWide ? to_float(x) : x, next_v = kWide ? to_float(v_after) : v_after;
    return {{{next_x, next_v, V(0.0)}}, {{next_x, next_v}}, reward, at_goal};
  }
};

}  // namespace pavlov::envs::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_ENVS_MOUNTAIN_CAR_CONTINUOUS_INL_H
