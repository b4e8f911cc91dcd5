// Classic control, every SIMD target against the readable form: long random runs of every size, any
// state, every option of arithmetic, and physics that differs from row to row.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "pavlov/tests/envs/lane_reference.h"
#include "pavlov/tests/envs/on_every_target.h"
#include "pavlov/tests/envs/parity_data.h"
#include "pavlov/kernels/random.h"

namespace pavlov::envs {
namespace {

template <class G>
class LaneSteps : public ::testing::Test {
 protected:
  using Game = G;
  using Env = typename Game::Env;
  using State = typename Env::State;
  using Action = typename Env::Action;
  using Config = typename Game::Config;

  using Expect = std::function<Expected<Game>(std::size_t, const State&, Action)>;

  // A long random run of n environments; expected(i, before, action) is what each step must give.
  static void expect_steps(std::size_t n, const Config& config, int steps, const Expect& expected,
                           std::size_t threads = 1) {
    SCOPED_TRACE("N = " + std::to_string(n));
    const auto env = Game::make({.num_envs = n,
                                 .autoreset_mode = AutoresetMode::same_step,
                                 .threads = threads,
                                 .max_episode_steps = 90},
                                config);
    env->reset(std::uint64_t{7});
    kernels::Pcg64 random(n);
    std::vector<Action> actions(n);
    std::vector<State> before(n);
    for (int t = 0; t < steps; ++t) {
      for (std::size_t i = 0; i < n; ++i) {
        actions[i] = random_action<Game>(random);
        before[i] = env->state(i);
      }
      const StepView step = env->step(view_of(actions));
      for (std::size_t i = 0; i < n; ++i) {
        SCOPED_TRACE("t " + std::to_string(t) + " environment " + std::to_string(i));
        const Expected<Game> right = expected(i, before[i], actions[i]);
        const bool ended = step.terminated[i] != 0 || step.truncated[i] != 0;
        const auto row = ended ? step.final_observation.row(i) : step.observation.row(i);
        expect_same<Game>({ended ? right.state : env->state(i),
                           {row.begin(), row.end()},
                           step.reward[i],
                           step.terminated[i] != 0},
                          right);
        if (::testing::Test::HasFatalFailure()) return;
      }
    }
  }
};

struct GameName {
  template <class Game>
  static std::string GetName(int) {
    return Game::kName;
  }
};
using Games = ::testing::Types<CartPoleGame, AcrobotGame, MountainCarGame,
                               MountainCarContinuousGame, PendulumGame>;
TYPED_TEST_SUITE(LaneSteps, Games, GameName);

// Wide initial states, where the environment has them.
template <class Config>
Config with_wide_resets(Config config) {
  if constexpr (std::is_same_v<Config, PendulumConfig>) {
    config.x_init = 100.0;
    config.y_init = 20.0;
  } else {
    config.reset_low = -3.0;
    config.reset_high = 3.0;
  }
  return config;
}

TYPED_TEST(LaneSteps, EqualTheReadableForm) {
  on_every_target([&](bool fused) {
    const auto expected = [&](std::size_t, const auto& before, auto action) {
      return Reference<TypeParam>::exact(fused, before, action);
    };
    for (const std::size_t n : {1, 2, 3, 7, 8, 9, 31, 63, 64, 65, 130}) {
      this->expect_steps(n, {}, 60, expected);
    }
    this->expect_steps(65, with_wide_resets(typename TypeParam::Config{}), 100, expected);
  });
}

// Angles beyond every table: the library's own functions are called there.
TYPED_TEST(LaneSteps, AnyStateIsExact) {
  using S = typename TestFixture::State;
  if (std::is_same_v<TypeParam, MountainCarContinuousGame>) GTEST_SKIP() << "float32 states";
  on_every_target([&](bool fused) {
    kernels::Pcg64 random(3);
    const auto env = TypeParam::make({.num_envs = 1});
    for (const double scale : {0.1, 1.0, 3.0, 100.0, 1e6, 1e9}) {
      for (int trial = 0; trial < 50; ++trial) {
        env->reset(std::uint64_t{1});
        std::array<double, kNumbers<S>> numbers;
        for (std::size_t k = 0; k < numbers.size(); ++k) {
          numbers[k] = TypeParam::kScale[k] * random.uniform(-scale, scale);
        }
        const auto before = std::bit_cast<S>(numbers);
        const std::vector actions = {random_action<TypeParam>(random)};
        env->set_state(0, before);
        env->step(view_of(actions));
        const auto expected = Reference<TypeParam>::exact(fused, before, actions[0]);
        ASSERT_TRUE(same_state(env->state(0), expected.state)) << "scale " << scale;
      }
    }
  });
}

TYPED_TEST(LaneSteps, FastMathIsTheSameOnEveryTargetAndClose) {
  typename TypeParam::Config config;
  config.lanes.math = Math::fast;
  on_every_target([&](bool) {
    this->expect_steps(67, config, 60, [&](std::size_t, const auto& before, auto action) {
      const auto fast = Reference<TypeParam>::fast(before, action);
      const auto exact = Reference<TypeParam, true>::library(before, action);
      for (std::size_t k = 0; k < numbers_of(fast.state).size(); ++k) {
        // MountainCarContinuous rounds to float32: the next neighbour may come out.
        EXPECT_NEAR(numbers_of(fast.state)[k], numbers_of(exact.state)[k],
                    (std::is_same_v<TypeParam, MountainCarContinuousGame> ? 1.2e-7 : 1e-12));
      }
      EXPECT_NEAR(fast.reward, exact.reward, 1e-12);
      return fast;
    });
  });
}

TYPED_TEST(LaneSteps, SingleIsTheSameOnEveryTargetAndClose) {
  typename TypeParam::Config config;
  config.lanes.precision = Precision::float32;
  auto varied = config;
  varied.lanes.columns = true;
  on_every_target([&](bool) {
    const auto expected = [&](std::size_t, const auto& before, auto action) {
      const auto single = Reference<TypeParam>::single(before, action);
      const auto exact = Reference<TypeParam, true>::library(before, action);
      for (std::size_t k = 0; k < numbers_of(single.state).size(); ++k) {
        const double got = numbers_of(single.state)[k], right = numbers_of(exact.state)[k];
        // An angle at pi may come out on the other side.
        if (std::abs(std::abs(got - right) - 2 * 0x1.921fb54442d18p1) < 1e-4) continue;
        EXPECT_NEAR(got, right, 2e-5 * std::max(1.0, std::abs(right)));
      }
      EXPECT_NEAR(single.reward, exact.reward, 2e-5);
      return single;
    };
    for (const std::size_t n : {1, 15, 16, 33, 130}) this->expect_steps(n, config, 60, expected);
    this->expect_steps(33, varied, 60, [&](std::size_t i, const auto& before, auto action) {
      return Reference<TypeParam, true>::single(before, action, config, i);
    });
  });
}

// ---- physics ----

template <class Config>
Config varied_physics();
template <>
CartPoleConfig varied_physics() {
  CartPoleConfig config;
  config.physics.gravity = {8, 12};
  config.physics.masspole = {0.05, 0.3};
  config.physics.length = {0.3, 0.8};
  config.physics.tau = 0.01;
  return config;
}
template <>
AcrobotConfig varied_physics() {
  AcrobotConfig config;
  config.physics.link_length_1 = {0.7, 1.4};
  config.physics.link_mass_2 = {0.5, 1.5};
  config.physics.link_com_pos_2 = {0.3, 0.6};
  config.physics.gravity = {3, 12};
  return config;
}
template <>
MountainCarConfig varied_physics() {
  MountainCarConfig config;
  config.physics.force = {0.0005, 0.002};
  config.physics.gravity = 0.003;
  return config;
}
template <>
MountainCarContinuousConfig varied_physics() {
  MountainCarContinuousConfig config;
  config.physics.power = {0.001, 0.002};
  return config;
}
template <>
PendulumConfig varied_physics() {
  PendulumConfig config;
  config.physics.g = {5, 12};
  config.physics.l = {0.5, 1.5};
  config.physics.max_torque = {1, 3};
  return config;
}

TYPED_TEST(LaneSteps, PhysicsMayVaryByEnvironment) {
  const auto config = varied_physics<typename TypeParam::Config>();
  EXPECT_NE(TypeParam::parameters(config, 0), TypeParam::parameters(config, 1));
  on_every_target([&](bool fused) {
    const auto expected = [&](std::size_t i, const auto& before, auto action) {
      return Reference<TypeParam, true>::exact(fused, before, action, config, i);
    };
    for (const std::size_t n : {1, 3, 9, 67, 130}) this->expect_steps(n, config, 60, expected);
    this->expect_steps(130, config, 30, expected, 2);
    auto fast = config;
    fast.lanes.math = Math::fast;
    this->expect_steps(20, fast, 60, [&](std::size_t i, const auto& before, auto action) {
      return Reference<TypeParam, true>::fast(before, action, config, i);
    });
  });
}

// The constants of the code are those that the default options give, and the formulas those with
// the library's functions (envs_without_fma: of a library without fused multiply-add).
TYPED_TEST(LaneSteps, StandardPhysicsIsTheDefaultOfTheOptions) {
  using S = typename TestFixture::State;
  kernels::Pcg64 random(5);
  for (int trial = 0; trial < 2000; ++trial) {
    std::array<double, kNumbers<S>> numbers;
    for (std::size_t k = 0; k < numbers.size(); ++k) {
      const double scale = TypeParam::kScale[k];
      numbers[k] = static_cast<double>(static_cast<float>(random.uniform(-scale, scale)));
    }
    const auto before = std::bit_cast<S>(numbers);
    const auto action = random_action<TypeParam>(random);
    const auto standard = Reference<TypeParam>::exact(true, before, action);
    const auto from_memory = Reference<TypeParam, true>::exact(true, before, action);
    ASSERT_TRUE(same_state(standard.state, from_memory.state));
    ASSERT_TRUE(same_bits(standard.reward, from_memory.reward));
    // Each form is that of the library of its kind.
    const auto kin = Reference<TypeParam>::exact(library_is_fused(), before, action);
    const auto library = Reference<TypeParam, true>::library(before, action);
    ASSERT_TRUE(same_state(kin.state, library.state));
    ASSERT_TRUE(same_bits(kin.reward, library.reward));
  }
}

// ---- states from outside ----

TYPED_TEST(LaneSteps, SetStateRefusesWhatCannotBe) {
  using S = typename TestFixture::State;
  const auto env = TypeParam::make({});
  env->reset(std::uint64_t{1});
  const S before = env->state(0);
  for (std::size_t k = 0; k < kNumbers<S>; ++k) {
    for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
      auto numbers = numbers_of(before);
      numbers[k] = bad;
      EXPECT_THROW(env->set_state(0, std::bit_cast<S>(numbers)), std::invalid_argument);
    }
  }
  EXPECT_THROW(env->set_state(1, before), std::invalid_argument);
  EXPECT_TRUE(same_state(env->state(0), before));
}

// What is derived from a state (a sine kept for the next step) follows set_state and load.
TYPED_TEST(LaneSteps, StatesFromOutsideGoOnAsTheirOwn) {
  const auto a = TypeParam::make({.num_envs = 5}), b = TypeParam::make({.num_envs = 5});
  a->reset(std::uint64_t{3});
  b->reset(std::uint64_t{4});
  kernels::Pcg64 random(6);
  std::vector<typename TypeParam::Env::Action> actions(5);
  for (int t = 0; t < 5; ++t) {
    for (auto& action : actions) action = random_action<TypeParam>(random);
    a->step(view_of(actions));
  }
  for (std::size_t i = 0; i < 5; ++i) b->set_state(i, a->state(i));
  const StepView x = a->step(view_of(actions)), y = b->step(view_of(actions));
  for (std::size_t i = 0; i < 5; ++i) {
    ASSERT_TRUE(same_state(a->state(i), b->state(i)));
    ASSERT_TRUE(same_bits(x.reward[i], y.reward[i]));
    for (std::size_t k = 0; k < x.observation.cols; ++k) {
      ASSERT_TRUE(same_bits(x.observation(i, k), y.observation(i, k)));
    }
  }
}

}  // namespace
}  // namespace pavlov::envs
