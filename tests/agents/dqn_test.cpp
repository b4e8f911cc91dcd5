#include "pavlov/agents/dqn.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "pavlov/agents/schedule.h"
#include "pavlov/agents/train_off_policy.h"
#include "pavlov/tests/agents/worlds.h"

namespace pavlov::agents {
namespace {

constexpr std::size_t kObservation = 3;
constexpr std::size_t kActions = 2;

// A linear Q-function: no hidden layers, so every value and gradient can be written down.
DqnConfig linear_config() {
  DqnConfig config;
  config.hidden = {};
  config.learning_rate = 0.01;
  config.max_grad_norm = 0.0;
  config.target_update_interval = 1000000;
  return config;
}

// Q(x) by two plain loops over given parameters.
std::vector<double> q_values(const nets::ParameterBuffer& p, std::span<const float> x) {
  std::vector<double> q(kActions);
  for (std::size_t a = 0; a < kActions; ++a) {
    q[a] = static_cast<double>(p.value(1)(0, a));
    for (std::size_t i = 0; i < kObservation; ++i) {
      q[a] += static_cast<double>(x[i]) * static_cast<double>(p.value(0)(i, a));
    }
  }
  return q;
}

replay::ReplayBatch make_batch(std::uint64_t seed) {
  replay::ReplayBatch batch(8, kObservation);
  kernels::RandomStream random(seed, "batch");
  for (float& v : batch.observation.span()) v = static_cast<float>(random.normal());
  for (float& v : batch.next_observation.span()) v = static_cast<float>(random.normal());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    batch.action[i] = static_cast<std::int32_t>(random.below(kActions));
    batch.reward[i] = static_cast<float>(3.0 * random.normal());
    batch.discount[i] = i % 3 == 0 ? 0.0f : 0.9f;
  }
  return batch;
}

double huber(double d) { return std::abs(d) <= 1.0 ? 0.5 * d * d : std::abs(d) - 0.5; }

// The loss of van Hasselt et al. 2016 / Mnih et al. 2015, written down.
double expected_loss(const replay::ReplayBatch& batch, const nets::ParameterBuffer& online,
                     const nets::ParameterBuffer& target, const DqnConfig& config) {
  double sum = 0.0;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const std::vector<double> q = q_values(online, batch.observation.matrix().row(i));
    const std::vector<double> next = q_values(target, batch.next_observation.matrix().row(i));
    const std::vector<double> selector =
        config.double_q ? q_values(online, batch.next_observation.matrix().row(i)) : next;
    const auto best =
        static_cast<std::size_t>(std::ranges::max_element(selector) - selector.begin());
    const double y =
        static_cast<double>(batch.reward[i]) + static_cast<double>(batch.discount[i]) * next[best];
    const double d = q[static_cast<std::size_t>(batch.action[i])] - y;
    sum += config.loss == Loss::huber ? huber(d) : d * d;
  }
  return sum / static_cast<double>(batch.size());
}

struct Variant {
  Loss loss;
  bool double_q;
};

class DqnLoss : public ::testing::TestWithParam<Variant> {};

TEST_P(DqnLoss, EqualsTheFormulaBeforeAndAfterTheNetworksPart) {
  DqnConfig config = linear_config();
  config.loss = GetParam().loss;
  config.double_q = GetParam().double_q;
  config.learning_rate = 0.5;  // far apart after one step: selection by the other network shows
  Dqn agent(config, kObservation, kActions, 4);
  nets::ParameterBuffer target(
      {{"layers.0.weight", {kObservation, kActions}}, {"layers.0.bias", {kActions}}});
  target.copy_values_from(agent.network().parameters());
  for (int update = 0; update < 5; ++update) {
    replay::ReplayBatch batch = make_batch(static_cast<std::uint64_t>(update));
    const double expected = expected_loss(batch, agent.network().parameters(), target, config);
    const LearnStats stats = agent.learn(batch, {.env_steps = update + 1});
    EXPECT_NEAR(stats.loss, expected, 1e-5 * (1.0 + expected)) << update;
  }
}

INSTANTIATE_TEST_SUITE_P(Options, DqnLoss,
                         ::testing::Values(Variant{Loss::huber, false}, Variant{Loss::huber, true},
                                           Variant{Loss::mse, false}, Variant{Loss::mse, true}));

TEST(Dqn, LearnsANetworkOfOnesOwn) {
  const DqnConfig config = linear_config();
  auto network = std::make_unique<nets::Mlp>(
      nets::MlpConfig{.inputs = kObservation, .hidden = {}, .outputs = kActions});
  const Dqn origin(config, kObservation, kActions, 4);
  network->parameters().copy_values_from(origin.network().parameters());
  Dqn given(config, std::move(network), 4);
  Dqn made(config, kObservation, kActions, 4);
  for (std::uint64_t update = 0; update < 5; ++update) {
    replay::ReplayBatch batch = make_batch(update);
    EXPECT_EQ(given.learn(batch, {.env_steps = 1}).loss, made.learn(batch, {.env_steps = 1}).loss);
  }
  EXPECT_THROW(Dqn(config, nullptr, 4), std::invalid_argument);
}

