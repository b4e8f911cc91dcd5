// PPO, A2C and REINFORCE: what each adds to OnPolicyAgent.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "pavlov/agents/a2c.h"
#include "pavlov/agents/ppo.h"
#include "pavlov/agents/reinforce.h"
#include "pavlov/agents/train_on_policy.h"
#include "pavlov/tests/agents/worlds.h"

namespace pavlov::agents {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

std::vector<float> values_of(const OnPolicyAgent& agent) {
  const std::span<const float> values = agent.model().parameters().values();
  return {values.begin(), values.end()};
}

// P(right) in every state of the chain but the last.
std::vector<double> right_probabilities(const OnPolicyAgent& agent) {
  kernels::Tensor states({Chain::kStates, Chain::kStates});
  for (std::size_t s = 0; s < Chain::kStates; ++s) states.matrix()(s, s) = 1.0f;
  kernels::Tensor logits({Chain::kStates, agent.network().outputs()});
  nets::Tape tape;
  agent.network().forward(states.matrix(), logits.matrix(), tape);
  std::vector<double> p;
  for (std::size_t s = 0; s + 1 < Chain::kStates; ++s) {
    p.push_back(1.0 / (1.0 + std::exp(static_cast<double>(logits.matrix()(s, 0)) -
                                      static_cast<double>(logits.matrix()(s, 1)))));
  }
  return p;
}

TEST(A2c, EqualsPpoWithOneEpochOneMinibatchAndNoClipping) {
  const std::size_t envs = 6;
  const PolicyNetworkConfig network = {.hidden = {16}};
  PpoConfig ppo_config{.network = network,
                       .n_steps = 5,
                       .batch_size = 5 * envs,
                       .n_epochs = 1,
                       .learning_rate = 7e-4,
                       .gae_lambda = 0.9,
                       .clip_range = kNever,
                       .normalize_advantage = false,
                       .ent_coef = 0.01};
  A2cConfig a2c_config{
      .network = network, .optimizer = PolicyOptimizer::adam, .gae_lambda = 0.9, .ent_coef = 0.01};
  const envs::Space space = envs::Discrete{2};
  Ppo ppo(ppo_config, Chain::kStates, space, envs, 3);
  A2c a2c(a2c_config, Chain::kStates, space, 3);
  ASSERT_EQ(values_of(ppo), values_of(a2c));
  const OnPolicyConfig training{.total_steps = 30 * 20};
  train_on_policy(*make_chain(envs), ppo, training, 3);
  train_on_policy(*make_chain(envs), a2c, training, 3);
  const std::vector<float> x = values_of(ppo), y = values_of(a2c);
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(x[i]), static_cast<double>(y[i]), 1e-6) << i;
  }
}

TEST(A2c, OptimizersDiffer) {
  const auto learnt = [](PolicyOptimizer optimizer) {
    A2c agent({.network = {.hidden = {8}}, .optimizer = optimizer}, Chain::kStates,
              envs::Discrete{2}, 3);
    train_on_policy(*make_chain(2), agent, {.total_steps = 40}, 3);
    return values_of(agent);
  };
  EXPECT_NE(learnt(PolicyOptimizer::adam), learnt(PolicyOptimizer::rmsprop));
  EXPECT_NE(learnt(PolicyOptimizer::rmsprop_tf), learnt(PolicyOptimizer::rmsprop));
}

PpoConfig small_ppo() {
  return {.network = {.hidden = {16}},
          .n_steps = 16,
          .batch_size = 16,
          .n_epochs = 4,
          .learning_rate = 3e-3};
}

TEST(Ppo, FollowsItsSchedules) {
  PpoConfig config = small_ppo();
  config.learning_rate_schedule = Schedule::linear;
  Ppo agent(config, Chain::kStates, envs::Discrete{2}, 4, 1);
  std::vector<double> rates;
  const std::vector<Observer> observers = {
      {1, [&](const TrainingSnapshot& s) { rates.push_back(s.policy_gradient->learning_rate); }}};
  train_on_policy(*make_chain(4), agent, {.total_steps = 256}, 1, observers);
  ASSERT_EQ(rates.size(), 4u);
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_DOUBLE_EQ(rates[k], 3e-3 * (1.0 - 0.25 * static_cast<double>(k)));
  }
}

