// PPO and A2C on the device against those of the processor.
#include "pavlov/agents/cuda/ppo.h"

#include <array>
#include <functional>
#include <limits>
#include <memory>

#include "pavlov/agents/evaluate.h"
#include "pavlov/agents/on_policy_device.h"
#include "pavlov/agents/policy.h"
#include "pavlov/agents/train_on_policy.h"
#include "pavlov/tests/agents/worlds.h"
#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::agents::cuda {
namespace {

using kernels::cuda::DeviceTest;
using kernels::cuda::expect_close;
using kernels::cuda::expect_same;

class CudaPpoTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(CudaPpoTest);

constexpr std::size_t kSteps = 7, kEnvs = 4, kObservation = 3;
constexpr double kTolerance = 1e-5;

const envs::Space kDiscrete = envs::Discrete{3};
const envs::Space kContinuous = envs::Box{{-1.0f, -2.0f}, {1.0f, 2.0f}};

// A rollout of random observations and rewards in which environment 1 truncates and 2 terminates;
// the last reward of the episode of environment 1 that begins at step 3 is `special`, unless 0.
replay::RolloutBuffer play(OnPolicyAgent& agent, const envs::Space& space, std::uint64_t seed,
                           double special = 0.0) {
  const bool continuous = std::holds_alternative<envs::Box>(space);
  replay::RolloutBuffer rollout({.steps = kSteps,
                                 .envs = kEnvs,
                                 .observation_size = kObservation,
                                 .action_size = continuous ? 2u : 0u});
  kernels::RandomStream random(seed, "world");
  std::vector<float> observation(kEnvs * kObservation), final(kEnvs * kObservation);
  std::vector<double> reward(kEnvs);
  const auto draw = [&](std::vector<float>& to) {
    for (float& x : to) x = static_cast<float>(random.normal());
  };
  draw(observation);
  rollout.start({observation.data(), kEnvs, kObservation});
  for (std::size_t t = 0; t < kSteps; ++t) {
    agent.act(rollout.next());
    draw(observation);
    draw(final);
    for (double& r : reward) r = random.normal();
    if (t == 4 && special != 0.0) reward[1] = special;
    const std::vector<std::uint8_t> terminated = {0, 0, t == 3, 0},
                                    truncated = {0, t == 2 || t == 4, 0, 0};
    rollout.add({.reward = reward,
                 .terminated = terminated,
                 .truncated = truncated,
                 .observation = {observation.data(), kEnvs, kObservation},
                 .final_observation = {final.data(), kEnvs, kObservation}});
  }
  return rollout;
}

void expect_near(double expected, double actual, const std::string& what) {
  EXPECT_NEAR(actual, expected, kTolerance * (1.0 + std::fabs(expected))) << what;
}

// Plays and learns a few rounds with both.
void expect_same_rounds(OnPolicyAgent& host, OnPolicyAgent& device, const envs::Space& space,
                        const std::string& what) {
  for (std::int64_t round = 0; round < 3; ++round) {
    const std::string here = what + ", round " + std::to_string(round);
    replay::RolloutBuffer expected = play(host, space, static_cast<std::uint64_t>(round));
    replay::RolloutBuffer actual = play(device, space, static_cast<std::uint64_t>(round));
    expect_same<std::int32_t>(expected.discrete_actions(), actual.discrete_actions(), here);
    const ConstMatrixView a = expected.continuous_actions(), b = actual.continuous_actions();
    expect_close({a.data, a.rows * a.cols}, {b.data, b.rows * b.cols}, here + ": actions");
    expect_close(expected.log_probs(), actual.log_probs(), here + ": log_prob");
    const Progress progress{.env_steps = (1 + round) * 28, .total_steps = 200};
    const PolicyGradientStats stats = host.learn(expected, progress);
    const PolicyGradientStats device_stats = device.learn(actual, progress);
    expect_near(stats.policy_loss, device_stats.policy_loss, here + ": policy_loss");
    expect_near(stats.value_loss, device_stats.value_loss, here + ": value_loss");
    expect_near(stats.entropy, device_stats.entropy, here + ": entropy");
    expect_near(stats.approx_kl, device_stats.approx_kl, here + ": approx_kl");
    expect_near(stats.clip_fraction, device_stats.clip_fraction, here + ": clip_fraction");
    expect_near(stats.explained_variance, device_stats.explained_variance, here);
    expect_near(stats.gradient_norm, device_stats.gradient_norm, here + ": gradient_norm");
    EXPECT_EQ(stats.learning_rate, device_stats.learning_rate) << here;
    EXPECT_EQ(stats.updates, device_stats.updates) << here;
    expect_close(host.model().parameters().values(), device.model().parameters().values(),
                 here + ": values", kTolerance);
  }
}

PpoConfig small_config() {
  PpoConfig config;
  config.network.hidden = {16, 12};
  config.n_steps = kSteps;
  config.batch_size = 8;  // of 28: the last one of an epoch has 4
  config.n_epochs = 3;
  config.learning_rate = 0.01;
  config.adam_epsilon = 1e-3;  // a step is no larger than its gradient is known
  config.ent_coef = 0.01;
  return config;
}

void expect_same_ppo(const PpoConfig& config, const envs::Space& space, const std::string& what) {
  agents::Ppo host(config, kObservation, space, kEnvs, 5);
  Ppo device(config, kObservation, space, kEnvs, 5);
  expect_close(host.model().parameters().values(), device.model().parameters().values(), what, 0.0);
  EXPECT_EQ(device.n_steps(), kSteps);
  EXPECT_EQ(device.discount(), host.discount());
  expect_same_rounds(host, device, space, what);
}

TEST_P(CudaPpoTest, LearnsWhatTheProcessorLearns) {
  for (const bool continuous : {false, true}) {
    const envs::Space& space = continuous ? kContinuous : kDiscrete;
    for (int options = 0; options < 8; ++options) {
      PpoConfig config = small_config();
      config.network.shared_trunk = (options & 1) != 0;
      config.normalize_advantage = (options & 2) != 0;
      config.clip_range_vf = (options & 4) != 0 ? 0.1 : 0.0;
      expect_same_ppo(config, space,
                      std::string(continuous ? "continuous" : "discrete") + ", options " +
                          std::to_string(options));
    }
  }
}

TEST_P(CudaPpoTest, OtherOptionsEqualTheProcessors) {
  PpoConfig squashed = small_config();
  squashed.network.squash_actions = true;
  squashed.network.log_std_init = -0.5;
  expect_same_ppo(squashed, kContinuous, "squash_actions");
  PpoConfig scheduled = small_config();
  scheduled.clip_range_schedule = Schedule::linear;
  scheduled.learning_rate_schedule = Schedule::linear;
  expect_same_ppo(scheduled, kDiscrete, "schedules");
  PpoConfig whole = small_config();
  whole.batch_size = kSteps * kEnvs;
  whole.max_grad_norm = 0.0;
  whole.network.hidden = {};
  expect_same_ppo(whole, kDiscrete, "one minibatch, no hidden layer");
}

// The round ends at the same minibatch, and the streams go on from the same place.
TEST_P(CudaPpoTest, EndsARoundWhereTheProcessorEndsIt) {
  PpoConfig config = small_config();
  config.target_kl = 0.004;
  config.learning_rate = 0.03;
  agents::Ppo host(config, kObservation, kDiscrete, kEnvs, 5);
  replay::RolloutBuffer rollout = play(host, kDiscrete, 0);
  const std::int64_t updates = host.learn(rollout, {}).updates;
  ASSERT_GT(updates, 1);
  ASSERT_LT(updates, 12);
  expect_same_ppo(config, kDiscrete, "target_kl");
}

TEST_P(CudaPpoTest, A2cLearnsWhatTheProcessorLearns) {
  for (const PolicyOptimizer optimizer :
       {PolicyOptimizer::adam, PolicyOptimizer::rmsprop, PolicyOptimizer::rmsprop_tf}) {
    for (const bool continuous : {false, true}) {
      const envs::Space& space = continuous ? kContinuous : kDiscrete;
      A2cConfig config;
      config.network.hidden = {16};
      config.n_steps = kSteps;
      config.optimizer = optimizer;
      config.optimizer_epsilon = 1e-3;
      config.ent_coef = 0.01;
      config.normalize_advantage = continuous;
      agents::A2c host(config, kObservation, space, 5);
      Ppo device(config, kObservation, space, kEnvs, 5);
      expect_same_rounds(host, device, space,
                         "a2c, optimizer " + std::to_string(static_cast<int>(optimizer)));
    }
  }
}

// The last round of a run may be shorter.
TEST_P(CudaPpoTest, RoundsMayBeShorter) {
  PpoConfig config = small_config();
  config.n_steps = 2 * kSteps;
  agents::Ppo host(config, kObservation, kDiscrete, kEnvs, 5);
  Ppo device(config, kObservation, kDiscrete, kEnvs, 5);
  expect_same_rounds(host, device, kDiscrete, "shorter");
}

TEST_P(CudaPpoTest, WhatIsNotFiniteStopsTheRunAndChangesNothing) {
  for (const double target_kl : {0.0, 10.0}) {
    PpoConfig config = small_config();
    config.target_kl = target_kl;
    config.batch_size = kSteps * kEnvs;  // so that the first one is bad
    Ppo agent(config, kObservation, kDiscrete, kEnvs, 5);
    replay::RolloutBuffer good = play(agent, kDiscrete, 1);
    agent.learn(good, {});
    const std::vector<float> before(agent.model().parameters().values().begin(),
                                    agent.model().parameters().values().end());
    replay::RolloutBuffer bad = play(agent, kDiscrete, 2, NAN);
    try {
      agent.learn(bad, {.env_steps = 77, .updates = 11});
      FAIL() << "learned from NaN";
    } catch (const std::runtime_error& error) {
      const std::string text = error.what();
      EXPECT_EQ(text.rfind("[ppo] policy_loss", 0), 0u) << text;
      EXPECT_NE(text.find("update 11, step 77"), std::string::npos) << text;
    }
    expect_close(before, agent.model().parameters().values(), "values", 0.0);
    agent.learn(good, {});  // and the agent goes on
    EXPECT_NE(before[0], agent.model().parameters().values()[0]);
  }
}

// Of 28 samples two are not finite: the minibatches before the first of them have stepped, those
// after it have not, though most are finite.
TEST_P(CudaPpoTest, StepsNoFurtherThanTheProcessor) {
  for (const double bad : {static_cast<double>(NAN), static_cast<double>(INFINITY)}) {
    PpoConfig config = small_config();
    config.batch_size = 2;
    config.normalize_advantage = false;
    agents::Ppo host(config, kObservation, kDiscrete, kEnvs, 5);
    Ppo device(config, kObservation, kDiscrete, kEnvs, 5);
    replay::RolloutBuffer expected = play(host, kDiscrete, 1, bad);
    replay::RolloutBuffer actual = play(device, kDiscrete, 1, bad);
    const std::vector<float> before(host.model().parameters().values().begin(),
                                    host.model().parameters().values().end());
    EXPECT_THROW(host.learn(expected, {}), std::runtime_error);
    EXPECT_THROW(device.learn(actual, {}), std::runtime_error);
    EXPECT_NE(before[0], host.model().parameters().values()[0]) << "the first minibatch is bad";
    expect_close(host.model().parameters().values(), device.model().parameters().values(), "values",
                 kTolerance);
  }
}

TEST_P(CudaPpoTest, WrongConfigsAreRefused) {
  PpoConfig config = small_config();
  config.batch_size = 29;
  EXPECT_THROW(Ppo(config, kObservation, kDiscrete, kEnvs, 1), std::invalid_argument);
  A2cConfig a2c;
  EXPECT_THROW(Ppo(a2c, kObservation, kDiscrete, 0, 1), std::invalid_argument);
  a2c.gamma = 2.0;
  EXPECT_THROW(Ppo(a2c, kObservation, kDiscrete, kEnvs, 1), std::invalid_argument);
  // more samples than the agent said it would see
  PpoConfig shorter = small_config();
  shorter.n_steps = kSteps - 1;
  Ppo agent(shorter, kObservation, kDiscrete, kEnvs, 1);
  replay::RolloutBuffer rollout = play(agent, kDiscrete, 1);
  EXPECT_THROW(agent.learn(rollout, {}), std::invalid_argument);
}

// The whole loop, on a chain of states whose values are known.
TEST_P(CudaPpoTest, SolvesAChain) {
  PpoConfig config;
  config.network.hidden = {32};
  config.n_steps = 32;
  config.batch_size = 32;
  config.n_epochs = 4;
  config.learning_rate = 0.01;
  config.gamma = 0.9;
  const auto env = make_chain(4);
  const std::size_t observation = env->spec().observation_space.size();
  Ppo agent(config, observation, env->spec().action_space, 4, 3);
  train_on_policy(*env, agent, {.total_steps = 3000}, 3);
  Policy policy(agent.network().clone(), {}, agent.action_head(), {});
  EXPECT_GT(evaluate(policy, *make_chain(1), 20, 1000).mean(), 0.9);
}

TEST_P(CudaPpoTest, AutomaticChoiceMeasuresBoth) {
  const OnPolicyOnDevice ppo =
      make_on_policy(small_config(), kObservation, kDiscrete, kEnvs, 5, DeviceChoice::automatic);
  EXPECT_NE(ppo.reason.find("an environment step costs"), std::string::npos) << ppo.reason;
  const OnPolicyOnDevice a2c =
      make_on_policy(A2cConfig(), kObservation, kContinuous, kEnvs, 5, DeviceChoice::automatic);
  EXPECT_NE(a2c.reason.find("us on the processor"), std::string::npos) << a2c.reason;
  const OnPolicyOnDevice asked =
      make_on_policy(small_config(), kObservation, kDiscrete, kEnvs, 5, DeviceChoice::cuda);
  EXPECT_EQ(asked.device, kernels::Device::cuda);
  EXPECT_EQ(asked.reason, "as asked for");
  // the measurement has left the streams alone
  agents::Ppo fresh(small_config(), kObservation, kDiscrete, kEnvs, 5);
  expect_close(fresh.model().parameters().values(), ppo.agent->model().parameters().values(),
               "values", 0.0);
}

TEST_P(CudaPpoTest, WholeEpisodesStayOnTheProcessor) {
  const OnPolicyOnDevice made =
      make_on_policy(ReinforceConfig(), kObservation, kDiscrete, kEnvs, 5, DeviceChoice::automatic);
  EXPECT_EQ(made.device, kernels::Device::cpu);
  const std::string rule =
      "device cuda: rounds of whole episodes differ in size, and there is no twin for them; cpu "
      "runs everywhere";
  EXPECT_EQ(made.reason, rule);
  try {
    make_on_policy(ReinforceConfig(), kObservation, kDiscrete, kEnvs, 5, DeviceChoice::cuda);
    FAIL() << "made on the device";
  } catch (const std::invalid_argument& error) {
    EXPECT_EQ(std::string(error.what()), "[reinforce] " + rule);
  }
}

}  // namespace
}  // namespace pavlov::agents::cuda
