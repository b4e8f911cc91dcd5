// Wrapped environments keep the environment contract, and their archives the promises of archives.
#include "pavlov/envs/wrappers/vec_env_wrapper.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "pavlov/envs/catalog.h"
#include "pavlov/envs/wrappers/frame_stack_observation.h"
#include "pavlov/envs/wrappers/normalize_observation.h"
#include "pavlov/envs/wrappers/normalize_reward.h"
#include "pavlov/envs/wrappers/record_episode_statistics.h"
#include "pavlov/envs/wrappers/repeat_action.h"
#include "pavlov/kernels/random.h"
#include "pavlov/tests/envs/conformance.h"
#include "pavlov/tests/envs/states_and_errors.h"
#include "pavlov/tests/envs/walk.h"
#include "pavlov/tests/envs/wrappers/stream_env.h"

namespace pavlov::envs {
namespace {

using EnvPtr = std::unique_ptr<VecEnv>;

// Nothing but the base.
class Plain final : public VecEnvWrapper {
 public:
  explicit Plain(EnvPtr env) : VecEnvWrapper(std::move(env), "Plain", "") {}
};

EnvPtr normalized_observation(EnvPtr env, bool frozen) {
  const std::size_t columns = env->spec().observation_space.size();
  auto wrapped = std::make_unique<NormalizeObservation>(std::move(env));
  if (frozen) {
    wrapped->set_moments(
        {std::vector<double>(columns, 0.3), std::vector<double>(columns, 2.5), 10});
    wrapped->set_update_running_mean(false);
  }
  return wrapped;
}

EnvPtr normalized_reward(EnvPtr env, bool frozen) {
  auto wrapped = std::make_unique<NormalizeReward>(std::move(env));
  if (frozen) {
    wrapped->set_moments({{0}, {7}, 10});
    wrapped->set_update_running_mean(false);
  }
  return wrapped;
}

EnvPtr repeated(const VecOptions& options, const MakeVecEnv& make_inner, std::size_t repeats) {
  VecOptions inner = options;
  inner.autoreset_mode = AutoresetMode::disabled;
  return std::make_unique<RepeatAction>(make_inner(inner), repeats, options.autoreset_mode);
}

struct Wrapped {
  const char* name;
  std::function<EnvPtr(const VecOptions&, const MakeVecEnv&)> make;
  bool rows_are_independent = true;
};

const Wrapped kWrapped[] = {
    {"Plain", [](auto& o, auto& inner) { return std::make_unique<Plain>(inner(o)); }},
    {"RecordEpisodeStatistics",
     [](auto& o, auto& inner) { return std::make_unique<RecordEpisodeStatistics>(inner(o)); }},
    {"FrameStackObservation",
     [](auto& o, auto& inner) { return std::make_unique<FrameStackObservation>(inner(o), 3); }},
    {"FrameStackObservationZero",
     [](auto& o, auto& inner) {
       return std::make_unique<FrameStackObservation>(inner(o), 2, FramePadding::zero);
     }},
    {"NormalizeObservationFrozen",
     [](auto& o, auto& inner) { return normalized_observation(inner(o), true); }},
    {"NormalizeObservation",
     [](auto& o, auto& inner) { return normalized_observation(inner(o), false); }, false},
    {"NormalizeRewardFrozen",
     [](auto& o, auto& inner) { return normalized_reward(inner(o), true); }},
    {"NormalizeReward", [](auto& o, auto& inner) { return normalized_reward(inner(o), false); },
     false},
    {"RepeatActionOnce", [](auto& o, auto& inner) { return repeated(o, inner, 1); }},
    {"RepeatActionFourTimes", [](auto& o, auto& inner) { return repeated(o, inner, 4); }},
    {"AllOfThem",
     [](auto& o, auto& inner) {
       EnvPtr env = std::make_unique<RecordEpisodeStatistics>(repeated(o, inner, 2));
       env = normalized_reward(normalized_observation(std::move(env), true), true);
       return std::make_unique<FrameStackObservation>(std::move(env), 2);
     }},
    {"AllOfThemInside",
     [](auto& o, auto& inner) {
       return repeated(
           o,
           [&](const VecOptions& options) {
             EnvPtr env = normalized_observation(inner(options), true);
             return std::make_unique<FrameStackObservation>(
                 std::make_unique<RecordEpisodeStatistics>(normalized_reward(std::move(env), true)),
                 2);
           },
           3);
     }},
};

class WrapperConformance : public ::testing::TestWithParam<Wrapped> {};

TEST_P(WrapperConformance, OfCartPoleAndWalk) {
  const Wrapped& wrapped = GetParam();
  const MakeVecEnv inner[] = {
      [](const VecOptions& options) { return make("CartPole-v1", options); },
      [](const VecOptions& options) {
        return make_vec([] { return std::make_unique<Walk>(); }, options);
      }};
  for (const MakeVecEnv& make_inner : inner) {
    const MakeVecEnv make_wrapped = [&](const VecOptions& o) {
      return wrapped.make(o, make_inner);
    };
    if (wrapped.rows_are_independent) {
      check_conformance(make_wrapped);
    } else {
      check_archives(make_wrapped);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Wrappers, WrapperConformance, ::testing::ValuesIn(kWrapped),
                         [](const auto& wrapped) { return std::string(wrapped.param.name); });

EnvPtr cartpoles(std::size_t n = 3) { return make("CartPole-v1", {.num_envs = n}); }

TEST(VecEnvWrapper, WantsAnEnvironment) {
  try {
    Plain plain(nullptr);
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "[Plain] no environment: there must be one to wrap");
  }
}

// Of another wrapper, other options, no wrapper, another inner environment: named, unchanged.
TEST(VecEnvWrapper, ForeignArchivesAreRefused) {
  NormalizeReward env(cartpoles());
  env.reset(std::uint64_t{1});
  env.step(std::vector<std::int32_t>(3, 0));
  const std::vector<std::byte> before = state_of(env);

  const auto error_with = [&](VecEnv& other) {
    other.reset(std::uint64_t{2});
    const std::string error = load_error(env, state_of(other));
    EXPECT_EQ(state_of(env), before);
    return error;
  };
  const EnvPtr bare = cartpoles();
  EXPECT_NE(error_with(*bare).find("[NormalizeReward] load: state of 3 x CartPole-v1"),
            std::string::npos);
  NormalizeObservation observation(cartpoles());
  EXPECT_NE(error_with(observation).find("state of 3 x NormalizeObservation"), std::string::npos);
  NormalizeReward other_gamma(cartpoles(), {.gamma = 0.5});
  EXPECT_NE(error_with(other_gamma).find("gamma=0.5"), std::string::npos);
  // The wrapper's own part fits; the inner one does not.
  NormalizeReward other_inner(make("CartPole-v0", {.num_envs = 3}));
  EXPECT_NE(error_with(other_inner).find("[CartPole-v1] load: state of 3 x CartPole-v0"),
            std::string::npos);
  NormalizeReward same(cartpoles());
  EXPECT_EQ(error_with(*std::make_unique<NormalizeReward>(cartpoles(4))).find("[Norm"), 0u);
  same.reset(std::uint64_t{5});
  EXPECT_EQ(load_error(env, state_of(same)), "");
  EXPECT_EQ(state_of(env), state_of(same));
}

// Bodies with a right checksum and a value that cannot be: refused by the wrapper's name, with the
// old state put back after what had been read by then.
TEST(VecEnvWrapper, ImpossibleValuesAreRefused) {
  const auto expect_refusals = [](VecEnv& env, auto&&... cases) {
    env.reset(std::uint64_t{1});
    for (int t = 0; t < 30; ++t) env.step(std::vector<std::int32_t>(3, t % 2));
    const std::vector<std::byte> good = state_of(env);
    const auto expect = [&](const auto& c) {
      const auto& [at, value, message] = c;
      EXPECT_EQ(load_error(env, with_value(good, at, value)), message);
      EXPECT_EQ(state_of(env), good) << message;
    };
    (expect(cases), ...);
  };
  const auto refusal = [](std::size_t at, auto value, const char* message) {
    return std::tuple(at, value, message);
  };
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr std::uint8_t kTwo = 2;

  NormalizeObservation observation(cartpoles());
  expect_refusals(
      observation,
      refusal(0, kTwo, "[NormalizeObservation] load: flag update_running_mean 2: must be 0 or 1"),
      refusal(1, 0.0, "[NormalizeObservation] load: count 0: must be positive and finite"),
      refusal(9 + 8, std::nan(""), "[NormalizeObservation] load: mean nan: must be a number"),
      refusal(41, -1.0, "[NormalizeObservation] load: variance -1: must be at least 0"),
      refusal(49, std::nan(""), "[NormalizeObservation] load: variance nan: must be at least 0"),
      refusal(74, kTwo, "[NormalizeObservation] load: flag of an episode's end 2: must be 0 or 1"));
  EXPECT_EQ(load_error(observation, with_value(state_of(observation), 41, kInfinity)), "")
      << "a sum may have overflowed";

  NormalizeReward reward(cartpoles());
  expect_refusals(
      reward, refusal(9, std::nan(""), "[NormalizeReward] load: mean nan: must be a number"),
      refusal(26, kTwo, "[NormalizeReward] load: flag of an episode's end 2: must be 0 or 1"));

  RecordEpisodeStatistics statistics(cartpoles(), {.buffer_length = 2});
  const char* length = "[RecordEpisodeStatistics] load: episode length -1: must be in [0, 2^62]";
  expect_refusals(
      statistics, refusal(35, std::int64_t{-1}, length), refusal(91, std::int64_t{-1}, length),
      refusal(27, std::int64_t{1} << 62 | 1,
              "[RecordEpisodeStatistics] load: episode length 4611686018427387905: must be in "
              "[0, 2^62]"),
      refusal(51, std::int64_t{-3},
              "[RecordEpisodeStatistics] load: episode_count -3: must be at least 0"),
      refusal(
          59, std::uint64_t{2},
          "[RecordEpisodeStatistics] load: end of the queues 2: must be less than buffer_length"),
      refusal(
          67, std::uint64_t{3},
          "[RecordEpisodeStatistics] load: length of the queues 3: must be at most buffer_length"));

  RepeatAction repeated(
      make("CartPole-v1", {.num_envs = 3, .autoreset_mode = AutoresetMode::disabled}), 2);
  expect_refusals(
      repeated,
      refusal(2, kTwo, "[RepeatAction] load: flag of an episode's end 2: must be 0 or 1"));
  const std::vector<std::byte> good = state_of(repeated);
  EXPECT_EQ(load_error(repeated, with_body(good, [](auto& body) { body.pop_back(); }))
                .rfind("[RepeatAction] archive ends after", 0),
            0u);
  EXPECT_EQ(load_error(repeated, with_body(good, [](auto& body) { body.push_back({}); })),
            "[RepeatAction] load: the state is too long");
  EXPECT_EQ(state_of(repeated), good);
}

// The flag that freezes statistics, and the statistics themselves, are state.
TEST(VecEnvWrapper, ArchivesCarryStatistics) {
  NormalizeObservation env(cartpoles()), other(cartpoles());
  env.reset(std::uint64_t{1});
  env.set_update_running_mean(false);
  const std::vector<std::byte> bytes = state_of(env);
  StateReader reader(bytes);
  other.load(reader);
  EXPECT_FALSE(other.update_running_mean());
  EXPECT_EQ(other.moments().mean, env.moments().mean);
  EXPECT_EQ(other.moments().variance, env.moments().variance);
  EXPECT_EQ(other.moments().count, env.moments().count);
}

// An environment that implements the contract by itself need not know how to rest.
TEST(VecEnvWrapper, EnvironmentsThatCannotRestSaySo) {
  const std::vector<StreamStep> stream(3, {{0}, {0}, {0}, {0}, {}});
  for (const AutoresetMode mode :
       {AutoresetMode::next_step, AutoresetMode::same_step, AutoresetMode::disabled}) {
    SCOPED_TRACE(to_string(mode));
    RepeatAction env(std::make_unique<StreamEnv>(stream, 1, AutoresetMode::disabled), 2, mode);
    env.reset();
    const std::vector<std::byte> before = state_of(env);
    EXPECT_EQ(error_of([&] { env.step(no_actions(1)); }),
              "[Stream-v0] step_running: this environment cannot let finished ones rest");
    EXPECT_EQ(state_of(env), before);
  }
  RepeatAction once(std::make_unique<StreamEnv>(stream, 1, AutoresetMode::disabled), 1,
                    AutoresetMode::disabled);
  once.reset();
  EXPECT_EQ(error_of([&] { once.step(no_actions(1)); }), "") << "nothing is repeated";
}

// An exception out of a user's environment in the midst of repeats: only a reset leads on.
TEST(VecEnvWrapper, AfterAnExceptionAResetLeadsOn) {
  class Fails final : public Env {
   public:
    explicit Fails(bool* armed) : armed_(armed) {}
    const EnvSpec& spec() const override { return walk_.spec(); }
    void reset(kernels::Pcg64& random) override {
      walk_.reset(random);
      t_ = 0;
    }
    Transition step(const Action& action, kernels::Pcg64& random) override {
      if (*armed_ && ++t_ == 3) throw std::runtime_error("out of fuel");
      return walk_.step(action, random);
    }
    void observe(std::span<float> observation) const override { walk_.observe(observation); }

   private:
    Walk walk_;
    bool* armed_;
    int t_ = 0;
  };
  bool armed = true;
  RepeatAction env(make_vec([&] { return std::make_unique<Fails>(&armed); },
                            {.num_envs = 2, .autoreset_mode = AutoresetMode::disabled}),
                   4, AutoresetMode::same_step);
  env.reset(std::uint64_t{1});
  const std::vector<std::int32_t> right(2, 1);
  EXPECT_THROW(env.step(right), std::runtime_error);
  EXPECT_THROW(env.step(right), std::invalid_argument);
  armed = false;
  env.reset(std::uint64_t{1});
  RepeatAction twin(make_vec([] { return std::make_unique<Walk>(); },
                             {.num_envs = 2, .autoreset_mode = AutoresetMode::disabled}),
                    4, AutoresetMode::same_step);
  twin.reset(std::uint64_t{1});
  for (int t = 0; t < 20; ++t) {
    const StepView a = env.step(right), b = twin.step(right);
    ASSERT_TRUE(std::ranges::equal(a.reward, b.reward));
    ASSERT_TRUE(std::ranges::equal(a.terminated, b.terminated));
    ASSERT_EQ(a.observation(0, 0), b.observation(0, 0));
  }
}

}  // namespace
}  // namespace pavlov::envs
