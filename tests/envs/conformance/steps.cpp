#include "pavlov/tests/envs/conformance/parts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "pavlov/tests/envs/conformance/actions.h"
#include "pavlov/tests/envs/conformance/record.h"

namespace pavlov::envs::conformance {

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

}  // namespace pavlov::envs::conformance