TEST(Ppo, TargetKlEndsTheRoundBeforeTheStep) {
  PpoConfig config = small_ppo();
  config.n_epochs = 50;
  config.learning_rate = 0.05;
  const auto updates = [&](double target) {
    config.target_kl = target;
    Ppo agent(config, Chain::kStates, envs::Discrete{2}, 4, 1);
    return train_on_policy(*make_chain(4), agent, {.total_steps = 64}, 1).progress.updates;
  };
  EXPECT_EQ(updates(0.0), 200);
  EXPECT_EQ(updates(1e9), 200);
  EXPECT_LT(updates(0.01), 200);
  EXPECT_EQ(updates(1e-12), 1) << "the first step is on the policy that acted";
}

TEST(Ppo, LearnsTheChain) {
  Ppo agent(small_ppo(), Chain::kStates, envs::Discrete{2}, 4, 1);
  train_on_policy(*make_chain(4), agent, {.total_steps = 8000}, 1);
  for (const double p : right_probabilities(agent)) EXPECT_GT(p, 0.9);
}

TEST(A2c, LearnsTheChain) {
  A2c agent({.network = {.hidden = {16}}, .learning_rate = 3e-3}, Chain::kStates, envs::Discrete{2},
            1);
  train_on_policy(*make_chain(4), agent, {.total_steps = 12000}, 1);
  for (const double p : right_probabilities(agent)) EXPECT_GT(p, 0.9);
}

TEST(Reinforce, LearnsTheChainWithAndWithoutABaseline) {
  for (const bool baseline : {true, false}) {
    Reinforce agent({.network = {.hidden = {16}}, .baseline = baseline, .learning_rate = 1e-2},
                    Chain::kStates, envs::Discrete{2}, 1);
    const auto env =
        envs::make_vec([] { return std::make_unique<Chain>(); },
                       {.num_envs = 8, .autoreset_mode = envs::AutoresetMode::disabled});
    train_on_policy(*env, agent, {.total_steps = 12000}, 1);
    for (const double p : right_probabilities(agent)) EXPECT_GT(p, 0.9) << baseline;
  }
}

// Episodes of one step; action a gives kReward[a].
class Bandit final : public envs::Env {
 public:
  static constexpr double kReward[] = {1.0, 0.25, -2.0};

  const envs::EnvSpec& spec() const override {
    static const envs::EnvSpec spec{.id = "Bandit",
                                    .observation_space = {{1.0f}, {1.0f}},
                                    .action_space = envs::Discrete{3},
                                    .max_episode_steps = 0,
                                    .reward_threshold = {},
                                    .render_fps = 0};
    return spec;
  }
  void reset(kernels::Pcg64&) override {}
  envs::Transition step(const envs::Action& action, kernels::Pcg64&) override {
    return {.reward = kReward[action.discrete], .terminated = true};
  }
  void observe(std::span<float> observation) const override { observation[0] = 1.0f; }
};

TEST(Reinforce, GradientOnABanditIsTheClosedForm) {
  // E dL/dlogit_c = -p_c (r_c - sum p r). Adam's first step with epsilon 1 moves a parameter of
  // gradient g by -lr g / (|g| + 1), which gives g back.
  constexpr std::size_t kEpisodes = 50000;
  constexpr double kRate = 1.0;
  Reinforce agent({.network = {.hidden = {}},
                   .baseline = false,
                   .learning_rate = kRate,
                   .adam_epsilon = 1.0,
                   .normalize_advantage = false,
                   .max_grad_norm = 0.0},
                  1, envs::Discrete{3}, 7);
  const nets::ParameterBuffer& parameters = agent.model().parameters();
  std::vector<double> p(3), before(3);
  double total = 0.0, mean = 0.0;
  for (std::size_t a = 0; a < 3; ++a) {  // weight, for the observation is 1 and the bias 0
    before[a] = static_cast<double>(parameters.value(1)(0, a));
    p[a] = std::exp(static_cast<double>(parameters.value(0)(0, a)) + before[a]);
    total += p[a];
  }
  for (std::size_t a = 0; a < 3; ++a) {
    p[a] /= total;
    mean += p[a] * Bandit::kReward[a];
  }
  const auto env =
      envs::make_vec([] { return std::make_unique<Bandit>(); },
                     {.num_envs = kEpisodes, .autoreset_mode = envs::AutoresetMode::disabled});
  const TrainingResult result = train_on_policy(*env, agent, {.total_steps = 1}, 7);
  ASSERT_EQ(result.progress.env_steps, static_cast<std::int64_t>(kEpisodes));
  ASSERT_EQ(result.progress.updates, 1);
  for (std::size_t a = 0; a < 3; ++a) {
    const double moved = (before[a] - static_cast<double>(parameters.value(1)(0, a))) / kRate;
    const double gradient = moved / (1.0 - std::abs(moved));
    // A term is at most 2 (1 - p) in size: five of its deviations.
    EXPECT_NEAR(gradient, -p[a] * (Bandit::kReward[a] - mean), 5.0 * 2.0 / std::sqrt(kEpisodes))
        << a;
  }
}

