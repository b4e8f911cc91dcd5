#include "pavlov/envs/cartpole/cartpole.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/envs/cartpole/cartpole.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/envs/cartpole/cartpole-inl.h"
#include "pavlov/kernels/simd/twice-inl.h"

#ifndef PAVLOV_ENVS_CARTPOLE_CARTPOLE_CPP
#define PAVLOV_ENVS_CARTPOLE_CARTPOLE_CPP
namespace pavlov::envs {

// What the batch step reads and writes; rows [begin, end), begin a multiple of 64.
struct CartPoleArrays {
  double* x;
  double* x_dot;
  double* theta;
  double* theta_dot;
  const std::int32_t* action;
  float* observation;  // (N, 4)
  double* reward;
  std::uint64_t* fallen_bits;  // one word for 64 rows
  std::size_t begin, end;
  double step_reward;
  double fall_reward;
};

}  // namespace pavlov::envs
#endif

PAVLOV_REGION_BEGIN
namespace pavlov::envs::PAVLOV_ARCH {

// One vector of rows, from row i on.
template <class V>
PAVLOV_FN V force_of(const CartPoleArrays& a, std::size_t i) {
  return fma(V::load(a.action + i), V(2 * cartpole::kForce), V(-cartpole::kForce));
}

template <class V>
PAVLOV_FN CartPoleLanes<V> load_state(const CartPoleArrays& a, std::size_t i) {
  return {V::load(a.x + i), V::load(a.x_dot + i), V::load(a.theta + i), V::load(a.theta_dot + i)};
}

// Writes state, observation and reward; returns the bits of the fallen.
template <class V>
PAVLOV_FN std::uint64_t store_step(const CartPoleArrays& a, std::size_t i,
                                   const CartPoleLanes<V>& s) {
  s.x.store(a.x + i);
  s.x_dot.store(a.x_dot + i);
  s.theta.store(a.theta + i);
  s.theta_dot.store(a.theta_dot + i);
  store_float_rows(s.x, s.x_dot, s.theta, s.theta_dot, a.observation + 4 * i);
  const auto fallen = cartpole_fallen(s);
  select(fallen, V(a.fall_reward), V(a.step_reward)).store(a.reward + i);
  return fallen.bits();
}

template <class Math, class V>
PAVLOV_FN std::uint64_t step_one(const CartPoleArrays& a, std::size_t i) {
  return store_step(a, i, cartpole_step<Math>(load_state<V>(a, i), force_of<V>(a, i)));
}

// Two vectors side by side.
template <class Math, class V>
PAVLOV_FN std::uint64_t step_two(const CartPoleArrays& a, std::size_t i) {
  constexpr std::size_t kLanes = V::kLanes;
  using W = Twice<V>;
  const CartPoleLanes<V> p = load_state<V>(a, i), q = load_state<V>(a, i + kLanes);
  const CartPoleLanes<W> s = cartpole_step<Math>(
      CartPoleLanes<W>{{p.x, q.x}, {p.x_dot, q.x_dot}, {p.theta, q.theta}, {p.theta_dot, q.theta_dot}},
      W(force_of<V>(a, i), force_of<V>(a, i + kLanes)));
  const std::uint64_t first =
      store_step(a, i, CartPoleLanes<V>{s.x.a, s.x_dot.a, s.theta.a, s.theta_dot.a});
  const std::uint64_t second =
      store_step(a, i + kLanes, CartPoleLanes<V>{s.x.b, s.x_dot.b, s.theta.b, s.theta_dot.b});
  return first | second << kLanes;
}

template <class Math>
PAVLOV_FN void step_arrays(const CartPoleArrays& given) {
  using V = Lanes<hwy::HWY_NAMESPACE::ScalableTag<double>>;
  using One = Lanes<hwy::HWY_NAMESPACE::CappedTag<double, 1>>;
  const CartPoleArrays a = given;  // a copy: nothing stored can change the pointers
  for (std::size_t first = a.begin; first < a.end; first += 64) {
    const std::size_t last = a.end - first < 64 ? a.end : first + 64;
    std::uint64_t fallen_bits = 0;
    std::size_t i = first;
    for (; i + 2 * V::kLanes <= last; i += 2 * V::kLanes) {
      fallen_bits |= step_two<Math, V>(a, i) << (i - first);
    }
    for (; i + V::kLanes <= last; i += V::kLanes) {
      fallen_bits |= step_one<Math, V>(a, i) << (i - first);
    }
    for (; i < last; ++i) fallen_bits |= step_one<Math, One>(a, i) << (i - first);
    a.fallen_bits[first / 64] = fallen_bits;
  }
}

void StepExact(const CartPoleArrays& a) { step_arrays<ExactMath>(a); }
void StepNarrowExact(const CartPoleArrays& a) { step_arrays<NarrowExactMath>(a); }
void StepFast(const CartPoleArrays& a) { step_arrays<FastMath>(a); }
void StepNarrowFast(const CartPoleArrays& a) { step_arrays<NarrowFastMath>(a); }

}  // namespace pavlov::envs::PAVLOV_ARCH
PAVLOV_REGION_END

