// The machinery of batch environments, where the contract leaves room for mistakes of its own.
#include "pavlov/envs/batch_env.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "pavlov/bench/cartpole_scalar.h"
#include "pavlov/envs/cartpole/cartpole.h"
#include "pavlov/envs/catalog.h"
#include "pavlov/kernels/simd_target.h"
#include "pavlov/tests/envs/parity_data.h"
#include "pavlov/tests/envs/states_and_errors.h"

namespace pavlov::envs {
namespace {

// A long run: the bytes of the whole state at its end.
std::vector<std::byte> state_after(std::string_view target, std::size_t threads, int steps) {
  kernels::force_simd_target(target);
  const auto env =
      make("CartPole-v1",
           {.num_envs = 1000, .autoreset_mode = AutoresetMode::same_step, .threads = threads});
  env->reset(std::uint64_t{99});
  kernels::Pcg64 random(1);
  std::vector<std::int32_t> actions(1000);
  for (int t = 0; t < steps; ++t) {
    for (std::int32_t& action : actions) action = static_cast<std::int32_t>(random.next() & 1);
    env->step(actions);
  }
  kernels::force_simd_target("");
  return state_of(*env);
}

TEST(BatchEnv, SameBytesForAllThreadsAndAllFusedTargets) {
  std::vector<std::byte> fused, plain;
  for (const std::string_view target : kernels::simd_targets()) {
    std::vector<std::byte>& expected = kernels::simd_has_fma(target) ? fused : plain;
    for (const std::size_t threads : {1, 2, 7}) {
      const std::vector<std::byte> state = state_after(target, threads, 400);
      if (expected.empty()) expected = state;
      EXPECT_TRUE(state == expected) << target << ", " << threads << " threads";
    }
  }
}

// The slow twin of everything at once: physics, time limit, flags, resets and observations.
TEST(BatchEnv, EqualsThePlainLoop) {
  if (!library_is_fused()) GTEST_SKIP() << "this C library does not fuse";
  constexpr std::size_t kEnvs = 131;
  for (const std::string_view target : kernels::simd_targets()) {
    if (!kernels::simd_has_fma(target)) continue;
    kernels::force_simd_target(target);
    const auto env = make(
        "CartPole-v1",
        {.num_envs = kEnvs, .autoreset_mode = AutoresetMode::same_step, .max_episode_steps = 30});
    bench::ScalarLoop<bench::CartPoleGame> loop(kEnvs, 30);
    env->reset(std::uint64_t{8});
    loop.reset(8);
    kernels::Pcg64 random(2);
    std::vector<std::int32_t> actions(kEnvs);
    for (int t = 0; t < 1000; ++t) {
      for (std::int32_t& action : actions) action = static_cast<std::int32_t>(random.next() & 1);
      const StepView step = env->step(actions);
      loop.step(actions);
      ASSERT_TRUE(std::ranges::equal(step.reward, loop.reward()));
      ASSERT_TRUE(std::ranges::equal(step.terminated, loop.terminated()));
      ASSERT_TRUE(std::ranges::equal(step.truncated, loop.truncated()));
      for (std::size_t i = 0; i < kEnvs; ++i) {
        ASSERT_EQ(std::memcmp(step.observation.row(i).data(), &loop.observation()[4 * i], 16), 0);
        if (step.terminated[i] == 0 && step.truncated[i] == 0) continue;
        ASSERT_EQ(
            std::memcmp(step.final_observation.row(i).data(), &loop.final_observation()[4 * i], 16),
            0);
      }
    }
  }
  kernels::force_simd_target("");
}

// The time limit keeps deadlines, not counters: episodes that begin at different steps.
TEST(BatchEnv, TimeLimitCountsTheStepsOfEachEpisode) {
  for (const AutoresetMode mode : {AutoresetMode::same_step, AutoresetMode::next_step}) {
    const auto env =
        make("CartPole-v1", {.num_envs = 200, .autoreset_mode = mode, .max_episode_steps = 21});
    env->reset(std::uint64_t{3});
    kernels::Pcg64 random(4);
    std::vector<int> length(200, 0);
    std::vector<bool> waiting(200, false);
    std::vector<std::int32_t> actions(200);
    int truncations = 0, both = 0;
    for (int t = 0; t < 600; ++t) {
      for (std::int32_t& action : actions) action = static_cast<std::int32_t>(random.next() & 1);
      if (t % 50 == 49) {  // some episodes begin anew by hand
        std::vector<std::uint8_t> mask(200, 0);
        for (std::size_t i = 0; i < 200; i += 7) {
          mask[i] = 1;
          length[i] = 0;
          waiting[i] = false;
        }
        env->reset(mask);
      }
      const StepView step = env->step(actions);
      for (std::size_t i = 0; i < 200; ++i) {
        if (waiting[i]) {
          ASSERT_EQ(step.reward[i], 0.0);
          ASSERT_EQ(step.terminated[i] + step.truncated[i], 0);
          waiting[i] = false;
          continue;
        }
        ASSERT_EQ(step.reward[i], 1.0);
        ASSERT_EQ(step.truncated[i], ++length[i] == 21) << "t " << t << " env " << i;
        truncations += step.truncated[i];
        both += step.truncated[i] & step.terminated[i];
        if (step.terminated[i] || step.truncated[i]) {
          length[i] = 0;
          waiting[i] = mode == AutoresetMode::next_step;
        }
      }
    }
    EXPECT_GT(truncations, 100);
    EXPECT_GT(both, 0);
  }
}

TEST(BatchEnv, ArchivesNameWhatTheyAreOf) {
  const auto env = make("CartPole-v1", {.num_envs = 2});
  env->reset(std::uint64_t{1});
  const std::vector<std::byte> state = state_of(*env);
  const auto v0 = make("CartPole-v0", {.num_envs = 2});
  EXPECT_NE(load_error(*v0, state).find("state of 2 x CartPole-v1"), std::string::npos);
  const auto other_mode =
      make("CartPole-v1", {.num_envs = 2, .autoreset_mode = AutoresetMode::same_step});
  EXPECT_NE(load_error(*other_mode, state).find("autoreset=next_step"), std::string::npos);
  const std::vector<EnvOption> options = {{"sutton_barto_reward", "true"}};
  const auto other_reward = make("CartPole-v1", {.num_envs = 2}, options);
  EXPECT_NE(load_error(*other_reward, state).find("sutton_barto_reward=false"), std::string::npos);
  EXPECT_EQ(load_error(*env, std::vector<std::byte>(16, std::byte{7})),
            "[CartPole-v1] load: not an environment state");
  EXPECT_EQ(load_error(*env, state), "");
}

// An archive with a right checksum and wrong content: hostile, not damaged.
TEST(BatchEnv, HostileArchivesLeaveTheStateUnchanged) {
  const auto env = make("CartPole-v1", {.num_envs = 3});
  env->reset(std::uint64_t{1});
  env->step(std::vector<std::int32_t>{0, 1, 0});
  const std::vector<std::byte> good = state_of(*env);
  std::size_t size = 0;
  ASSERT_EQ(with_body(good, [&](std::vector<std::byte>& body) { size = body.size(); }), good);
  std::size_t refused = 0;
  for (std::size_t at = 0; at < size; ++at) {
    for (const std::byte flip : {std::byte{0x80}, std::byte{0xff}, std::byte{0x7f}}) {
      const auto bad = with_body(good, [&](std::vector<std::byte>& body) {
        body[at] ^= flip;
        if (at + 1 < size) body[at + 1] ^= flip;
      });
      if (load_error(*env, bad).empty()) {
        // Another valid state: it must be one that can go on.
        env->step(std::vector<std::int32_t>{0, 0, 0});
        StateReader in(good);
        env->load(in);
      } else {
        ++refused;
      }
      ASSERT_EQ(state_of(*env), good) << "byte " << at;
    }
  }
  EXPECT_GT(refused, 50u);
}

// Each check of a body, by its message; the state is as before.
TEST(BatchEnv, ArchivesWithImpossibleValuesAreRefused) {
  constexpr std::size_t kEnvs = 3;
  constexpr std::size_t kStep = 1, kDeadlines = 9 + kEnvs * sizeof(kernels::Pcg64::State);
  constexpr std::size_t kResting = kDeadlines + 8 * kEnvs, kFlags = kResting + 8;
  const auto make_one = [&](AutoresetMode mode) {
    auto env = make("CartPole-v1", {.num_envs = kEnvs, .autoreset_mode = mode});
    env->reset(std::uint64_t{1});
    env->step(std::vector<std::int32_t>{0, 1, 0});
    return env;
  };
  const auto env = make_one(AutoresetMode::same_step);
  const std::vector<std::byte> good = state_of(*env);
  std::size_t size = 0;
  with_body(good, [&](std::vector<std::byte>& body) { size = body.size(); });
  const auto error_with = [&](std::size_t at, auto value) {
    const std::string error = load_error(*env, with_value(good, at, value));
    EXPECT_EQ(state_of(*env), good);
    return error;
  };
  const std::string start = "[CartPole-v1] load: ";
  EXPECT_EQ(error_with(0, std::uint8_t{2}), start + "flag of a started batch 2: must be 0 or 1");
  EXPECT_EQ(error_with(kStep, std::int64_t{-1}), start + "step number -1: must be in [0, 2^62]");
  EXPECT_EQ(error_with(kDeadlines + 8, std::int64_t{502}),
            start + "deadline 502: must be in [0, step number + max_episode_steps]");
  EXPECT_EQ(load_error(*env, with_value(good, kDeadlines + 8, std::int64_t{501})), "");
  EXPECT_EQ(load_error(*env, good), "");
  EXPECT_EQ(error_with(kResting, std::uint64_t{1}),
            start + "word of resting rows 1: must be 0 in same_step mode");
  EXPECT_EQ(error_with(kFlags + 1, std::uint8_t{3}), start + "flag terminated 3: must be 0 or 1");
  EXPECT_EQ(error_with(kFlags + kEnvs, std::uint8_t{9}),
            start + "flag truncated 9: must be 0 or 1");
  for (const double value : {1e306, -1e16, static_cast<double>(NAN)}) {
    EXPECT_EQ(error_with(size - 8, value),
              start + "state of environment 2: all values must be in [-1e15, 1e15]");
  }
  EXPECT_EQ(load_error(*env, with_body(good, [](auto& body) { body.push_back({}); })),
            start + "the state is too long");
  EXPECT_EQ(load_error(*env, with_body(good, [](auto& body) { body.pop_back(); }))
                .rfind("[CartPole-v1] archive ends after", 0),
            0u);
  EXPECT_EQ(state_of(*env), good);

  const auto other = make_one(AutoresetMode::next_step);
  const std::vector<std::byte> state = state_of(*other);
  EXPECT_EQ(load_error(*other, with_value(state, kResting, std::uint64_t{8})),
            start + "word of resting rows 8: must be of 3 bits");
  EXPECT_EQ(state_of(*other), state);
}

// Whatever set_state and load accept, the next step shows finite numbers.
TEST(BatchEnv, TheLargestStatesOfCartPoleStayFinite) {
  CartPole env(cartpole_spec("CartPole-v1"), {},
               {.num_envs = 1, .autoreset_mode = AutoresetMode::same_step});
  env.reset(std::uint64_t{1});
  constexpr double kLargest = CartPole::kLargest;
  for (int signs = 0; signs < 81; ++signs) {
    const auto value = [&](int place) { return kLargest * (signs / place % 3 - 1); };
    env.set_state(0, {value(1), value(3), value(9), value(27)});
    const StepView step = env.step(std::vector<std::int32_t>{1});
    for (const float o : step.observation.row(0)) ASSERT_TRUE(std::isfinite(o));
    for (const float o : step.final_observation.row(0)) ASSERT_TRUE(std::isfinite(o)) << signs;
  }
  EXPECT_THROW(env.set_state(0, {2 * kLargest, 0, 0, 0}), std::invalid_argument);
  EXPECT_THROW(env.set_state(0, {0, 0, 0, -2 * kLargest}), std::invalid_argument);
}

// Two archives one after the other in one stream.
TEST(BatchEnv, ArchivesCanStandInALongerStream) {
  const auto a = make("CartPole-v1", {.num_envs = 2});
  const auto b = make("CartPole-v0", {.num_envs = 5});
  a->reset(std::uint64_t{1});
  StateWriter out;
  a->save(out);
  b->save(out);  // before its first reset
  StateReader in(out.bytes());
  a->load(in);
  b->load(in);
  EXPECT_EQ(in.remaining(), 0u);
  EXPECT_THROW(b->step(std::vector<std::int32_t>(5, 0)), std::invalid_argument);
}

TEST(BatchEnv, BadOptions) {
  EXPECT_THROW(make("CartPole-v1", {.num_envs = std::size_t{1} << 40}), std::invalid_argument);
  EXPECT_THROW(make("CartPole-v1", {.threads = 5000}), std::invalid_argument);
}

// A fallen pole must not turn on behind the scenes, however long it lies: the short sine of a step
// is defined up to 0.246 rad.
TEST(BatchEnv, RestingForLongKeepsCartPoleWhereAStepIsDefined) {
  for (const std::string_view target : kernels::simd_targets()) {
    kernels::force_simd_target(target);
    CartPole env(cartpole_spec("CartPole-v1"), {},
                 {.num_envs = 70, .autoreset_mode = AutoresetMode::disabled});
    env.reset(std::uint64_t{1});
    const std::vector<std::int32_t> right(70, 1);
    for (int t = 0; t < 300; ++t) {
      env.step_running(right);
      if (t < 30) continue;  // until all have fallen
      for (std::size_t i = 0; i < 70; ++i) ASSERT_LT(std::abs(env.state(i).theta), 0.246);
    }
    const std::vector<std::byte> state = state_of(env);
    EXPECT_EQ(load_error(env, state), "") << target;
    EXPECT_TRUE(state_of(env) == state);
  }
  kernels::force_simd_target("");
}

}  // namespace
}  // namespace pavlov::envs
