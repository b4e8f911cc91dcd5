// CartPole against tables of Gymnasium, bit for bit, and every target against the readable form.
#include "pavlov/envs/cartpole/cartpole.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "pavlov/tests/envs/parity_data.h"
#include "pavlov/envs/cartpole/cartpole-inl.h"
#include "pavlov/kernels/random.h"
#include "pavlov/kernels/simd_target.h"
#include "pavlov/tests/envs/unfused.h"

namespace pavlov::envs {
namespace {

// The slow and obvious twin: the C library's functions, every division a division.
struct LibraryMath {
  static kernels::portable::SinCos<double> sine_cosine(double theta) {
    return {std::sin(theta), std::cos(theta)};
  }
  static double over_total_mass(double a) { return a / portable::cartpole::kTotalMass; }
};

CartPoleState state_at(const Table& table, std::size_t row, std::string_view first) {
  const auto s = table.span(row, first, 4);
  return {s[0], s[1], s[2], s[3]};
}

CartPoleState library_step(const CartPoleState& s, int action) {
  const auto next = portable::cartpole_step<LibraryMath>(
      portable::CartPoleLanes<double>{s.x, s.x_dot, s.theta, s.theta_dot},
      action == 1 ? 10.0 : -10.0);
  return {next.x, next.x_dot, next.theta, next.theta_dot};
}

template <class V>
CartPoleState exact_step(const CartPoleState& s, int action) {
  const auto next = portable::cartpole_step<portable::ExactMath>(
      portable::CartPoleLanes<V>{s.x, s.x_dot, s.theta, s.theta_dot},
      V(action == 1 ? 10.0 : -10.0));
  if constexpr (std::is_same_v<V, double>) {
    return {next.x, next.x_dot, next.theta, next.theta_dot};
  } else {
    return {next.x.v, next.x_dot.v, next.theta.v, next.theta_dot.v};
  }
}

bool fallen(const CartPoleState& s) {
  return portable::cartpole_fallen(
      portable::CartPoleLanes<double>{s.x, s.x_dot, s.theta, s.theta_dot});
}

std::unique_ptr<CartPole> make_cartpole(const VecOptions& options,
                                        const CartPoleConfig& config = {}) {
  return std::make_unique<CartPole>(cartpole_spec("CartPole-v1"), config, options);
}

bool same_state(const CartPoleState& a, const CartPoleState& b) {
  return same_bits(a.x, b.x) && same_bits(a.x_dot, b.x_dot) && same_bits(a.theta, b.theta) &&
         same_bits(a.theta_dot, b.theta_dot);
}

// ---- the readable reference: double, and the library ----

using CartPoleReference = OnParityData;
PAVLOV_ON_PARITY_DATA(CartPoleReference);

const std::vector<std::string> kOnestepColumns = {
    "x",         "x_dot",      "theta",      "theta_dot",      "action",
    "next_x",    "next_x_dot", "next_theta", "next_theta_dot", "obs0",
    "obs1",      "obs2",       "obs3",       "reward",         "reward_sutton_barto",
    "terminated"};

TEST_P(CartPoleReference, OneStep) {
  const Table table = load_doubles(folder_, "onestep/cartpole.f64", kOnestepColumns);
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const CartPoleState before = state_at(table, row, "x");
    const CartPoleState after = state_at(table, row, "next_x");
    const int action = static_cast<int>(table(row, "action"));
    ASSERT_TRUE(same_state(exact_step<double>(before, action), after)) << "row " << row;
    if (library_is_fused()) {
      ASSERT_TRUE(same_state(library_step(before, action), after)) << "row " << row;
    }
    ASSERT_EQ(fallen(after), table(row, "terminated") == 1) << "row " << row;
  }
}

// Open loop: from the reset state on, only actions are read from the table.
void expect_open_loop(const Table& table) {
  for (const auto& [first, last] : table.runs("seed")) {
    CartPoleState s = state_at(table, first, "x");
    for (std::size_t row = first + 1; row < last; ++row) {
      s = exact_step<double>(s, static_cast<int>(table(row, "action")));
      ASSERT_TRUE(same_state(s, state_at(table, row, "x"))) << "row " << row;
      ASSERT_EQ(fallen(s), table(row, "terminated") == 1) << "row " << row;
    }
  }
}

TEST_P(CartPoleReference, OpenLoop) {
  for (const char* name : {"cartpole", "cartpole_balanced", "cartpole_both_flags"}) {
    SCOPED_TRACE(name);
    expect_open_loop(
        load_doubles(folder_, std::string("freerun/") + name + ".f64", kFreerunColumns));
  }
}

// Gymnasium steps on past the end, with reward 0; here that is an error (autoreset_test.cpp), but
// the physics goes the same way, to angles far outside of the short form's range.
TEST_P(CartPoleReference, PastTheEnd) {
  const Table table = load_doubles(folder_, "freerun/cartpole_past_end.f64", kFreerunColumns);
  CartPoleState s = state_at(table, 0, "x");
  for (std::size_t row = 1; row < table.rows(); ++row) {
    s = exact_step<double>(s, static_cast<int>(table(row, "action")));
    ASSERT_TRUE(same_state(s, state_at(table, row, "x"))) << "row " << row;
    EXPECT_EQ(fallen(s), table(row, "terminated") == 1);
  }
}

// ---- the batch, on every target ----

class CartPoleBatch
    : public ::testing::TestWithParam<std::tuple<std::string_view, std::string_view>> {
 protected:
  void SetUp() override {
    folder_ = parity_folder(std::get<1>(GetParam()));
    if (!std::ifstream(folder_ + "/onestep/cartpole.f64")) {
      GTEST_SKIP() << "SKIPPED, NOT PASSED: no parity tables in " << folder_;
    }
    kernels::force_simd_target(std::get<0>(GetParam()));
    fused_ = kernels::simd_has_fma(std::get<0>(GetParam()));
  }
  void TearDown() override { kernels::force_simd_target(""); }

  // Bits on fused targets; elsewhere what the unfused form gives, which is close.
  void expect_same(const CartPoleState& got, const CartPoleState& expected,
                   double tolerance) const {
    if (fused_) {
      ASSERT_TRUE(same_state(got, expected));
    } else {
      ASSERT_NEAR(got.x, expected.x, tolerance);
      ASSERT_NEAR(got.x_dot, expected.x_dot, tolerance);
      ASSERT_NEAR(got.theta, expected.theta, tolerance);
      ASSERT_NEAR(got.theta_dot, expected.theta_dot, tolerance);
    }
  }
  static void expect_observation(std::span<const float> row, const CartPoleState& s) {
    ASSERT_TRUE(same_bits(row[0], static_cast<float>(s.x)) &&
                same_bits(row[1], static_cast<float>(s.x_dot)) &&
                same_bits(row[2], static_cast<float>(s.theta)) &&
                same_bits(row[3], static_cast<float>(s.theta_dot)));
  }

  std::string folder_;
  bool fused_ = false;
};

INSTANTIATE_TEST_SUITE_P(Simd, CartPoleBatch,
                         ::testing::Combine(::testing::ValuesIn(kernels::simd_targets().begin(),
                                                                kernels::simd_targets().end()),
                                            ::testing::Values(std::string_view("extract"),
                                                              std::string_view("whole"))),
                         [](const auto& pair) {
                           return std::string(std::get<0>(pair.param)) + "_" +
                                  std::string(std::get<1>(pair.param));
                         });

TEST_P(CartPoleBatch, OneStep) {
  const Table table = load_doubles(folder_, "onestep/cartpole.f64", kOnestepColumns);
  const std::size_t n = table.rows();
  for (const bool sutton_barto : {false, true}) {
    CartPoleConfig config;
    config.sutton_barto_reward = sutton_barto;
    const auto env = make_cartpole({.num_envs = n}, config);
    env->reset(std::uint64_t{0});
    std::vector<std::int32_t> actions(n);
    for (std::size_t i = 0; i < n; ++i) {
      env->set_state(i, state_at(table, i, "x"));
      actions[i] = static_cast<std::int32_t>(table(i, "action"));
    }
    const StepView step = env->step(actions);
    for (std::size_t i = 0; i < n; ++i) {
      SCOPED_TRACE("row " + std::to_string(i));
      expect_same(env->state(i), state_at(table, i, "next_x"), 1e-12);
      expect_observation(step.observation.row(i), env->state(i));
      for (std::size_t k = 0; k < 4 && fused_; ++k) {
        ASSERT_EQ(step.observation(i, k), table.span(i, "obs0", 4)[k]);
      }
      ASSERT_EQ(step.reward[i], table(i, sutton_barto ? "reward_sutton_barto" : "reward"));
      ASSERT_EQ(step.terminated[i], table(i, "terminated"));
      ASSERT_EQ(step.truncated[i], 0);
    }
  }
}

// Whole recorded episodes as one batch, from their seeds, open loop.
void run_episodes(const Table& table, CartPole& env, bool fused) {
  const auto episodes = table.runs("seed");
  std::vector<std::uint64_t> seeds;
  std::size_t longest = 0;
  for (const auto& [first, last] : episodes) {
    seeds.push_back(static_cast<std::uint64_t>(table(first, "seed")));
    longest = std::max(longest, last - first);
  }
  const ConstMatrixView initial = env.reset(seeds);
  for (std::size_t e = 0; e < episodes.size(); ++e) {
    ASSERT_TRUE(same_state(env.state(e), state_at(table, episodes[e].first, "x")));
    for (std::size_t k = 0; k < 4; ++k) {
      ASSERT_EQ(initial(e, k), table.span(episodes[e].first, "obs0", 4)[k]);
    }
  }
  for (std::size_t t = 1; t < longest; ++t) {
    std::vector<std::int32_t> actions(episodes.size(), 0);
    for (std::size_t e = 0; e < episodes.size(); ++e) {
      const std::size_t row = episodes[e].first + t;
      if (row < episodes[e].second) actions[e] = static_cast<std::int32_t>(table(row, "action"));
    }
    const StepView step = env.step(actions);
    for (std::size_t e = 0; e < episodes.size(); ++e) {
      const std::size_t row = episodes[e].first + t;
      if (row >= episodes[e].second) continue;
      SCOPED_TRACE("row " + std::to_string(row));
      for (std::size_t k = 0; k < 4; ++k) {
        const double expected = table.span(row, "obs0", 4)[k];
        if (fused) {
          ASSERT_EQ(step.observation(e, k), expected);
        } else if (t <= 150) {
          ASSERT_NEAR(step.observation(e, k), expected, 1e-6);
        }
      }
      if (!fused && t > 150) continue;  // rounding has grown to the size of the state
      ASSERT_TRUE(!fused || same_state(env.state(e), state_at(table, row, "x")));
      ASSERT_EQ(step.reward[e], table(row, "reward"));
      ASSERT_EQ(step.terminated[e], table(row, "terminated"));
      ASSERT_EQ(step.truncated[e], table(row, "truncated"));
      if (step.terminated[e] || step.truncated[e]) {
        for (std::size_t k = 0; k < 4; ++k) {
          ASSERT_TRUE(same_bits(step.final_observation(e, k), step.observation(e, k)));
        }
      }
    }
  }
}

TEST_P(CartPoleBatch, OpenLoop) {
  // next_step, the default, keeps the last state of an episode until the step after.
  for (const char* name : {"cartpole", "cartpole_balanced"}) {
    SCOPED_TRACE(name);
    const Table table =
        load_doubles(folder_, std::string("freerun/") + name + ".f64", kFreerunColumns);
    const auto env = make_cartpole({.num_envs = table.runs("seed").size()});
    run_episodes(table, *env, fused_);
  }
}

// Episodes that fall on the very step of the time limit, which is 500 as registered.
TEST_P(CartPoleBatch, BothFlags) {
  const Table table = load_doubles(folder_, "freerun/cartpole_both_flags.f64", kFreerunColumns);
  const auto env = make_cartpole({.num_envs = table.runs("seed").size()});
  run_episodes(table, *env, fused_);
  for (const auto& [first, last] : table.runs("seed")) {
    EXPECT_EQ(table(last - 1, "terminated") + table(last - 1, "truncated"), 2);
  }
}

TEST_P(CartPoleBatch, ResetIsThatOfTheSeed) {
  const Table table =
      load_doubles(folder_, "classic/reset_cartpole.f64",
                   {"seed", "x", "x_dot", "theta", "theta_dot", "obs0", "obs1", "obs2", "obs3"});
  std::vector<std::uint64_t> seeds;
  for (std::size_t i = 0; i < table.rows(); ++i) {
    seeds.push_back(static_cast<std::uint64_t>(table(i, "seed")));
  }
  const auto env = make_cartpole({.num_envs = seeds.size()});
  const ConstMatrixView observation = env->reset(seeds);
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    ASSERT_TRUE(same_state(env->state(i), state_at(table, i, "x")));
    for (std::size_t k = 0; k < 4; ++k) ASSERT_EQ(observation(i, k), table.span(i, "obs0", 4)[k]);
  }
}

