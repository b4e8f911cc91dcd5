#include "pavlov/envs/wrappers/normalize_observation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "pavlov/envs/catalog.h"
#include "pavlov/kernels/random.h"
#include "pavlov/tests/envs/wrappers/history.h"
#include "pavlov/tests/envs/wrappers/stream_env.h"

namespace pavlov::envs {
namespace {

constexpr std::size_t kEnvs = 6;
constexpr double kEpsilon = 1e-8;

std::unique_ptr<VecEnv> cartpoles(AutoresetMode mode, std::size_t threads = 1,
                                  std::size_t n = kEnvs) {
  return make("CartPole-v1",
              {.num_envs = n, .autoreset_mode = mode, .threads = threads, .max_episode_steps = 15});
}

// The twin: four histories of every observation that was shown.
class Twin {
 public:
  explicit Twin(std::size_t n) : columns_(4), shown_(n) {}

  // Takes in the rows of `view` that `mask` selects and normalizes them; an empty mask: all.
  void show(ConstMatrixView view, const std::vector<std::uint8_t>& mask) {
    for (std::size_t i = 0; i < view.rows; ++i) {
      if (!selects(mask, i)) continue;
      for (std::size_t k = 0; k < 4; ++k) columns_[k].values.push_back(view(i, k));
    }
    for (std::size_t k = 0; k < 4; ++k) {
      mean_[k] = columns_[k].mean();
      scale_[k] = std::sqrt(columns_[k].variance() + kEpsilon);
    }
    for (std::size_t i = 0; i < view.rows; ++i) {
      if (selects(mask, i)) shown_[i] = normalized(view, i);
    }
  }
  std::vector<double> normalized(ConstMatrixView view, std::size_t i) const {
    std::vector<double> values;
    for (std::size_t k = 0; k < 4; ++k) {
      values.push_back(static_cast<double>((view(i, k) - mean_[k]) / scale_[k]));
    }
    return values;
  }
  void expect(ConstMatrixView view) const {
    for (std::size_t i = 0; i < view.rows; ++i) expect_row(view.row(i), shown_[i]);
  }
  static void expect_row(std::span<const float> got, const std::vector<double>& expected) {
    for (std::size_t k = 0; k < 4; ++k) {
      // Rounded to float32 once, from a float64 that is nearly exact.
      ASSERT_NEAR(double{got[k]}, expected[k], 1.3e-7 * std::max(0.01, std::abs(expected[k])));
    }
  }

