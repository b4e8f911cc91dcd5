#include "pavlov/envs/cartpole/cartpole.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/envs/cartpole/cartpole.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/envs/cartpole/cartpole-inl.h"
#include "pavlov/kernels/simd/twice-inl.h"

#ifndef PAVLOV_ENVS_CARTPOLE_CARTPOLE_CPP
#define PAVLOV_ENVS_CARTPOLE_CARTPOLE_CPP
namespace pavlov::envs {

// What the batch step reads and writes.
struct CartPoleArrays {
  double* state;       // (blocks, 4, 64): x, x_dot, theta, theta_dot
  float* observation;  // (N, 4)
  double* reward;      // (N)
  BatchEnv::Block* blocks;
  double step_reward;
  double fall_reward;
};

// Where the x of row i is in `state`; the other three follow at distances of 64.
inline std::size_t first_value(std::size_t i) { return i / 64 * 256 + i % 64; }

}  // namespace pavlov::envs
#endif

PAVLOV_REGION_BEGIN
namespace pavlov::envs::PAVLOV_ARCH {

// Action 1 pushes to the right.
template <class V>
PAVLOV_FN V force_of(const std::int32_t* action) {
  return flip_sign(V(-cartpole::kForce), V::sign_where_odd(action));
}

// Writes one vector of rows: state, observation, reward; returns the bits of the fallen.
template <class V>
PAVLOV_FN std::uint64_t store_step(const CartPoleArrays& a, std::size_t i, double* state,
                                   const CartPoleLanes<V>& s) {
  s.x.store(state);
  s.x_dot.store(state + 64);
  s.theta.store(state + 128);
  s.theta_dot.store(state + 192);
  store_float_rows(s.x, s.x_dot, s.theta, s.theta_dot, a.observation + 4 * i);
  const auto fallen = cartpole_fallen(s);
  select(fallen, V(a.fall_reward), V(a.step_reward)).store(a.reward + i);
  return fallen.bits();
}

// Steps one vector of rows, from row i on, whose state begins at `state`; returns the bits of the
// fallen.
template <class Math, class V>
PAVLOV_FN std::uint64_t step_vector(const CartPoleArrays& a, const std::int32_t* action,
                                    std::size_t i, double* state) {
  CartPoleLanes<V> s = {V::load(state), V::load(state + 64), V::load(state + 128),
                        V::load(state + 192)};
  s = cartpole_step<Math>(s, force_of<V>(action + i));
  return store_step(a, i, state, s);
}

// Two vectors side by side.
template <class Math, class V>
PAVLOV_FN std::uint64_t step_pair(const CartPoleArrays& a, const std::int32_t* action,
                                  std::size_t i, double* state) {
  using W = Twice<V>;
  constexpr std::size_t k = V::kLanes;
  CartPoleLanes<W> s = {{V::load(state), V::load(state + k)},
                        {V::load(state + 64), V::load(state + 64 + k)},
                        {V::load(state + 128), V::load(state + 128 + k)},
                        {V::load(state + 192), V::load(state + 192 + k)}};
  s = cartpole_step<Math>(s, W(force_of<V>(action + i), force_of<V>(action + i + k)));
  const std::uint64_t low =
      store_step(a, i, state, CartPoleLanes<V>{s.x.a, s.x_dot.a, s.theta.a, s.theta_dot.a});
  const std::uint64_t high =
      store_step(a, i + k, state + k, CartPoleLanes<V>{s.x.b, s.x_dot.b, s.theta.b, s.theta_dot.b});
  return low | high << k;
}

// Rows [i, last), fewer than a vector has, one at a time; returns the bits of the fallen, lowest
// first.
template <class Math>
PAVLOV_FN std::uint64_t step_rest(const CartPoleArrays& a, const std::int32_t* action,
                                  std::size_t i, std::size_t last) {
  using One = Lanes<hwy::HWY_NAMESPACE::CappedTag<double, 1>>;
  std::uint64_t fallen_bits = 0;
  double* state = a.state + first_value(i);
  for (std::size_t r = 0; i + r < last; ++r) {
    fallen_bits |= step_vector<Math, One>(a, action, i + r, state + r) << r;
  }
  return fallen_bits;
}

// Rows [begin, end), both multiples of a vector's lanes. Apart from the rest, because a batch of
// one shall not wait for the constants of this loop.
template <class Math>
HWY_NOINLINE void step_vectors(const CartPoleArrays& given, const std::int32_t* action,
                               std::size_t begin, std::size_t end) {
  using V = Lanes<hwy::HWY_NAMESPACE::ScalableTag<double>>;
  constexpr std::size_t k = V::kLanes;
  const CartPoleArrays a = given;  // a copy: nothing stored can change the pointers
  for (std::size_t first = begin; first < end; first += 64) {
    const std::size_t count = end - first < 64 ? end - first : 64;
    double* state = a.state + first_value(first);
    std::uint64_t fallen_bits = 0;
    std::size_t r = 0;
    for (; r + 2 * k <= count; r += 2 * k) {
      fallen_bits |= step_pair<Math, V>(a, action, first + r, state + r) << r;
    }
    for (; r < count; r += k) {
      fallen_bits |= step_vector<Math, V>(a, action, first + r, state + r) << r;
    }
    a.blocks[first / 64].terminated = fallen_bits;
  }
}

// Rows [begin, end), begin a multiple of 64.
template <class Math>
PAVLOV_FN void step_range(const CartPoleArrays& a, const std::int32_t* action, std::size_t begin,
                          std::size_t end) {
  const std::size_t whole = end - end % Lanes<hwy::HWY_NAMESPACE::ScalableTag<double>>::kLanes;
  if (whole > begin) step_vectors<Math>(a, action, begin, whole);
  if (whole == end) return;
  const std::uint64_t fallen_bits = step_rest<Math>(a, action, whole, end) << whole % 64;
  std::uint64_t& word = a.blocks[whole / 64].terminated;
  word = whole % 64 == 0 ? fallen_bits : word | fallen_bits;
}

void StepExact(const CartPoleArrays& a, const std::int32_t* action, std::size_t begin,
               std::size_t end) {
  step_range<ExactMath>(a, action, begin, end);
}
void StepNarrowExact(const CartPoleArrays& a, const std::int32_t* action, std::size_t begin,
                     std::size_t end) {
  step_range<NarrowExactMath>(a, action, begin, end);
}
void StepFast(const CartPoleArrays& a, const std::int32_t* action, std::size_t begin,
              std::size_t end) {
  step_range<FastMath>(a, action, begin, end);
}
void StepNarrowFast(const CartPoleArrays& a, const std::int32_t* action, std::size_t begin,
                    std::size_t end) {
  step_range<NarrowFastMath>(a, action, begin, end);
}

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
  config.math = static_cast<Math>(options.choice(
      "math", 0, {"exact", "fast"}, "exact: the bits of Gymnasium; fast: polynomials"));
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
      state_({padded_rows() / kBlock, 4, kBlock}) {
  const CartPoleState low = {config.reset_low, config.reset_low, config.reset_low,
                             config.reset_low};
  const CartPoleState high = {config.reset_high, config.reset_high, config.reset_high,
                              config.reset_high};
  if (!is_finite(low) || !is_finite(high) || config.reset_low > config.reset_high) {
    kernels::throw_argument(this->spec().id, "reset_low " + number_text(config.reset_low) +
                                                 ", reset_high " + number_text(config.reset_high) +
                                                 ": must be finite, low not above high");
  }
  arrays_ = std::make_unique<CartPoleArrays>(
      CartPoleArrays{.state = state_.data(),
                     .observation = observation(),
                     .reward = reward(),
                     .blocks = blocks(),
                     .step_reward = config.sutton_barto_reward ? 0.0 : 1.0,
                     .fall_reward = config.sutton_barto_reward ? -1.0 : 1.0});
  narrow_resets_ = is_narrow(low) && is_narrow(high);
  choose_step(narrow_resets_);
}

CartPole::~CartPole() = default;

void CartPole::choose_step(bool narrow) {
  narrow_ = narrow;
  if (config_.math == Math::exact) {
    step_ = narrow ? PAVLOV_DISPATCH_POINTER(StepNarrowExact) : PAVLOV_DISPATCH_POINTER(StepExact);
  } else {
    step_ = narrow ? PAVLOV_DISPATCH_POINTER(StepNarrowFast) : PAVLOV_DISPATCH_POINTER(StepFast);
  }
}

CartPoleState CartPole::state(std::size_t i) const {
  const double* x = state_.data() + first_value(i);
  return {x[0], x[kBlock], x[2 * kBlock], x[3 * kBlock]};
}

void CartPole::put(std::size_t i, const CartPoleState& s) {
  double* x = state_.data() + first_value(i);
  x[0] = s.x;
  x[kBlock] = s.x_dot;
  x[2 * kBlock] = s.theta;
  x[3 * kBlock] = s.theta_dot;
}

void CartPole::observe(std::size_t i, const CartPoleState& s) {
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
  observe(i, state);
  if (narrow_ && !is_narrow(state)) choose_step(false);
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
    observe(i, s);
  }
}

void CartPole::step_rows(kernels::RowRange rows, const ActionView& actions) {
  step_(*arrays_, actions.discrete().data(), rows.begin, rows.end);
}

void CartPole::park_rows(std::span<const std::uint32_t> rows) {
  for (const std::uint32_t i : rows) put(i, {});
}

void CartPole::save_rows(StateWriter& out) const {
  for (std::size_t i = 0; i < size(); ++i) out.put(state(i));
}

void CartPole::load_rows(StateReader& in) {
  bool narrow = narrow_resets_;
  for (std::size_t i = 0; i < size(); ++i) {
    const auto s = in.get<CartPoleState>();
    if (!is_finite(s)) kernels::throw_runtime(spec().id, "load: a state that is not finite");
    put(i, s);
    const bool resting = (blocks()[i / kBlock].resting >> i % kBlock & 1) != 0;
    narrow = narrow && (resting || is_narrow(s));
  }
  choose_step(narrow);
}

}  // namespace pavlov::envs
#endif  // HWY_ONCE
