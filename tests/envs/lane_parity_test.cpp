// Classic control against tables of Gymnasium, bit for bit: the readable forms, and the batch on
// every SIMD target. A target without fused multiply-add is held to its readable form instead,
// which is what Gymnasium prints on such a machine (envs_without_fma), and to the tables closely.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include "pavlov/tests/envs/lane_games.h"
#include "pavlov/tests/envs/parity_data.h"
#include "pavlov/kernels/random.h"
#include "pavlov/kernels/simd_target.h"

namespace pavlov::envs {
namespace {

struct Extract {
  static constexpr const char* kSet = "extract";
};
struct Whole {
  static constexpr const char* kSet = "whole";
};
template <class G, class S>
struct On {
  using Game = G;
  using Set = S;
};

std::vector<std::string> columns(std::initializer_list<std::vector<std::string>> groups) {
  std::vector<std::string> all;
  for (const auto& group : groups) all.insert(all.end(), group.begin(), group.end());
  return all;
}

std::vector<std::string> prefixed(const std::string& prefix,
                                  const std::vector<std::string>& names) {
  std::vector<std::string> all;
  for (const std::string& name : names) all.push_back(prefix + name);
  return all;
}

template <class Pair>
class LaneTables : public ::testing::Test {
 protected:
  using Game = typename Pair::Game;
  using Env = typename Game::Env;
  using State = typename Env::State;
  using Action = typename Env::Action;
  using Config = typename Game::Config;

  void SetUp() override {
    folder_ = parity_folder(Pair::Set::kSet);
    if (!std::ifstream(folder_ + "/freerun/" + Game::kName + ".f64")) {
      GTEST_SKIP() << "SKIPPED, NOT PASSED: no parity tables in " << folder_;
    }
    for (std::size_t k = 0; k < Game::make({})->spec().observation_space.size(); ++k) {
      observations_.push_back("obs" + std::to_string(k));
    }
  }
  void TearDown() override { kernels::force_simd_target(""); }

  // Runs `body(fused)` on every target.
  template <class Body>
  static void on_every_target(const Body& body) {
    for (const std::string_view target : kernels::simd_targets()) {
      SCOPED_TRACE(target);
      kernels::force_simd_target(target);
      body(kernels::simd_has_fma(target));
    }
  }

  Table onestep(const std::string& name) const {
    const bool wide = name == "mountaincar_continuous", cartpole = name == "cartpole";
    std::vector<std::string> action = {"action"}, reward = {"reward"}, height;
    if (wide) action.push_back("state_is_float64");
    if (cartpole) reward.push_back("reward_sutton_barto");
    if (name.starts_with("acrobot")) height.push_back("height");
    return load_doubles(folder_, "onestep/" + name + ".f64",
                        columns({Game::kState,
                                 action,
                                 prefixed("next_", Game::kState),
                                 observations_,
                                 reward,
                                 {"terminated"},
                                 height}));
  }
  Table episodes(const std::string& name) const {
    return load_doubles(folder_, "freerun/" + name + ".f64",
                        columns({{"seed", "t", "action"},
                                 Game::kState,
                                 observations_,
                                 {"reward", "terminated", "truncated"}}));
  }
  static State state_at(const Table& table, std::size_t row, const std::string& prefix, bool wide) {
    const std::size_t count = Game::kState.size();
    const auto values = table.span(row, prefix + Game::kState[0], count);
    return state_of_numbers<State>(values.data(), count, wide);
  }
  static bool is_wide(const Table& table, std::size_t row) {
    return std::is_same_v<Game, MountainCarContinuousGame> && table(row, "state_is_float64") == 1;
  }
  static Action action_at(const Table& table, std::size_t row) {
    return static_cast<Action>(table(row, "action"));
  }

