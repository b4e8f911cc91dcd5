// LunarLander as a whole against recorded episodes of Gymnasium, open loop and bit for bit.
#include "pavlov/envs/lunar_lander/lunar_lander.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "pavlov/bench/lunar_lander_scalar.h"
#include "pavlov/kernels/simd_target.h"
#include "pavlov/tests/envs/lunar_lander/lander_tables.h"

namespace pavlov::envs::lunar_lander {
namespace {

std::unique_ptr<LunarLander> make_lander(std::string_view id, const VecOptions& options,
                                         const LunarLanderConfig& config = {}) {
  return std::make_unique<LunarLander>(lunar_lander_spec(id), config, options);
}

// Zeros of either sign are one value.
void expect_bodies(const std::array<Body, 3>& got, const RecordedStep& expected) {
  for (std::size_t k = 0; k < 3; ++k) {
    const RecordedBody& e = expected.bodies[k];
    ASSERT_EQ(got[k].origin.x, e.x) << "body " << k;
    ASSERT_EQ(got[k].origin.y, e.y) << "body " << k;
    ASSERT_EQ(got[k].angle, e.angle) << "body " << k;
    ASSERT_EQ(got[k].velocity.x, e.vx) << "body " << k;
    ASSERT_EQ(got[k].velocity.y, e.vy) << "body " << k;
    ASSERT_EQ(got[k].angular_velocity, e.omega) << "body " << k;
  }
}

void expect_flags(const Hull& hull, const RecordedStep& expected) {
  ASSERT_EQ(hull.leg_contact, expected.leg_contact);
  ASSERT_EQ(hull.crashed, expected.game_over);
  ASSERT_EQ(hull.awake, expected.awake);
}

void expect_observation(std::span<const float> got, const RecordedStep& expected) {
  for (std::size_t k = 0; k < 8; ++k) ASSERT_EQ(got[k], expected.observation[k]) << "value " << k;
}

// ---- recorded episodes ----

// The actions of step t of all episodes of a table; those that are over do nothing.
class RecordedActions {
 public:
  explicit RecordedActions(const LanderTable& table) : table_(table) {}
  ActionView at(std::size_t t) {
    discrete_.assign(table_.episodes.size(), 0);
    continuous_.assign(2 * table_.episodes.size(), 0.0f);
    for (std::size_t e = 0; e < table_.episodes.size(); ++e) {
      const auto& steps = table_.episodes[e].steps;
      if (t >= steps.size()) continue;
      discrete_[e] = static_cast<std::int32_t>(steps[t].action[0]);
      continuous_[2 * e] = steps[t].action[0];
      continuous_[2 * e + 1] = steps[t].action[1];
    }
    if (!table_.continuous) return discrete_;
    return ConstMatrixView(continuous_.data(), table_.episodes.size(), 2);
  }

