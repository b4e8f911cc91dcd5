// Options of the value-based agent that its loss does not show: noise, importance weights, gradient
// accumulation, schedules, and what is saved.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "pavlov/agents/dqn.h"
#include "pavlov/agents/policy.h"
#include "pavlov/nets/value_network.h"

namespace pavlov::agents {
namespace {

constexpr std::size_t kObservation = 3, kActions = 2;

replay::ReplayBatch make_batch(std::uint64_t seed, std::size_t size = 8) {
  replay::ReplayBatch batch(size, kObservation);
  kernels::RandomStream random(seed, "batch");
  for (float& v : batch.observation.span()) v = static_cast<float>(random.normal());
  for (float& v : batch.next_observation.span()) v = static_cast<float>(random.normal());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    batch.action[i] = static_cast<std::int32_t>(random.below(kActions));
    batch.reward[i] = static_cast<float>(random.normal());
    batch.discount[i] = 0.9f;
  }
  return batch;
}

std::vector<float> values_of(const nets::Network& network) {
  const std::span<const float> values = network.parameters().values();
  return {values.begin(), values.end()};
}

DqnConfig small_config(Distribution distribution = Distribution::none) {
  DqnConfig config;
  config.hidden = {8, 8};
  config.learning_rate = 0.01;
  config.distribution = distribution;
  config.atoms = 5;
  config.quantiles = 4;
  return config;
}

constexpr std::array kDistributions = {Distribution::none, Distribution::c51,
                                       Distribution::quantile};

TEST(DqnOptions, SamplesOfWeightZeroTeachNothing) {
  for (const Distribution distribution : kDistributions) {
    Dqn agent(small_config(distribution), kObservation, kActions, 1);
    const std::vector<float> before = values_of(agent.network());
    replay::ReplayBatch batch = make_batch(1);
    std::ranges::fill(batch.weight, 0.0f);
    EXPECT_EQ(agent.learn(batch, {.env_steps = 1}).loss, 0.0);
    EXPECT_EQ(values_of(agent.network()), before);
    EXPECT_GT(std::ranges::min(batch.priority), 0.0f) << "its error is what it is";
  }
}

// A network that writes down who draws noise and who looks at what.
class Probe final : public nets::Network {
 public:
  using Log = std::vector<std::string>;

  Probe(std::shared_ptr<Log> log, std::string name)
      : log_(std::move(log)),
        name_(std::move(name)),
        inner_({.inputs = kObservation, .hidden = {4}, .actions = kActions, .noisy = true}) {
    kernels::RandomStream random(1, "init");
    inner_.initialize(random);
  }
  std::size_t inputs() const override { return inner_.inputs(); }
  std::size_t outputs() const override { return inner_.outputs(); }
  void forward(nets::ConstMatrixView x, nets::MatrixView y, nets::Tape& tape) const override {
    log_->push_back(name_ + " sees " + std::to_string(x(0, 0)));
    inner_.forward(x, y, tape);
  }
  void backward(nets::MatrixView dy, nets::Tape& tape) override { inner_.backward(dy, tape); }
  void resample_noise(kernels::RandomStream& random) override {
    log_->push_back(name_ + " draws");
    inner_.resample_noise(random);
  }
  nets::ParameterBuffer& parameters() override { return inner_.parameters(); }
  const nets::ParameterBuffer& parameters() const override { return inner_.parameters(); }
  std::unique_ptr<nets::Network> clone() const override {
    return std::make_unique<Probe>(log_, "target");
  }
  std::map<std::string, std::string> describe() const override { return inner_.describe(); }

 private:
  std::shared_ptr<Log> log_;
  std::string name_;
  nets::ValueNetwork inner_;
};

TEST(DqnOptions, NoiseIsDrawnForEveryLookOfEitherNetwork) {
  DqnConfig config = small_config();
  config.double_q = true;
  config.noisy = true;
  auto log = std::make_shared<Probe::Log>();
  Dqn agent(config, std::make_unique<Probe>(log, "online"), 1);
  replay::ReplayBatch batch = make_batch(1);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    batch.observation.matrix()(i, 0) = 1.0f;
    batch.next_observation.matrix()(i, 0) = 2.0f;
  }
  agent.learn(batch, {.env_steps = 1});
  // The online network looks first, to choose the action that the target network is asked for.
  const Probe::Log expected = {"target draws",         "online draws", "online sees 2.000000",
                               "target sees 2.000000", "online draws", "online sees 1.000000"};
  EXPECT_EQ(*log, expected);
  log->clear();
  std::vector<std::int32_t> action(batch.size());
  for (int k = 0; k < 2; ++k) agent.act(batch.observation.matrix(), {.env_steps = 1}, action);
  const Probe::Log acting = {"online draws", "online sees 1.000000", "online draws",
                             "online sees 1.000000"};
  EXPECT_EQ(*log, acting);
}

