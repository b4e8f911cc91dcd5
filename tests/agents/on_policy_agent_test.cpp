#include "pavlov/agents/on_policy_agent.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "pavlov/tests/agents/policy_gradient_twin.h"

namespace pavlov::agents {
namespace {

constexpr std::size_t kSteps = 6, kEnvs = 4, kObservation = 3;

envs::Space space_of(bool continuous) {
  if (continuous) return envs::Box{{-1.0f, -2.0f}, {1.0f, 2.0f}};
  return envs::Discrete{3};
}

// Shows what algorithms use.
class Probe final : public OnPolicyAgent {
 public:
  using OnPolicyAgent::batch_of;
  using OnPolicyAgent::differentiate;
  using OnPolicyAgent::fill_values;
  using OnPolicyAgent::judge;
  using OnPolicyAgent::Losses;
  using OnPolicyAgent::Objective;
  using OnPolicyAgent::own_model;

  Probe(const PolicyNetworkConfig& config, const envs::Space& space)
      : OnPolicyAgent("probe", config, nets::AdamConfig(), kObservation, space, 1) {}

  std::size_t n_steps() const override { return kSteps; }
  PolicyGradientStats learn(replay::RolloutBuffer&, const Progress&) override { return {}; }
  double discount() const override { return 0.9; }
};

// A rollout of random observations and rewards in which environment 1 truncates and 2 terminates.
replay::RolloutBuffer play(OnPolicyAgent& agent, std::size_t action_size) {
  replay::RolloutBuffer rollout({.steps = kSteps,
                                 .envs = kEnvs,
                                 .observation_size = kObservation,
                                 .action_size = action_size});
  kernels::RandomStream random(2, "world");
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
    const std::vector<std::uint8_t> terminated = {0, 0, t == 3, 0}, truncated = {0, t == 2, 0, 0};
    rollout.add({.reward = reward,
                 .terminated = terminated,
                 .truncated = truncated,
                 .observation = {observation.data(), kEnvs, kObservation},
                 .final_observation = {final.data(), kEnvs, kObservation}});
  }
  return rollout;
}

std::vector<TwinSample> samples_of(replay::RolloutBatch& batch, bool continuous) {
  std::vector<TwinSample> samples(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    TwinSample& s = samples[i];
    for (const float x : batch.observation().row(i)) s.observation.push_back(x);
    if (continuous) {
      for (const float a : batch.continuous_action().row(i)) s.continuous.push_back(a);
    } else {
      s.discrete = batch.discrete_action()[i];
    }
    s.old_log_prob = static_cast<double>(batch.log_prob()[i]);
    s.old_value = static_cast<double>(batch.value()[i]);
    s.advantage = static_cast<double>(batch.advantage()[i]);
    s.target = static_cast<double>(batch.returns()[i]);
  }
  return samples;
}

struct Variant {
  bool continuous, shared_trunk;
  double clip_range, clip_range_vf, ent_coef;

  friend void PrintTo(const Variant& v, std::ostream* out) {
    *out << (v.continuous ? "continuous" : "discrete") << (v.shared_trunk ? ", shared" : "")
         << ", clip_range " << v.clip_range << ", clip_range_vf " << v.clip_range_vf
         << ", ent_coef " << v.ent_coef;
  }
};

class PolicyGradient : public ::testing::TestWithParam<Variant> {
 protected:
  bool continuous() const { return GetParam().continuous; }
  std::size_t action_size() const { return continuous() ? 2 : 0; }

