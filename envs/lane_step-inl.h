// The batch step of every environment whose state is columns of numbers: for each block of 64 rows
// it loads vectors of state, lets the physics step them, and stores state, float32 observations,
// rewards and the bits of the terminated. Two vectors go side by side where the physics says so;
// the rows that fill no vector go one by one.
//
// A Physics is what an environment supplies, a small value that holds the rules of the batch:
//   T                  double or float: the type of state and arithmetic
//   Action             std::int32_t or float, one per row
//   kColumns, kObservations, kParameters     numbers per row (kParameters 0: constants of the code)
//   kTerminates        false: no episode ends by itself
//   kSideBySide        two vectors at a time
//   step<V>(columns, action, parameters)     one step: LaneStep; `action` and `parameters` point to
//                      the first row of the vector, read<V> takes them from there
//   observe<V>(columns)                      the columns, those that are derived from others
//                      computed anew, and the observation: LaneView
// V is a vector (Lanes, Twice) or a number (One; in tests double, Unfused).
#if defined(PAVLOV_ENVS_LANE_STEP_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_ENVS_LANE_STEP_INL_H
#undef PAVLOV_ENVS_LANE_STEP_INL_H
#else
#define PAVLOV_ENVS_LANE_STEP_INL_H
#endif

#include <type_traits>

#include "pavlov/envs/lane_arrays.h"
#include "pavlov/kernels/simd/one-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::PAVLOV_ARCH {

using namespace kernels::PAVLOV_ARCH;  // NOLINT: functions of numbers, which double finds only so

// Whether two vectors of a long formula fit into the registers: 32 of them, not 16.
#if defined(HWY_TARGET) && HWY_ARCH_X86 && HWY_TARGET > HWY_AVX3
constexpr bool kManyRegisters = false;
#else
constexpr bool kManyRegisters = true;
#endif

template <class V, std::size_t columns, std::size_t observations>
struct LaneView {
  Columns<V, columns> state;
  Columns<V, observations> observation;
};

template <class V, std::size_t columns, std::size_t observations>
struct LaneStep {
  Columns<V, columns> state;
  Columns<V, observations> observation;
  V reward;
  decltype(V() < V()) terminated;
};

// Numbers of consecutive rows: of the physics' own type, actions, or parameters.
template <class V, class Number>
PAVLOV_FN V read(const Number* from) {
#if defined(HWY_TARGET)
  if constexpr (std::is_same_v<Number, typename V::T>) {
    return V::load(from);
  } else {
    return V::from_numbers(from);
  }
#else
  return V(static_cast<double>(*from));
#endif
}

// Actions of consecutive rows as lanes of float32.
template <class F>
PAVLOV_FN F read_floats(const float* from) {
#if defined(HWY_TARGET)
  return F::load(from);
#else
  return *from;
#endif
}

// Parameter k of consecutive rows.
template <class V, class Number>
PAVLOV_FN V read_parameter(const Number* from, std::size_t k) {
  return read<V>(from + 64 * k);
}

#if defined(HWY_TARGET)

// One vector of rows, from row i on; returns the bits of the terminated.
template <class V, class Physics>
PAVLOV_FN std::uint64_t step_vector(const Physics& physics, const LaneArrays& a,
                                    const typename Physics::Action* action, std::size_t i,
                                    typename Physics::T* state,
                                    const typename Physics::T* parameters) {
  constexpr std::size_t kColumns = Physics::kColumns, kObservations = Physics::kObservations;
  const LaneStep<V, kColumns, kObservations> next =
      physics.template step<V>(load_columns<V, kColumns>(state), action + i, parameters);
  store_columns(next.state, state);
  store_float_rows(next.observation, a.observation + kObservations * i);
  next.reward.store_wide(a.reward + i);
  if constexpr (Physics::kTerminates) {
    return next.terminated.bits();
  } else {
    return 0;
  }
}

// Row i's state, and its parameters where there are any.
template <class Physics>
PAVLOV_FN typename Physics::T* state_of(const LaneArrays& a, std::size_t i) {
  return static_cast<typename Physics::T*>(a.state) + first_value(i, Physics::kColumns);
}
template <class Physics>
PAVLOV_FN const typename Physics::T* parameters_of(const LaneArrays& a, std::size_t i) {
  if constexpr (Physics::kParameters == 0) {
    return nullptr;
  } else {
    return static_cast<const typename Physics::T*>(a.parameters) +
           first_value(i, Physics::kParameters);
  }
}

// The row at which the arrays begin; returns whether it has terminated.
template <class Physics>
PAVLOV_FN bool step_first(const Physics& physics, const LaneArrays& at,
                          const typename Physics::Action* action) {
  using T = typename Physics::T;
  return step_vector<One<T>>(physics, at, action, 0, static_cast<T*>(at.state),
                             static_cast<const T*>(at.parameters)) != 0;
}

// The arrays from row i on, without the blocks.
template <class Physics>
PAVLOV_FN LaneArrays from_row(const LaneArrays& a, std::size_t i) {
  return {.state = state_of<Physics>(a, i),
          .parameters = parameters_of<Physics>(a, i),
          .observation = a.observation + Physics::kObservations * i,
          .reward = a.reward + i};
}