#if HWY_ONCE

#include <cmath>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::envs {

HWY_EXPORT(StepExact);
HWY_EXPORT(StepNarrowExact);
HWY_EXPORT(StepFast);
HWY_EXPORT(StepNarrowFast);

namespace {

// Inside, the short forms are defined; 1e6 keeps every product far from overflow.
bool is_narrow(const CartPoleState& s) {
  return std::abs(s.theta) < 0.24 && std::abs(s.x) < 1e6 && std::abs(s.x_dot) < 1e6 &&
         std::abs(s.theta_dot) < 1e6;
}

bool is_finite(const CartPoleState& s) {
  return std::isfinite(s.x) && std::isfinite(s.x_dot) && std::isfinite(s.theta) &&
         std::isfinite(s.theta_dot);
}

std::string describe(const CartPoleConfig& config) {
  return std::string("sutton_barto_reward=") + (config.sutton_barto_reward ? "true" : "false") +
         " math=" + (config.math == Math::exact ? "exact" : "fast") +
         " reset_low=" + number_text(config.reset_low) +
         " reset_high=" + number_text(config.reset_high);
}

}  // namespace

CartPoleConfig CartPoleConfig::read(OptionReader& options) {
  CartPoleConfig config;
  const OptionReader::Range bounds = {-1e6, 1e6};
  config.sutton_barto_reward = options.flag("sutton_barto_reward", config.sutton_barto_reward,
                                            "reward 0 per step and -1 at the fall");
  config.math = static_cast<Math>(options.choice("math", 0, {"exact", "fast"},
                                                 "exact: the bits of Gymnasium; fast: polynomials"));
  config.reset_low =
      options.number("reset_low", config.reset_low, bounds, "lowest initial value of the state");
  config.reset_high =
      options.number("reset_high", config.reset_high, bounds, "highest initial value of the state");
  return config;
}

EnvSpec cartpole_spec(std::string_view id) {
  const bool v0 = id == "CartPole-v0";
  const auto x = static_cast<float>(2 * 2.4);
  const auto theta = static_cast<float>(2 * (12 * 2 * 0x1.921fb54442d18p1 / 360));
  const float infinity = std::numeric_limits<float>::infinity();
  EnvSpec spec;
  spec.id = id;
  spec.observation_space = {{-x, -infinity, -theta, -infinity}, {x, infinity, theta, infinity}};
  spec.action_space = Discrete{2};
  spec.max_episode_steps = v0 ? 200 : 500;
  spec.reward_threshold = v0 ? 195.0 : 475.0;
  spec.render_fps = 50;
  return spec;
}

