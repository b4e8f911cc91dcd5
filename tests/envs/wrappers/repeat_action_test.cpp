#include "pavlov/envs/wrappers/repeat_action.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "pavlov/envs/catalog.h"
#include "pavlov/envs/wrappers/frame_stack_observation.h"
#include "pavlov/envs/wrappers/record_episode_statistics.h"
#include "pavlov/kernels/random.h"
#include "pavlov/tests/envs/states_and_errors.h"
#include "pavlov/tests/envs/walk.h"

namespace pavlov::envs {
namespace {

using Frame = std::vector<float>;

Frame row(ConstMatrixView view, std::size_t i) { return {view.row(i).begin(), view.row(i).end()}; }

// The twin: one environment alone, in Gymnasium's loop.
struct Single {
  std::unique_ptr<VecEnv> env;
  bool over = false;  // the last step ended the episode, and nothing has been reset

  struct Result {
    Frame observation, final_observation;
    double reward = 0;
    bool terminated = false, truncated = false;
  };

  Frame reset() {
    over = false;
    return row(env->reset(std::vector<std::uint8_t>{1}), 0);
  }
  Result step(std::int32_t action, std::size_t repeats) {
    Result result;
    for (std::size_t k = 0; k < repeats && !over; ++k) {
      const StepView step = env->step(std::vector<std::int32_t>{action});
      result.observation = row(step.observation, 0);
      result.reward += step.reward[0];
      result.terminated = step.terminated[0] != 0;
      result.truncated = step.truncated[0] != 0;
      over = result.terminated || result.truncated;
    }
    result.final_observation = result.observation;
    return result;
  }
};

struct Case {
  AutoresetMode mode;
  std::size_t repeats;
  const char* env;
};

std::unique_ptr<VecEnv> inner_env(const std::string& name, std::size_t n) {
  const VecOptions options = {
      .num_envs = n, .autoreset_mode = AutoresetMode::disabled, .max_episode_steps = 18};
  if (name == "walk") return make_vec([] { return std::make_unique<Walk>(); }, options);
  return make("CartPole-v1", options);
}

class RepeatActionCases : public ::testing::TestWithParam<Case> {};

TEST_P(RepeatActionCases, EqualsALoopPerEnvironment) {
  constexpr std::size_t kEnvs = 70;
  const auto [mode, repeats, name] = GetParam();
  RepeatAction env(inner_env(name, kEnvs), repeats, mode);
  EXPECT_EQ(env.autoreset_mode(), mode);
  std::vector<Single> singles(kEnvs);
  const ConstMatrixView first = env.reset(std::uint64_t{40});
  for (std::size_t i = 0; i < kEnvs; ++i) {
    singles[i].env = inner_env(name, 1);
    ASSERT_EQ(row(first, i), row(singles[i].env->reset(40 + i), 0));
  }
  kernels::Pcg64 random(8);
  int ends = 0, early = 0;
  for (int t = 0; t < 60; ++t) {
    std::vector<std::uint8_t> mask(kEnvs, 0);
    for (std::size_t i = 0; i < kEnvs && mode == AutoresetMode::disabled; ++i) {
      mask[i] = singles[i].over;
    }
    if (t % 7 == 6) mask[random.integers(0, kEnvs)] = 1;  // in the midst of an episode
    if (std::ranges::count(mask, 1) > 0) {
      const ConstMatrixView view = env.reset(std::span<const std::uint8_t>(mask));
      for (std::size_t i = 0; i < kEnvs; ++i) {
        if (mask[i] == 0) continue;
        ASSERT_EQ(row(view, i), singles[i].reset());
      }
    }
    std::vector<std::int32_t> actions(kEnvs);
    for (std::int32_t& a : actions) a = static_cast<std::int32_t>(random.integers(0, 2));
    const StepView step = env.step(actions);
    for (std::size_t i = 0; i < kEnvs; ++i) {
      SCOPED_TRACE("step " + std::to_string(t) + ", environment " + std::to_string(i));
      Single::Result expected;
      if (singles[i].over) {  // next_step mode
        expected.observation = singles[i].reset();
      } else {
        expected = singles[i].step(actions[i], repeats);
      }
      ASSERT_EQ(step.reward[i], expected.reward);
      ASSERT_EQ(step.terminated[i] != 0, expected.terminated);
      ASSERT_EQ(step.truncated[i] != 0, expected.truncated);
      if (singles[i].over) {
        ++ends;
        early += static_cast<std::size_t>(expected.reward) % repeats != 0;
        ASSERT_EQ(row(step.final_observation, i), expected.final_observation);
        if (mode == AutoresetMode::same_step) expected.observation = singles[i].reset();
      }
      ASSERT_EQ(row(step.observation, i), expected.observation);
    }
  }
  EXPECT_GT(ends, 100);
  EXPECT_EQ(early > 10, repeats > 1);
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const AutoresetMode mode :
       {AutoresetMode::next_step, AutoresetMode::same_step, AutoresetMode::disabled}) {
    for (const std::size_t repeats : {1, 2, 4, 30}) {
      for (const char* env : {"walk", "cartpole"}) cases.push_back({mode, repeats, env});
    }
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Modes, RepeatActionCases, ::testing::ValuesIn(all_cases()),
                         [](const auto& i) {
                           return std::string(to_string(i.param.mode)) + "_" +
                                  std::to_string(i.param.repeats) + "_" + i.param.env;
                         });

// Twice four repeats are eight, and wrappers inside leave resting rows alone.
TEST(RepeatAction, NestsAndLetsOtherWrappersInside) {
  const auto innermost = [] { return inner_env("cartpole", 12); };
  RepeatAction eight(innermost(), 8, AutoresetMode::same_step);
  auto recorded = std::make_unique<RecordEpisodeStatistics>(
      innermost(), RecordEpisodeStatisticsConfig{.buffer_length = 10000});
  const RecordEpisodeStatistics& statistics = *recorded;
  auto stacked = std::make_unique<FrameStackObservation>(std::move(recorded), 2);
  auto four = std::make_unique<RepeatAction>(std::move(stacked), 4, AutoresetMode::disabled);
  RepeatAction nested(std::move(four), 2, AutoresetMode::same_step);

  eight.reset(std::uint64_t{3});
  nested.reset(std::uint64_t{3});
  kernels::Pcg64 random(2);
  std::vector<double> sum(12, 0), ended_sums;
  for (int t = 0; t < 40; ++t) {
    std::vector<std::int32_t> actions(12);
    for (std::int32_t& a : actions) a = static_cast<std::int32_t>(random.integers(0, 2));
    const StepView a = eight.step(actions);
    const StepView b = nested.step(actions);
    ASSERT_TRUE(std::ranges::equal(a.reward, b.reward));
    ASSERT_TRUE(std::ranges::equal(a.terminated, b.terminated));
    ASSERT_TRUE(std::ranges::equal(a.truncated, b.truncated));
    for (std::size_t i = 0; i < 12; ++i) {
      // The newer half of a stack of two is the plain observation.
      ASSERT_TRUE(std::ranges::equal(a.observation.row(i), b.observation.row(i).subspan(4)));
      sum[i] += a.reward[i];
      if ((a.terminated[i] | a.truncated[i]) == 0) continue;
      ASSERT_TRUE(
          std::ranges::equal(a.final_observation.row(i), b.final_observation.row(i).subspan(4)));
      ended_sums.push_back(sum[i]);
      sum[i] = 0;
    }
  }
  std::vector<double> queue = statistics.return_queue();
  ASSERT_GT(ended_sums.size(), 100u);
  // The wrapper inside sees the ends in the order of the repeats.
  std::ranges::sort(ended_sums);
  std::ranges::sort(queue);
  EXPECT_EQ(queue, ended_sums);
}

TEST(RepeatAction, Errors) {
  EXPECT_EQ(error_of([] { RepeatAction(make("CartPole-v1"), 4); }),
            "[RepeatAction] inner environment in autoreset mode next_step: must be disabled; the "
            "wrapper resets by itself");
  EXPECT_EQ(error_of([] { RepeatAction(inner_env("walk", 1), 0); }),
            "[RepeatAction] num_repeats 0: must be in [1, 1024]");
  RepeatAction env(inner_env("walk", 2), 40, AutoresetMode::disabled);
  env.reset(std::uint64_t{1});
  const std::vector<std::int32_t> right(2, 1);
  env.step(right);
  EXPECT_EQ(error_of([&] { env.step(right); }),
            "[Walk-v0] step: environment 0 is finished: call reset with a mask that has it set");
  env.reset(std::vector<std::uint8_t>{1, 0});
  EXPECT_NE(error_of([&] { env.step(right); }).find("environment 1 is finished"),
            std::string::npos);
  EXPECT_EQ(error_of([&] { env.step_running(right); }), "");
  RepeatAction shown(inner_env("walk", 2), 2, AutoresetMode::same_step);
  shown.reset();
  EXPECT_EQ(error_of([&] { shown.step_running(right); }),
            "[RepeatAction] step_running: autoreset mode same_step: must be disabled");
}

}  // namespace
}  // namespace pavlov::envs