TEST(Dqn, OnlyTakenActionsGetAGradient) {
  DqnConfig config = linear_config();
  Dqn agent(config, kObservation, kActions, 4);
  const std::vector<float> before(agent.network().parameters().values().begin(),
                                  agent.network().parameters().values().end());
  replay::ReplayBatch batch = make_batch(1);
  std::ranges::fill(batch.action, 1);
  agent.learn(batch, {.env_steps = 1});
  const nets::ParameterBuffer& after = agent.network().parameters();
  const nets::Parameter& weight = after.table()[0];
  for (std::size_t i = 0; i < kObservation; ++i) {
    EXPECT_EQ(after.value(0)(i, 0), before[weight.offset + i * kActions]);
    EXPECT_NE(after.value(0)(i, 1), before[weight.offset + i * kActions + 1]);
  }
}

// Loss at a batch of terminated transitions does not depend on the target; so the target's age
// shows in a batch of running ones only.
double loss_of_running(Dqn& agent, std::int64_t env_steps) {
  replay::ReplayBatch batch = make_batch(9);
  std::ranges::fill(batch.discount, 0.99f);
  return agent.learn(batch, {.env_steps = env_steps}).loss;
}

TEST(Dqn, HardTargetFollowsEnvironmentSteps) {
  DqnConfig config = linear_config();
  config.learning_rate = 0.3;
  config.target_update_interval = 10;
  Dqn agent(config, kObservation, kActions, 4);
  nets::ParameterBuffer target(
      {{"layers.0.weight", {kObservation, kActions}}, {"layers.0.bias", {kActions}}});
  target.copy_values_from(agent.network().parameters());
  for (const std::int64_t step : {4, 8, 12, 16, 20, 22, 30}) {
    replay::ReplayBatch batch = make_batch(9);
    std::ranges::fill(batch.discount, 0.99f);
    const double expected = expected_loss(batch, agent.network().parameters(), target, config);
    EXPECT_NEAR(loss_of_running(agent, step), expected, 1e-4 * (1 + expected)) << step;
    // Synchronized at 12 (the first step 10 or more after 0) and 22, after the update.
    if (step == 12 || step == 22) target.copy_values_from(agent.network().parameters());
  }
}

TEST(Dqn, SoftTargetMovesByTauAfterEveryUpdate) {
  DqnConfig config = linear_config();
  config.learning_rate = 0.3;
  config.target_update_interval = 0;
  config.tau = 0.25;
  Dqn agent(config, kObservation, kActions, 4);
  nets::ParameterBuffer target(
      {{"layers.0.weight", {kObservation, kActions}}, {"layers.0.bias", {kActions}}});
  target.copy_values_from(agent.network().parameters());
  for (int update = 0; update < 6; ++update) {
    replay::ReplayBatch batch = make_batch(9);
    std::ranges::fill(batch.discount, 0.99f);
    const double expected = expected_loss(batch, agent.network().parameters(), target, config);
    EXPECT_NEAR(loss_of_running(agent, 1), expected, 1e-4 * (1 + expected)) << update;
    const std::span<const float> online = agent.network().parameters().values();
    for (std::size_t i = 0; i < online.size(); ++i) {
      target.values()[i] += 0.25f * (online[i] - target.values()[i]);
    }
  }
}

TEST(Dqn, ExploresAsOftenAsTheScheduleSays) {
  DqnConfig config = linear_config();
  config.exploration_initial_eps = 0.8;
  config.exploration_final_eps = 0.2;
  config.exploration_fraction = 0.5;
  Dqn agent(config, kObservation, kActions, 4);
  EXPECT_DOUBLE_EQ(agent.exploration({.env_steps = 0, .total_steps = 100}), 0.8);
  EXPECT_DOUBLE_EQ(agent.exploration({.env_steps = 25, .total_steps = 100}), 0.5);
  EXPECT_DOUBLE_EQ(agent.exploration({.env_steps = 50, .total_steps = 100}), 0.2);
  EXPECT_DOUBLE_EQ(agent.exploration({.env_steps = 99, .total_steps = 100}), 0.2);
  constexpr std::size_t kRows = 20000;
  kernels::Tensor observation({kRows, kObservation});
  observation.span()[0] = 0.0f;
  std::vector<std::int32_t> action(kRows);
  agent.act(observation.matrix(), {.env_steps = 25, .total_steps = 100}, action);
  const std::vector<double> q = q_values(agent.network().parameters(), observation.matrix().row(0));
  const auto greedy = static_cast<std::int32_t>(q[1] > q[0]);
  const auto other =
      static_cast<double>(std::ranges::count_if(action, [&](int a) { return a != greedy; }));
  // Half explore, half of those hit the greedy action by chance.
  const double expected = 0.5 * 0.5 * kRows;
  EXPECT_NEAR(other, expected, 4 * std::sqrt(expected * 0.75));
}

