// Fixture of the tests that play the tables of Gymnasium for environments with columns of state:
// the tables of a Game, and a step compared with one of their rows.
//
// A suite's tests are members of a class over the Game, so that they are compiled once for the
// extract and the whole tables:
//   template <class Game> class EpisodeTables : public LaneTables<Game> { ... void open_loop(); };
//   template <class Pair> class LaneEpisodes : public OnTables<EpisodeTables, Pair> {};
//   TYPED_TEST_SUITE(LaneEpisodes, Pairs, PairName);
//   TYPED_TEST(LaneEpisodes, OpenLoop) { this->open_loop(); }
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "pavlov/tests/envs/lane_reference.h"
#include "pavlov/tests/envs/parity_data.h"

namespace pavlov::envs {

std::vector<std::string> columns(const std::vector<std::vector<std::string>>& groups);
std::vector<std::string> prefixed(const std::string& prefix, const std::vector<std::string>& names);

// Bit for bit what a row says; `state` is what it says of the state.
void expect_row(const StepNumbers& got, std::span<const double> state, const Table& table,
                std::size_t row);

template <class G>
class LaneTables : public ::testing::Test {
 protected:
  using Game = G;
  using Env = typename Game::Env;
  using State = typename Env::State;
  using Action = typename Env::Action;
  using Config = typename Game::Config;

  // Of "extract" or "whole"; skips the test where there are none.
  void open(std::string_view set) {
    folder_ = parity_folder(set);
    if (!has("freerun/" + std::string(Game::kName))) {
      GTEST_SKIP() << "SKIPPED, NOT PASSED: no parity tables in " << folder_;
    }
    for (std::size_t k = 0; k < Game::make({})->spec().observation_space.size(); ++k) {
      observations_.push_back("obs" + std::to_string(k));
    }
  }

  // Of the game and set: "freerun/cartpole".
  bool has(const std::string& name) const {
    return std::ifstream(folder_ + "/" + name + ".f64").good();
  }
  Table load(const std::string& name, const std::vector<std::string>& names) const {
    return load_doubles(folder_, name + ".f64", names);
  }
  const std::vector<std::string>& observations() const { return observations_; }

  static State state_at(const Table& table, std::size_t row, const std::string& prefix, bool wide) {
    const std::size_t count = Game::kState.size();
    const auto values = table.span(row, prefix + Game::kState[0], count);
    return state_of_numbers<State>(values.data(), count, wide);
  }
  static Action action_at(const Table& table, std::size_t row) {
    return static_cast<Action>(table(row, "action"));
  }

  // What the batch shows of environment i after a step.
  static Expected<Game> shown(const Env& env, const StepView& step, std::size_t i) {
    const auto row = step.observation.row(i);
    return {env.state(i), {row.begin(), row.end()}, step.reward[i], step.terminated[i] != 0};
  }
  // What a table says of a step; `prefix` of its columns of the state.
  static void expect_row(const Expected<Game>& got, const Table& table, std::size_t row,
                         const std::string& prefix) {
    const auto a = numbers_of(got.state), b = numbers_of(state_at(table, row, prefix, false));
    envs::expect_row({a, got.observation, got.reward, got.terminated}, b, table, row);
  }

 private:
  std::string folder_;
  std::vector<std::string> observations_;  // names of their columns
};

// ---- every game on both sets ----

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
using Pairs =
    ::testing::Types<On<CartPoleGame, Extract>, On<CartPoleGame, Whole>, On<AcrobotGame, Extract>,
                     On<AcrobotGame, Whole>, On<MountainCarGame, Extract>,
                     On<MountainCarGame, Whole>, On<MountainCarContinuousGame, Extract>,
                     On<MountainCarContinuousGame, Whole>, On<PendulumGame, Extract>,
                     On<PendulumGame, Whole>>;
struct PairName {
  template <class Pair>
  static std::string GetName(int) {
    return std::string(Pair::Game::kName) + "_" + Pair::Set::kSet;
  }
};

template <template <class> class Tests, class Pair>
class OnTables : public Tests<typename Pair::Game> {
 protected:
  void SetUp() override { this->open(Pair::Set::kSet); }
};

}  // namespace pavlov::envs
