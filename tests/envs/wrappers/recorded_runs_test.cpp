// Wrappers around CartPole against recorded runs of Gymnasium's, to the bit: what is recorded, and
// how, says tests/data/make_wrapper_runs.py.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pavlov/envs/catalog.h"
#include "pavlov/envs/wrappers/frame_stack_observation.h"
#include "pavlov/envs/wrappers/normalize_observation.h"
#include "pavlov/envs/wrappers/normalize_reward.h"
#include "pavlov/envs/wrappers/repeat_action.h"
#include "pavlov/kernels/simd_target.h"
#include "pavlov/tests/envs/parity_data.h"

namespace pavlov::envs {
namespace {

constexpr std::size_t kEnvs = 4;

struct Recipe {
  const char* name;
  std::size_t repeats, stack;
  bool normalize;
};

class RecordedRuns : public ::testing::TestWithParam<std::tuple<Recipe, AutoresetMode>> {
 protected:
  void SetUp() override {
    if (!kernels::simd_has_fma(kernels::simd_target())) {
      GTEST_SKIP() << "SKIPPED, NOT PASSED: the recorded bits are those of fused targets";
    }
  }

  static std::unique_ptr<VecEnv> wrapped(const Recipe& run, AutoresetMode mode) {
    std::unique_ptr<VecEnv> env =
        make("CartPole-v1", {.num_envs = kEnvs,
                             .autoreset_mode = run.repeats > 1 ? AutoresetMode::disabled : mode,
                             .max_episode_steps = 22});
    if (run.repeats > 1) env = std::make_unique<RepeatAction>(std::move(env), run.repeats, mode);
    if (run.stack > 1) env = std::make_unique<FrameStackObservation>(std::move(env), run.stack);
    if (!run.normalize) return env;
    constexpr auto kFloat32 = StatisticsPrecision::float32;
    if (mode == AutoresetMode::next_step) {
      env = std::make_unique<NormalizeObservation>(
          std::move(env), NormalizeObservationConfig{.statistics = kFloat32});
    }
    return std::make_unique<NormalizeReward>(std::move(env),
                                             NormalizeRewardConfig{.statistics = kFloat32});
  }

  static std::vector<std::string> columns(std::size_t width) {
    std::vector<std::string> names = {"action"};
    for (std::size_t k = 0; k < width; ++k) names.push_back("obs" + std::to_string(k));
    for (const char* name : {"reward", "terminated", "truncated"}) names.emplace_back(name);
    for (std::size_t k = 0; k < width; ++k) names.push_back("final" + std::to_string(k));
    return names;
  }

  static void expect_row(std::span<const float> got, std::span<const double> expected) {
    for (std::size_t k = 0; k < got.size(); ++k) {
      ASSERT_TRUE(same_bits(double{got[k]}, expected[k])) << k;
    }
  }
};

TEST_P(RecordedRuns, HaveTheSameBits) {
  const auto [run, mode] = GetParam();
  const auto env = wrapped(run, mode);
  const std::size_t width = env->spec().observation_space.size();
  const Table table = load_doubles(
      PAVLOV_TEST_DATA, std::string("wrappers/") + run.name + "_" + to_string(mode) + ".f64",
      columns(width));
  const ConstMatrixView start = env->reset(std::uint64_t{11});
  for (std::size_t i = 0; i < kEnvs; ++i) expect_row(start.row(i), table.span(i, "obs0", width));
  int terminations = 0, truncations = 0;
  for (std::size_t first = kEnvs; first < table.rows(); first += kEnvs) {
    std::vector<std::int32_t> actions;
    for (std::size_t i = 0; i < kEnvs; ++i) {
      actions.push_back(static_cast<std::int32_t>(table(first + i, "action")));
    }
    const StepView step = env->step(actions);
    for (std::size_t i = 0; i < kEnvs; ++i) {
      const std::size_t row = first + i;
      SCOPED_TRACE("row " + std::to_string(row));
      expect_row(step.observation.row(i), table.span(row, "obs0", width));
      ASSERT_TRUE(same_bits(step.reward[i], table(row, "reward")));
      ASSERT_EQ(step.terminated[i], table(row, "terminated"));
      ASSERT_EQ(step.truncated[i], table(row, "truncated"));
      terminations += step.terminated[i];
      truncations += step.truncated[i];
      if ((step.terminated[i] | step.truncated[i]) == 0) continue;
      // Gymnasium gives a final observation in same_step mode alone; in the other it is shown.
      const bool same_step = mode == AutoresetMode::same_step;
      expect_row(step.final_observation.row(i),
                 table.span(row, same_step ? "final0" : "obs0", width));
    }
  }
  EXPECT_GT(terminations, 2);
  EXPECT_GT(truncations, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Gymnasium, RecordedRuns,
    ::testing::Combine(::testing::Values(Recipe{"repeat", 4, 1, false},
                                         Recipe{"stack", 1, 2, false}, Recipe{"all", 3, 2, true}),
                       ::testing::Values(AutoresetMode::next_step, AutoresetMode::same_step)),
    [](const auto& i) {
      return std::string(std::get<0>(i.param).name) + "_" + to_string(std::get<1>(i.param));
    });

}  // namespace
}  // namespace pavlov::envs
