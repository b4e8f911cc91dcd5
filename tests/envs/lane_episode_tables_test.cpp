// Classic control against recorded episodes of Gymnasium, bit for bit: resets, the readable forms
// open loop, and the batch on every SIMD target. A target without fused multiply-add is held to its
// readable form instead (lane_step_tables_test.cpp).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pavlov/kernels/random.h"
#include "pavlov/kernels/simd_target.h"
#include "pavlov/tests/envs/lane_tables.h"
#include "pavlov/tests/envs/on_every_target.h"

namespace pavlov::envs {
namespace {

template <class Game>
class EpisodeTables : public LaneTables<Game> {
 protected:
  using Base = LaneTables<Game>;
  using Base::action_at;
  using Base::expect_row;
  using Base::state_at;
  using typename Base::Action;
  using typename Base::Env;
  using typename Base::State;

  // Recorded episodes side by side, played by a batch from their seeds with their actions.
  struct Episodes {
    Table table;
    std::vector<std::pair<std::size_t, std::size_t>> runs;  // their rows; the first is the reset's
    std::unique_ptr<Env> env;
    std::size_t t = 0;

    Episodes(Table recorded, AutoresetMode mode)
        : table(std::move(recorded)), runs(table.runs("seed")) {
      std::vector<std::uint64_t> seeds;
      for (const auto& [first, last] : runs) {
        seeds.push_back(static_cast<std::uint64_t>(table(first, "seed")));
      }
      env = Game::make({.num_envs = runs.size(), .autoreset_mode = mode});
      env->reset(seeds);
    }
    bool any_under_way() const {
      const auto longer = [&](const auto& run) { return t < run.second - run.first; };
      return std::any_of(runs.begin(), runs.end(), longer);
    }
    std::size_t row(std::size_t e) const { return runs[e].first + t; }
    bool under_way(std::size_t e) const { return row(e) < runs[e].second; }
    Action action(std::size_t e) const {
      return under_way(e) ? action_at(table, row(e)) : Action{0};
    }
    StepView step() {
      std::vector<Action> actions;
      for (std::size_t e = 0; e < runs.size(); ++e) actions.push_back(action(e));
      return env->autoreset_mode() == AutoresetMode::disabled ? env->step_running(view_of(actions))
                                                              : env->step(view_of(actions));
    }
  };
  // The default mode keeps the last state of an episode until the step after.
  Episodes episodes(const std::string& name, AutoresetMode mode = AutoresetMode::next_step) const {
    return {this->load("freerun/" + name, columns({{"seed", "t", "action"},
                                                   Game::kState,
                                                   this->observations(),
                                                   {"reward", "terminated", "truncated"}})),
            mode};
  }

  void expect_readable() const {
    for (const std::string& name : Game::kEpisodes) {
      SCOPED_TRACE(name);
      const Episodes recorded = episodes(name);
      for (const auto& [first, last] : recorded.runs) {
        State s = state_at(recorded.table, first, "", true);
        for (std::size_t row = first + 1; row < last; ++row) {
          const auto next = Reference<Game>::exact(true, s, action_at(recorded.table, row));
          expect_row(next, recorded.table, row, "");
          if (this->HasFatalFailure()) return;
          s = next.state;
        }
      }
    }
  }

  void expect_batch(const std::string& name, bool fused) const {
    SCOPED_TRACE(name);
    Episodes play = episodes(name);
    std::vector<State> before(play.runs.size());
    for (std::size_t e = 0; e < before.size(); ++e) {
      before[e] = play.env->state(e);
      ASSERT_TRUE(same_state(before[e], state_at(play.table, play.row(e), "", true)));
    }
    for (play.t = 1; play.any_under_way(); ++play.t) {
      const StepView step = play.step();
      for (std::size_t e = 0; e < before.size(); ++e) {
        if (!play.under_way(e)) continue;
        SCOPED_TRACE("row " + std::to_string(play.row(e)));
        const Expected<Game> got = Base::shown(*play.env, step, e);
        if (fused) {
          expect_row(got, play.table, play.row(e), "");
          ASSERT_EQ(step.truncated[e], play.table(play.row(e), "truncated"));
        } else {
          expect_same(got, Reference<Game>::exact(false, before[e], play.action(e)));
        }
        before[e] = got.state;
        if (step.terminated[e] == 0 && step.truncated[e] == 0) continue;
        for (std::size_t k = 0; k < got.observation.size(); ++k) {
          ASSERT_TRUE(same_bits(step.final_observation(e, k), got.observation[k]));
        }
      }
    }
  }
  void expect_batch() const {
    on_every_target([&](bool fused) {
      for (const std::string& name : Game::kEpisodes) expect_batch(name, fused);
    });
  }