TEST(Dqn, LearningRateFallsToItsFinalValue) {
  DqnConfig config = linear_config();
  config.learning_rate_final = 0.0;
  Dqn agent(config, kObservation, kActions, 4);
  const std::vector<float> before(agent.network().parameters().values().begin(),
                                  agent.network().parameters().values().end());
  replay::ReplayBatch batch = make_batch(1);
  agent.learn(batch, {.env_steps = 100, .total_steps = 100});
  EXPECT_TRUE(std::ranges::equal(before, agent.network().parameters().values()));
  agent.learn(batch, {.env_steps = 50, .total_steps = 100});
  EXPECT_FALSE(std::ranges::equal(before, agent.network().parameters().values()));
}

TEST(Dqn, LossThatIsNotFiniteStopsBeforeTheStep) {
  Dqn agent(linear_config(), kObservation, kActions, 4);
  const std::vector<float> before(agent.network().parameters().values().begin(),
                                  agent.network().parameters().values().end());
  replay::ReplayBatch batch = make_batch(1);
  batch.reward[3] = std::numeric_limits<float>::infinity();
  try {
    agent.learn(batch, {.env_steps = 77, .updates = 12});
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("step 77"), std::string::npos) << error.what();
  }
  EXPECT_TRUE(std::ranges::equal(before, agent.network().parameters().values()));
}

TEST(Dqn, FieldsOutsideTheirRangeAreNamed) {
  const auto message = [](auto change) {
    DqnConfig config;
    change(config);
    try {
      Dqn agent(config, kObservation, kActions, 1);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(message([](DqnConfig& c) { c.gamma = 1.5; }), "[dqn] gamma 1.5: must be in [0, 1]");
  EXPECT_EQ(message([](DqnConfig& c) { c.tau = 0.0; }), "[dqn] tau 0: must be in (0, 1]");
  for (const std::string& text :
       {message([](DqnConfig& c) { c.learning_rate = 0.0; }),
        message([](DqnConfig& c) { c.learning_rate_final = 2.0; }),
        message([](DqnConfig& c) { c.adam_epsilon = 0.0; }),
        message([](DqnConfig& c) { c.max_grad_norm = -1.0; }),
        message([](DqnConfig& c) { c.target_update_interval = -1; }),
        message([](DqnConfig& c) { c.exploration_initial_eps = 1.1; }),
        message([](DqnConfig& c) { c.exploration_final_eps = -0.1; }),
        message([](DqnConfig& c) { c.exploration_fraction = std::nan(""); }),
        message([](DqnConfig& c) {
          c.hidden = {64, 0};
        })}) {
    EXPECT_NE(text.find("must be"), std::string::npos) << text;
  }
}

TEST(Dqn, ReachesTheTrueValuesOfAChain) {
  for (const auto& [double_q, bf16] : {std::pair{false, false}, {true, false}, {false, true}}) {
    DqnConfig config;
    config.bf16 = bf16;
    config.hidden = {32};
    config.learning_rate = 3e-3;
    config.learning_rate_final = 0.0;
    config.gamma = 0.9;
    config.double_q = double_q;
    config.target_update_interval = 50;
    config.exploration_final_eps = 0.5;
    config.exploration_fraction = 0.2;
    OffPolicyConfig training;
    training.total_steps = 6000;
    training.learning_starts = 100;
    training.train_freq = 1;
    training.batch_size = 32;
    training.replay.buffer_size = 6000;
    const auto env = make_chain(1);
    Dqn agent(config, Chain::kStates, 2, 5);
    replay::Replay replay(training.replay, Chain::kStates);
    train_off_policy(*env, agent, replay, training, 5);
    kernels::Tensor states({Chain::kStates, Chain::kStates});
    for (std::size_t s = 0; s < Chain::kStates; ++s) states.matrix()(s, s) = 1.0f;
    kernels::Tensor q({Chain::kStates, 2});
    nets::Tape tape;
    agent.network().forward(states.matrix(), q.matrix(), tape);
    for (std::size_t s = 0; s + 1 < Chain::kStates; ++s) {
      const double right = std::pow(0.9, 3.0 - static_cast<double>(s));
      const double left = 0.9 * std::pow(0.9, 3.0 - static_cast<double>(s > 0 ? s - 1 : 0));
      EXPECT_NEAR(static_cast<double>(q.matrix()(s, 1)), right, 0.03) << s << double_q << bf16;
      EXPECT_NEAR(static_cast<double>(q.matrix()(s, 0)), left, 0.03) << s << double_q << bf16;
    }
  }
}

TEST(LinearSchedule, HoldsItsEnds) {
  EXPECT_DOUBLE_EQ(linear_schedule(1.0, 0.1, 0.5, 0.0), 1.0);
  EXPECT_DOUBLE_EQ(linear_schedule(1.0, 0.1, 0.5, 0.25), 0.55);
  EXPECT_DOUBLE_EQ(linear_schedule(1.0, 0.1, 0.5, 0.5), 0.1);
  EXPECT_DOUBLE_EQ(linear_schedule(1.0, 0.1, 0.0, 0.0), 0.1);
}

}  // namespace
}  // namespace pavlov::agents
