#include "pavlov/envs/wrappers/normalize_reward.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "pavlov/envs/catalog.h"
#include "pavlov/kernels/random.h"
#include "pavlov/tests/envs/states_and_errors.h"
#include "pavlov/tests/envs/wrappers/history.h"
#include "pavlov/tests/envs/wrappers/stream_env.h"

namespace pavlov::envs {
namespace {

constexpr std::size_t kEnvs = 5;

std::vector<StreamStep> random_stream(std::uint64_t seed, int steps, AutoresetMode mode) {
  kernels::Pcg64 random(seed);
  std::vector<StreamStep> stream;
  for (int t = 0; t < steps; ++t) {
    StreamStep step;
    for (std::size_t i = 0; i < kEnvs; ++i) {
      step.observation.push_back(0);
      step.reward.push_back(random.uniform(-3, 1));
      step.terminated.push_back(t > 0 && random.uniform() < 0.06);
      step.truncated.push_back(t > 0 && random.uniform() < 0.06);
      const bool resets = mode == AutoresetMode::next_step && t > 0 &&
                          (stream.back().terminated[i] | stream.back().truncated[i]) != 0;
      if (!resets) continue;
      step.reward[i] = 0;
      step.terminated[i] = step.truncated[i] = 0;
    }
    stream.push_back(step);
  }
  return stream;
}

// The twin: sums by hand, variance from the whole history.
TEST(NormalizeReward, EqualsTheWholeHistory) {
  constexpr double kGamma = 0.9, kEpsilon = 1e-3;
  for (const AutoresetMode mode : {AutoresetMode::next_step, AutoresetMode::same_step}) {
    SCOPED_TRACE(to_string(mode));
    const std::vector<StreamStep> stream = random_stream(1, 300, mode);
    NormalizeReward env(std::make_unique<StreamEnv>(stream, kEnvs, mode),
                        {.gamma = kGamma, .epsilon = kEpsilon});
    env.reset();
    History history;
    std::vector<long double> sum(kEnvs, 0);
    std::vector<bool> over(kEnvs, false);
    for (std::size_t t = 1; t < stream.size(); ++t) {
      const StepView step = env.step(no_actions(kEnvs));
      for (std::size_t i = 0; i < kEnvs; ++i) {
        const bool ends = (stream[t].terminated[i] | stream[t].truncated[i]) != 0;
        if (!over[i]) {
          sum[i] = sum[i] * kGamma * (stream[t].terminated[i] != 0 ? 0 : 1) + stream[t].reward[i];
          history.values.push_back(sum[i]);
          if (ends && mode == AutoresetMode::same_step) sum[i] = 0;
        }
        over[i] = ends && mode == AutoresetMode::next_step;
        ASSERT_NEAR(env.accumulated_reward()[i], static_cast<double>(sum[i]), 1e-12);
      }
      const long double scale = std::sqrt(history.variance() + kEpsilon);
      for (std::size_t i = 0; i < kEnvs; ++i) {
        ASSERT_NEAR(step.reward[i], static_cast<double>(stream[t].reward[i] / scale), 1e-12);
      }
    }
  }
}

TEST(NormalizeReward, FrozenStatisticsAreUsedAndNotUpdated) {
  const auto mode = AutoresetMode::same_step;
  const std::vector<StreamStep> stream = random_stream(2, 50, mode);
  NormalizeReward env(std::make_unique<StreamEnv>(stream, kEnvs, mode));
  env.set_moments({{5}, {4.0}, 10});
  env.set_update_running_mean(false);
  env.reset();
  for (std::size_t t = 1; t < stream.size(); ++t) {
    const StepView step = env.step(no_actions(kEnvs));
    for (std::size_t i = 0; i < kEnvs; ++i) {
      ASSERT_EQ(step.reward[i], stream[t].reward[i] / std::sqrt(4.0 + 1e-8));
    }
  }
  EXPECT_EQ(env.moments().count, 10.0);
  env.set_update_running_mean(true);
  env.reset();
  env.step(no_actions(kEnvs));
  EXPECT_EQ(env.moments().count, 15.0);
}

// Statistics survive every reset; sums are zeroed in the rows that it resets.
TEST(NormalizeReward, Resets) {
  std::vector<StreamStep> stream;
  for (int t = 0; t < 6; ++t) stream.push_back({{0, 0}, {1, 2}, {0, 0}, {0, 0}, {}});
  NormalizeReward env(std::make_unique<StreamEnv>(stream, 2, AutoresetMode::disabled),
                      {.gamma = 0.5});
  env.reset();
  env.step(no_actions(2));
  env.step(no_actions(2));
  EXPECT_EQ(env.accumulated_reward()[0], 1.5);
  EXPECT_EQ(env.accumulated_reward()[1], 3.0);
  const double count = env.moments().count;
  env.reset(std::vector<std::uint8_t>{0, 1});
  EXPECT_EQ(env.accumulated_reward()[0], 1.5);
  EXPECT_EQ(env.accumulated_reward()[1], 0.0);
  env.reset();
  EXPECT_EQ(env.accumulated_reward()[0], 0.0);
  EXPECT_EQ(env.moments().count, count);
}

// Finished environments that rest keep their G and add nothing to the statistics.
TEST(NormalizeReward, RestingRowsKeepTheirSum) {
  NormalizeReward env(
      make("CartPole-v1",
           {.num_envs = kEnvs, .autoreset_mode = AutoresetMode::disabled, .max_episode_steps = 12}),
      {.gamma = 0.9});
  env.reset(std::uint64_t{1});
  kernels::Pcg64 random(1);
  std::vector<double> sum(kEnvs, 0);
  std::vector<bool> over(kEnvs, false);
  double count = env.moments().count;
  int rested = 0;
  for (int t = 0; t < 16; ++t) {
    std::vector<std::int32_t> actions(kEnvs);
    for (std::int32_t& a : actions) a = static_cast<std::int32_t>(random.integers(0, 2));
    const StepView step = env.step_running(actions);
    for (std::size_t i = 0; i < kEnvs; ++i) {
      rested += over[i];
      if (!over[i]) {
        sum[i] = sum[i] * 0.9 * (step.terminated[i] != 0 ? 0.0 : 1.0) + 1.0;
        ++count;
      }
      over[i] = over[i] || (step.terminated[i] | step.truncated[i]) != 0;
      ASSERT_EQ(env.accumulated_reward()[i], sum[i]) << t;
    }
    ASSERT_EQ(env.moments().count, count);
  }
  EXPECT_GE(rested, 4 * static_cast<int>(kEnvs));
}

TEST(NormalizeReward, OptionsAreChecked) {
  const auto config_error = [](const NormalizeRewardConfig& config) {
    return error_of([&] {
      NormalizeReward env(std::make_unique<StreamEnv>(random_stream(1, 1, AutoresetMode::disabled),
                                                      kEnvs, AutoresetMode::disabled),
                          config);
    });
  };
  EXPECT_EQ(config_error({}), "");
  EXPECT_EQ(config_error({.gamma = 0}), "");
  EXPECT_EQ(config_error({.gamma = 1}), "");
  EXPECT_EQ(config_error({.gamma = 1.5}), "[NormalizeReward] gamma 1.5: must be in [0, 1]");
  EXPECT_NE(config_error({.gamma = std::nan("")}), "");
  EXPECT_EQ(config_error({.epsilon = 0}),
            "[NormalizeReward] epsilon 0: must be positive and finite");
}

}  // namespace
}  // namespace pavlov::envs