  // What a table says of a step.
  static void expect_row(const Expected<Game>& got, const Table& table, std::size_t row,
                         const std::string& prefix) {
    ASSERT_TRUE(same_state(got.state, state_at(table, row, prefix, false))) << "row " << row;
    const auto observation = table.span(row, "obs0", got.observation.size());
    for (std::size_t k = 0; k < observation.size(); ++k) {
      ASSERT_TRUE(same_bits(static_cast<double>(got.observation[k]), observation[k]))
          << "row " << row << " observation " << k;
    }
    ASSERT_TRUE(same_bits(got.reward, table(row, "reward"))) << "row " << row;
    ASSERT_EQ(got.terminated, table(row, "terminated") == 1) << "row " << row;
  }

  // What the batch shows of environment i after a step.
  static Expected<Game> shown(const Env& env, const StepView& step, std::size_t i) {
    const auto row = step.observation.row(i);
    return {env.state(i), {row.begin(), row.end()}, step.reward[i], step.terminated[i] != 0};
  }
  static void expect_same(const Expected<Game>& got, const Expected<Game>& expected) {
    ASSERT_TRUE(same_state(got.state, expected.state));
    for (std::size_t k = 0; k < got.observation.size(); ++k) {
      ASSERT_TRUE(same_bits(got.observation[k], expected.observation[k])) << "observation " << k;
    }
    ASSERT_TRUE(same_bits(got.reward, expected.reward));
    ASSERT_EQ(got.terminated, expected.terminated);
  }

  void reference_onestep(const std::string& name, const Config& config) const {
    SCOPED_TRACE(name);
    const Table table = onestep(name);
    for (std::size_t row = 0; row < table.rows(); ++row) {
      const State before = state_at(table, row, "", is_wide(table, row));
      const Action action = action_at(table, row);
      expect_row(exact_step<Game, true>(true, before, action, config), table, row, "next_");
      if (config.lanes.columns) continue;
      expect_row(exact_step<Game>(true, before, action), table, row, "next_");
      if (!library_is_fused()) continue;
      expect_row(library_step<Game>(before, action), table, row, "next_");
    }
  }

  void batch_onestep(const std::string& name, const Config& config) const {
    SCOPED_TRACE(name);
    const Table table = onestep(name);
    const std::size_t n = table.rows();
    on_every_target([&](bool fused) {
      const auto env = Game::make({.num_envs = n}, config);
      env->reset(std::uint64_t{0});
      std::vector<Action> actions(n);
      for (std::size_t i = 0; i < n; ++i) {
        env->set_state(i, state_at(table, i, "", is_wide(table, i)));
        actions[i] = action_at(table, i);
      }
      const StepView step = env->step(view_of(actions));
      for (std::size_t i = 0; i < n; ++i) {
        SCOPED_TRACE("row " + std::to_string(i));
        const Expected<Game> got = shown(*env, step, i);
        ASSERT_EQ(step.truncated[i], 0);
        if (fused) {
          expect_row(got, table, i, "next_");
          continue;
        }
        const State before = state_at(table, i, "", is_wide(table, i));
        expect_same(got, exact_step<Game, true>(false, before, actions[i], config));
        const auto close = numbers_of(state_at(table, i, "next_", false));
        for (std::size_t k = 0; k < close.size(); ++k) {
          const double bound = 1e-11 * std::max(1.0, std::abs(close[k]));
          ASSERT_NEAR(numbers_of(got.state)[k], close[k], bound);
        }
      }
    });
  }