// ---- every target against the readable form ----

class CartPoleOnTarget : public ::testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override { kernels::force_simd_target(GetParam()); }
  void TearDown() override { kernels::force_simd_target(""); }
};

INSTANTIATE_TEST_SUITE_P(Simd, CartPoleOnTarget,
                         ::testing::ValuesIn(kernels::simd_targets().begin(),
                                             kernels::simd_targets().end()),
                         [](const auto& target) { return std::string(target.param); });

// Long random runs of every size up to more than two blocks, wide and narrow initial states.
void expect_reference_steps(std::size_t n, const CartPoleConfig& config, bool fused) {
  SCOPED_TRACE("N = " + std::to_string(n));
  const auto env =
      make_cartpole({.num_envs = n, .autoreset_mode = AutoresetMode::same_step}, config);
  env->reset(std::uint64_t{7});
  kernels::Pcg64 random(n);
  std::vector<std::int32_t> actions(n);
  std::vector<CartPoleState> before(n);
  for (int t = 0; t < 300; ++t) {
    for (std::size_t i = 0; i < n; ++i) {
      actions[i] = static_cast<std::int32_t>(random.integers(0, 2));
      before[i] = env->state(i);
    }
    const StepView step = env->step(actions);
    for (std::size_t i = 0; i < n; ++i) {
      const CartPoleState expected = fused ? exact_step<double>(before[i], actions[i])
                                           : exact_step<Unfused>(before[i], actions[i]);
      ASSERT_EQ(step.terminated[i] != 0, fallen(expected)) << "t " << t << " env " << i;
      const bool ended = step.terminated[i] != 0 || step.truncated[i] != 0;
      ASSERT_TRUE(ended || same_state(env->state(i), expected)) << "t " << t << " env " << i;
      const auto row = ended ? step.final_observation.row(i) : step.observation.row(i);
      ASSERT_TRUE(same_bits(row[0], static_cast<float>(expected.x)));
      ASSERT_TRUE(same_bits(row[3], static_cast<float>(expected.theta_dot)));
      ASSERT_TRUE(same_bits(step.observation(i, 2), static_cast<float>(env->state(i).theta)));
    }
  }
}

