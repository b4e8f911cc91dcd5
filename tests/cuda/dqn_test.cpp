// DQN on the device against that of the processor.
#include "pavlov/agents/cuda/dqn.h"

#include "pavlov/agents/dqn_device.h"
#include "pavlov/agents/evaluate.h"
#include "pavlov/agents/policy.h"
#include "pavlov/agents/train_off_policy.h"
#include "pavlov/tests/agents/worlds.h"
#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::agents::cuda {
namespace {

using kernels::cuda::DeviceTest;
using kernels::cuda::expect_close;
using kernels::cuda::normal_values;

class CudaDqnTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(CudaDqnTest);

constexpr std::size_t kObservation = 4, kActions = 3;

replay::ReplayBatch make_batch(std::uint64_t seed, std::size_t size = 16,
                               std::uint32_t actions = kActions) {
  replay::ReplayBatch batch(size, kObservation);
  kernels::RandomStream random(seed, "batch");
  for (float& v : batch.observation.span()) v = static_cast<float>(random.normal());
  for (float& v : batch.next_observation.span()) v = static_cast<float>(random.normal());
  for (std::size_t i = 0; i < size; ++i) {
    batch.action[i] = static_cast<std::int32_t>(random.below(actions));
    batch.reward[i] = static_cast<float>(3.0 * random.normal());
    batch.discount[i] = i % 3 == 0 ? 0.0f : 0.9f;
    batch.weight[i] = 0.25f + random.uniform();
  }
  return batch;
}

DqnConfig small_config() {
  DqnConfig config;
  config.hidden = {24, 16};
  config.activation = kernels::Activation::tanh;  // no unit falls to the other side by rounding
  config.learning_rate = 0.01;
  config.learning_rate_final = 0.001;
  config.target_update_interval = 3;
  config.max_grad_norm = 1.0;
  return config;
}

// Several updates in a row, to 1e-5 of what the processor's agent makes of the same batches.
void expect_same_updates(const DqnConfig& config, const std::string& what,
                         std::uint32_t actions = kActions) {
  constexpr double kTolerance = 1e-5;
  agents::Dqn host(config, kObservation, actions, 5);
  Dqn device(config, kObservation, actions, 5);
  expect_close(host.network().parameters().values(), device.network().parameters().values(),
               what + ": initial values", 0.0);
  EXPECT_EQ(host.action_head().kind, device.action_head().kind);
  for (int update = 0; update < 6; ++update) {
    const Progress progress{.env_steps = update + 1, .total_steps = 20, .updates = update};
    replay::ReplayBatch batch = make_batch(static_cast<std::uint64_t>(update), 16, actions);
    const LearnStats expected = host.learn(batch, progress);
    const std::vector<float> priority = batch.priority;
    const LearnStats actual = device.learn(batch, progress);
    expect_close(priority, batch.priority, what + ": priorities", kTolerance);
    EXPECT_NEAR(actual.loss, expected.loss, kTolerance * (1.0 + expected.loss)) << what;
    EXPECT_NEAR(actual.mean_value, expected.mean_value, kTolerance) << what;
    EXPECT_NEAR(actual.gradient_norm, expected.gradient_norm,
                kTolerance * (1.0 + expected.gradient_norm))
        << what << ", update " << update;
    expect_close(host.network().parameters().values(), device.network().parameters().values(),
                 what + ": values after update " + std::to_string(update), kTolerance);
  }
  std::vector<float> observation = normal_values(6 * kObservation, 1);
  const ConstMatrixView view(observation.data(), 6, kObservation);
  std::vector<std::int32_t> expected(6), actual(6);
  const Progress end{.env_steps = 1000, .total_steps = 1000};
  for (std::uint64_t draw = 0; draw < 6; ++draw) {  // of noise, where there is any
    host.act(view, end, expected);
    device.act(view, end, actual);
    EXPECT_EQ(expected, actual) << what;
    replay::ReplayBatch batch = make_batch(draw, 16, actions), same = make_batch(draw, 16, actions);
    EXPECT_NEAR(host.learn(batch, end).loss, device.learn(same, end).loss, 1e-3) << what;
  }
}

DqnConfig conditioned_config() {
  DqnConfig config = small_config();
  config.adam_epsilon = 1e-3;  // a step is no larger than its gradient is known
  config.v_min = -5.0;
  config.v_max = 5.0;
  config.atoms = 11;
  config.quantiles = 7;
  return config;
}

// The table of options, each with each.
TEST_P(CudaDqnTest, LearnsWhatTheProcessorLearnsWithAllOptions) {
  for (const Distribution distribution :
       {Distribution::none, Distribution::c51, Distribution::quantile}) {
    for (int options = 0; options < 16; ++options) {
      DqnConfig config = conditioned_config();
      config.distribution = distribution;
      config.double_q = (options & 1) != 0;
      config.dueling = (options & 2) != 0;
      config.noisy = (options & 4) != 0;
      config.layer_norm = (options & 8) != 0;
      expect_same_updates(config, "distribution " + std::to_string(static_cast<int>(distribution)) +
                                      ", options " + std::to_string(options));
    }
  }
}

// Of which the processor computes both advantages by one product.
TEST_P(CudaDqnTest, LearnsWhatTheProcessorLearnsOfTwoActions) {
  for (const Distribution distribution : {Distribution::c51, Distribution::quantile}) {
    DqnConfig config = conditioned_config();
    config.distribution = distribution;
    config.double_q = config.dueling = config.noisy = true;
    config.atoms = config.quantiles = 17;
    expect_same_updates(config, "distribution " + std::to_string(static_cast<int>(distribution)),
                        2);
  }
}

TEST_P(CudaDqnTest, LossesAndTheirOptionsEqualTheProcessors) {
  for (const Loss loss : {Loss::huber, Loss::mse}) {
    DqnConfig config = conditioned_config();
    config.loss = loss;
    expect_same_updates(config, "loss " + std::to_string(static_cast<int>(loss)));
  }
  DqnConfig plain_quantile = conditioned_config();
  plain_quantile.distribution = Distribution::quantile;
  plain_quantile.kappa = 0.5;
  expect_same_updates(plain_quantile, "kappa");
  DqnConfig polyak = conditioned_config();
  polyak.tau = 0.1;
  polyak.target_update_interval = 0;
  expect_same_updates(polyak, "tau");
}

TEST_P(CudaDqnTest, ChoicesMayShareADrawOfNoise) {
  DqnConfig config = conditioned_config();
  config.noisy = true;
  config.noise_interval = 12;  // two choices
  expect_same_updates(config, "noise_interval");
}

TEST_P(CudaDqnTest, BatchesMayShareAStep) {
  DqnConfig config = conditioned_config();
  config.gradient_accumulation = 3;
  config.noisy = true;
  expect_same_updates(config, "gradient_accumulation");
}

// A batch that is not finite leaves nothing behind in the gradient that is being gathered.
TEST_P(CudaDqnTest, ASharedStepBeginsAnewAfterWhatIsNotFinite) {
  DqnConfig config = conditioned_config();
  config.gradient_accumulation = 2;
  Dqn agent(config, kObservation, kActions, 5), other(config, kObservation, kActions, 5);
  replay::ReplayBatch bad = make_batch(1);
  bad.reward[3] = NAN;
  EXPECT_THROW(agent.learn(bad, {}), std::runtime_error);
  for (std::uint64_t update = 0; update < 2; ++update) {
    replay::ReplayBatch batch = make_batch(2 + update);
    agent.learn(batch, {});
    other.learn(batch, {});
  }
  expect_close(other.network().parameters().values(), agent.network().parameters().values(),
               "values", 0.0);
}

TEST_P(CudaDqnTest, LearnsWhatTheProcessorLearns) {
  for (const Loss loss : {Loss::huber, Loss::mse}) {
    for (const bool double_q : {false, true}) {
      for (const double tau : {1.0, 0.1}) {
        DqnConfig config = small_config();
        config.loss = loss;
        config.double_q = double_q;
        config.tau = tau;
        agents::Dqn host(config, kObservation, kActions, 5);
        Dqn device(config, kObservation, kActions, 5);
        expect_close(host.network().parameters().values(), device.network().parameters().values(),
                     "initial values", 0.0);
        for (int update = 0; update < 12; ++update) {
          const Progress progress{.env_steps = update + 1, .total_steps = 20, .updates = update};
          replay::ReplayBatch batch = make_batch(static_cast<std::uint64_t>(update));
          const LearnStats expected = host.learn(batch, progress);
          const std::vector<float> priority = batch.priority;
          const LearnStats actual = device.learn(batch, progress);
          expect_close(priority, batch.priority, "priorities", 1e-4);
          EXPECT_NEAR(actual.loss, expected.loss, 1e-4 * (1.0 + expected.loss)) << update;
          EXPECT_NEAR(actual.mean_value, expected.mean_value, 1e-4) << update;
          EXPECT_NEAR(actual.gradient_norm, expected.gradient_norm,
                      1e-4 * (1.0 + expected.gradient_norm))
              << update;
        }
        expect_close(host.network().parameters().values(), device.network().parameters().values(),
                     "values", 1e-4);
      }
    }
  }
}

TEST_P(CudaDqnTest, BatchesMayChangeTheirSize) {
  agents::Dqn host(small_config(), kObservation, kActions, 5);
  Dqn device(small_config(), kObservation, kActions, 5);
  for (const std::size_t size : {4, 4, 4, 7, 7, 4}) {
    replay::ReplayBatch batch = make_batch(1, size);
    host.learn(batch, {});
    device.learn(batch, {});
  }
  expect_close(host.network().parameters().values(), device.network().parameters().values(),
               "values", 1e-4);
}

TEST_P(CudaDqnTest, ActsAsTheProcessorActs) {
  agents::Dqn host(small_config(), kObservation, kActions, 5);
  Dqn device(small_config(), kObservation, kActions, 5);
  for (const std::size_t envs : {1, 1, 1, 6, 6, 6, 1}) {
    std::vector<float> observation = normal_values(envs * (kObservation + 1), envs);
    std::vector<std::int32_t> expected(envs), actual(envs);
    const ConstMatrixView view(observation.data(), envs, kObservation, kObservation + 1);
    for (const std::int64_t step : {0, 500, 1000}) {
      const Progress progress{.env_steps = step, .total_steps = 1000};
      EXPECT_EQ(host.exploration(progress), device.exploration(progress));
      host.act(view, progress, expected);
      device.act(view, progress, actual);
      EXPECT_EQ(expected, actual);
    }
  }
}

TEST_P(CudaDqnTest, WhatIsNotFiniteStopsTheRunAndChangesNothing) {
  for (const float bad : {NAN, INFINITY}) {
    Dqn agent(small_config(), kObservation, kActions, 5);
    replay::ReplayBatch good = make_batch(1);
    agent.learn(good, {});
    const auto before = agent.network().clone();
    replay::ReplayBatch batch = make_batch(2);
    batch.reward[3] = bad;
    try {
      agent.learn(batch, {.env_steps = 77, .updates = 11});
      FAIL() << "learned from " << bad;
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find("[dqn] loss"), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find("update 11, step 77"), std::string::npos);
    }
    expect_close(before->parameters().values(), agent.network().parameters().values(), "values",
                 0.0);
    agent.learn(good, {});  // and the agent goes on
    EXPECT_NE(before->parameters().values()[0], agent.network().parameters().values()[0]);
  }
}