  Probe agent_{{.hidden = {5, 4}, .shared_trunk = GetParam().shared_trunk, .log_std_init = -0.3},
               space_of(GetParam().continuous)};
};

TEST_P(PolicyGradient, LossAndGradientEqualThoseOfTheTwin) {
  replay::RolloutBuffer rollout = play(agent_, action_size());
  agent_.fill_values(rollout);
  rollout.estimate_advantages(0.9, 0.8);
  // Away from the policy that played, so that some ratios leave the clip range.
  kernels::RandomStream random(8, "change");
  for (float& v : agent_.own_model().parameters().values()) {
    if (v != 0.0f) v += 0.15f * static_cast<float>(random.normal());
  }
  replay::RolloutBatch& batch = agent_.batch_of(kSteps * kEnvs, rollout.shape());
  rollout.minibatch(0, kSteps * kEnvs, batch);
  const std::vector<TwinSample> samples = samples_of(batch, continuous());
  const TwinObjective objective{.clip_range = GetParam().clip_range,
                                .clip_range_vf = GetParam().clip_range_vf,
                                .ent_coef = GetParam().ent_coef,
                                .vf_coef = 0.7};
  PolicyGradientTwin twin(agent_.model());

  const Probe::Losses losses = agent_.judge(batch,
                                            {.clip_range = objective.clip_range,
                                             .clip_range_vf = objective.clip_range_vf,
                                             .ent_coef = objective.ent_coef,
                                             .vf_coef = objective.vf_coef},
                                            {});
  EXPECT_NEAR(
      losses.policy - objective.ent_coef * losses.entropy + objective.vf_coef * losses.value,
      twin.loss(samples, objective), 1e-5);
  EXPECT_EQ(losses.clip_fraction > 0.0, std::isfinite(objective.clip_range));
  agent_.differentiate(batch);
  for (const nets::Parameter& p : agent_.model().parameters().table()) {
    for (std::size_t i = p.offset; i < p.offset + p.size; ++i) {
      constexpr double kStep = 1e-6;
      const double saved = twin.parameters[i];
      twin.parameters[i] = saved + kStep;
      const double above = twin.loss(samples, objective);
      twin.parameters[i] = saved - kStep;
      const double below = twin.loss(samples, objective);
      twin.parameters[i] = saved;
      EXPECT_NEAR(static_cast<double>(agent_.model().parameters().gradient()[i]),
                  (above - below) / (2.0 * kStep), 2e-5)
          << p.name << " " << i - p.offset;
    }
  }
}

TEST_P(PolicyGradient, FirstRatiosAreExactlyOne) {
  replay::RolloutBuffer rollout = play(agent_, action_size());
  agent_.fill_values(rollout);
  rollout.estimate_advantages(0.9, 0.8);
  kernels::RandomStream random(4, "minibatches");
  rollout.shuffle(random);
  replay::RolloutBatch& batch = agent_.batch_of(7, rollout.shape());
  rollout.minibatch(0, 7, batch);
  // Any ratio but 1 is outside so small a range.
  const Probe::Losses losses = agent_.judge(batch, {.clip_range = 1e-30}, {});
  EXPECT_EQ(losses.clip_fraction, 0.0);
  EXPECT_EQ(losses.approx_kl, 0.0);
}

TEST_P(PolicyGradient, ValuesOfARolloutAreTheCriticsOfEachRow) {
  replay::RolloutBuffer rollout = play(agent_, action_size());
  agent_.fill_values(rollout);
  const PolicyGradientTwin twin(agent_.model());
  const auto expect_value = [&](std::span<const float> row, float value) {
    const std::vector<double> x(row.begin(), row.end());
    EXPECT_NEAR(static_cast<double>(value), twin.value(x), 1e-5);
  };
  ASSERT_EQ(rollout.values().size(), (kSteps + 1) * kEnvs);
  for (std::size_t r = 0; r < rollout.values().size(); ++r) {
    expect_value(rollout.observations().row(r), rollout.values()[r]);
  }
  ASSERT_EQ(rollout.final_values().size(), 1u);
  expect_value(rollout.final_observations().row(0), rollout.final_values()[0]);
}

constexpr double kNever = std::numeric_limits<double>::infinity();

INSTANTIATE_TEST_SUITE_P(
    Options, PolicyGradient,
    ::testing::Values(Variant{false, false, 0.2, 0.0, 0.0}, Variant{false, false, 0.1, 0.1, 0.05},
                      Variant{false, true, 0.05, 0.0, 0.05},
                      Variant{false, false, kNever, 0.0, 0.1}, Variant{true, false, 0.2, 0.0, 0.0},
                      Variant{true, true, 0.1, 0.1, 0.05}, Variant{true, false, kNever, 0.0, 0.1}));

TEST(OnPolicyAgent, NormalizesTheAdvantagesOfEachMinibatch) {
  Probe agent({.hidden = {5}}, space_of(false));
  replay::RolloutBuffer rollout = play(agent, 0);
  agent.fill_values(rollout);
  rollout.estimate_advantages(0.9, 0.8);
  replay::RolloutBatch& batch = agent.batch_of(8, rollout.shape());
  rollout.minibatch(0, 8, batch);
  agent.judge(batch, {.clip_range = 0.2, .normalize_advantage = true}, {});
  double sum = 0.0, squares = 0.0;
  for (const float a : batch.advantage()) {
    sum += static_cast<double>(a);
    squares += static_cast<double>(a) * static_cast<double>(a);
  }
  EXPECT_NEAR(sum, 0.0, 1e-5);
  EXPECT_NEAR(squares / 7.0, 1.0, 1e-5);
}

TEST(OnPolicyAgent, ClipsForTheEnvironmentAndKeepsWhatWasDrawn) {
  Probe agent({.hidden = {5}, .log_std_init = 1.5}, space_of(true));
  constexpr std::size_t kRows = 50;
  kernels::Tensor observation({kRows, kObservation}), drawn({kRows, 2});
  std::vector<float> log_prob(kRows);
  const envs::ActionView view = agent.act({observation.matrix(), {}, drawn.matrix(), log_prob});
  int outside = 0;
  for (std::size_t n = 0; n < kRows; ++n) {
    for (std::size_t a = 0; a < 2; ++a) {
      const float bound = a == 0 ? 1.0f : 2.0f;
      const float u = drawn.matrix()(n, a);
      outside += std::abs(u) > bound ? 1 : 0;
      EXPECT_EQ(view.continuous()(n, a), std::clamp(u, -bound, bound));
    }
  }
  EXPECT_GT(outside, 30);
  // The log-probability is that of what was drawn.
  const PolicyGradientTwin twin(agent.model());
  const TwinSample first{.observation = {0, 0, 0},
                         .continuous = {drawn.matrix()(0, 0), drawn.matrix()(0, 1)}};
  EXPECT_NEAR(static_cast<double>(log_prob[0]), twin.log_prob(first), 1e-5);
}

TEST(OnPolicyAgent, SquashesIntoTheBounds) {
  Probe agent({.hidden = {5}, .squash_actions = true}, space_of(true));
  kernels::Tensor observation({1, kObservation}), drawn({1, 2});
  std::vector<float> log_prob(1);
  const envs::ActionView view = agent.act({observation.matrix(), {}, drawn.matrix(), log_prob});
  EXPECT_NEAR(static_cast<double>(view.continuous()(0, 1)),
              2.0 * std::tanh(static_cast<double>(drawn.matrix()(0, 1))), 1e-6);
  EXPECT_EQ(agent.action_head().kind, HeadKind::squashed_gaussian);
}

TEST(OnPolicyAgent, BadConfigsAreNamed) {
  const auto message = [](const PolicyNetworkConfig& config, const envs::Space& space) {
    try {
      Probe agent(config, space);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(message({.log_std_init = 3.0}, space_of(true)),
            "[probe] log_std_init 3: must be in [-20, 2]");
  EXPECT_EQ(message({.squash_actions = true}, space_of(false)),
            "[probe] squash_actions: the actions Discrete(3) must be continuous");
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_NE(message({.squash_actions = true}, envs::Box{{-kInfinity}, {kInfinity}}).find("finite"),
            std::string::npos);
  EXPECT_NE(message({.hidden = {0}}, space_of(false)), "");
}

}  // namespace
}  // namespace pavlov::agents