TEST_P(CartPoleOnTarget, EqualsTheReadableForm) {
  const bool fused = kernels::simd_has_fma(GetParam());
  for (const std::size_t n : {1, 2, 3, 7, 8, 9, 31, 63, 64, 65, 130}) {
    expect_reference_steps(n, {}, fused);
  }
  CartPoleConfig wide;
  wide.reset_low = -3.0;
  wide.reset_high = 3.0;
  expect_reference_steps(65, wide, fused);
}

// Angles beyond the short form, and far beyond every table.
TEST_P(CartPoleOnTarget, AnyStateIsExact) {
  const bool fused = kernels::simd_has_fma(GetParam());
  kernels::Pcg64 random(3);
  const auto env = make_cartpole({.num_envs = 1});
  for (const double scale : {0.2, 0.24, 0.3, 1.0, 3.0, 100.0, 1e6, 1e9, 1e150}) {
    for (int trial = 0; trial < 50; ++trial) {
      env->reset(std::uint64_t{1});
      const CartPoleState s = {random.uniform(-scale, scale), random.uniform(-scale, scale),
                               random.uniform(-scale, scale), random.uniform(-scale, scale)};
      env->set_state(0, s);
      env->step(std::vector<std::int32_t>{1});
      const CartPoleState expected = fused ? exact_step<double>(s, 1) : exact_step<Unfused>(s, 1);
      ASSERT_TRUE(same_state(env->state(0), expected)) << "scale " << scale;
    }
  }
}