// Learning between the choices draws from the same stream, with the same network.
TEST(DqnOptions, ChoicesShareADrawOfNoiseForNoiseIntervalSteps) {
  constexpr std::size_t kEnvs = 16, kChoices = 3;
  DqnConfig config = small_config();
  config.noisy = true;
  config.noisy_sigma = 5.0;
  config.noise_interval = kEnvs * kChoices;
  config.learning_rate = 1e-30;  // the weights stay
  Dqn agent(config, kObservation, kActions, 1);
  const replay::ReplayBatch observed = make_batch(7, kEnvs);
  std::vector<std::int32_t> action(kEnvs), before(kEnvs);
  int changes = 0;
  for (std::size_t k = 0; k < 10 * kChoices; ++k) {
    agent.act(observed.observation.matrix(), {}, action);
    if (k % kChoices == 0) {
      changes += action != before ? 1 : 0;
    } else {
      EXPECT_EQ(action, before) << k;
    }
    before = action;
    replay::ReplayBatch batch = make_batch(k);
    agent.learn(batch, {});
  }
  EXPECT_GE(changes, 5);
}

// A choice with the draw of the one before takes nothing from the stream: learning goes on in it.
TEST(DqnOptions, KeptDrawsLeaveTheStreamWhereItIs) {
  const auto losses = [](bool chooses_again) {
    DqnConfig config = small_config();
    config.noisy = true;
    config.noise_interval = 1000;
    Dqn agent(config, kObservation, kActions, 1);
    replay::ReplayBatch batch = make_batch(1);
    std::vector<std::int32_t> action(batch.size());
    agent.act(batch.observation.matrix(), {}, action);
    std::vector<double> loss;
    for (int k = 0; k < 4; ++k) {
      loss.push_back(agent.learn(batch, {}).loss);
      if (chooses_again) agent.act(batch.observation.matrix(), {}, action);
    }
    return loss;
  };
  EXPECT_EQ(losses(true), losses(false));
}

TEST(DqnOptions, NoisyAgentsExploreByTheirNoiseAlone) {
  DqnConfig config = small_config();
  config.noisy = true;
  config.exploration_final_eps = 1.0;
  Dqn agent(config, kObservation, kActions, 1);
  EXPECT_EQ(agent.exploration({.env_steps = 0, .total_steps = 100}), 0.0);
  // One draw serves all rows of a choice; the next choice has another one.
  constexpr std::size_t kRows = 64;
  kernels::Tensor observation({kRows, kObservation});
  std::ranges::fill(observation.span(), 0.5f);
  std::vector<std::int32_t> action(kRows);
  int ones = 0;
  constexpr int kChoices = 200;
  for (int k = 0; k < kChoices; ++k) {
    agent.act(observation.matrix(), {.env_steps = 1}, action);
    ASSERT_TRUE(std::ranges::all_of(action, [&](int a) { return a == action[0]; }));
    ones += action[0];
  }
  EXPECT_GT(ones, 0);
  EXPECT_LT(ones, kChoices);
  // The policy plays the mean weights, one action.
  Policy policy = Policy::of(agent, {.env_id = "none"});
  policy.act(observation.matrix(), action);
  const std::int32_t first = action[0];
  for (int k = 0; k < 20; ++k) {
    policy.act(observation.matrix(), action);
    ASSERT_EQ(action[0], first);
  }
}

