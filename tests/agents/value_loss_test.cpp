// Losses of the value-based agent on a two-state world, computed by hand and by plain loops.
#include "pavlov/agents/value_loss/value_loss.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "pavlov/agents/dqn.h"
#include "pavlov/nets/mlp.h"

namespace pavlov::agents {
namespace {

constexpr std::size_t kStates = 2, kActions = 2;
constexpr double kLn2 = std::numbers::ln2;

// Two states, observed one-hot, under a network without hidden layers and biases: its weight
// (state, A*Z) is the table of outputs.
std::unique_ptr<nets::Network> table_network(const std::vector<std::vector<float>>& outputs) {
  auto network = std::make_unique<nets::Mlp>(
      nets::MlpConfig{.inputs = kStates, .hidden = {}, .outputs = outputs[0].size()});
  for (std::size_t s = 0; s < kStates; ++s) {
    std::ranges::copy(outputs[s], network->parameters().value(0).row(s).begin());
  }
  return network;
}

// From state 0 by action 1 to state 1 with reward 1, on with discount 1/2; from state 1 by action 0
// to a terminal state with reward 2.
replay::ReplayBatch two_steps() {
  replay::ReplayBatch batch(2, kStates);
  batch.observation.matrix()(0, 0) = 1.0f;
  batch.observation.matrix()(1, 1) = 1.0f;
  batch.next_observation.matrix()(0, 1) = 1.0f;
  batch.next_observation.matrix()(1, 0) = 1.0f;
  batch.action = {1, 0};
  batch.reward = {1.0f, 2.0f};
  batch.discount = {0.5f, 0.0f};
  return batch;
}

DqnConfig config_of(Distribution distribution) {
  DqnConfig config;
  config.distribution = distribution;
  config.learning_rate = 0.01;
  config.atoms = 3;
  config.v_min = 0.0;
  config.v_max = 2.0;
  config.quantiles = 2;
  return config;
}

struct Expected {
  double loss;
  std::vector<double> priority;
  double mean_value;
};

void expect_update(const DqnConfig& config, const std::vector<std::vector<float>>& outputs,
                   const Expected& expected) {
  for (const bool double_q : {false, true}) {  // the networks are equal, and so are the losses
    DqnConfig both = config;
    both.double_q = double_q;
    Dqn agent(both, table_network(outputs), 1);
    replay::ReplayBatch batch = two_steps();
    const LearnStats stats = agent.learn(batch, {.env_steps = 1});
    EXPECT_NEAR(stats.loss, expected.loss, 1e-6);
    EXPECT_NEAR(stats.mean_value, expected.mean_value, 1e-6);
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_NEAR(static_cast<double>(batch.priority[i]), expected.priority[i], 1e-6) << i;
    }
  }
}

// y = (1 + 4/2, 2) = (3, 2) against Q = (4, 4): errors 1 and 2.
TEST(ValueLoss, ExpectedValuesByHand) {
  DqnConfig config = config_of(Distribution::none);
  const std::vector<std::vector<float>> q = {{1.0f, 4.0f}, {4.0f, -1.0f}};
  config.loss = Loss::mse;
  expect_update(config, q, {.loss = (1.0 + 4.0) / 2, .priority = {1.0, 2.0}, .mean_value = 4.0});
  config.loss = Loss::huber;
  expect_update(config, q, {.loss = (0.5 + 1.5) / 2, .priority = {1.0, 2.0}, .mean_value = 4.0});
}

// Support 0, 1, 2. In state 1 action 0 has probabilities (1/4, 1/4, 1/2), mean 5/4, and action 1
// (3/4, 1/8, 1/8), mean 3/8, though the largest probability and logit. Returns 1 + z/2 = 1, 3/2, 2:
// target (0, 3/8, 5/8). Under (1/4, 1/2, 1/4) of state 0 the cross-entropy is 3/8 ln 2 + 5/8 ln 4.
// The terminal step has target (0, 0, 1), cross-entropy ln 2.
TEST(ValueLoss, CategoricalByHand) {
  const auto ln2 = static_cast<float>(kLn2), ln6 = std::log(6.0f);
  expect_update(config_of(Distribution::c51),
                {{0.0f, 0.0f, 0.0f, 0.0f, ln2, 0.0f}, {0.0f, 0.0f, ln2, ln6, 0.0f, 0.0f}},
                {.loss = (13.0 / 8 + 1.0) / 2 * kLn2,
                 .priority = {13.0 / 8 * kLn2, kLn2},
                 .mean_value = (1.0 + 1.25) / 2});
}

// tau 1/4 and 3/4. In state 1 action 0 has quantiles (1, 3), mean 2, and action 1 (-5, 4), mean
// -1/2, though the largest quantile. Targets 1 + (1, 3)/2 = (3/2, 5/2) against (1, 2) of state 0:
//   u = 1/2, 3/2 at tau 1/4: 1/4 (1/8 + 1)          u = -1/2, 1/2 at tau 3/4: 1/4 1/8 + 3/4 1/8
// summed over quantiles, mean over the two targets: 13/64. Terminal: targets (2, 2) against (1, 3):
// 1/4 1/2 four times, over two: 1/4.
TEST(ValueLoss, QuantilesByHand) {
  expect_update(config_of(Distribution::quantile),
                {{0.0f, 0.0f, 1.0f, 2.0f}, {1.0f, 3.0f, -5.0f, 4.0f}},
                {.loss = (13.0 / 64 + 1.0 / 4) / 2,
                 .priority = {13.0 / 64, 1.0 / 4},
                 .mean_value = (1.5 + 2.0) / 2});
}

using Vector = std::vector<double>;

// The slow, obvious losses: everything in double, from the two networks' tables.
class Twin {
 public:
  Twin(const DqnConfig& config, const nets::ParameterBuffer& online,
       const nets::ParameterBuffer& target)
      : config_(config), online_(online), target_(target) {}

