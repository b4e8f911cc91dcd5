#include "pavlov/tests/envs/conformance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "pavlov/kernels/random.h"
#include "pavlov/tests/envs/states_and_errors.h"

namespace pavlov::envs {
namespace {

constexpr std::uint64_t kSeed = 123;
constexpr int kSteps = 120;

// Random actions for all environments; unbounded dimensions draw from [-1, 1].
class RandomActions {
 public:
  RandomActions(const VecEnv& env, std::uint64_t seed)
      : space_(env.spec().action_space), n_(env.size()), random_(seed) {}

  ActionView next() {
    if (const auto* discrete = std::get_if<Discrete>(&space_)) {
      discrete_.resize(n_);
      for (std::int32_t& a : discrete_) {
        a = static_cast<std::int32_t>(random_.integers(0, discrete->n));
      }
      return discrete_;
    }
    const Box& box = std::get<Box>(space_);
    continuous_.resize(n_ * box.size());
    for (std::size_t i = 0; i < continuous_.size(); ++i) {
      const float low = std::max(box.low[i % box.size()], -1e3f);
      const float high = std::min(box.high[i % box.size()], 1e3f);
      // The bounds themselves belong to the space.
      const std::int64_t kind = random_.integers(0, 8);
      continuous_[i] = kind == 0   ? low
                       : kind == 1 ? high
                                   : low + (high - low) * random_.uniform_float();
    }
    return ConstMatrixView(continuous_.data(), n_, box.size());
  }
  // For continuous actions: as next, with `value` in one place.
  ActionView with(std::size_t i, std::size_t dimension, float value) {
    next();
    const std::size_t size = std::get<Box>(space_).size();
    continuous_[i * size + dimension] = value;
    return ConstMatrixView(continuous_.data(), n_, size);
  }
  // Action of environment i outside the space.
  ActionView wrong_at(std::size_t i) {
    next();
    if (std::holds_alternative<Discrete>(space_)) {
      discrete_[i] = std::get<Discrete>(space_).n;
      return discrete_;
    }
    const std::size_t size = std::get<Box>(space_).size();
    continuous_[i * size] = std::nanf("");
    return ConstMatrixView(continuous_.data(), n_, size);
  }
  // One row too few.
  ActionView short_by_one() {
    next();
    if (std::holds_alternative<Discrete>(space_)) {
      return std::span<const std::int32_t>(discrete_.data(), n_ - 1);
    }
    return ConstMatrixView(continuous_.data(), n_ - 1, std::get<Box>(space_).size());
  }

 private:
  Space space_;
  std::size_t n_;
  kernels::Pcg64 random_;
  std::vector<std::int32_t> discrete_;
  std::vector<float> continuous_;
};

// What a step gave, copied, row by row comparable.
struct Record {
  std::vector<float> observation, final_observation;
  std::vector<double> reward;
  std::vector<std::uint8_t> terminated, truncated;