TEST(DqnOptions, AccumulatedBatchesMakeTheStepOfTheirUnion) {
  for (const Distribution distribution : kDistributions) {
    DqnConfig config = small_config(distribution);
    config.target_update_interval = 1;
    Dqn whole(config, kObservation, kActions, 1);
    config.gradient_accumulation = 2;
    Dqn parts(config, kObservation, kActions, 1);
    for (std::uint64_t round = 0; round < 3; ++round) {
      replay::ReplayBatch batch = make_batch(round, 16);
      const LearnStats expected = whole.learn(batch, {.env_steps = 1});
      double loss = 0.0, norm = 0.0;
      const std::vector<float> before = values_of(parts.network());
      for (std::size_t half = 0; half < 2; ++half) {
        EXPECT_EQ(values_of(parts.network()), before) << "no step yet";
        replay::ReplayBatch part(8, kObservation);
        for (std::size_t i = 0; i < 8; ++i) {
          const std::size_t from = half * 8 + i;
          std::ranges::copy(batch.observation.matrix().row(from),
                            part.observation.matrix().row(i).begin());
          std::ranges::copy(batch.next_observation.matrix().row(from),
                            part.next_observation.matrix().row(i).begin());
          part.action[i] = batch.action[from];
          part.reward[i] = batch.reward[from];
          part.discount[i] = batch.discount[from];
        }
        const LearnStats stats = parts.learn(part, {.env_steps = 1});
        loss += stats.loss / 2;
        norm = stats.gradient_norm;
      }
      EXPECT_NEAR(loss, expected.loss, 1e-4);
      EXPECT_NEAR(norm, expected.gradient_norm, 1e-4);
      const std::vector<float> a = values_of(whole.network()), b = values_of(parts.network());
      for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 2e-4f);
    }
  }
}

TEST(Schedules, GoFromStartToEnd) {
  for (const Schedule schedule : {Schedule::constant, Schedule::linear, Schedule::cosine}) {
    EXPECT_DOUBLE_EQ(scheduled(schedule, 2.0, 1.0, 0.0), 2.0);
    const double end = schedule == Schedule::constant ? 2.0 : 1.0;
    EXPECT_DOUBLE_EQ(scheduled(schedule, 2.0, 1.0, 1.0), end);
    EXPECT_DOUBLE_EQ(scheduled(schedule, 2.0, 1.0, 1.5), end);
  }
  EXPECT_DOUBLE_EQ(scheduled(Schedule::linear, 2.0, 1.0, 0.25), 1.75);
  EXPECT_DOUBLE_EQ(scheduled(Schedule::cosine, 2.0, 1.0, 0.5), 1.5);
  EXPECT_NEAR(scheduled(Schedule::cosine, 2.0, 1.0, 0.25), 1.5 + 0.5 * std::sqrt(0.5), 1e-12);
}

TEST(DqnOptions, LearningRateFollowsItsSchedule) {
  DqnConfig config = small_config();
  config.learning_rate = 0.02;
  const auto at_half = [&] { return learning_rate(config, {.env_steps = 25, .total_steps = 100}); };
  EXPECT_DOUBLE_EQ(at_half(), 0.02);
  config.learning_rate_final = 0.0;
  EXPECT_DOUBLE_EQ(at_half(), 0.015);
  config.learning_rate_schedule = Schedule::cosine;
  EXPECT_NEAR(at_half(), 0.01 * (1.0 + std::sqrt(0.5)), 1e-12);
  config.learning_rate_schedule = Schedule::constant;
  EXPECT_DOUBLE_EQ(at_half(), 0.02);
}

// Every kind of network and head comes back from its file with the same actions.
TEST(DqnOptions, SavedPoliciesChooseAsBefore) {
  const std::filesystem::path file =
      std::filesystem::path(::testing::TempDir()) / "dqn_options.safetensors";
  kernels::Tensor observation({256, kObservation});
  kernels::RandomStream random(1, "observation");
  for (float& v : observation.span()) v = static_cast<float>(random.normal());
  for (const Distribution distribution : kDistributions) {
    for (int options = 0; options < 8; ++options) {
      DqnConfig config = small_config(distribution);
      config.dueling = (options & 1) != 0;
      config.noisy = (options & 2) != 0;
      config.layer_norm = (options & 4) != 0;
      Dqn agent(config, kObservation, kActions, 1);
      for (std::uint64_t k = 0; k < 100; ++k) {  // the sign of x_0 decides which action is better
        replay::ReplayBatch batch = make_batch(k);
        for (std::size_t i = 0; i < batch.size(); ++i) {
          const float x = batch.observation.matrix()(i, 0);
          batch.reward[i] = 5.0f * (batch.action[i] == 1 ? x : -x);
          batch.discount[i] = 0.0f;
        }
        agent.learn(batch, {.env_steps = 1});
      }
      Policy policy = Policy::of(agent, {.env_id = "none", .algorithm = "dqn"});
      policy.save(file);
      Policy loaded = Policy::load(file);
      EXPECT_EQ(loaded.network().describe(), policy.network().describe());
      std::vector<std::int32_t> before(256), after(256);
      policy.act(observation.matrix(), before);
      loaded.act(observation.matrix(), after);
      EXPECT_EQ(after, before) << static_cast<int>(distribution) << " " << options;
      const int ones = std::accumulate(before.begin(), before.end(), 0);
      EXPECT_GT(ones, 0);
      EXPECT_LT(ones, 256);
    }
  }
  std::filesystem::remove(file);
}

