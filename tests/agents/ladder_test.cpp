// The ladder: its rows, true values on a chain for each of them, and all combinations of options.
#include "pavlov/agents/ladder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <stdexcept>
#include <string>

#include "pavlov/agents/dqn.h"
#include "pavlov/kernels/rows.h"
#include "pavlov/tests/agents/worlds.h"

namespace pavlov::agents {
namespace {

TEST(Ladder, RowsHaveTheOptionsOfTheirPapers) {
  std::set<std::string_view> names;
  for (const Rung& rung : ladder()) {
    EXPECT_TRUE(names.insert(rung.name).second) << rung.name;
    EXPECT_FALSE(rung.summary.empty());
    EXPECT_EQ(&find_rung(rung.name), &rung);
    DqnConfig dqn;
    OffPolicyConfig training;
    rung.set(dqn, training);
    EXPECT_NO_THROW(validate(dqn)) << rung.name;
    EXPECT_NO_THROW(validate(training)) << rung.name;
    const bool all = rung.name == "rainbow";
    const auto has = [&](std::string_view name) { return all || rung.name == name; };
    EXPECT_EQ(dqn.double_q, has("ddqn")) << rung.name;
    EXPECT_EQ(dqn.dueling, has("dueling")) << rung.name;
    EXPECT_EQ(training.replay.prioritized, has("per")) << rung.name;
    EXPECT_EQ(training.replay.n_step, has("nstep") ? 3u : 1u) << rung.name;
    EXPECT_EQ(dqn.noisy, has("noisy")) << rung.name;
    EXPECT_EQ(dqn.distribution == Distribution::c51, has("c51")) << rung.name;
    EXPECT_EQ(dqn.distribution == Distribution::quantile, rung.name == "qrdqn") << rung.name;
  }
  EXPECT_EQ(names, (std::set<std::string_view>{"dqn", "ddqn", "dueling", "per", "nstep", "noisy",
                                               "c51", "qrdqn", "rainbow"}));
  try {
    find_rung("rainbou");
    FAIL() << "no exception";
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'rainbow'?"), std::string::npos);
  }
}

class LadderChain : public ::testing::TestWithParam<Rung> {};

// Q* of the chain is known. Half of the actions are random, so that every pair of state and action
// is seen. An n-step return bootstraps over actions that were taken, not the best ones: random ones
// bias it. So n-step rows act nearly always greedily, as noisy ones do by themselves, and of both
// only the greedy action is compared.
TEST_P(LadderChain, ReachesTheTrueValues) {
  DqnConfig config;
  OffPolicyConfig training;
  config.hidden = {32};
  config.gamma = 0.9;
  config.learning_rate = 3e-3;
  config.learning_rate_final = 0.0;
  config.loss = Loss::mse;
  config.target_update_interval = 50;
  config.exploration_final_eps = 0.5;
  config.exploration_fraction = 0.2;
  config.v_min = 0.0;
  config.v_max = 1.0;
  config.quantiles = 10;
  training.total_steps = 8000;
  training.learning_starts = 100;
  training.train_freq = 1;
  training.replay.buffer_size = 8000;
  GetParam().set(config, training);
  const bool n_step = training.replay.n_step > 1;
  if (n_step) config.exploration_final_eps = 0.02;

  const auto env = make_chain(1);
  Dqn agent(config, Chain::kStates, 2, 5);
  replay::Replay replay(training.replay, Chain::kStates);
  train_off_policy(*env, agent, replay, training, 5);

  kernels::Tensor states({Chain::kStates, Chain::kStates});
  for (std::size_t s = 0; s < Chain::kStates; ++s) states.matrix()(s, s) = 1.0f;
  const ActionHead head = agent.action_head();
  kernels::Tensor outputs({Chain::kStates, head.outputs()}), q({Chain::kStates, 2});
  nets::Tape tape;
  // A clone plays the mean weights.
  agent.network().clone()->forward(states.matrix(), outputs.matrix(), tape);
  action_scores(head, outputs.matrix(), q.matrix());
  for (std::size_t s = 0; s + 1 < Chain::kStates; ++s) {
    const double right = std::pow(0.9, 3.0 - static_cast<double>(s));
    const double left = 0.9 * std::pow(0.9, 3.0 - static_cast<double>(s > 0 ? s - 1 : 0));
    EXPECT_GT(q.matrix()(s, 1), q.matrix()(s, 0)) << s;
    EXPECT_NEAR(static_cast<double>(q.matrix()(s, 1)), right, 0.04) << s;
    if (!config.noisy && !n_step) {
      EXPECT_NEAR(static_cast<double>(q.matrix()(s, 0)), left, 0.04) << s;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Rungs, LadderChain, ::testing::ValuesIn(ladder().begin(), ladder().end()),
                         [](const auto& rung) { return std::string(rung.param.name); });

// Every option with every other: 2,000 steps, and every number stays finite. The loop throws where
// a loss, a gradient or a priority does not.
TEST(Ladder, EveryCombinationOfOptionsStaysFinite) {
  for (const Distribution distribution :
       {Distribution::none, Distribution::c51, Distribution::quantile}) {
    for (int options = 0; options < 128; ++options) {
      const auto has = [options](int bit) { return ((options >> bit) & 1) != 0; };
      SCOPED_TRACE("distribution " + std::to_string(static_cast<int>(distribution)) + ", options " +
                   std::to_string(options));
      DqnConfig config;
      config.hidden = {8};
      config.learning_rate = 1e-3;
      config.target_update_interval = 100;
      config.distribution = distribution;
      config.atoms = 11;
      config.quantiles = 5;
      config.double_q = has(0);
      config.dueling = has(1);
      config.noisy = has(2);
      config.layer_norm = has(3);
      config.gradient_accumulation = has(4) ? 2 : 1;
      OffPolicyConfig training;
      training.total_steps = 2000;
      training.batch_size = 16;
      training.replay.buffer_size = 500;
      training.replay.prioritized = has(5);
      training.replay.n_step = has(6) ? 3 : 1;
      const auto env = make_chain(2);
      Dqn agent(config, Chain::kStates, 2, 1);
      replay::Replay replay(training.replay, Chain::kStates);
      ASSERT_NO_THROW(train_off_policy(*env, agent, replay, training, 1));
      ASSERT_TRUE(kernels::all_finite(agent.network().parameters().values()));
    }
  }
}

}  // namespace
}  // namespace pavlov::agents
