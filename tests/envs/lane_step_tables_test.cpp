// Classic control against tables of single steps of Gymnasium, bit for bit: the readable forms, and
// the batch on every SIMD target, under the standard physics and under others. A target without
// fused multiply-add is held to its readable form instead, which is what Gymnasium prints on such a
// machine (envs_without_fma), and to the tables closely.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "pavlov/tests/envs/lane_tables.h"
#include "pavlov/tests/envs/on_every_target.h"

namespace pavlov::envs {
namespace {

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

template <class Game>
class StepTables : public LaneTables<Game> {
 protected:
  using Base = LaneTables<Game>;
  using Base::action_at;
  using Base::expect_row;
  using Base::state_at;
  using typename Base::Action;
  using typename Base::Config;
  using typename Base::State;

  static bool is_wide(const Table& table, std::size_t row) {
    return std::is_same_v<Game, MountainCarContinuousGame> && table(row, "state_is_float64") == 1;
  }

  Table onestep(const std::string& name) const {
    const bool wide = name == "mountaincar_continuous", cartpole = name == "cartpole";
    std::vector<std::string> action = {"action"}, reward = {"reward"}, height;
    if (wide) action.push_back("state_is_float64");
    if (cartpole) reward.push_back("reward_sutton_barto");
    if (name.starts_with("acrobot")) height.push_back("height");
    return this->load("onestep/" + name, columns({Game::kState,
                                                  action,
                                                  prefixed("next_", Game::kState),
                                                  this->observations(),
                                                  reward,
                                                  {"terminated"},
                                                  height}));
  }

  void expect_readable(const std::string& name, const Config& config) const {
    SCOPED_TRACE(name);
    const Table table = onestep(name);
    for (std::size_t row = 0; row < table.rows(); ++row) {
      const State before = state_at(table, row, "", is_wide(table, row));
      const Action action = action_at(table, row);
      expect_row(Reference<Game, true>::exact(true, before, action, config), table, row, "next_");
      if (config.lanes.columns) continue;
      expect_row(Reference<Game>::exact(true, before, action), table, row, "next_");
      if (!library_is_fused()) continue;
      expect_row(Reference<Game, true>::library(before, action), table, row, "next_");
    }
  }
  void expect_readable() const {
    for (const auto& [name, config] : onestep_tables<Game>()) expect_readable(name, config);
  }

  void expect_batch(const std::string& name, const Config& config) const {
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
        const Expected<Game> got = Base::shown(*env, step, i);
        ASSERT_EQ(step.truncated[i], 0);
        if (fused) {
          expect_row(got, table, i, "next_");
          continue;
        }
        const State before = state_at(table, i, "", is_wide(table, i));
        expect_same(got, Reference<Game, true>::exact(false, before, actions[i], config));
        const auto close = numbers_of(state_at(table, i, "next_", false));
        for (std::size_t k = 0; k < close.size(); ++k) {
          const double bound = 1e-11 * std::max(1.0, std::abs(close[k]));
          ASSERT_NEAR(numbers_of(got.state)[k], close[k], bound);
        }
      }
    });
  }
  // `from_memory`: the physics, which has the same bits there.
  void expect_batch(bool from_memory) const {
    for (auto [name, config] : onestep_tables<Game>()) {
      if (from_memory) config.lanes.columns = true;
      expect_batch(name, config);
    }
  }

  // Every row is a batch of one, of the physics in its first columns.
  void expect_batch_under_other_physics() const {
    std::vector<std::string> quantities;
    for (std::size_t k = 0; k < quantities_of(Game()); ++k) quantities.push_back(std::to_string(k));
    const Table table =
        this->load(std::string("physics/") + Game::kName, columns({quantities,
                                                                   Game::kState,
                                                                   {"action"},
                                                                   prefixed("next_", Game::kState),
                                                                   this->observations(),
                                                                   {"reward", "terminated"}}));
    on_every_target([&](bool fused) {
      for (std::size_t row = 0; row < table.rows(); ++row) {
        const Config config = physics_of(Game(), table.span(row, "0", quantities.size()));
        const auto env = Game::make({}, config);
        env->reset(std::uint64_t{0});
        const State before = state_at(table, row, "", false);
        const std::vector<Action> actions = {action_at(table, row)};
        env->set_state(0, before);
        const Expected<Game> got = Base::shown(*env, env->step(view_of(actions)), 0);
        if (fused) {
          expect_row(got, table, row, "next_");
        } else {
          expect_same(got, Reference<Game, true>::exact(false, before, actions[0], config));
        }
        if (this->HasFatalFailure()) return;
      }
    });
  }
};

template <class Pair>
class LaneStepTables : public OnTables<StepTables, Pair> {};
TYPED_TEST_SUITE(LaneStepTables, Pairs, PairName);

TYPED_TEST(LaneStepTables, Readable) { this->expect_readable(); }
TYPED_TEST(LaneStepTables, Batch) { this->expect_batch(false); }
TYPED_TEST(LaneStepTables, BatchWithParametersOfEveryRow) { this->expect_batch(true); }
TYPED_TEST(LaneStepTables, BatchUnderOtherPhysics) {
  if (TypeParam::Set::kSet != std::string("extract")) GTEST_SKIP() << "only in the extracts";
  this->expect_batch_under_other_physics();
}

}  // namespace
}  // namespace pavlov::envs
