// The game layer alone, against recorded episodes: no physics is stepped here.
#include "pavlov/envs/lunar_lander/game.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "pavlov/tests/envs/lunar_lander/lander_tables.h"

namespace pavlov::envs::lunar_lander {
namespace {

Hull hull_of(const RecordedStep& step) {
  const RecordedBody& b = step.bodies[0];
  return {.origin = {b.x, b.y},
          .velocity = {b.vx, b.vy},
          .angle = b.angle,
          .angular_velocity = b.omega,
          .leg_contact = step.leg_contact,
          .crashed = step.game_over,
          .awake = step.awake};
}

Throttle throttle_of(const LanderTable& table, const RecordedStep& step) {
  return table.continuous ? continuous_throttle(step.action[0], step.action[1])
                          : discrete_throttle(static_cast<std::int32_t>(step.action[0]));
}

// Calls check(table, episode) for every recorded episode, past_end included.
template <class F>
void for_each_episode(const std::string& folder, F&& check) {
  std::size_t tables = 0;
  const auto visit = [&](std::string_view setting) {
    if (!has_lander(folder, setting)) return;
    ++tables;
    const LanderTable table = load_lander(folder, setting);
    for (const RecordedEpisode& episode : table.episodes) {
      SCOPED_TRACE(table.setting + ", seed " + std::to_string(episode.seed));
      check(table, episode);
      if (::testing::Test::HasFatalFailure()) return;
    }
  };
  for (const std::string_view setting : kLanderSettings) visit(setting);
  visit("past_end_discrete");
  ASSERT_GE(tables, 12u);
}

using LanderGame = OnParityData;
PAVLOV_ON_PARITY_DATA(LanderGame);

// Everything that is drawn, in the order in which it is drawn, from the seed alone.
TEST_P(LanderGame, DrawsAreThoseOfTheSeed) {
  for_each_episode(folder_, [](const LanderTable& table, const RecordedEpisode& e) {
    const Parameters parameters;
    kernels::Pcg64 random(e.seed), heights(e.seed);
    for (const double height : e.height_draws) {
      ASSERT_TRUE(same_bits(heights.uniform(0.0, kHeight / 2), height));
    }
    const auto terrain = draw_terrain(random);
    for (std::size_t i = 0; i < terrain.size(); ++i) {
      ASSERT_TRUE(same_bits(terrain[i], e.terrain[i])) << "height " << i;
    }
    const Vec2 force = draw_initial_force(parameters, random);
    ASSERT_TRUE(same_bits(force.x, static_cast<float>(e.force[0])));
    ASSERT_TRUE(same_bits(force.y, static_cast<float>(e.force[1])));
    Episode episode;
    if (table.wind) {
      draw_wind(episode, random);
      ASSERT_EQ(static_cast<double>(episode.wind_index), e.wind_index);
      ASSERT_EQ(static_cast<double>(episode.torque_index), e.torque_index);
    }
    for (std::size_t t = 0; t < e.steps.size(); ++t) {
      const auto dispersion = draw_dispersion(parameters, random);
      ASSERT_TRUE(same_bits(dispersion[0], e.steps[t].dispersion[0])) << "step " << t;
      ASSERT_TRUE(same_bits(dispersion[1], e.steps[t].dispersion[1])) << "step " << t;
    }
  });
}

// The indices of the wind stand still while a leg touches.
TEST_P(LanderGame, WindBlowsUntilALegTouches) {
  std::size_t still = 0, blown = 0;
  for_each_episode(folder_, [&](const LanderTable& table, const RecordedEpisode& e) {
    if (!table.wind) return;
    Episode episode;
    episode.wind_index = static_cast<std::int64_t>(e.wind_index);
    episode.torque_index = static_cast<std::int64_t>(e.torque_index);
    kernels::Pcg64 random(0);
    Hull hull = hull_of(e.steps[0]);
    hull.leg_contact = {false, false};
    for (std::size_t t = 0; t < e.steps.size(); ++t) {
      if (t > 0) hull = hull_of(e.steps[t - 1]);
      const Loads loads =
          draw_loads({}, true, throttle_of(table, e.steps[t]), hull, episode, random);
      ++(loads.windy ? blown : still);
      ASSERT_EQ(static_cast<double>(episode.wind_index), e.steps[t].wind_index) << "step " << t;
      ASSERT_EQ(static_cast<double>(episode.torque_index), e.steps[t].torque_index) << "step " << t;
    }
  });
  EXPECT_GT(blown, 100u);
  EXPECT_GT(still, 10u);
}

// Observation, shaping, reward and end, recomputed from the recorded poses.
TEST_P(LanderGame, ObservationAndRewardOfRecordedPoses) {
  for_each_episode(folder_, [](const LanderTable& table, const RecordedEpisode& e) {
    Episode episode;
    for (std::size_t t = 0; t < e.steps.size(); ++t) {
      SCOPED_TRACE("step " + std::to_string(t));
      const RecordedStep& step = e.steps[t];
      const Hull hull = hull_of(step);
      const Observation observation = observe(hull);
      for (std::size_t k = 0; k < 8; ++k) {
        ASSERT_TRUE(same_bits(static_cast<float>(observation[k]), step.observation[k])) << k;
      }
      const Outcome outcome = judge(hull, observation, throttle_of(table, step), episode);
      ASSERT_TRUE(same_bits(episode.shaping, step.shaping));
      if (t == 0) continue;  // what the hidden step gives is thrown away
      ASSERT_TRUE(same_bits(outcome.reward, step.reward)) << outcome.reward << " " << step.reward;
      ASSERT_EQ(outcome.terminated, step.terminated);
    }
  });
}

// ---- without tables ----

Hull flying(float angle = 0.0f) {
  return {.origin = {10.0f, 8.0f},
          .velocity = {1.0f, -2.0f},
          .angle = angle,
          .angular_velocity = 0.5f,
          .leg_contact = {false, false},
          .crashed = false,
          .awake = true};
}

TEST(LanderThrottle, Discrete) {
  EXPECT_EQ(discrete_throttle(0).main, 0.0);
  EXPECT_EQ(discrete_throttle(0).side, 0.0);
  EXPECT_EQ(discrete_throttle(2).main, 1.0);
  EXPECT_EQ(discrete_throttle(2).side, 0.0);
  EXPECT_EQ(discrete_throttle(1).side_direction, -1.0);
  EXPECT_EQ(discrete_throttle(3).side_direction, 1.0);
  EXPECT_EQ(discrete_throttle(3).main, 0.0);
}

TEST(LanderThrottle, ContinuousStartsAtHalfPower) {
  EXPECT_EQ(continuous_throttle(0.0f, 0.5f).main, 0.0);
  EXPECT_EQ(continuous_throttle(0.0f, 0.5f).side, 0.0);
  EXPECT_EQ(continuous_throttle(-3.0f, -0.5f).main, 0.0);
  EXPECT_EQ(continuous_throttle(-3.0f, -0.5f).side, 0.0);
  EXPECT_NEAR(continuous_throttle(1e-6f, 0.0f).main, 0.5, 1e-6);
  EXPECT_EQ(continuous_throttle(1.0f, 0.0f).main, 1.0);
  EXPECT_EQ(continuous_throttle(3.0f, 0.0f).main, 1.0);
  const float beyond = std::nextafter(0.5f, 1.0f);
  EXPECT_EQ(continuous_throttle(0.0f, beyond).side, static_cast<double>(beyond));
  EXPECT_EQ(continuous_throttle(0.0f, beyond).side_direction, 1.0);
  EXPECT_EQ(continuous_throttle(0.0f, -3.0f).side, 1.0);
  EXPECT_EQ(continuous_throttle(0.0f, -3.0f).side_direction, -1.0);
}

// Upright and without dispersion the engines sit straight below and beside the hull.
TEST(LanderEngines, UprightImpulses) {
  const Parameters parameters;
  const Push main = main_engine(parameters, flying(), {0.0, 0.0}, discrete_throttle(2));
  EXPECT_FLOAT_EQ(main.impulse.x, 0.0f);
  EXPECT_FLOAT_EQ(main.impulse.y, 13.0f * 4 / 30);
  EXPECT_FLOAT_EQ(main.point.x, 10.0f);
  EXPECT_FLOAT_EQ(main.point.y, 8.0f - 4.0f / 30);
  const Push right = side_engine(parameters, flying(), {0.0, 0.0}, discrete_throttle(3));
  EXPECT_FLOAT_EQ(right.impulse.x, 0.6f * 12 / 30);
  EXPECT_FLOAT_EQ(right.impulse.y, 0.0f);
  EXPECT_FLOAT_EQ(right.point.x, 10.0f - 12.0f / 30);
  EXPECT_FLOAT_EQ(right.point.y, 8.0f + 14.0f / 30);
  const Push left = side_engine(parameters, flying(), {0.0, 0.0}, discrete_throttle(1));
  EXPECT_FLOAT_EQ(left.impulse.x, -right.impulse.x);
  EXPECT_FLOAT_EQ(left.point.x, 10.0f + 12.0f / 30);
}

// Turned by a right angle: up points to the left, and the asymmetry of the side engine shows.
TEST(LanderEngines, TurnedImpulses) {
  const Hull hull = flying(1.5707964f);
  const Push main = main_engine({}, hull, {0.01, 0.02}, continuous_throttle(0.5f, 0.0f));
  const double along = 4 / 30.0 + 2 * 0.01;
  EXPECT_NEAR(main.impulse.x, -13 * 0.75 * along, 1e-6);
  EXPECT_NEAR(main.impulse.y, 13 * 0.75 * 0.02, 1e-6);
  EXPECT_NEAR(main.point.x, 10 + along, 1e-6);
  EXPECT_NEAR(main.point.y, 8 - 0.02, 1e-6);
  const Push side = side_engine({}, hull, {0.01, 0.02}, continuous_throttle(0.0f, 0.75f));
  const double across = 3 * 0.02 + 12 / 30.0;
  EXPECT_NEAR(side.impulse.x, -0.6 * 0.75 * 0.01, 1e-6);
  EXPECT_NEAR(side.impulse.y, 0.6 * 0.75 * across, 1e-6);
  EXPECT_NEAR(side.point.x, 10 + 0.01 - 17 / 30.0, 1e-6);
  EXPECT_NEAR(side.point.y, 8 - across, 1e-6);
}

TEST(LanderEngines, MainBeforeSide) {
  kernels::Pcg64 random(1);
  Episode episode;
  const Loads both =
      draw_loads({}, false, continuous_throttle(1.0f, 1.0f), flying(), episode, random);
  ASSERT_EQ(both.pushes, 2);
  EXPECT_GT(both.push[0].impulse.y, 1.0f);
  EXPECT_GT(both.push[1].impulse.x, 0.1f);
  EXPECT_FALSE(both.windy);
  EXPECT_EQ(draw_loads({}, false, {}, flying(), episode, random).pushes, 0);
}

TEST(LanderEngines, ParametersScaleThem) {
  Parameters strong;
  strong.main_engine_power = 26.0;
  strong.side_engine_power = 1.2;
  const auto twice = [](Vec2 a, Vec2 b) {
    EXPECT_FLOAT_EQ(a.x, 2 * b.x);
    EXPECT_FLOAT_EQ(a.y, 2 * b.y);
  };
  const Hull hull = flying(0.3f);
  twice(main_engine(strong, hull, {0.01, 0.02}, discrete_throttle(2)).impulse,
        main_engine({}, hull, {0.01, 0.02}, discrete_throttle(2)).impulse);
  twice(side_engine(strong, hull, {0.01, 0.02}, discrete_throttle(1)).impulse,
        side_engine({}, hull, {0.01, 0.02}, discrete_throttle(1)).impulse);
  Parameters calm;
  calm.dispersion = 0.0;
  calm.initial_random = 0.0;
  kernels::Pcg64 random(1);
  EXPECT_EQ(draw_dispersion(calm, random)[0], 0.0);
  EXPECT_EQ(draw_initial_force(calm, random).y, 0.0f);
}

// Draws are made whether they are used or not: options never shift a stream.
TEST(LanderEngines, EveryStepDrawsTwice) {
  for (const std::int32_t action : {0, 1, 2, 3}) {
    kernels::Pcg64 random(5), plain(5);
    Episode episode;
    draw_loads({}, true, discrete_throttle(action), flying(), episode, random);
    plain.next();
    plain.next();
    EXPECT_EQ(random.next(), plain.next());
  }
}

TEST(LanderWind, StrengthOfEveryIndex) {
  for (std::int64_t k = -9999; k <= 10998; ++k) {
    const double x = static_cast<double>(k);
    const double expected = std::tanh(std::sin(0.02 * x) + std::sin(3.141592653589793 * 0.01 * x));
    ASSERT_TRUE(same_bits(wind(k), expected)) << k;
    ASSERT_LE(std::abs(wind(k)), 1.0);
  }
  EXPECT_EQ(wind(0), 0.0);
}

TEST(LanderWind, LoadsAreScaledByThePowers) {
  Parameters p;
  p.wind_power = 20.0;
  p.turbulence_power = 2.0;
  kernels::Pcg64 random(1);
  Episode episode{.shaping = 0.0, .wind_index = 30, .torque_index = -500};
  const Loads loads = draw_loads(p, true, {}, flying(), episode, random);
  EXPECT_TRUE(loads.windy);
  EXPECT_EQ(loads.force.x, static_cast<float>(wind(30) * 20.0));
  EXPECT_EQ(loads.force.y, 0.0f);
  EXPECT_EQ(loads.torque, static_cast<float>(wind(-500) * 2.0));
  EXPECT_EQ(episode.wind_index, 31);
  EXPECT_EQ(episode.torque_index, -499);
}

TEST(LanderJudge, EndsReplaceTheReward) {
  const auto judged = [](Hull hull) {
    Episode episode;
    return judge(hull, observe(hull), {}, episode);
  };
  EXPECT_FALSE(judged(flying()).terminated);
  Hull crashed = flying();
  crashed.crashed = true;
  EXPECT_TRUE(judged(crashed).terminated);
  EXPECT_EQ(judged(crashed).reward, -100.0);
  for (const float x : {0.0f, 20.0f}) {  // |o0| = 1 is out
    Hull out = flying();
    out.origin.x = x;
    EXPECT_TRUE(judged(out).terminated);
    EXPECT_EQ(judged(out).reward, -100.0);
    out.origin.x = x == 0.0f ? 0.0001f : 19.9999f;
    EXPECT_FALSE(judged(out).terminated);
  }
  Hull asleep = flying();
  asleep.awake = false;
  EXPECT_TRUE(judged(asleep).terminated);
  EXPECT_EQ(judged(asleep).reward, 100.0);
  asleep.crashed = true;  // sleep wins
  EXPECT_EQ(judged(asleep).reward, 100.0);
}

TEST(LanderJudge, RewardIsTheGainLessTheFuel) {
  const Hull hull = flying();
  const Observation observation = observe(hull);
  const auto reward = [&](const Throttle& throttle) {
    Episode episode{.shaping = shaping(observation) - 5.0, .wind_index = 0, .torque_index = 0};
    return judge(hull, observation, throttle, episode).reward;
  };
  EXPECT_NEAR(reward({}), 5.0, 1e-12);
  EXPECT_NEAR(reward(discrete_throttle(2)), 5.0 - 0.3, 1e-12);
  EXPECT_NEAR(reward(discrete_throttle(1)), 5.0 - 0.03, 1e-12);
  EXPECT_NEAR(reward(continuous_throttle(0.5f, 0.75f)), 5.0 - 0.3 * 0.75 - 0.03 * 0.75, 1e-12);
}

TEST(LanderTerrain, PadIsFlatAndTheFirstPointLooksAtTheLast) {
  kernels::Pcg64 random(12), again(12);
  std::array<double, 12> h;
  for (double& value : h) value = again.uniform(0.0, kHeight / 2);
  const auto y = draw_terrain(random);
  EXPECT_EQ(y[0], 0.33 * (h[11] + h[0] + h[1]));
  EXPECT_EQ(y[10], 0.33 * (h[9] + h[10] + h[11]));
  for (const std::size_t i : {4, 5, 6}) EXPECT_NEAR(y[i], 3.3, 1e-12);
  const auto points = terrain_points(y);
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(points[i].x, 2.0f * static_cast<float>(i));
    EXPECT_EQ(points[i].y, static_cast<float>(y[i]));
  }
}

}  // namespace
}  // namespace pavlov::envs::lunar_lander