// More environments than there is memory for: an error that names them, and the agent goes on.
TEST_P(CudaDqnTest, WithoutMemoryEnoughTheAgentGoesOn) {
  agents::Dqn host(small_config(), kObservation, kActions, 5);
  Dqn device(small_config(), kObservation, kActions, 5);
  std::vector<float> row = normal_values(kObservation, 1);
  std::vector<std::int32_t> expected(1), actual(1);
  constexpr std::size_t kAbsurd = std::size_t{1} << 40;
  const ConstMatrixView absurd(row.data(), kAbsurd, kObservation, 0);
  const Progress greedy{.env_steps = 1000, .total_steps = 1000};
  try {
    device.act(absurd, greedy, {actual.data(), kAbsurd});
    FAIL() << "acted in a million million environments";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()).rfind("[cuda] dqn acting (1099511627776,4,3): ", 0), 0u)
        << error.what();
  }
  const ConstMatrixView one(row.data(), 1, kObservation);
  host.act(one, greedy, expected);
  device.act(one, greedy, actual);
  EXPECT_EQ(expected, actual);
}

TEST_P(CudaDqnTest, AnOptionItLacksIsRefused) {
  DqnConfig config = small_config();
  config.backend = nets::Backend::torch;
  EXPECT_THROW(Dqn(config, kObservation, kActions, 5), std::invalid_argument);
}

