// The lander on Box2D 2.4: close to Gymnasium's in free flight, and honest about what it cannot do.
#include "pavlov/envs/lunar_lander/box2d_engine.h"

#include <gtest/gtest.h>

#include <cmath>

#include "pavlov/envs/catalog.h"
#include "pavlov/envs/lunar_lander/lunar_lander.h"
#include "pavlov/tests/envs/conformance.h"
#include "pavlov/tests/envs/lunar_lander/lander_tables.h"

namespace pavlov::envs::lunar_lander {
namespace {

const std::vector<EnvOption> kOnBox2d = {{"engine", "box2d"}};

class LanderOnBox2d : public OnParityData {
 protected:
  void SetUp() override {
    if (!has_box2d()) GTEST_SKIP() << "SKIPPED, NOT PASSED: this build has no Box2D";
    OnParityData::SetUp();
  }
};
PAVLOV_ON_PARITY_DATA(LanderOnBox2d);

// The greatest errors of observations 0 to 5 before a leg touches.
struct FlightError {
  float early = 0.0f;  // in the first fifteen steps
  float all = 0.0f;    // later too, when the legs reach the limits of their joints
  int steps = 0;
};

void fly(const LanderTable& table, const RecordedEpisode& episode, FlightError& error) {
  LunarLanderConfig config;
  config.engine = LunarLanderConfig::EngineKind::box2d;
  config.enable_wind = table.wind;
  LunarLander env(lunar_lander_spec(table.id()), config, {});
  ConstMatrixView observation = env.reset(episode.seed);
  for (std::size_t t = 0; t < episode.steps.size(); ++t) {
    const RecordedStep& step = episode.steps[t];
    if (t > 0) {
      const std::vector<std::int32_t> discrete = {static_cast<std::int32_t>(step.action[0])};
      observation =
          env.step(table.continuous ? ActionView(ConstMatrixView(step.action.data(), 1, 2))
                                    : ActionView(discrete))
              .observation;
    }
    if (step.leg_contact[0] || step.leg_contact[1] || step.game_over) break;
    for (std::size_t k = 0; k < 6; ++k) {
      const float difference = std::abs(observation(0, k) - step.observation[k]);
      error.all = std::max(error.all, difference);
      if (t < 15) error.early = std::max(error.early, difference);
    }
    ++error.steps;
  }
}

TEST_P(LanderOnBox2d, IsCloseUntilTheFirstContact) {
  for (const char* setting : {"random_discrete", "random_continuous_wind", "noop_discrete"}) {
    const LanderTable table = load_lander(folder_, setting);
    FlightError error;
    for (std::size_t e = 0; e < std::min<std::size_t>(table.episodes.size(), 10); ++e) {
      fly(table, table.episodes[e], error);
    }
    EXPECT_LT(error.early, 1e-3f) << setting;
    EXPECT_LT(error.all, 2e-2f) << setting;
    EXPECT_GT(error.early, 0.0f) << setting << ": these are two engines";
    EXPECT_GT(error.steps, 40) << setting;
  }
}

class LanderOnBox2dOnly : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_box2d()) GTEST_SKIP() << "SKIPPED, NOT PASSED: this build has no Box2D";
  }
};

TEST_F(LanderOnBox2dOnly, CannotBeSaved) {
  const auto env = make("LunarLander-v3", {}, kOnBox2d);
  env->reset(std::uint64_t{1});
  StateWriter out;
  try {
    env->save(out);
    FAIL() << "saved";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(),
                 "[LunarLander-v3] engine box2d: its worlds cannot be saved: use engine=exact");
  }
  EXPECT_NO_THROW(env->step(std::vector<std::int32_t>{1}));
}

TEST_F(LanderOnBox2dOnly, EndsLikeTheOther) {
  const auto env = make("LunarLander-v3", {.num_envs = 20}, kOnBox2d);
  env->reset(std::uint64_t{0});
  std::size_t crashes = 0;
  for (int t = 0; t < 100; ++t) {
    const StepView step = env->step(std::vector<std::int32_t>(20, 0));
    for (std::size_t i = 0; i < 20; ++i) {
      if (step.terminated[i] == 0) continue;
      ++crashes;
      EXPECT_EQ(step.reward[i], -100.0);
    }
  }
  EXPECT_GE(crashes, 15u);
}

using SlowLanderOnBox2d = LanderOnBox2dOnly;

TEST_F(SlowLanderOnBox2d, KeepsTheContract) {
  check_conformance(
      [](const VecOptions& options) { return make("LunarLander-v3", options, kOnBox2d); }, false);
}

TEST(LanderWithoutBox2d, SaysHowToGetIt) {
  if (has_box2d()) GTEST_SKIP() << "this build has Box2D";
  try {
    make("LunarLander-v3", {}, kOnBox2d);
    FAIL() << "made";
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("libbox2d-dev"), std::string::npos);
  }
}

}  // namespace
}  // namespace pavlov::envs::lunar_lander
