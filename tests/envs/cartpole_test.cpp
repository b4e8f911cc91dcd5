// What is CartPole's alone; its tables and runs are in lane_*_test.cpp.
#include "pavlov/envs/cartpole/cartpole.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "pavlov/tests/envs/lane_reference.h"
#include "pavlov/tests/envs/parity_data.h"
#include "pavlov/kernels/random.h"
#include "pavlov/kernels/simd_target.h"

namespace pavlov::envs {
namespace {

std::unique_ptr<CartPole> make_cartpole(const VecOptions& options,
                                        const CartPoleConfig& config = {}) {
  return CartPoleGame::make(options, config);
}

using CartPoleReference = OnParityData;
PAVLOV_ON_PARITY_DATA(CartPoleReference);

// Gymnasium steps on past the end, with reward 0; here that is an error (autoreset_test.cpp), but
// the physics goes the same way, to angles far outside of the short form's range.
TEST_P(CartPoleReference, PastTheEnd) {
  const Table table =
      load_doubles(folder_, "freerun/cartpole_past_end.f64",
                   {"seed", "t", "action", "x", "x_dot", "theta", "theta_dot", "obs0", "obs1",
                    "obs2", "obs3", "reward", "terminated", "truncated"});
  const auto state_at = [&](std::size_t row) {
    return state_of_numbers<CartPoleState>(table.span(row, "x", 4).data(), 4, false);
  };
  CartPoleState s = state_at(0);
  for (std::size_t row = 1; row < table.rows(); ++row) {
    const auto action = static_cast<std::int32_t>(table(row, "action"));
    const auto next = Reference<CartPoleGame>::exact(true, s, action);
    s = next.state;
    ASSERT_TRUE(same_state(s, state_at(row))) << "row " << row;
    EXPECT_EQ(next.terminated, table(row, "terminated") == 1);
  }
}

TEST_P(CartPoleReference, SuttonBartoReward) {
  const Table table = load_doubles(folder_, "onestep/cartpole.f64",
                                   {"x", "x_dot", "theta", "theta_dot", "action", "next_x",
                                    "next_x_dot", "next_theta", "next_theta_dot", "obs0", "obs1",
                                    "obs2", "obs3", "reward", "reward_sutton_barto", "terminated"});
  CartPoleConfig config;
  config.sutton_barto_reward = true;
  const std::size_t n = table.rows();
  const auto env = make_cartpole({.num_envs = n}, config);
  env->reset(std::uint64_t{0});
  std::vector<std::int32_t> actions(n);
  for (std::size_t i = 0; i < n; ++i) {
    env->set_state(i, state_of_numbers<CartPoleState>(table.span(i, "x", 4).data(), 4, false));
    actions[i] = static_cast<std::int32_t>(table(i, "action"));
  }
  const StepView step = env->step(actions);
  for (std::size_t i = 0; i < n; ++i) {
    ASSERT_EQ(step.reward[i], table(i, "reward_sutton_barto")) << "row " << i;
  }
}

// States at both sides of the short form's limits, in batches and alone.
TEST(CartPoleNarrow, SwitchesToTheFullForm) {
  for (const std::string_view target : kernels::simd_targets()) {
    SCOPED_TRACE(target);
    kernels::force_simd_target(target);
    const bool fused = kernels::simd_has_fma(target);
    kernels::Pcg64 random(3);
    for (const std::size_t n : {1, 70}) {
      for (const double angle : {0.2, 0.239, 0.241, 0.3, 1.0, 1e9}) {
        const auto env = make_cartpole({.num_envs = n});
        env->reset(std::uint64_t{1});
        const CartPoleState s = {random.uniform(-1, 1), random.uniform(-1, 1), angle, 0.5};
        env->set_state(n - 1, s);
        env->step(std::vector<std::int32_t>(n, 1));
        ASSERT_TRUE(
            same_state(env->state(n - 1), Reference<CartPoleGame>::exact(fused, s, 1).state))
            << "angle " << angle;
      }
    }
  }
  kernels::force_simd_target("");
}

// ---- facts ----

TEST(CartPoleFacts, GoldenStateOfSeed42) {
  const auto env = make_cartpole({});
  env->reset(std::uint64_t{42});
  for (const std::int32_t action : {1, 0, 1, 1, 0}) env->step(std::vector<std::int32_t>{action});
  if (!kernels::simd_has_fma(kernels::simd_target())) GTEST_SKIP() << "this target does not fuse";
  EXPECT_EQ(env->state(0), (CartPoleState{0.04229395593161793, 0.1866812242286434,
                                          0.01661598973263259, -0.22163221543388395}));
}

// Wide resets take the full form of sine and cosine. After a step a state is inside the limits or
// fresh, however long the run.
TEST(CartPoleFacts, LongRunWithWideResetsStaysInside) {
  constexpr std::size_t kEnvs = 3;  // not a whole vector
  CartPoleConfig config;
  config.reset_low = -1.0;
  config.reset_high = 1.0;
  const auto env =
      make_cartpole({.num_envs = kEnvs, .autoreset_mode = AutoresetMode::same_step}, config);
  env->reset(std::uint64_t{1});
  for (int t = 0; t < 100000; ++t) {
    env->step(std::vector<std::int32_t>(kEnvs, t % 2));
    for (std::size_t i = 0; i < kEnvs; ++i) {
      const CartPoleState s = env->state(i);
      ASSERT_TRUE(std::abs(s.x) <= 2.4 && std::abs(s.theta) <= 1.0) << "step " << t;
      ASSERT_TRUE(std::isfinite(s.x_dot) && std::isfinite(s.theta_dot)) << "step " << t;
    }
  }
}

}  // namespace
}  // namespace pavlov::envs
