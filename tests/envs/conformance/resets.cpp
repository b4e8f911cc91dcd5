#include "pavlov/tests/envs/conformance/parts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "pavlov/tests/envs/conformance/actions.h"
#include "pavlov/tests/envs/conformance/record.h"
#include "pavlov/tests/envs/states_and_errors.h"

namespace pavlov::envs::conformance {

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

}  // namespace pavlov::envs::conformance