  // The flags of every step; the last one of each episode has both.
  void expect_both_flags(const std::string& name, AutoresetMode mode) const {
    SCOPED_TRACE(to_string(mode));
    Episodes play = episodes(name, mode);
    std::size_t ends = 0;
    for (play.t = 1; play.any_under_way(); ++play.t) {
      const StepView step = play.step();
      for (std::size_t e = 0; e < play.runs.size(); ++e) {
        if (!play.under_way(e)) continue;
        const std::size_t row = play.row(e);
        ASSERT_EQ(step.terminated[e], play.table(row, "terminated")) << "row " << row;
        ASSERT_EQ(step.truncated[e], play.table(row, "truncated")) << "row " << row;
        if (row + 1 < play.runs[e].second) continue;
        ASSERT_EQ(step.terminated[e] + step.truncated[e], 2) << "row " << row;
        ++ends;
      }
    }
    EXPECT_EQ(ends, play.runs.size());
  }

  void expect_resets() const {
    const Table table = this->load(std::string("classic/reset_") + Game::kName,
                                   columns({{"seed"}, Game::kState, this->observations()}));
    std::vector<std::uint64_t> seeds;
    for (std::size_t i = 0; i < table.rows(); ++i) {
      seeds.push_back(static_cast<std::uint64_t>(table(i, "seed")));
    }
    on_every_target([&](bool fused) {
      const auto env = Game::make({.num_envs = seeds.size()});
      const ConstMatrixView observation = env->reset(seeds);
      for (std::size_t i = 0; i < seeds.size(); ++i) {
        ASSERT_TRUE(same_state(env->state(i), state_at(table, i, "", true))) << "row " << i;
        const auto expected = table.span(i, "obs0", observation.cols);
        for (std::size_t k = 0; k < expected.size(); ++k) {
          const auto got = static_cast<double>(observation(i, k));
          if (fused) {
            ASSERT_EQ(got, expected[k]) << "row " << i;
          } else {
            ASSERT_NEAR(got, expected[k], 1e-7) << "row " << i;
          }
        }
      }
    });
  }

  // Episodes of a random policy: the actions come from a stream of the seed, so that returns and
  // lengths are the very numbers of the table (sums of rewards in order).
  void expect_random_policy() const {
    const Table table = this->load(std::string("classic/random_") + Game::kName,
                                   {"seed", "return", "length", "terminated", "truncated"});
    const std::size_t n = table.rows();
    const auto env = Game::make({.num_envs = n});
    const Space& space = env->spec().action_space;
    std::vector<std::uint64_t> seeds(n);
    std::vector<kernels::Pcg64> streams;
    for (std::size_t i = 0; i < n; ++i) {
      seeds[i] = static_cast<std::uint64_t>(table(i, "seed"));
      streams.emplace_back(seeds[i] + 1000000000);
    }
    env->reset(seeds);
    std::vector<Action> actions(n);
    std::vector<double> total(n, 0.0);
    std::vector<int> ended(n, 0);
    for (int t = 1; t <= env->spec().max_episode_steps; ++t) {
      for (std::size_t i = 0; i < n; ++i) {
        if constexpr (Game::kActions > 0) {
          actions[i] = static_cast<std::int32_t>(streams[i].integers(0, Game::kActions));
        } else {
          const Box& box = std::get<Box>(space);
          actions[i] = static_cast<float>(streams[i].uniform(static_cast<double>(box.low[0]),
                                                             static_cast<double>(box.high[0])));
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
};

template <class Pair>
class LaneEpisodeTables : public OnTables<EpisodeTables, Pair> {};
TYPED_TEST_SUITE(LaneEpisodeTables, Pairs, PairName);

TYPED_TEST(LaneEpisodeTables, ResetIsThatOfTheSeed) { this->expect_resets(); }
TYPED_TEST(LaneEpisodeTables, ReadableOpenLoop) { this->expect_readable(); }
TYPED_TEST(LaneEpisodeTables, BatchOpenLoop) { this->expect_batch(); }

// Episodes that terminate on the very step of the time limit.
TYPED_TEST(LaneEpisodeTables, BothFlags) {
  const std::string name = TypeParam::Game::kEpisodes.back();
  if (!name.ends_with("both_flags")) GTEST_SKIP() << "never terminates";
  on_every_target([&](bool) {
    for (const AutoresetMode mode :
         {AutoresetMode::next_step, AutoresetMode::same_step, AutoresetMode::disabled}) {
      this->expect_both_flags(name, mode);
    }
  });
}

TYPED_TEST(LaneEpisodeTables, RandomPolicy) {
  if (!this->has(std::string("classic/random_") + TypeParam::Game::kName)) {
    GTEST_SKIP() << "only in the whole tables";
  }
  if (!kernels::simd_has_fma(kernels::simd_target())) GTEST_SKIP() << "this target does not fuse";
  this->expect_random_policy();
}

}  // namespace
}  // namespace pavlov::envs
