// The three autoreset modes against recorded runs of Gymnasium's SyncVectorEnv: 3 CartPole with a
// time limit of 25, reset(seed=5), 200 steps.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "pavlov/tests/envs/parity_data.h"
#include "pavlov/envs/catalog.h"
#include "pavlov/kernels/simd_target.h"
#include "pavlov/tests/envs/states_and_errors.h"

namespace pavlov::envs {
namespace {

constexpr std::size_t kEnvs = 3;

class Autoreset : public OnParityData {
 protected:
  static std::unique_ptr<VecEnv> make_three(AutoresetMode mode) {
    return make("CartPole-v1",
                {.num_envs = kEnvs, .autoreset_mode = mode, .max_episode_steps = 25});
  }

  static void expect_row(std::span<const float> got, std::span<const double> expected) {
    const bool fused = kernels::simd_has_fma(kernels::simd_target());
    for (std::size_t k = 0; k < 4; ++k) {
      if (fused) {
        ASSERT_EQ(got[k], expected[k]);
      } else {
        ASSERT_NEAR(got[k], expected[k], 1e-6);
      }
    }
  }

  // Rows [first, first + 3): one step of all three environments.
  static void expect_step(const Table& table, std::size_t first, const StepView& step) {
    for (std::size_t i = 0; i < kEnvs; ++i) {
      const std::size_t row = first + i;
      SCOPED_TRACE("row " + std::to_string(row));
      ASSERT_EQ(table(row, "env"), static_cast<double>(i));
      expect_row(step.observation.row(i), table.span(row, "obs0", 4));
      ASSERT_EQ(step.reward[i], table(row, "reward"));
      ASSERT_EQ(step.terminated[i], table(row, "terminated"));
      ASSERT_EQ(step.truncated[i], table(row, "truncated"));
      if (table(row, "final_mask") == 1) {
        expect_row(step.final_observation.row(i), table.span(row, "final0", 4));
      }
    }
  }

  static std::vector<std::int32_t> actions_at(const Table& table, std::size_t first) {
    std::vector<std::int32_t> actions;
    for (std::size_t i = 0; i < kEnvs; ++i) {
      actions.push_back(static_cast<std::int32_t>(table(first + i, "action")));
    }
    return actions;
  }

  void expect_recorded_run(const char* mode) {
    const Table table = load_csv(folder_, std::string("autoreset/cartpole_") + mode + ".csv");
    const auto env = make_three(parse_autoreset_mode(mode));
    std::size_t steps = 0, resets = 0;
    for (std::size_t first = 0; first < table.rows(); first += kEnvs) {
      const std::vector<std::int32_t> actions = actions_at(table, first);
      if (actions[0] == -1) {
        const ConstMatrixView observation = env->reset(std::uint64_t{5});
        for (std::size_t i = 0; i < kEnvs; ++i) {
          expect_row(observation.row(i), table.span(first + i, "obs0", 4));
        }
      } else if (actions[0] == -2) {
        std::vector<std::uint8_t> mask;
        for (std::size_t i = 0; i < kEnvs; ++i) mask.push_back(table(first + i, "reset_mask") == 1);
        const ConstMatrixView observation = env->reset(mask);
        for (std::size_t i = 0; i < kEnvs; ++i) {
          expect_row(observation.row(i), table.span(first + i, "obs0", 4));
        }
        ++resets;
      } else {
        expect_step(table, first, env->step(actions));
        ++steps;
      }
    }
    EXPECT_EQ(steps, 200u);
    EXPECT_EQ(resets > 10, std::string_view(mode) == "disabled");
  }
};

PAVLOV_ON_PARITY_DATA(Autoreset);

TEST_P(Autoreset, NextStep) { expect_recorded_run("next_step"); }
TEST_P(Autoreset, SameStep) { expect_recorded_run("same_step"); }
TEST_P(Autoreset, Disabled) { expect_recorded_run("disabled"); }

// The kinds of wrong masks that C++ can express: wrong length, no entry.
TEST_P(Autoreset, MaskErrorsAreThoseOfTheTable) {
  const auto env = make_three(AutoresetMode::disabled);
  env->reset(std::uint64_t{5});
  std::size_t checked = 0;
  for (const std::vector<std::string>& row :
       load_text(folder_, "autoreset/disabled_mask_errors.csv")) {
    std::vector<std::uint8_t> mask;
    if (row[0] == "wrong length") mask = {1, 1};
    if (row[0] == "no true entry") mask = {0, 0, 0};
    if (row[0] == "valid") mask = {0, 1, 0};
    if (mask.empty()) continue;
    ++checked;
    EXPECT_EQ(error_of([&] { env->reset(mask); }) == "", row[1] == "ok") << row[0];
  }
  EXPECT_EQ(checked, 3u);
}

TEST(AutoresetErrors, SteppingAFinishedEnvironmentNamesIt) {
  const auto env =
      make("CartPole-v1",
           {.num_envs = 3, .autoreset_mode = AutoresetMode::disabled, .max_episode_steps = 4});
  env->reset(std::uint64_t{1});
  const std::vector<std::int32_t> left(3, 0);
  for (int t = 0; t < 4; ++t) env->step(left);
  StateWriter before, after;
  env->save(before);
  EXPECT_EQ(
      error_of([&] { env->step(left); }),
      "[CartPole-v1] step: environment 0 is finished: call reset with a mask that has it set");
  env->save(after);
  EXPECT_TRUE(std::ranges::equal(before.bytes(), after.bytes()));
  env->reset(std::vector<std::uint8_t>{1, 1, 0});
  EXPECT_NE(error_of([&] { env->step(left); }).find("environment 2 is finished"),
            std::string::npos);
  env->reset(std::vector<std::uint8_t>{0, 0, 1});
  EXPECT_EQ(error_of([&] { env->step(left); }), "");
}

TEST(AutoresetErrors, Masks) {
  const auto env = make("CartPole-v1", {.num_envs = 3});
  EXPECT_EQ(error_of([&] {
              env->reset(std::vector<std::uint8_t>{1, 1, 1});
            }),
            "[CartPole-v1] reset: mask before the first reset: call reset(seed) first");
  env->reset(std::uint64_t{1});
  EXPECT_EQ(error_of([&] {
              env->reset(std::vector<std::uint8_t>{1, 1});
            }),
            "[CartPole-v1] reset: mask of 2 entries: must have 3, one per environment");
  EXPECT_EQ(error_of([&] {
              env->reset(std::vector<std::uint8_t>{0, 0, 0});
            }),
            "[CartPole-v1] reset: mask without an entry: at least one must be set");
}

}  // namespace
}  // namespace pavlov::envs