  // Whole recorded episodes as one batch, from their seeds, open loop.
  void batch_episodes(const std::string& name, bool fused) const {
    const Table table = episodes(name);
    const auto runs = table.runs("seed");
    std::vector<std::uint64_t> seeds;
    std::size_t longest = 0;
    for (const auto& [first, last] : runs) {
      seeds.push_back(static_cast<std::uint64_t>(table(first, "seed")));
      longest = std::max(longest, last - first);
    }
    // next_step, the default, keeps the last state of an episode until the step after.
    const auto env = Game::make({.num_envs = runs.size()});
    env->reset(seeds);
    std::vector<State> before(runs.size());
    for (std::size_t e = 0; e < runs.size(); ++e) {
      before[e] = env->state(e);
      ASSERT_TRUE(same_state(before[e], state_at(table, runs[e].first, "", true)));
    }
    for (std::size_t t = 1; t < longest; ++t) {
      std::vector<Action> actions(runs.size(), Action{0});
      for (std::size_t e = 0; e < runs.size(); ++e) {
        const std::size_t row = runs[e].first + t;
        if (row < runs[e].second) actions[e] = action_at(table, row);
      }
      const StepView step = env->step(view_of(actions));
      for (std::size_t e = 0; e < runs.size(); ++e) {
        const std::size_t row = runs[e].first + t;
        if (row >= runs[e].second) continue;
        SCOPED_TRACE("row " + std::to_string(row));
        const Expected<Game> got = shown(*env, step, e);
        if (fused) {
          expect_row(got, table, row, "");
          ASSERT_EQ(step.truncated[e], table(row, "truncated"));
        } else {
          expect_same(got, exact_step<Game>(false, before[e], actions[e]));
        }
        before[e] = got.state;
        if (step.terminated[e] == 0 && step.truncated[e] == 0) continue;
        for (std::size_t k = 0; k < got.observation.size(); ++k) {
          ASSERT_TRUE(same_bits(step.final_observation(e, k), got.observation[k]));
        }
      }
    }
  }