 private:
  const LanderTable& table_;
  std::vector<std::int32_t> discrete_;
  std::vector<float> continuous_;
};

void expect_episode(const LunarLander& env, std::size_t e, const RecordedStep& expected) {
  expect_bodies(env.bodies(e), expected);
  expect_flags(env.hull(e), expected);
  const Episode& episode = env.episode(e);
  ASSERT_EQ(episode.shaping, expected.shaping);
  if (std::isnan(expected.wind_index)) return;
  ASSERT_EQ(static_cast<double>(episode.wind_index), expected.wind_index);
  ASSERT_EQ(static_cast<double>(episode.torque_index), expected.torque_index);
}

// All episodes of a table as one batch, in next_step mode, which keeps the last state of an episode
// until the step after.
void replay(const LanderTable& table, std::size_t threads) {
  SCOPED_TRACE(table.setting);
  const std::size_t n = table.episodes.size();
  LunarLanderConfig config;
  config.enable_wind = table.wind;
  const auto env = make_lander(table.id(), {.num_envs = n, .threads = threads}, config);
  std::vector<std::uint64_t> seeds;
  std::size_t longest = 0;
  for (const RecordedEpisode& e : table.episodes) {
    seeds.push_back(e.seed);
    longest = std::max(longest, e.steps.size());
  }
  const ConstMatrixView first = env->reset(seeds);
  for (std::size_t e = 0; e < n; ++e) {
    SCOPED_TRACE("reset of seed " + std::to_string(seeds[e]));
    expect_observation(first.row(e), table.episodes[e].steps[0]);
    ASSERT_NO_FATAL_FAILURE(expect_episode(*env, e, table.episodes[e].steps[0]));
  }
  RecordedActions actions(table);
  std::vector<double> total(n, 0.0);
  for (std::size_t t = 1; t < longest; ++t) {
    const StepView step = env->step(actions.at(t));
    for (std::size_t e = 0; e < n; ++e) {
      const auto& steps = table.episodes[e].steps;
      if (t >= steps.size()) continue;
      SCOPED_TRACE("seed " + std::to_string(seeds[e]) + ", step " + std::to_string(t));
      ASSERT_NO_FATAL_FAILURE(expect_observation(step.observation.row(e), steps[t]));
      ASSERT_NO_FATAL_FAILURE(expect_episode(*env, e, steps[t]));
      ASSERT_EQ(step.reward[e], steps[t].reward);
      ASSERT_EQ(step.terminated[e] != 0, steps[t].terminated);
      ASSERT_EQ(step.truncated[e] != 0, steps[t].truncated);
      total[e] += step.reward[e];
      if (t + 1 == steps.size()) {
        ASSERT_EQ(total[e], table.episodes[e].total);
        ASSERT_TRUE(step.terminated[e] != 0 || step.truncated[e] != 0);
      }
    }
  }
}

class LanderReplay : public OnParityData {
 protected:
  void TearDown() override { kernels::force_simd_target(""); }
};
PAVLOV_ON_PARITY_DATA(LanderReplay);

TEST_P(LanderReplay, EveryEpisodeOfEverySetting) {
  for (const std::string_view setting : kLanderSettings) {
    if (!has_lander(folder_, setting)) continue;
    ASSERT_NO_FATAL_FAILURE(replay(load_lander(folder_, setting), 1));
  }
}

// The best target has done all of it above.
TEST_P(LanderReplay, OnEveryTargetAndWithThreads) {
  for (const std::string_view target : kernels::simd_targets()) {
    SCOPED_TRACE(target);
    kernels::force_simd_target(target);
    for (const char* setting : {"random_discrete", "heuristic_continuous_wind"}) {
      ASSERT_NO_FATAL_FAILURE(replay(load_lander(folder_, setting), 3));
    }
  }
}

// Gymnasium steps on past the end: -100 on every step until the hull sleeps, then +100. Here that
// is an error of the environment, but world and game go the same way.
TEST_P(LanderReplay, PastTheEnd) {
  const LanderTable table = load_lander(folder_, "past_end_discrete");
  const auto engine = make_exact_engine(std::vector<float>{-10.0f});
  std::size_t asleep = 0;
  for (const RecordedEpisode& e : table.episodes) {
    SCOPED_TRACE("seed " + std::to_string(e.seed));
    kernels::Pcg64 random(e.seed);
    const auto terrain = draw_terrain(random);
    const Vec2 force = draw_initial_force({}, random);
    engine->start(0, terrain_points(terrain), force);
    Episode episode;
    for (std::size_t t = 0; t < e.steps.size(); ++t) {
      SCOPED_TRACE("step " + std::to_string(t));
      engine->apply(0, draw_loads({}, false, {}, engine->hull(0), episode, random));
      engine->step(std::vector<std::uint32_t>{0});
      const Hull hull = engine->hull(0);
      const Observation observation = observe(hull);
      const Outcome outcome = judge(hull, observation, {}, episode);
      ASSERT_NO_FATAL_FAILURE(expect_bodies(engine->bodies(0), e.steps[t]));
      ASSERT_NO_FATAL_FAILURE(expect_flags(hull, e.steps[t]));
      for (std::size_t k = 0; k < 8; ++k) {
        ASSERT_EQ(static_cast<float>(observation[k]), e.steps[t].observation[k]);
      }
      ASSERT_EQ(episode.shaping, e.steps[t].shaping);
      if (t == 0) continue;
      ASSERT_EQ(outcome.reward, e.steps[t].reward);
      ASSERT_EQ(outcome.terminated, e.steps[t].terminated);
      asleep += hull.awake ? 0 : 1;
    }
  }
  EXPECT_GT(asleep, 0u);
}

// ---- many episodes, one after the other ----

// The plain loop starts the next episode in the step that ends one, as same_step mode does.
void expect_plain_loop(std::size_t n) {
  SCOPED_TRACE("N = " + std::to_string(n));
  const auto env =
      make_lander("LunarLander-v3", {.num_envs = n, .autoreset_mode = AutoresetMode::same_step});
  bench::LunarLanderScalar loop(make_exact_engine(std::vector<float>(n, -10.0f)), n);
  env->reset(std::uint64_t{77});
  loop.reset(77);
  kernels::Pcg64 random(n);
  std::vector<std::int32_t> actions(n);
  std::size_t ends = 0;
  for (int t = 0; t < 400; ++t) {
    for (std::int32_t& a : actions) a = static_cast<std::int32_t>(random.integers(0, 4));
    const StepView step = env->step(actions);
    loop.step([&](std::size_t i) { return discrete_throttle(actions[i]); });
    ASSERT_TRUE(std::ranges::equal(std::span(step.observation.data, 8 * n), loop.observation()));
    ASSERT_TRUE(std::ranges::equal(step.reward, loop.reward())) << "step " << t;
    ASSERT_TRUE(std::ranges::equal(step.terminated, loop.terminated())) << "step " << t;
    ASSERT_TRUE(std::ranges::equal(step.truncated, loop.truncated())) << "step " << t;
    ends += static_cast<std::size_t>(std::ranges::count(step.terminated, 1));
  }
  EXPECT_GT(ends, n);
}

TEST(LanderBatch, EqualsThePlainLoop) {
  for (const std::size_t n : {1, 2, 7, 16, 17, 70, 300}) {
    ASSERT_NO_FATAL_FAILURE(expect_plain_loop(n));
  }
}

// ---- golden tables: every number as the hexadecimal digits of its bits ----

float float_of(const std::string& hex) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(std::stoul(hex, nullptr, 16)));
}
double double_of(const std::string& hex) {
  return std::bit_cast<double>(static_cast<std::uint64_t>(std::stoull(hex, nullptr, 16)));
}