  double loss(const replay::ReplayBatch& batch) const {
    double sum = 0.0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const auto x = batch.observation.matrix().row(i);
      const auto next = batch.next_observation.matrix().row(i);
      const auto r = static_cast<double>(batch.reward[i]);
      const auto d = static_cast<double>(batch.discount[i]);
      const auto& chooser = config_.double_q ? online_ : target_;
      std::size_t best = 0;
      for (std::size_t a = 1; a < kActions; ++a) {
        if (mean(outputs(chooser, next, a)) > mean(outputs(chooser, next, best))) best = a;
      }
      const Vector there = outputs(target_, next, best);
      const Vector here = outputs(online_, x, static_cast<std::size_t>(batch.action[i]));
      sum += static_cast<double>(batch.weight[i]) * sample_loss(here, there, r, d);
    }
    return sum / static_cast<double>(batch.size());
  }

 private:
  std::size_t per_action() const {
    return config_.distribution == Distribution::c51 ? config_.atoms : config_.quantiles;
  }
  double z(std::size_t j) const {
    return config_.v_min + (config_.v_max - config_.v_min) * static_cast<double>(j) /
                               static_cast<double>(config_.atoms - 1);
  }
  Vector outputs(const nets::ParameterBuffer& p, std::span<const float> x, std::size_t a) const {
    Vector out(per_action());
    for (std::size_t j = 0; j < out.size(); ++j) {
      const std::size_t column = a * out.size() + j;
      out[j] = static_cast<double>(p.value(1)(0, column));
      for (std::size_t s = 0; s < kStates; ++s) {
        out[j] += static_cast<double>(x[s]) * static_cast<double>(p.value(0)(s, column));
      }
    }
    return out;
  }
  static Vector softmax(const Vector& logits) {
    Vector p = logits;
    double sum = 0.0;
    for (double& v : p) sum += v = std::exp(v);
    for (double& v : p) v /= sum;
    return p;
  }
  double mean(const Vector& out) const {
    double sum = 0.0;
    if (config_.distribution == Distribution::c51) {
      const Vector p = softmax(out);
      for (std::size_t j = 0; j < p.size(); ++j) sum += p[j] * z(j);
      return sum;
    }
    for (const double v : out) sum += v;
    return sum / static_cast<double>(out.size());
  }
  double sample_loss(const Vector& here, const Vector& there, double r, double d) const {
    double sum = 0.0;
    if (config_.distribution == Distribution::c51) {
      const Vector from = softmax(there), p = softmax(here);
      const double dz = z(1) - z(0);
      for (std::size_t j = 0; j < from.size(); ++j) {
        const double moved = std::clamp(r + d * z(j), config_.v_min, config_.v_max);
        for (std::size_t k = 0; k < p.size(); ++k) {  // triangles around the atoms
          const double share = std::max(0.0, 1.0 - std::abs(moved - z(k)) / dz);
          sum -= from[j] * share * std::log(p[k]);
        }
      }
      return sum;
    }
    const auto n = static_cast<double>(here.size());
    for (std::size_t i = 0; i < here.size(); ++i) {
      const double tau = (static_cast<double>(i) + 0.5) / n;
      for (const double quantile : there) {
        const double u = r + d * quantile - here[i];
        const double huber = std::abs(u) <= config_.kappa ? 0.5 * u * u / config_.kappa
                                                          : std::abs(u) - 0.5 * config_.kappa;
        sum += std::abs(tau - (u < 0.0 ? 1.0 : 0.0)) * huber / n;
      }
    }
    return sum;
  }