  std::string folder_;
  std::vector<std::string> observations_;
};

struct PairName {
  template <class Pair>
  static std::string GetName(int) {
    return std::string(Pair::Game::kName) + "_" + Pair::Set::kSet;
  }
};
using Pairs =
    ::testing::Types<On<CartPoleGame, Extract>, On<CartPoleGame, Whole>, On<AcrobotGame, Extract>,
                     On<AcrobotGame, Whole>, On<MountainCarGame, Extract>,
                     On<MountainCarGame, Whole>, On<MountainCarContinuousGame, Extract>,
                     On<MountainCarContinuousGame, Whole>, On<PendulumGame, Extract>,
                     On<PendulumGame, Whole>>;
TYPED_TEST_SUITE(LaneTables, Pairs, PairName);

// The tables of single steps and the configuration that each belongs to.
template <class Game>
std::vector<std::pair<std::string, typename Game::Config>> onestep_tables() {
  return {{Game::kName, {}}};
}
template <>
std::vector<std::pair<std::string, AcrobotConfig>> onestep_tables<AcrobotGame>() {
  AcrobotConfig nips;
  nips.dynamics = AcrobotDynamics::nips;
  nips.lanes.columns = true;  // its physics always comes from memory
  return {{"acrobot_book", {}}, {"acrobot_nips", nips}};
}

TYPED_TEST(LaneTables, ReadableOneStep) {
  for (const auto& [name, config] : onestep_tables<typename TypeParam::Game>()) {
    this->reference_onestep(name, config);
  }
}

TYPED_TEST(LaneTables, ReadableOpenLoop) {
  using G = typename TypeParam::Game;
  for (const std::string& name : G::kEpisodes) {
    SCOPED_TRACE(name);
    const Table table = this->episodes(name);
    for (const auto& [first, last] : table.runs("seed")) {
      auto s = this->state_at(table, first, "", true);
      for (std::size_t row = first + 1; row < last; ++row) {
        const auto next = exact_step<G>(true, s, this->action_at(table, row));
        this->expect_row(next, table, row, "");
        if (this->HasFatalFailure()) return;
        s = next.state;
      }
    }
  }
}

TYPED_TEST(LaneTables, BatchOneStep) {
  for (const auto& [name, config] : onestep_tables<typename TypeParam::Game>()) {
    this->batch_onestep(name, config);
  }
}

// The standard physics read from memory has the same bits.
TYPED_TEST(LaneTables, BatchOneStepWithParametersOfEveryRow) {
  for (const auto& [name, config] : onestep_tables<typename TypeParam::Game>()) {
    auto columns_config = config;
    columns_config.lanes.columns = true;
    this->batch_onestep(name, columns_config);
  }
}

TYPED_TEST(LaneTables, BatchOpenLoop) {
  this->on_every_target([&](bool fused) {
    for (const std::string& name : TypeParam::Game::kEpisodes) {
      SCOPED_TRACE(name);
      this->batch_episodes(name, fused);
    }
  });
}

// Episodes that terminate on the very step of the time limit have both flags.
TYPED_TEST(LaneTables, BothFlags) {
  const std::string name = TypeParam::Game::kEpisodes.back();
  if (!name.ends_with("both_flags")) GTEST_SKIP() << "never terminates";
  const Table table = this->episodes(name);
  for (const auto& [first, last] : table.runs("seed")) {
    EXPECT_EQ(table(last - 1, "terminated") + table(last - 1, "truncated"), 2);
  }
}

TYPED_TEST(LaneTables, ResetIsThatOfTheSeed) {
  using G = typename TypeParam::Game;
  const Table table = load_doubles(this->folder_, std::string("classic/reset_") + G::kName + ".f64",
                                   columns({{"seed"}, G::kState, this->observations_}));
  std::vector<std::uint64_t> seeds;
  for (std::size_t i = 0; i < table.rows(); ++i) {
    seeds.push_back(static_cast<std::uint64_t>(table(i, "seed")));
  }
  this->on_every_target([&](bool fused) {
    const auto env = G::make({.num_envs = seeds.size()});
    const ConstMatrixView observation = env->reset(seeds);
    for (std::size_t i = 0; i < seeds.size(); ++i) {
      ASSERT_TRUE(same_state(env->state(i), this->state_at(table, i, "", true))) << "row " << i;
      for (std::size_t k = 0; k < this->observations_.size(); ++k) {
        const double expected = table.span(i, "obs0", k + 1)[k];
        if (fused) {
          ASSERT_EQ(static_cast<double>(observation(i, k)), expected) << "row " << i;
        } else {
          ASSERT_NEAR(static_cast<double>(observation(i, k)), expected, 1e-7) << "row " << i;
        }
      }
    }
  });
}

// ---- physics that is not the standard (make_physics_tables.py) ----

// The configuration that has the quantities of a row, and their number.
CartPoleConfig physics_of(const CartPoleGame&, std::span<const double> v) {
  CartPoleConfig config;
  config.physics = {v[0], v[1], v[2], v[3], v[4], v[5]};
  return config;
}
AcrobotConfig physics_of(const AcrobotGame&, std::span<const double> v) {
  AcrobotConfig config;
  config.physics = {v[0], v[1], v[2], v[3], v[4], v[5]};
  config.dynamics = v[6] == 1 ? AcrobotDynamics::nips : AcrobotDynamics::book;
  return config;
}
MountainCarConfig physics_of(const MountainCarGame&, std::span<const double> v) {
  MountainCarConfig config;
  config.physics = {v[0], v[1]};
  config.goal_velocity = v[2];
  return config;
}
MountainCarContinuousConfig physics_of(const MountainCarContinuousGame&,
                                       std::span<const double> v) {
  MountainCarContinuousConfig config;
  config.physics = {v[0]};
  config.goal_velocity = v[1];
  return config;
}
PendulumConfig physics_of(const PendulumGame&, std::span<const double> v) {
  PendulumConfig config;
  config.physics = {v[0], v[1], v[2], v[3]};
  return config;
}
constexpr std::size_t quantities_of(const CartPoleGame&) { return 6; }
constexpr std::size_t quantities_of(const AcrobotGame&) { return 7; }
constexpr std::size_t quantities_of(const MountainCarGame&) { return 3; }
constexpr std::size_t quantities_of(const MountainCarContinuousGame&) { return 2; }
constexpr std::size_t quantities_of(const PendulumGame&) { return 4; }

TYPED_TEST(LaneTables, StepsUnderOtherPhysics) {
  using G = typename TypeParam::Game;
  if (TypeParam::Set::kSet != std::string("extract")) GTEST_SKIP() << "only in the extracts";
  std::vector<std::string> quantities;
  for (std::size_t k = 0; k < quantities_of(G()); ++k) quantities.push_back(std::to_string(k));
  const Table table = load_doubles(this->folder_, std::string("physics/") + G::kName + ".f64",
                                   columns({quantities,
                                            G::kState,
                                            {"action"},
                                            prefixed("next_", G::kState),
                                            this->observations_,
                                            {"reward", "terminated"}}));
  this->on_every_target([&](bool fused) {
    for (std::size_t row = 0; row < table.rows(); ++row) {
      const auto config = physics_of(G(), table.span(row, "0", quantities.size()));
      const auto env = G::make({}, config);
      env->reset(std::uint64_t{0});
      const auto before = this->state_at(table, row, "", false);
      const std::vector actions = {this->action_at(table, row)};
      env->set_state(0, before);
      const auto got = this->shown(*env, env->step(view_of(actions)), 0);
      if (fused) {
        this->expect_row(got, table, row, "next_");
      } else {
        this->expect_same(got, exact_step<G, true>(false, before, actions[0], config));
      }
      if (this->HasFatalFailure()) return;
    }
  });
}

// Episodes of a random policy: the actions come from a stream of the seed, so that returns and
// lengths are the very numbers of the table (sums of rewards in order).
TYPED_TEST(LaneTables, RandomEpisodes) {
  using G = typename TypeParam::Game;
  const std::string name = std::string("classic/random_") + G::kName + ".f64";
  if (!std::ifstream(this->folder_ + "/" + name)) GTEST_SKIP() << "only in the whole tables";
  if (!kernels::simd_has_fma(kernels::simd_target())) GTEST_SKIP() << "this target does not fuse";
  const Table table =
      load_doubles(this->folder_, name, {"seed", "return", "length", "terminated", "truncated"});
  const std::size_t n = table.rows();
  const auto env = G::make({.num_envs = n});
  const Space& space = env->spec().action_space;
  std::vector<std::uint64_t> seeds(n);
  std::vector<kernels::Pcg64> streams;
  for (std::size_t i = 0; i < n; ++i) {
    seeds[i] = static_cast<std::uint64_t>(table(i, "seed"));
    streams.emplace_back(seeds[i] + 1000000000);
  }
  env->reset(seeds);
  std::vector<typename TestFixture::Action> actions(n);
  std::vector<double> total(n, 0.0);
  std::vector<int> ended(n, 0);
  for (int t = 1; t <= env->spec().max_episode_steps; ++t) {
    for (std::size_t i = 0; i < n; ++i) {
      if constexpr (G::kActions > 0) {
        actions[i] = static_cast<std::int32_t>(streams[i].integers(0, G::kActions));
      } else {
        const Box& box = std::get<Box>(space);
        actions[i] = static_cast<float>(
            streams[i].uniform(static_cast<double>(box.low[0]), static_cast<double>(box.high[0])));
      }
    }
    const StepView step = env->step(view_of(actions));
    for (std::size_t i = 0; i < n; ++i) {
      if (ended[i] != 0) continue;
      total[i] += step.reward[i];
      if (step.terminated[i] == 0 && step.truncated[i] == 0) continue;
      ended[i] = 1;
      ASSERT_EQ(t, table(i, "length")) << "row " << i;
      ASSERT_TRUE(same_bits(total[i], table(i, "return"))) << "row " << i;
      ASSERT_EQ(step.terminated[i], table(i, "terminated")) << "row " << i;
      ASSERT_EQ(step.truncated[i], table(i, "truncated")) << "row " << i;
    }
  }
  for (std::size_t i = 0; i < n; ++i) ASSERT_EQ(ended[i], 1);
}

}  // namespace
}  // namespace pavlov::envs