 private:
  std::vector<History> columns_;
  std::vector<std::vector<double>> shown_;
  long double mean_[4] = {}, scale_[4] = {};
};

class NormalizeObservationModes : public ::testing::TestWithParam<AutoresetMode> {};

TEST_P(NormalizeObservationModes, EqualsTheWholeHistory) {
  const AutoresetMode mode = GetParam();
  const auto plain = cartpoles(mode);
  NormalizeObservation env(cartpoles(mode));
  Twin twin(kEnvs);
  twin.show(plain->reset(std::uint64_t{3}), {});
  twin.expect(env.reset(std::uint64_t{3}));
  kernels::Pcg64 random(5);
  std::vector<std::uint8_t> over(kEnvs, 0);
  int ends = 0;
  for (int t = 0; t < 120; ++t) {
    std::vector<std::uint8_t> mask(kEnvs, 0);
    if (mode == AutoresetMode::disabled) mask = over;
    if (t % 9 == 8) mask[2] = 1;
    if (std::ranges::count(mask, 1) > 0) {
      twin.show(plain->reset(std::span<const std::uint8_t>(mask)), mask);
      twin.expect(env.reset(std::span<const std::uint8_t>(mask)));
    }
    std::vector<std::int32_t> actions(kEnvs);
    for (std::int32_t& a : actions) a = static_cast<std::int32_t>(random.integers(0, 2));
    const StepView a = plain->step(actions);
    const StepView b = env.step(actions);
    twin.show(a.observation, {});
    twin.expect(b.observation);
    ASSERT_TRUE(std::ranges::equal(a.reward, b.reward));
    for (std::size_t i = 0; i < kEnvs; ++i) {
      over[i] = a.terminated[i] | a.truncated[i];
      if (over[i] == 0) continue;
      ++ends;
      Twin::expect_row(b.final_observation.row(i), twin.normalized(a.final_observation, i));
      if (mode == AutoresetMode::same_step) continue;
      ASSERT_TRUE(std::ranges::equal(b.final_observation.row(i), b.observation.row(i)));
    }
  }
  EXPECT_GT(ends, 30);
  EXPECT_EQ(env.spec().id, "CartPole-v1");
  EXPECT_EQ(env.spec().observation_space.high[0], std::numeric_limits<float>::infinity());
}

// Resting rows keep what they showed and are not taken in.
TEST(NormalizeObservation, RestingRows) {
  const auto plain = cartpoles(AutoresetMode::disabled);
  NormalizeObservation env(cartpoles(AutoresetMode::disabled));
  Twin twin(kEnvs);
  twin.show(plain->reset(std::uint64_t{3}), {});
  env.reset(std::uint64_t{3});
  std::vector<std::uint8_t> running(kEnvs, 1);
  const std::vector<std::int32_t> actions = {0, 1, 0, 1, 0, 1};
  for (int t = 0; t < 20; ++t) {
    const StepView a = plain->step_running(actions);
    const StepView b = env.step_running(actions);
    if (std::ranges::count(running, 1) > 0) twin.show(a.observation, running);
    twin.expect(b.observation);
    for (std::size_t i = 0; i < kEnvs; ++i) {
      if ((a.terminated[i] | a.truncated[i]) != 0) running[i] = 0;
    }
  }
  EXPECT_EQ(std::ranges::count(running, 1), 0);
}

INSTANTIATE_TEST_SUITE_P(Modes, NormalizeObservationModes,
                         ::testing::Values(AutoresetMode::next_step, AutoresetMode::same_step,
                                           AutoresetMode::disabled),
                         [](const auto& mode) { return std::string(to_string(mode.param)); });

TEST(NormalizeObservation, FrozenStatisticsAreUsedAndNotUpdated) {
  for (const auto precision : {StatisticsPrecision::float64, StatisticsPrecision::float32}) {
    const std::vector<StreamStep> stream(3, {{3, 10, -1, 30}, {0, 0}, {0, 0}, {0, 0}, {}});
    NormalizeObservation env(std::make_unique<StreamEnv>(stream, 2, AutoresetMode::next_step),
                             {.epsilon = 1, .statistics = precision});
    env.set_moments({{1, 20}, {3, 24}, 50});
    env.set_update_running_mean(false);
    for (int t = 0; t < 3; ++t) {
      const ConstMatrixView shown = t == 0 ? env.reset() : env.step(no_actions(2)).observation;
      EXPECT_EQ(shown(0, 0), 1.0f);   // (3 - 1) / sqrt(3 + 1)
      EXPECT_EQ(shown(0, 1), -2.0f);  // (10 - 20) / sqrt(24 + 1)
      EXPECT_EQ(shown(1, 0), -1.0f);
      EXPECT_EQ(shown(1, 1), 2.0f);
    }
    EXPECT_EQ(env.moments().count, 50.0);
    env.set_update_running_mean(true);
    env.reset();
    EXPECT_EQ(env.moments().count, 52.0);
  }
}

TEST(NormalizeObservation, IsTheSameForAnyNumberOfThreads) {
  std::vector<float> expected;
  for (const std::size_t threads : {1, 3}) {
    NormalizeObservation env(cartpoles(AutoresetMode::same_step, threads, 300));
    env.reset(std::uint64_t{1});
    std::vector<float> got;
    for (int t = 0; t < 40; ++t) {
      const ConstMatrixView o =
          env.step(std::vector<std::int32_t>(300, t % 3 == 0 ? 1 : 0)).observation;
      got.insert(got.end(), o.data, o.data + o.rows * o.cols);
    }
    if (expected.empty()) expected = got;
    EXPECT_EQ(got, expected);
  }
}

TEST(NormalizeObservation, OptionsAreChecked) {
  for (const double bad : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_THROW(NormalizeObservation(cartpoles(AutoresetMode::next_step), {.epsilon = bad}),
                 std::invalid_argument);
  }
  NormalizeObservation env(cartpoles(AutoresetMode::next_step));
  EXPECT_THROW(env.set_moments({{0, 0}, {1, 1}, 1}), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::envs