  explicit Record(const StepView& step)
      : observation(step.observation.data, step.observation.data + size_of(step.observation)),
        final_observation(step.final_observation.data,
                          step.final_observation.data + size_of(step.final_observation)),
        reward(step.reward.begin(), step.reward.end()),
        terminated(step.terminated.begin(), step.terminated.end()),
        truncated(step.truncated.begin(), step.truncated.end()) {
    // Only rows that ended are part of the contract.
    const std::size_t cols = step.final_observation.cols;
    for (std::size_t i = 0; i < reward.size(); ++i) {
      if (ended(i)) continue;
      std::fill_n(final_observation.begin() + static_cast<std::ptrdiff_t>(i * cols), cols, 0.0f);
    }
  }
  static std::size_t size_of(ConstMatrixView view) { return view.rows * view.cols; }
  bool ended(std::size_t i) const { return terminated[i] != 0 || truncated[i] != 0; }
  bool operator==(const Record& other) const {
    return same(observation, other.observation) &&
           same(final_observation, other.final_observation) && same(reward, other.reward) &&
           terminated == other.terminated && truncated == other.truncated;
  }
  template <class T>
  static bool same(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
  }
};

// In disabled mode finished environments rest.
std::vector<Record> run(VecEnv& env, RandomActions& actions, int steps) {
  std::vector<Record> records;
  const bool rests = env.autoreset_mode() == AutoresetMode::disabled;
  for (int t = 0; t < steps; ++t) {
    const ActionView action = actions.next();
    records.emplace_back(rests ? env.step_running(action) : env.step(action));
  }
  return records;
}

std::vector<float> copy(ConstMatrixView view) {
  return {view.data, view.data + view.rows * view.cols};
}

void check_shapes(const MakeVecEnv& make) {
  for (const std::size_t n : {1, 5, 64, 67}) {
    SCOPED_TRACE("N = " + std::to_string(n));
    const auto env = make({.num_envs = n, .autoreset_mode = AutoresetMode::same_step});
    const EnvSpec& spec = env->spec();
    ASSERT_EQ(env->size(), n);
    EXPECT_FALSE(spec.id.empty());
    const std::size_t cols = spec.observation_space.size();
    ASSERT_GE(cols, 1u);
    ASSERT_EQ(spec.observation_space.low.size(), spec.observation_space.high.size());
    const ConstMatrixView first = env->reset(kSeed);
    EXPECT_EQ(first.rows, n);
    EXPECT_EQ(first.cols, cols);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(first.data) % 64, 0u);
    RandomActions actions(*env, 1);
    for (int t = 0; t < kSteps; ++t) {
      const StepView step = env->step(actions.next());
      ASSERT_EQ(step.observation.rows, n);
      ASSERT_EQ(step.observation.cols, cols);
      ASSERT_EQ(step.final_observation.rows, n);
      ASSERT_EQ(step.final_observation.cols, cols);
      ASSERT_EQ(step.reward.size(), n);
      ASSERT_EQ(step.terminated.size(), n);
      ASSERT_EQ(step.truncated.size(), n);
      for (std::size_t i = 0; i < n; ++i) {
        ASSERT_TRUE(std::isfinite(step.reward[i]));
        ASSERT_LE(step.terminated[i], 1);
        ASSERT_LE(step.truncated[i], 1);
        for (std::size_t k = 0; k < cols; ++k) {
          ASSERT_TRUE(std::isfinite(step.observation(i, k)));
          if (spec.nominal_bounds) continue;
          ASSERT_GE(step.observation(i, k), spec.observation_space.low[k]);
          ASSERT_LE(step.observation(i, k), spec.observation_space.high[k]);
        }
      }
    }
  }
}

// The same bytes for any number of threads, and again from the same seed.
void check_determinism(const MakeVecEnv& make) {
  constexpr std::size_t kEnvs = 500;
  std::vector<Record> expected;
  for (const std::size_t threads : {1, 2, 7}) {
    SCOPED_TRACE("threads = " + std::to_string(threads));
    const auto env = make({.num_envs = kEnvs,
                           .autoreset_mode = AutoresetMode::same_step,
                           .threads = threads,
                           .max_episode_steps = 50});
    for (int again = 0; again < 2; ++again) {
      env->reset(kSeed);
      RandomActions actions(*env, 2);
      const std::vector<Record> records = run(*env, actions, kSteps);
      if (expected.empty()) expected = records;
      EXPECT_TRUE(records == expected);
    }
  }
}

// Environment i does not depend on the others: alone with its seed it does the same.
void check_independence(const MakeVecEnv& make) {
  const auto many = make({.num_envs = 9, .autoreset_mode = AutoresetMode::same_step});
  const auto one = make({.num_envs = 1, .autoreset_mode = AutoresetMode::same_step});
  many->reset(kSeed);
  RandomActions actions(*many, 3);
  constexpr std::size_t kPick = 4;
  one->reset(kSeed + kPick);
  for (int t = 0; t < kSteps; ++t) {
    const ActionView all = actions.next();
    const bool discrete = std::holds_alternative<Discrete>(many->spec().action_space);
    const ActionView picked = discrete ? ActionView(all.discrete().subspan(kPick, 1))
                                       : ActionView(all.continuous().rows_from(kPick, 1));
    const StepView a = many->step(all);
    const StepView b = one->step(picked);
    ASSERT_EQ(a.reward[kPick], b.reward[0]);
    ASSERT_EQ(a.terminated[kPick], b.terminated[0]);
    ASSERT_EQ(a.truncated[kPick], b.truncated[0]);
    ASSERT_TRUE(std::ranges::equal(a.observation.row(kPick), b.observation.row(0)));
  }
}

// Disabled mode with a masked reset after each end is the plain form; the others must agree with
// it: same_step skips the boundary, next_step spends one ignored step on it.
void check_autoreset(const MakeVecEnv& make) {
  VecOptions options{.num_envs = 1, .max_episode_steps = 13};
  options.autoreset_mode = AutoresetMode::disabled;
  const auto disabled = make(options);
  options.autoreset_mode = AutoresetMode::same_step;
  const auto same_step = make(options);
  options.autoreset_mode = AutoresetMode::next_step;
  const auto next_step = make(options);
  EXPECT_EQ(disabled->autoreset_mode(), AutoresetMode::disabled);
  EXPECT_EQ(same_step->autoreset_mode(), AutoresetMode::same_step);
  EXPECT_EQ(next_step->autoreset_mode(), AutoresetMode::next_step);
  EXPECT_EQ(disabled->spec().max_episode_steps, 13);
  const std::vector<float> start = copy(disabled->reset(kSeed));
  EXPECT_EQ(copy(same_step->reset(kSeed)), start);
  EXPECT_EQ(copy(next_step->reset(kSeed)), start);

  RandomActions actions(*disabled, 4);
  int length = 0, episodes = 0;
  for (int t = 0; t < kSteps; ++t) {
    const ActionView action = actions.next();
    const Record plain(disabled->step(action));
    const Record same(same_step->step(action));
    const Record next(next_step->step(action));
    ASSERT_TRUE(plain == next);
    ASSERT_EQ(plain.reward, same.reward);
    ASSERT_EQ(plain.terminated, same.terminated);
    ASSERT_EQ(plain.truncated, same.truncated);
    ASSERT_TRUE(Record::same(plain.final_observation, same.final_observation));
    ++length;
    ASSERT_LE(length, 13);
    // The time limit may only be preceded by an end of the environment's own.
    ASSERT_TRUE(length < 13 || plain.truncated[0] == 1);
    if (!plain.ended(0)) {
      ASSERT_TRUE(plain == same);
      continue;
    }
    ++episodes;
    length = 0;
    ASSERT_TRUE(Record::same(plain.observation, plain.final_observation));
    EXPECT_NE(error_of([&] { disabled->step(action); }), "");
    const std::vector<float> first = copy(disabled->reset(std::vector<std::uint8_t>{1}));
    EXPECT_EQ(same.observation, first);
    const Record ignored(next_step->step(action));
    EXPECT_EQ(ignored.observation, first);
    EXPECT_EQ(ignored.reward[0], 0.0);
    EXPECT_FALSE(ignored.ended(0));
  }
  EXPECT_GE(episodes, kSteps / 13);
}

// Rows outside the mask keep their observation and go on as if nothing had happened.
void check_masked_reset(const MakeVecEnv& make) {
  const VecOptions options{.num_envs = 70, .autoreset_mode = AutoresetMode::same_step};
  const auto masked = make(options);
  const auto plain = make(options);
  masked->reset(kSeed);
  plain->reset(kSeed);
  RandomActions actions(*masked, 5), same_actions(*masked, 5);
  run(*masked, actions, 4);
  run(*plain, same_actions, 4);
  std::vector<std::uint8_t> mask(70, 0);
  mask[3] = mask[68] = 1;
  const std::vector<float> before = copy(plain->step(same_actions.next()).observation);
  masked->step(actions.next());
  const ConstMatrixView after = masked->reset(mask);
  const std::size_t cols = after.cols;
  for (std::size_t i = 0; i < 70; ++i) {
    if (mask[i] != 0) continue;
    EXPECT_TRUE(std::equal(after.row(i).begin(), after.row(i).end(),
                           before.begin() + static_cast<std::ptrdiff_t>(i * cols)));
  }
  for (int t = 0; t < 20; ++t) {
    const Record a(masked->step(actions.next())), b(plain->step(same_actions.next()));
    for (std::size_t i = 0; i < 70; ++i) {
      if (mask[i] != 0) continue;
      ASSERT_TRUE(std::memcmp(&a.observation[i * cols], &b.observation[i * cols],
                              cols * sizeof(float)) == 0);
      ASSERT_EQ(a.ended(i), b.ended(i));
    }
  }
}

// reset() without a seed goes on in the streams: a second reset(seed) starts them again.
void check_streams(const MakeVecEnv& make) {
  const auto env = make({.num_envs = 3});
  const std::vector<float> unseeded = copy(env->reset());
  EXPECT_EQ(unseeded, copy(make({.num_envs = 3})->reset())) << "without a seed: streams 0, 1, 2";
  const std::vector<float> first = copy(env->reset(kSeed));
  const std::vector<float> second = copy(env->reset());
  EXPECT_EQ(copy(env->reset(kSeed)), first);
  EXPECT_EQ(copy(env->reset()), second);
  const std::vector<std::uint64_t> seeds = {kSeed, kSeed + 1, kSeed + 2};
  EXPECT_EQ(copy(env->reset(seeds)), first);
}

// Finished environments rest under step_running: they show their end, draw nothing, and a reset
// finds their stream where a reset at once would have found it.
void check_resting(const MakeVecEnv& make, bool can_save) {
  constexpr std::size_t kEnvs = 67;
  VecOptions options{.num_envs = kEnvs, .max_episode_steps = 20};
  options.autoreset_mode = AutoresetMode::same_step;
  const auto same_step = make(options);
  options.autoreset_mode = AutoresetMode::disabled;
  const auto env = make(options);
  RandomActions actions(*env, 8);
  EXPECT_NE(error_of([&] { env->step_running(actions.next()); }), "");
  same_step->reset(kSeed);
  env->reset(kSeed);
  EXPECT_NE(error_of([&] { env->step_running(actions.short_by_one()); }), "");
  EXPECT_NE(error_of([&] { same_step->step_running(actions.next()); }), "");

  std::vector<std::vector<float>> end(kEnvs), next_start(kEnvs);
  const auto row = [](ConstMatrixView view, std::size_t i) {
    return std::vector<float>(view.row(i).begin(), view.row(i).end());
  };
  for (int t = 0; t < 60; ++t) {
    const ActionView action = actions.next();
    const StepView a = same_step->step(action);
    const StepView b = env->step_running(action);
    for (std::size_t i = 0; i < kEnvs; ++i) {
      if (!end[i].empty()) {
        ASSERT_EQ(b.reward[i], 0.0);
        ASSERT_EQ(b.terminated[i] + b.truncated[i], 0);
        ASSERT_EQ(row(b.observation, i), end[i]);
        continue;
      }
      ASSERT_EQ(a.reward[i], b.reward[i]);
      ASSERT_EQ(a.terminated[i], b.terminated[i]);
      ASSERT_EQ(a.truncated[i], b.truncated[i]);
      if ((a.terminated[i] | a.truncated[i]) == 0) {
        ASSERT_EQ(row(a.observation, i), row(b.observation, i));
        continue;
      }
      end[i] = row(a.final_observation, i);
      next_start[i] = row(a.observation, i);
      ASSERT_EQ(row(b.observation, i), end[i]);
      ASSERT_EQ(row(b.final_observation, i), end[i]);
    }
  }
  if (can_save) {
    const std::vector<std::byte> saved = state_of(*env);
    const auto other = make(options);
    StateReader in(saved);
    other->load(in);
    EXPECT_EQ(state_of(*other), saved);
  }
  EXPECT_NE(error_of([&] { env->step(actions.next()); }), "");
  std::vector<std::uint8_t> odd(kEnvs, 0);
  for (std::size_t i = 1; i < kEnvs; i += 2) odd[i] = 1;
  const ConstMatrixView after = env->reset(odd);
  for (std::size_t i = 0; i < kEnvs; ++i) {
    ASSERT_FALSE(end[i].empty());
    ASSERT_EQ(row(after, i), odd[i] != 0 ? next_start[i] : end[i]);
  }
}

// Outside its bounds a continuous action is refused, or clipped by the environment where the spec
// says so; NaN and infinities are refused always.
void check_box_actions(VecEnv& env, RandomActions& actions, bool can_save) {
  const auto* box = std::get_if<Box>(&env.spec().action_space);
  if (box == nullptr) return;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const bool clips = env.spec().clips_actions;
  for (std::size_t a = 0; a < box->size(); ++a) {
    const std::string place = "of environment 1, dimension " + std::to_string(a);
    std::vector<float> refused = {kInfinity, -kInfinity, std::nanf("")};
    std::vector<float> accepted = {std::max(box->low[a], -1e3f), std::min(box->high[a], 1e3f)};
    std::vector<float>& outside = clips ? accepted : refused;
    if (box->high[a] < 1e30f) outside.push_back(std::nextafter(box->high[a], kInfinity));
    if (box->low[a] > -1e30f) outside.push_back(std::nextafter(box->low[a], -kInfinity));
    if (clips) outside.push_back(1e6f);
    for (const float value : refused) {
      const std::vector<std::byte> before = can_save ? state_of(env) : std::vector<std::byte>();
      const std::string error = error_of([&] { env.step(actions.with(1, a, value)); });
      EXPECT_NE(error.find(place), std::string::npos) << value << ": " << error;
      EXPECT_TRUE(!can_save || state_of(env) == before);
    }
    for (const float value : accepted) {
      EXPECT_NO_THROW({
        const Record record(env.step(actions.with(1, a, value)));
        for (const float o : record.observation) EXPECT_TRUE(std::isfinite(o));
        for (const double r : record.reward) EXPECT_TRUE(std::isfinite(r));
      }) << value;
    }
  }
}

void check_errors(const MakeVecEnv& make, bool can_save) {
  const auto env = make({.num_envs = 4});
  const std::string prefix = "[" + env->spec().id + "] ";
  RandomActions actions(*env, 7);
  const auto expect_error = [&](const std::string& error, const std::string& part) {
    EXPECT_EQ(error.rfind(prefix, 0), 0u) << error;
    EXPECT_NE(error.find(part), std::string::npos) << error;
  };
  expect_error(error_of([&] { env->step(actions.next()); }), "call reset first");
  env->reset(kSeed);
  const std::vector<std::byte> before = can_save ? state_of(*env) : std::vector<std::byte>();
  expect_error(error_of([&] { env->step(actions.wrong_at(2)); }), "of environment 2");
  expect_error(error_of([&] { env->step(actions.short_by_one()); }), "must be");
  expect_error(error_of([&] { env->reset(std::vector<std::uint64_t>{1, 2}); }), "seeds");
  expect_error(error_of([&] { env->reset(std::vector<std::uint8_t>{1}); }), "mask");
  expect_error(error_of([&] { env->reset(std::vector<std::uint8_t>(4, 0)); }), "mask");
  // Actions of the other kind.
  if (std::holds_alternative<Discrete>(env->spec().action_space)) {
    const std::vector<float> values(4, 0.0f);
    expect_error(error_of([&] { env->step(ConstMatrixView(values.data(), 4, 1)); }),
                 "discrete actions");
  } else {
    expect_error(error_of([&] { env->step(std::vector<std::int32_t>(4, 0)); }),
                 "continuous actions");
  }
  EXPECT_TRUE(!can_save || state_of(*env) == before);
  EXPECT_NO_THROW(env->step(actions.next()));
  check_box_actions(*env, actions, can_save);
  EXPECT_THROW(make({.num_envs = 0}), std::invalid_argument);
  EXPECT_THROW(make({.num_envs = 1, .threads = 0}), std::invalid_argument);
  EXPECT_THROW(make({.num_envs = 1, .max_episode_steps = -1}), std::invalid_argument);
}

}  // namespace

