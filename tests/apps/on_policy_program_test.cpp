// pavlov train ppo|a2c|reinforce, and what evaluate makes of their policies.
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "pavlov/agents/policy.h"
#include "pavlov/apps/config_file.h"
#include "pavlov/apps/normalization.h"
#include "pavlov/apps/on_policy_options.h"
#include "pavlov/apps/presets.h"
#include "pavlov/apps/run_options.h"
#include "pavlov/envs/catalog.h"
#include "pavlov/tests/apps/run.h"

namespace pavlov::apps {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::vector<std::string> train(const std::string& algorithm, const std::string& env,
                               const std::string& out, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {
      "train",      algorithm, "--env",    env,  "--out",        out,   "--steps",          "1024",
      "--num_envs", "4",       "--hidden", "16", "--eval_every", "512", "--final_episodes", "10",
      "--quiet"};
  if (algorithm == "ppo") {
    arguments.insert(arguments.end(), {"--n_steps", "32", "--batch_size", "64"});
  }
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

class OnPolicyProgram : public InFolder {};

TEST_F(OnPolicyProgram, TrainsAndEvaluatesOnBothKindsOfActions) {
  for (const std::string algorithm : {"ppo", "a2c", "reinforce"}) {
    for (const std::string env : {"CartPole-v1", "Pendulum-v1"}) {
      const std::string out = path(algorithm + env);
      const Printed trained = run(train(algorithm, env, out, {"--json"}));
      ASSERT_EQ(trained.status, 0) << trained.error;
      const json result = json::parse(trained.out);
      EXPECT_EQ(result["algorithm"], algorithm);
      EXPECT_GE(result["updates"], 1);
      const Printed evaluated = run({"evaluate", out, "--episodes", "10", "--json"});
      ASSERT_EQ(evaluated.status, 0) << evaluated.error;
      EXPECT_EQ(json::parse(evaluated.out)["mean"], result["mean"])
          << "the same episodes as at the end of the run";
    }
  }
}

TEST_F(OnPolicyProgram, MetricsHaveTheFieldsNames) {
  ASSERT_EQ(run(train("ppo", "CartPole-v1", path("run"))).status, 0);
  std::ifstream metrics(path("run") + "/metrics.jsonl");
  int records = 0;
  for (std::string line; std::getline(metrics, line);) {
    const json record = json::parse(line);
    if (record["kind"] != "train") continue;
    ++records;
    for (const char* key :
         {"policy_loss", "value_loss", "entropy", "approx_kl", "clip_fraction",
          "explained_variance", "gradient_norm", "learning_rate", "mean_return", "mean_length"}) {
      EXPECT_TRUE(record.contains(key)) << key;
    }
  }
  EXPECT_GE(records, 1);
}

TEST_F(OnPolicyProgram, NormalizationIsSavedWithThePolicyAndReturnsStayUnscaled) {
  ASSERT_EQ(run(train("ppo", "Pendulum-v1", path("run"),
                      {"--normalize_observation", "--normalize_reward"}))
                .status,
            0);
  const agents::Policy policy = agents::Policy::load(path("run") + "/last.safetensors");
  const agents::ObservationNormalization& n = policy.observation_normalization();
  ASSERT_EQ(n.mean.size(), 3u);
  // The angular velocity of a pendulum varies by several rad/s, its cosine by less than one.
  EXPECT_LT(n.scale[2], 0.7f);
  EXPECT_GT(n.scale[0], 1.0f);
  std::ifstream metrics(path("run") + "/metrics.jsonl");
  for (std::string line; std::getline(metrics, line);) {
    const json record = json::parse(line);
    // 200 steps of about -6 each; scaled ones would be about -1 in all.
    if (record["kind"] != "train" || record["episodes"] == 0) continue;
    EXPECT_LT(record["mean_return"], -300);
  }
  ASSERT_EQ(run(train("a2c", "Pendulum-v1", path("bare"))).status, 0);
  EXPECT_TRUE(
      agents::Policy::load(path("bare") + "/last.safetensors").observation_normalization().empty());
}

TEST_F(OnPolicyProgram, StatisticsAreThoseOfTheWrapper) {
  NormalizedEnv wrapped = normalized(
      envs::make("Pendulum-v1", {.num_envs = 8, .autoreset_mode = envs::AutoresetMode::same_step}),
      {.observation = true}, 0.99);
  ASSERT_NE(wrapped.observation, nullptr);
  EXPECT_EQ(wrapped.unscaled_returns, nullptr);
  wrapped.env->reset(1);
  const std::vector<float> still(8);
  const envs::StepView step = wrapped.env->step(envs::ConstMatrixView(still.data(), 8, 1));
  // What the wrapper shows is what the policy makes of the bare observation.
  auto bare =
      envs::make("Pendulum-v1", {.num_envs = 8, .autoreset_mode = envs::AutoresetMode::same_step});
  bare->reset(1);
  const envs::StepView plain = bare->step(envs::ConstMatrixView(still.data(), 8, 1));
  kernels::Tensor out({8, 3});
  agents::normalize(statistics_of(*wrapped.observation), plain.observation, out.matrix());
  for (std::size_t i = 0; i < 8; ++i) {
    for (std::size_t k = 0; k < 3; ++k) {
      EXPECT_NEAR(out.matrix()(i, k), step.observation(i, k), 1e-5f);
    }
  }
}

TEST_F(OnPolicyProgram, OneSeedOneRunForAnyNumberOfThreads) {
  const auto metrics_of = [&](const std::string& name, const std::vector<std::string>& more) {
    EXPECT_EQ(run(train("ppo", "CartPole-v1", path(name), more)).status, 0);
    std::ifstream file(path(name) + "/metrics.jsonl");
    std::string all;
    for (std::string line; std::getline(file, line);) {
      json record = json::parse(line);
      record.erase("seconds");
      all += record.dump() + "\n";
    }
    return all;
  };
  const std::vector<std::string> wide = {"--num_envs", "64"};
  const std::string first = metrics_of("a", wide);
  EXPECT_EQ(metrics_of("b", {"--num_envs", "64", "--threads", "2"}), first);
  EXPECT_NE(metrics_of("c", {"--num_envs", "64", "--seed", "2"}), first);
}

TEST_F(OnPolicyProgram, ResolvedConfigRepeatsTheRun) {
  ASSERT_EQ(run(train("a2c", "CartPole-v1", path("a"), {"--optimizer", "rmsprop_tf"})).status, 0);
  const Printed again =
      run({"train", "a2c", "--config", path("a") + "/config.toml", "--out", path("b"), "--quiet"});
  ASSERT_EQ(again.status, 0) << again.error;
  const auto text = [&](const std::string& name) {
    std::ifstream file(path(name) + "/config.toml");
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  EXPECT_EQ(text("b"), text("a"));
}

TEST_F(OnPolicyProgram, BadArgumentsGiveOneLineAndStatusTwo) {
  const std::string out = path("run");
  const auto refuse = [&](const std::string& algorithm, const std::string& env,
                          const std::vector<std::string>& more, const std::string& part) {
    expect_one_line(run(train(algorithm, env, out, more)), 2, part);
  };
  refuse("ppo", "CartPole-v1", {"--n_steps", "0"}, "n_steps 0: must be at least 1");
  refuse("ppo", "CartPole-v1", {"--batch_size", "129"},
         "batch_size 129: must be in [1, n_steps * num_envs=128]");
  refuse("a2c", "CartPole-v1", {"--n_steps", "0"}, "n_steps 0: must be at least 1");
  refuse("a2c", "CartPole-v1", {"--optimizer", "adm"}, "did you mean 'adam'?");
  refuse("reinforce", "CartPole-v1", {"--n_steps", "5"}, "unknown option");
  refuse("ppo", "CartPole-v1", {"--squash_actions"}, "must be continuous");
  refuse("ppo", "CartPole-v1", {"--learning_rate_schedule", "cubic"},
         "known: constant linear cosine");
  expect_one_line(run({"train", "dqn", "--env", "Pendulum-v1", "--out", out}), 2,
                  "Pendulum-v1 has continuous actions: dqn needs discrete ones");
  EXPECT_FALSE(fs::exists(out)) << "a refused command leaves nothing behind";
}

template <class Config>
void expect_preset_fits(const Preset& preset) {
  CLI::App app;
  RunOptions options;
  NormalizationOptions normalization;
  agents::OnPolicyConfig training;
  Config config;
  bind(app, options);
  bind(app, training);
  bind(app, config);
  bind(app, normalization);
  apply_config(app, std::string(preset.text), preset.name);
  EXPECT_NO_THROW(validate(options)) << preset.name;
  EXPECT_NO_THROW(agents::validate(training)) << preset.name;
  if constexpr (std::is_same_v<Config, agents::PpoConfig>) {
    EXPECT_NO_THROW(agents::validate(config, static_cast<std::size_t>(options.num_envs)))
        << preset.name;
  } else {
    EXPECT_NO_THROW(agents::validate(config)) << preset.name;
  }
  EXPECT_TRUE(preset.text.starts_with("# ")) << "the first line says where the numbers are from";
}

TEST(OnPolicyPresets, FitTheirAlgorithms) {
  int seen = 0;
  for (const Preset& preset : presets()) {
    const std::string_view algorithm = preset.name.substr(preset.name.rfind('_') + 1);
    if (algorithm == "ppo" || algorithm == "ppo-fast") {
      expect_preset_fits<agents::PpoConfig>(preset);
    } else if (algorithm == "a2c") {
      expect_preset_fits<agents::A2cConfig>(preset);
    } else if (algorithm == "reinforce") {
      expect_preset_fits<agents::ReinforceConfig>(preset);
    } else {
      continue;
    }
    ++seen;
  }
  EXPECT_GE(seen, 10);
}

}  // namespace
}  // namespace pavlov::apps