TEST(DqnOptions, ValuesOutsideTheirRangeAreNamed) {
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
  EXPECT_EQ(message([](DqnConfig& c) { c.atoms = 1; }), "[dqn] atoms 1: must be in [2, 4096]");
  EXPECT_EQ(message([](DqnConfig& c) { c.v_min = 10.0; }),
            "[dqn] v_min 10: must be below v_max 10");
  EXPECT_EQ(message([](DqnConfig& c) { c.v_max = std::nan(""); }),
            "[dqn] v_max nan: must be finite");
  EXPECT_EQ(message([](DqnConfig& c) { c.quantiles = 0; }),
            "[dqn] quantiles 0: must be in [1, 4096]");
  EXPECT_EQ(message([](DqnConfig& c) { c.gradient_accumulation = 0; }),
            "[dqn] gradient_accumulation 0: must be in [1, 65536]");
  for (const std::string& text :
       {message([](DqnConfig& c) { c.v_max = -10.0; }),
        message([](DqnConfig& c) { c.v_max = 1e39; }), message([](DqnConfig& c) {
          c.v_min = 1.0;
          c.v_max = 1.0 + 1e-12;
        }),
        message([](DqnConfig& c) { c.kappa = -1.0; }),
        message([](DqnConfig& c) { c.noisy_sigma = -0.1; }),
        message([](DqnConfig& c) { c.noise_interval = 0; }), message([](DqnConfig& c) {
          c.noisy = true;
          c.hidden = {0};
        }),
        message([](DqnConfig& c) { c.quantiles = 5000; })}) {
    EXPECT_NE(text.find("must be"), std::string::npos) << text;
  }
  const std::string torch = message([](DqnConfig& c) {
    c.backend = nets::Backend::torch;
    c.dueling = true;
  });
  EXPECT_EQ(torch,
            "[dqn] backend torch: knows no dueling, noisy or layer_norm; choose backend native");
  for (const auto& also : std::vector<void (*)(DqnConfig&)>{
           [](DqnConfig& c) { c.backend = nets::Backend::torch; },
           [](DqnConfig& c) { c.dueling = true; }, [](DqnConfig& c) { c.noisy = true; },
           [](DqnConfig& c) { c.layer_norm = true; }}) {
    const std::string bf16 = message([&](DqnConfig& c) {
      c.bf16 = true;
      also(c);
    });
    EXPECT_EQ(bf16,
              "[dqn] bf16 true: must be false with backend torch, dueling, noisy or layer_norm; it "
              "is for plain networks of the native backend");
  }
}

TEST(DqnOptions, NetworksOfOnesOwnMustHaveTheOutputsOfTheDistribution) {
  const auto network = [](std::size_t outputs) {
    return std::make_unique<nets::Mlp>(
        nets::MlpConfig{.inputs = kObservation, .hidden = {}, .outputs = outputs});
  };
  DqnConfig config = small_config(Distribution::c51);
  EXPECT_EQ(Dqn(config, network(15), 1).action_head().actions, 3u);
  try {
    Dqn(config, network(14), 1);
    FAIL() << "no exception";
  } catch (const std::invalid_argument& error) {
    EXPECT_EQ(std::string(error.what()), "[dqn] network of 14 outputs: must have 5 per action");
  }
}

}  // namespace
}  // namespace pavlov::agents