CartPole::CartPole(EnvSpec spec, const CartPoleConfig& config, const VecOptions& options)
    : BatchEnv(std::move(spec), options, describe(config)),
      config_(config),
      state_({4, padded_rows()}) {
  const CartPoleState low = {config.reset_low, config.reset_low, config.reset_low,
                             config.reset_low};
  const CartPoleState high = {config.reset_high, config.reset_high, config.reset_high,
                              config.reset_high};
  if (!is_finite(low) || !is_finite(high) || config.reset_low > config.reset_high) {
    kernels::throw_argument(this->spec().id, "reset_low " + number_text(config.reset_low) +
                                                 ", reset_high " + number_text(config.reset_high) +
                                                 ": must be finite, low not above high");
  }
  narrow_ = is_narrow(low) && is_narrow(high);
}

CartPoleState CartPole::state(std::size_t i) const {
  const double* x = state_.data() + i;
  const std::size_t n = padded_rows();
  return {x[0], x[n], x[2 * n], x[3 * n]};
}

void CartPole::put(std::size_t i, const CartPoleState& s) {
  column(0)[i] = s.x;
  column(1)[i] = s.x_dot;
  column(2)[i] = s.theta;
  column(3)[i] = s.theta_dot;
  float* row = observation() + 4 * i;
  row[0] = static_cast<float>(s.x);
  row[1] = static_cast<float>(s.x_dot);
  row[2] = static_cast<float>(s.theta);
  row[3] = static_cast<float>(s.theta_dot);
}

void CartPole::set_state(std::size_t i, const CartPoleState& state) {
  if (i >= size() || !is_finite(state)) {
    kernels::throw_argument(spec().id, "set_state of environment " + std::to_string(i) +
                                           ": index must be below " + std::to_string(size()) +
                                           " and all values finite");
  }
  put(i, state);
  narrow_ = narrow_ && is_narrow(state);
}

void CartPole::reset_rows(std::span<const std::uint32_t> rows) {
  const double low = config_.reset_low, high = config_.reset_high;
  for (const std::uint32_t i : rows) {
    kernels::Pcg64& stream = random(i);
    CartPoleState s;
    s.x = stream.uniform(low, high);
    s.x_dot = stream.uniform(low, high);
    s.theta = stream.uniform(low, high);
    s.theta_dot = stream.uniform(low, high);
    put(i, s);
  }
}

void CartPole::step_rows(kernels::RowRange rows, const ActionView& actions) {
  const CartPoleArrays arrays = {.x = column(0),
                                 .x_dot = column(1),
                                 .theta = column(2),
                                 .theta_dot = column(3),
                                 .action = actions.discrete().data(),
                                 .observation = observation(),
                                 .reward = reward(),
                                 .fallen_bits = terminated_bits(),
                                 .begin = rows.begin,
                                 .end = rows.end,
                                 .step_reward = config_.sutton_barto_reward ? 0.0 : 1.0,
                                 .fall_reward = config_.sutton_barto_reward ? -1.0 : 1.0};
  if (config_.math == Math::exact) {
    narrow_ ? PAVLOV_DISPATCH(StepNarrowExact)(arrays) : PAVLOV_DISPATCH(StepExact)(arrays);
  } else {
    narrow_ ? PAVLOV_DISPATCH(StepNarrowFast)(arrays) : PAVLOV_DISPATCH(StepFast)(arrays);
  }
}

void CartPole::save_rows(StateWriter& out) const {
  for (std::size_t i = 0; i < size(); ++i) out.put(state(i));
}

void CartPole::load_rows(StateReader& in) {
  for (std::size_t i = 0; i < size(); ++i) {
    const auto s = in.get<CartPoleState>();
    if (!is_finite(s)) kernels::throw_runtime(spec().id, "load: a state that is not finite");
    const std::size_t n = padded_rows();
    double* x = column(0) + i;
    x[0] = s.x;
    x[n] = s.x_dot;
    x[2 * n] = s.theta;
    x[3 * n] = s.theta_dot;
    const bool resting = (resting_bits()[i / kBlock] >> i % kBlock & 1) != 0;
    narrow_ = narrow_ && (resting || is_narrow(s));
  }
}

}  // namespace pavlov::envs
#endif  // HWY_ONCE