// The whole loop, on a chain of states whose values are known.
TEST_P(CudaDqnTest, SolvesAChain) {
  DqnConfig config;
  config.hidden = {32};
  config.learning_rate = 0.01;
  config.gamma = 0.9;
  config.target_update_interval = 100;
  config.exploration_fraction = 0.5;
  const auto env = make_chain(1);
  const std::size_t observation = env->spec().observation_space.size();
  Dqn agent(config, observation, 2, 3);
  OffPolicyConfig training;
  training.total_steps = 2000;
  training.train_freq = 2;
  training.replay.buffer_size = 2000;
  training.replay.prioritized = true;
  replay::Replay replay(training.replay, observation);
  train_off_policy(*env, agent, replay, training, 3);
  Policy policy(agent.network().clone(), {});
  EXPECT_GT(evaluate(policy, *make_chain(1), 20, 1000).mean(), 0.9);
}

TEST_P(CudaDqnTest, AutomaticChoiceMeasuresBoth) {
  const OffPolicyConfig training;
  const DqnOnDevice made =
      make_dqn(small_config(), kObservation, kActions, 5, DeviceChoice::automatic, training, 4);
  ASSERT_NE(made.agent, nullptr);
  EXPECT_NE(made.reason.find("an environment step costs"), std::string::npos) << made.reason;
  EXPECT_NE(made.reason.find("us on the processor"), std::string::npos) << made.reason;
  const DqnOnDevice asked =
      make_dqn(small_config(), kObservation, kActions, 5, DeviceChoice::cuda, training, 4);
  EXPECT_EQ(asked.device, kernels::Device::cuda);
  // the measurement has left the streams alone
  agents::Dqn fresh(small_config(), kObservation, kActions, 5);
  expect_close(fresh.network().parameters().values(), made.agent->network().parameters().values(),
               "values", 0.0);
}

}  // namespace
}  // namespace pavlov::agents::cuda