// Rows [begin, end), both multiples of a vector's lanes.
template <class Physics>
HWY_NOINLINE void step_vectors(const Physics& given_physics, const LaneArrays& given,
                               const typename Physics::Action* action, std::size_t begin,
                               std::size_t end) {
  using V = Lanes<hn::ScalableTag<typename Physics::T>>;
  constexpr std::size_t k = V::kLanes;
  const LaneArrays a = given;  // copies: nothing stored can change the pointers
  const Physics physics = given_physics;
  for (std::size_t first = begin; first < end; first += 64) {
    const std::size_t count = end - first < 64 ? end - first : 64;
    typename Physics::T* state = state_of<Physics>(a, first);
    const typename Physics::T* parameters = parameters_of<Physics>(a, first);
    std::uint64_t terminated = 0;
    std::size_t r = 0;
    if constexpr (Physics::kSideBySide) {
      for (; r + 2 * k <= count; r += 2 * k) {
        terminated |=
            step_vector<Twice<V>>(physics, a, action, first + r, state + r, parameters + r) << r;
      }
    }
    for (; r < count; r += k) {
      terminated |= step_vector<V>(physics, a, action, first + r, state + r, parameters + r) << r;
    }
    a.blocks[first / 64].terminated = terminated;
  }
}

// Rows [begin, end), begin a multiple of 64. Those that fill no vector go one by one, to `first`,
// the Physics' step_first.
template <class Physics, class First>
PAVLOV_FN void step_range(const Physics& physics, const LaneArrays& a,
                          const typename Physics::Action* action, std::size_t begin,
                          std::size_t end, const First& first) {
  constexpr std::size_t kLanes = Lanes<hn::ScalableTag<typename Physics::T>>::kLanes;
  const std::size_t whole = end - end % kLanes;
  if (whole > begin) step_vectors(physics, a, action, begin, whole);
  for (std::size_t i = whole; i < end; ++i) {
    std::uint64_t& word = a.blocks[i / 64].terminated;
    const std::uint64_t terminated = first(from_row<Physics>(a, i), action + i) ? 1 : 0;
    word = (word & ~(std::uint64_t{1} << i % 64)) | terminated << i % 64;
  }
}

// Computes what is derived from the state of `rows`: further columns and, where `observations` is
// true, the observations.
template <class Physics>
PAVLOV_FN void refresh_rows(const Physics& physics, const LaneArrays& a, const std::uint32_t* rows,
                            std::size_t count, bool observations) {
  using V = One<typename Physics::T>;
  constexpr std::size_t kColumns = Physics::kColumns, kObservations = Physics::kObservations;
  for (std::size_t k = 0; k < count; ++k) {
    typename Physics::T* state = state_of<Physics>(a, rows[k]);
    const LaneView<V, kColumns, kObservations> view =
        physics.template observe<V>(load_columns<V, kColumns>(state));
    store_columns(view.state, state);
    if (observations) store_float_rows(view.observation, a.observation + kObservations * rows[k]);
  }
}

// The functions of one kernel, for PAVLOV_LANE_EXPORT and PAVLOV_LANE_KERNELS. First is a function
// of its own, so that a batch of one, which calls nothing else, loads no constants for a loop.
#define PAVLOV_LANE_KERNEL(name, Kind, ...)                                                    \
  HWY_NOINLINE bool name##First(const Kind::Rules& rules, const LaneArrays& at,                \
                                const Kind::Action* action) {                                  \
    return step_first(__VA_ARGS__{rules}, at, action);                                         \
  }                                                                                            \
  void name##Step(const Kind::Rules& rules, const LaneArrays& a, const Kind::Action* action,   \
                  std::size_t begin, std::size_t end) {                                        \
    step_range(__VA_ARGS__{rules}, a, action, begin, end,                                      \
               [&](const LaneArrays& at, const Kind::Action* of_row)                           \
                   HWY_ATTR { return name##First(rules, at, of_row); });                       \
  }                                                                                            \
  void name##Refresh(const Kind::Rules& rules, const LaneArrays& a, const std::uint32_t* rows, \
                     std::size_t count, bool observations) {                                   \
    refresh_rows(__VA_ARGS__{rules}, a, rows, count, observations);                            \
  }

// Outside of the region: the functions of a PAVLOV_LANE_KERNEL, and their variants for this
// processor.
#define PAVLOV_LANE_EXPORT(name) \
  HWY_EXPORT(name##First);       \
  HWY_EXPORT(name##Step);        \
  HWY_EXPORT(name##Refresh)
#define PAVLOV_LANE_KERNELS(name)                                              \
  Kernels {                                                                    \
    PAVLOV_DISPATCH_POINTER(name##First), PAVLOV_DISPATCH_POINTER(name##Step), \
        PAVLOV_DISPATCH_POINTER(name##Refresh)                                 \
  }

#endif

}  // namespace pavlov::envs::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_ENVS_LANE_STEP_INL_H