void check_archives(const MakeVecEnv& make) {
  for (const AutoresetMode mode :
       {AutoresetMode::next_step, AutoresetMode::same_step, AutoresetMode::disabled}) {
    SCOPED_TRACE(to_string(mode));
    const VecOptions options{.num_envs = 67, .autoreset_mode = mode, .max_episode_steps = 20};
    const auto env = make(options);
    env->reset(kSeed);
    RandomActions actions(*env, 6);
    run(*env, actions, 33);
    if (mode == AutoresetMode::disabled) {  // all rest: start some of them again
      std::vector<std::uint8_t> mask(67, 0);
      for (std::size_t i = 0; i < 67; i += 3) mask[i] = 1;
      env->reset(mask);
      run(*env, actions, 5);
    }
    const std::vector<std::byte> saved = state_of(*env);
    RandomActions again = actions;
    const std::vector<Record> expected = run(*env, actions, 40);

    const auto other =
        make({.num_envs = 67, .autoreset_mode = mode, .threads = 2, .max_episode_steps = 20});
    StateReader reader(saved);
    other->load(reader);
    EXPECT_EQ(reader.remaining(), 0u);
    EXPECT_EQ(state_of(*other), saved);
    EXPECT_TRUE(run(*other, again, 40) == expected);

    // Truncated or damaged at places ever further apart, or of another size: refused, unchanged.
    const std::vector<std::byte> current = state_of(*other);
    for (std::size_t length = 0; length < saved.size(); length += 1 + length / 7) {
      StateReader truncated({saved.data(), length});
      EXPECT_THROW(other->load(truncated), std::runtime_error) << length;
    }
    for (std::size_t at = 0; at < saved.size(); at += 1 + at / 7) {
      std::vector<std::byte> damaged = saved;
      damaged[at] ^= std::byte{0x40};
      StateReader in(damaged);
      EXPECT_THROW(other->load(in), std::runtime_error) << at;
    }
    VecOptions smaller = options;
    smaller.num_envs = 66;
    const auto foreign = make(smaller);
    foreign->reset(kSeed);
    StateReader in(saved);
    const std::vector<std::byte> foreign_state = state_of(*foreign);
    EXPECT_THROW(foreign->load(in), std::runtime_error);
    EXPECT_EQ(state_of(*foreign), foreign_state);
    EXPECT_EQ(state_of(*other), current);
  }
}

void check_conformance(const MakeVecEnv& make, bool can_save) {
  {
    SCOPED_TRACE("shapes");
    check_shapes(make);
  }
  {
    SCOPED_TRACE("determinism");
    check_determinism(make);
    check_independence(make);
  }
  {
    SCOPED_TRACE("autoreset");
    check_autoreset(make);
    check_masked_reset(make);
    check_streams(make);
    check_resting(make, can_save);
  }
  if (can_save) {
    SCOPED_TRACE("archives");
    check_archives(make);
  }
  {
    SCOPED_TRACE("errors");
    check_errors(make, can_save);
  }
}

}  // namespace pavlov::envs
