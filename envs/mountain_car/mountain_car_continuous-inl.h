// MountainCarContinuous physics, written once: V is double (reference, tests) or a SIMD vector.
//
// Gymnasium keeps this state in float32, and NumPy 2 rounds every operation on it to float32, also
// where the other operand is a Python number. Only the first step after a reset finds a float64
// state. An action beyond +-1 is clipped to a Python number, so that the
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
  static constexpr bool kTerminates = true, kSideBySide = kManyRegisters;

  MountainCarContinuousRules rules;

  template <class V>
  PAVLOV_FN LaneStep<V, 3, 2> step(const Columns<V, 3>& s, const Action* action,
                                   [[maybe_unused]] const T* parameters) const {
    V power(MountainCarContinuousPhysics::kPower);
    if constexpr (kVaried) power = read_parameter<V>(parameters, 0);
    auto [x, v, reward, at_goal] = advance_single(s, action, power);
    // Most steps find no row that was reset just before.
    const auto wide = s.column[2] > V(0.5);
    if (any(wide)) {
      const Outcome<V> other = advance_wide(s, action, power);
      x = select(wide, other.x, x);
      v = select(wide, other.v, v);
      reward = select(wide, other.reward, reward);
      at_goal = either(both(wide, other.at_goal), both(not_of(wide), at_goal));
    }
    return {{{x, v, V(0.0)}}, {{x, v}}, reward, at_goal};
  }

  template <class V>
  PAVLOV_FN LaneView<V, 3, 2> observe(const Columns<V, 3>& s) const {
    return {s, {{s.column[0], s.column[1]}}};
  }

 private:
  // Position and velocity are numbers of float32.
  template <class V>
  struct Outcome {
    V x, v, reward;
    decltype(V() < V()) at_goal;
  };

  static PAVLOV_FN float as_float(double value) { return static_cast<float>(value); }

  // The state is float32, and so is every operation on it.
  template <class V>
  PAVLOV_FN Outcome<V> advance_single(const Columns<V, 3>& s, const Action* action, V power) const {
    using namespace mountain_car_continuous;  // NOLINT
    using F = FloatsOf<V>;
    const F position = narrow(s.column[0]), velocity = narrow(s.column[1]);
    const F a = read_floats<F>(action);
    const V pull = V(0.0025) * Math::cosine(widen<V>(F(3.0f) * position));
    const F force = clamp(a, F(-1.0f), F(1.0f));
    F push = force * narrow(power) - narrow(pull);
    const auto beyond = absolute(a) > F(1.0f);
    if (any(beyond)) push = select(beyond, narrow(widen<V>(force) * power - pull), push);

    const F most(as_float(kMaxSpeed)), left(as_float(kLeftWall)), right(as_float(kRightEnd));
    const F free_v = velocity + push;
    const auto too_fast = absolute(free_v) > most;
    const F v = clamp(free_v, -most, most);
    const F x = clamp(position + v, left, right);
    const F v_after = select(both(x <= left, v < F(0.0f)), F(0.0f), v);

    // The limit of the velocity is a Python number, which meets the goal's in double.
    const F enough(-1.0f), never(1.0f);
    const F least_at_limit =
        select(free_v < F(0.0f), -kMaxSpeed >= rules.goal_velocity ? enough : never,
               kMaxSpeed >= rules.goal_velocity ? enough : never);
    const auto fast_enough =
        v_after >= select(too_fast, least_at_limit, F(as_float(rules.goal_velocity)));
    const auto at_goal = both(x >= F(as_float(kGoal)), fast_enough);
    const V bonus = widen<V>(select(at_goal, F(100.0f), F(0.0f)));
    const V given = widen<V>(a);
    return {widen<V>(x), widen<V>(v_after), bonus - (given * given) * V(0.1), bonus > V(0.0)};
  }

  // The first step after a reset: the state is float64, and rounded at the end.
  template <class V>
  PAVLOV_FN Outcome<V> advance_wide(const Columns<V, 3>& s, const Action* action, V power) const {
    using namespace mountain_car_continuous;  // NOLINT
    const auto& [position, velocity, width] = s.column;
    const V a = read<V>(action), force = clamp(a, V(-1.0), V(1.0));
    const V pull = V(0.0025) * Math::cosine(V(3.0) * position);
    const V single_push = to_float(to_float(force * to_float(power)) - to_float(pull));
    const V push = select(absolute(a) > V(1.0), force * power - pull, single_push);
    const V most(kMaxSpeed), left(kLeftWall);
    const V v = clamp(velocity + push, -most, most);
    const V x = clamp(position + v, left, V(kRightEnd));
    const V v_after = select(both(x <= left, v < V(0.0)), V(0.0), v);
    const auto at_goal = both(x >= V(kGoal), v_after >= V(rules.goal_velocity));
    const V bonus = select(at_goal, V(100.0), V(0.0));
    return {to_float(x), to_float(v_after), bonus - (a * a) * V(0.1), at_goal};
  }
};

}  // namespace pavlov::envs::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_ENVS_MOUNTAIN_CAR_CONTINUOUS_INL_H