template <class Make>
std::string message(Make make) {
  try {
    make();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(PolicyGradientAgents, FieldsOutsideTheirRangeAreNamed) {
  const envs::Space space = envs::Discrete{2};
  const auto ppo = [&](auto change) {
    PpoConfig config = small_ppo();
    change(config);
    return message([&] { Ppo(config, Chain::kStates, space, 4, 1); });
  };
  EXPECT_EQ(ppo([](PpoConfig& c) { c.n_steps = 0; }), "[ppo] n_steps 0: must be at least 1");
  EXPECT_EQ(ppo([](PpoConfig& c) { c.batch_size = 65; }),
            "[ppo] batch_size 65: must be in [1, n_steps * num_envs=64]");
  EXPECT_EQ(ppo([](PpoConfig& c) { c.batch_size = 0; }),
            "[ppo] batch_size 0: must be in [1, n_steps * num_envs=64]");
  for (const std::string& text :
       {ppo([](PpoConfig& c) { c.n_epochs = 0; }), ppo([](PpoConfig& c) { c.learning_rate = 0.0; }),
        ppo([](PpoConfig& c) { c.adam_epsilon = 2.0; }), ppo([](PpoConfig& c) { c.gamma = 1.1; }),
        ppo([](PpoConfig& c) { c.gae_lambda = -0.1; }),
        ppo([](PpoConfig& c) { c.clip_range = 0.0; }),
        ppo([](PpoConfig& c) { c.clip_range = std::nan(""); }),
        ppo([](PpoConfig& c) { c.clip_range_vf = -1.0; }),
        ppo([](PpoConfig& c) { c.ent_coef = kNever; }), ppo([](PpoConfig& c) { c.vf_coef = -1.0; }),
        ppo([](PpoConfig& c) { c.max_grad_norm = -1.0; }),
        ppo([](PpoConfig& c) { c.target_kl = -1.0; }),
        ppo([](PpoConfig& c) { c.network.log_std_init = 9.0; })}) {
    EXPECT_TRUE(text.starts_with("[ppo] ")) << text;
    EXPECT_NE(text.find("must be"), std::string::npos) << text;
  }
  EXPECT_EQ(message([&] { A2c({.n_steps = 0}, 1, space, 1); }),
            "[a2c] n_steps 0: must be at least 1");
  EXPECT_EQ(message([&] { A2c({.rmsprop_alpha = 1.0}, 1, space, 1); }),
            "[a2c] rmsprop_alpha 1: must be in [0, 1)");
  EXPECT_EQ(message([&] { Reinforce({.gamma = 2.0}, 1, space, 1); }),
            "[reinforce] gamma 2: must be in [0, 1]");
}

TEST(PolicyGradientAgents, LossThatIsNotFiniteStopsBeforeTheStep) {
  Ppo agent(small_ppo(), 1, envs::Discrete{2}, 1, 1);
  const std::vector<float> before = values_of(agent);
  replay::RolloutBuffer rollout({.steps = 16, .envs = 1, .observation_size = 1});
  const std::vector<float> observation = {1.0f};
  const std::vector<std::uint8_t> no = {0};
  rollout.start({observation.data(), 1, 1});
  for (int t = 0; t < 16; ++t) {
    agent.act(rollout.next());
    const std::vector<double> reward = {t == 7 ? kNever : 0.0};
    rollout.add({reward, no, no, {observation.data(), 1, 1}, {observation.data(), 1, 1}});
  }
  try {
    agent.learn(rollout, {.env_steps = 77, .total_steps = 100, .updates = 12});
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("[ppo] "), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("step 77"), std::string::npos) << error.what();
  }
  EXPECT_EQ(values_of(agent), before);
}

}  // namespace
}  // namespace pavlov::agents