const std::string kGoldenFolder = std::string(PAVLOV_TEST_DATA) + "/lunar_lander";

TEST(LanderGolden, TerrainAndFirstObservation) {
  const auto rows = load_text(kGoldenFolder, "golden_reset.csv");
  ASSERT_EQ(rows.size(), 51u);  // the first is the header
  const auto env = make_lander("LunarLander-v3", {.num_envs = 50});
  const ConstMatrixView first = env->reset(std::uint64_t{0});
  for (std::size_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const std::vector<std::string>& row = rows[seed + 1];
    ASSERT_EQ(row[0], std::to_string(seed));
    kernels::Pcg64 random(seed);
    const auto points = terrain_points(draw_terrain(random));
    for (std::size_t i = 0; i < kTerrainPoints; ++i) {
      ASSERT_TRUE(same_bits(points[i].y, float_of(row[1 + i]))) << "height " << i;
    }
    for (std::size_t k = 0; k < 8; ++k) {
      ASSERT_EQ(first(seed, k), float_of(row[12 + k])) << "value " << k;
    }
  }
}

struct Golden {
  const char* file;
  const char* id;
  std::uint64_t seed;
  bool wind;
};

// Columns: step, two actions, eight observations, reward, terminated, then seven of each body.
void replay_golden(const Golden& golden) {
  SCOPED_TRACE(golden.file);
  const auto rows = load_text(kGoldenFolder, golden.file);
  LunarLanderConfig config;
  config.enable_wind = golden.wind;
  const auto env = make_lander(golden.id, {}, config);
  const bool continuous = std::holds_alternative<pavlov::envs::Box>(env->spec().action_space);
  ConstMatrixView observation = env->reset(golden.seed);
  for (std::size_t r = 1; r < rows.size(); ++r) {  // row 0 is the header
    const std::vector<std::string>& row = rows[r];
    SCOPED_TRACE("step " + row[0]);
    if (r > 1) {
      const std::array<float, 2> values = {
          continuous ? static_cast<float>(double_of(row[1])) : 0.0f,
          continuous ? static_cast<float>(double_of(row[2])) : 0.0f};
      const std::vector<std::int32_t> discrete = {continuous ? 0 : std::stoi(row[1])};
      const StepView step = env->step(continuous ? ActionView(ConstMatrixView(values.data(), 1, 2))
                                                 : ActionView(discrete));
      observation = step.observation;
      ASSERT_EQ(step.reward[0], double_of(row[11]));
      ASSERT_EQ(step.terminated[0], std::stoi(row[12]));
    }
    for (std::size_t k = 0; k < 8; ++k) ASSERT_EQ(observation(0, k), float_of(row[3 + k])) << k;
    const auto bodies = env->bodies(0);
    for (std::size_t k = 0; k < 3; ++k) {
      const std::size_t at = 13 + 7 * k;
      ASSERT_EQ(bodies[k].center.x, float_of(row[at])) << "body " << k;
      ASSERT_EQ(bodies[k].center.y, float_of(row[at + 1])) << "body " << k;
      ASSERT_EQ(bodies[k].angle, float_of(row[at + 2])) << "body " << k;
      ASSERT_EQ(bodies[k].velocity.x, float_of(row[at + 3])) << "body " << k;
      ASSERT_EQ(bodies[k].velocity.y, float_of(row[at + 4])) << "body " << k;
      ASSERT_EQ(bodies[k].angular_velocity, float_of(row[at + 5])) << "body " << k;
    }
  }
}

TEST(LanderGolden, Traces) {
  for (const Golden& golden : {Golden{"golden_crash.csv", "LunarLander-v3", 97004, false},
                               Golden{"golden_random.csv", "LunarLander-v3", 7, false},
                               Golden{"golden_landing.csv", "LunarLander-v3", 1000, false},
                               Golden{"golden_wind.csv", "LunarLanderContinuous-v3", 1003, true}}) {
    ASSERT_NO_FATAL_FAILURE(replay_golden(golden));
  }
}

}  // namespace
}  // namespace pavlov::envs::lunar_lander
