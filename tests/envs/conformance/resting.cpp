#include "pavlov/tests/envs/conformance/parts.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pavlov/tests/envs/conformance/actions.h"
#include "pavlov/tests/envs/states_and_errors.h"

namespace pavlov::envs::conformance {

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

}  // namespace pavlov::envs::conformance