// math=fast: the same on every target, and close.
TEST_P(CartPoleOnTarget, FastMathIsCloseAndTheSameEverywhere) {
  CartPoleConfig config;
  config.math = Math::fast;
  const auto env = make_cartpole({.num_envs = 70}, config);
  env->reset(std::uint64_t{11});
  kernels::Pcg64 random(5);
  std::vector<std::int32_t> actions(70);
  for (int t = 0; t < 8; ++t) {  // no episode is shorter
    std::vector<CartPoleState> before;
    for (std::size_t i = 0; i < 70; ++i) {
      actions[i] = static_cast<std::int32_t>(random.integers(0, 2));
      before.push_back(env->state(i));
    }
    env->step(actions);
    for (std::size_t i = 0; i < 70; ++i) {
      const double force = actions[i] == 1 ? 10.0 : -10.0;
      const auto& b = before[i];
      const auto expected = portable::cartpole_step<portable::NarrowFastMath>(
          portable::CartPoleLanes<double>{b.x, b.x_dot, b.theta, b.theta_dot}, force);
      const CartPoleState got = env->state(i);
      ASSERT_TRUE(same_bits(got.x_dot, expected.x_dot) &&
                  same_bits(got.theta_dot, expected.theta_dot));
      const CartPoleState exact = library_step(b, actions[i]);
      ASSERT_NEAR(got.x_dot, exact.x_dot, 1e-15);
      ASSERT_NEAR(got.theta_dot, exact.theta_dot, 1e-14);
    }
  }
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

TEST(CartPoleFacts, SetStateRefusesWhatIsNotFinite) {
  const auto env = make_cartpole({});
  env->reset(std::uint64_t{1});
  const CartPoleState before = env->state(0);
  EXPECT_THROW(env->set_state(0, {0, 0, std::nan(""), 0}), std::invalid_argument);
  EXPECT_THROW(env->set_state(1, before), std::invalid_argument);
  EXPECT_EQ(env->state(0), before);
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