  const DqnConfig config_;
  const nets::ParameterBuffer& online_;
  const nets::ParameterBuffer& target_;
};

replay::ReplayBatch random_batch(std::uint64_t seed) {
  replay::ReplayBatch batch(8, kStates);
  kernels::RandomStream random(seed, "batch");
  for (float& v : batch.observation.span()) v = static_cast<float>(random.normal());
  for (float& v : batch.next_observation.span()) v = static_cast<float>(random.normal());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    batch.action[i] = static_cast<std::int32_t>(random.below(kActions));
    batch.reward[i] = static_cast<float>(random.normal());
    batch.discount[i] = i % 3 == 0 ? 0.0f : 0.9f;
    batch.weight[i] = 0.25f + 0.75f * random.uniform();
  }
  return batch;
}

// The online network moves, the target stays: the losses keep to the formula, importance weights
// included, and who chooses the next action shows.
TEST(ValueLoss, DistributionsEqualTheFormulaAfterTheNetworksPart) {
  for (const Distribution distribution : {Distribution::c51, Distribution::quantile}) {
    for (const bool double_q : {false, true}) {
      DqnConfig config = config_of(distribution);
      config.hidden = {};
      config.double_q = double_q;
      config.learning_rate = 0.5;
      config.max_grad_norm = 0.0;
      config.atoms = 7;
      config.v_min = -3.0;
      config.v_max = 2.0;
      config.quantiles = 5;
      config.kappa = 0.5;
      Dqn agent(config, kStates, kActions, 4);
      nets::ParameterBuffer target({agent.network().parameters().table().begin(),
                                    agent.network().parameters().table().end()});
      target.copy_values_from(agent.network().parameters());
      const Twin twin(config, agent.network().parameters(), target);
      for (int update = 0; update < 6; ++update) {
        replay::ReplayBatch batch = random_batch(static_cast<std::uint64_t>(update));
        const double expected = twin.loss(batch);
        const LearnStats stats = agent.learn(batch, {.env_steps = update + 1});
        EXPECT_NEAR(stats.loss, expected, 1e-5 * (1.0 + expected))
            << update << (double_q ? " double" : "");
        double mean = 0.0;
        for (std::size_t i = 0; i < batch.size(); ++i) {
          mean += static_cast<double>(batch.weight[i] * batch.priority[i]) / 8.0;
        }
        EXPECT_NEAR(mean, expected, 1e-5 * (1.0 + expected)) << "priorities are sample losses";
      }
    }
  }
}

// A loss that does not fall has a wrong gradient, whatever its value: with targets that stand
// still, the network finds the distribution of the rewards.
TEST(ValueLoss, EveryLossLearnsTheReturnsOfATerminalStep) {
  for (const Distribution distribution :
       {Distribution::none, Distribution::c51, Distribution::quantile}) {
    DqnConfig config = config_of(distribution);
    config.hidden = {};
    config.loss = Loss::mse;
    config.learning_rate = 0.02;
    config.atoms = 5;
    config.v_min = -2.0;
    config.v_max = 2.0;
    config.quantiles = 4;
    config.kappa = 0.0;  // quantiles, not expectiles
    Dqn agent(config, kStates, kActions, 4);
    replay::ReplayBatch batch(4, kStates);
    for (std::size_t i = 0; i < 4; ++i) {
      batch.observation.matrix()(i, 0) = 1.0f;
      batch.action[i] = 1;
      batch.reward[i] = std::vector<float>{-1.0f, 0.0f, 1.0f, 2.0f}[i];
    }
    for (int k = 0; k < 3000; ++k) agent.learn(batch, {.env_steps = 1});
    const ActionHead head = agent.action_head();
    kernels::Tensor outputs({1, head.outputs()}), score({1, kActions});
    nets::Tape tape;
    agent.network().forward(batch.observation.matrix().rows_from(0, 1), outputs.matrix(), tape);
    action_scores(head, outputs.matrix(), score.matrix());
    EXPECT_NEAR(score.data()[1], 0.5f, 0.02f) << static_cast<int>(distribution);
  }
}

}  // namespace
}  // namespace pavlov::agents
