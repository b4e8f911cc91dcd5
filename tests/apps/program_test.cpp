#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "pavlov/agents/ladder.h"
#include "pavlov/nets/torch/torch_mlp.h"
#include "pavlov/tests/apps/run.h"

namespace pavlov::apps {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::vector<std::string> train(const std::string& out, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {
      "train",   "dqn",          "--env", "CartPole-v1",      "--out",
      out,       "--steps",      "1500",  "--hidden",         "16",
      "--quiet", "--eval_every", "500",   "--final_episodes", "10"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

class Program : public InFolder {};

TEST_F(Program, BadArgumentsGiveOneLineAndStatusTwo) {
  const std::string out = path("run");
  expect_one_line(run({}), 2, "pavlov --help");
  expect_one_line(run({"trian"}), 2, "did you mean 'train'?");
  expect_one_line(run({"train"}), 2, "--help");
  expect_one_line(run({"train", "dqm"}), 2, "unknown algorithm 'dqm': did you mean 'dqn'?");
  expect_one_line(run({"train", "dqn"}), 2, "--env is required");
  expect_one_line(run({"train", "dqn", "--env", "Cartpole-v1"}), 2, "did you mean 'CartPole-v1'?");
  expect_one_line(run({"train", "dqn", "--learning-rat", "1"}), 2,
                  "did you mean '--learning_rate'?");
  expect_one_line(run(train(out, {"--seed", "-1"})), 2, "seed -1: must be in [0, 2^32)");
  expect_one_line(run(train(out, {"--seed", "4294967296"})), 2, "must be in [0, 2^32)");
  expect_one_line(run(train(out, {"--seed", "one"})), 2, "--seed");
  expect_one_line(run(train(out, {"--gamma", "1.5"})), 2, "gamma 1.5: must be in [0, 1]");
  expect_one_line(run(train(out, {"--gamma", "nan"})), 2, "gamma");
  expect_one_line(run(train(out, {"--batch-size", "0"})), 2, "batch_size 0: must be in");
  expect_one_line(run(train(out, {"--n_step", "0"})), 2, "n_step 0: must be in");
  expect_one_line(run(train(out, {"--alpha", "1.5"})), 2, "alpha 1.5: must be in [0, 1]");
  expect_one_line(run(train(out, {"--beta_final", "-1"})), 2, "beta_final -1");
  expect_one_line(run(train(out, {"--draws", "stratfied"})), 2, "did you mean 'stratified'?");
  expect_one_line(run(train(out, {"--num_envs", "64", "--n_step", "8", "--buffer_size", "511"})), 2,
                  "num_envs 64 with n_step 8: must be at most buffer_size=511 / n_step");
  expect_one_line(run(train(out, {"--loss", "hubr"})), 2, "did you mean 'huber'?");
  expect_one_line(run(train(out, {"--distribution", "c50"})), 2, "did you mean 'c51'?");
  expect_one_line(run(train(out, {"--atoms", "1"})), 2, "atoms 1: must be in [2, 4096]");
  expect_one_line(run(train(out, {"--v_min", "10"})), 2, "v_min 10: must be below v_max 10");
  expect_one_line(run(train(out, {"--noisy", "--backend", "torch"})), 2, "backend torch: knows no");
  expect_one_line(run(train(out, {"--backend", "trch"})), 2, "did you mean 'torch'?");
  expect_one_line(run(train(out, {"--device", "cudo"})), 2, "did you mean 'cuda'?");
  expect_one_line(run(train(out, {"--threads", "0"})), 2, "threads 0");
  expect_one_line(run(train(out, {"--num_envs", "-4"})), 2, "num_envs -4");
  expect_one_line(run(train(out, {"--set", "mth=fast"})), 2, "did you mean 'math'?");
  expect_one_line(run(train(out, {"--set", "math"})), 2, "must be name=value");
  expect_one_line(run(train(out, {"--set", "reset_low=1e9"})), 2, "reset_low");
  expect_one_line(run(train(out, {"--steps", "0"})), 2, "steps 0: must be at least 1");
  EXPECT_FALSE(fs::exists(out)) << "a refused command leaves nothing behind";
}

TEST_F(Program, BadFilesGiveOneLineAndStatusOne) {
  expect_one_line(run({"evaluate", path("nothing")}), 1, "no such run or policy file");
  expect_one_line(run({"evaluate", folder_.string()}), 1, "holds no run");
  expect_one_line(run({"evaluate", folder_.string(), "--threads", "-3"}), 2, "threads -3");
  std::ofstream(path("policy")) << "this is no policy";
  expect_one_line(run({"evaluate", path("policy")}), 1, "[safetensors]");
  expect_one_line(run(train(path("policy") + "/run")), 1, "cannot make the folder");
  expect_one_line(run(train(path("run"), {"--config", path("absent.toml")})), 1, "absent.toml");
  std::ofstream(path("bad.toml")) << "gama = 0.5\n";
  expect_one_line(run(train(path("run"), {"--config", path("bad.toml")})), 2,
                  "did you mean 'gamma'?");
}

// Whatever this machine has, the run says where it was trained, and why.
TEST_F(Program, RecordsItsDevice) {
  const std::string out = path("run");
  ASSERT_EQ(run(train(out, {"--device", "auto"})).status, 0);
  std::ifstream metrics(fs::path(out) / "metrics.jsonl");
  std::string line;
  ASSERT_TRUE(std::getline(metrics, line));
  const json record = json::parse(line);
  EXPECT_TRUE(record["device"] == "cpu" || record["device"] == "cuda") << line;
  EXPECT_NE(record["device_reason"], "");
}

TEST_F(Program, PolicyGradientHasADeviceToo) {
  const std::string out = path("run");
  ASSERT_EQ(run({"train", "a2c", "--env", "CartPole-v1", "--steps", "200", "--eval_every", "0",
                 "--final_episodes", "0", "--device", "auto", "--quiet", "--out", out})
                .status,
            0);
  std::ifstream metrics(fs::path(out) / "metrics.jsonl");
  std::string line;
  ASSERT_TRUE(std::getline(metrics, line));
  EXPECT_NE(json::parse(line)["device_reason"], "");
  expect_one_line(run({"train", "reinforce", "--env", "CartPole-v1", "--device", "cuda", "--out",
                       path("refused")}),
                  2, "[reinforce] device cuda: rounds of whole episodes");
  EXPECT_FALSE(fs::exists(path("refused")));
}

TEST_F(Program, TrainsSavesAndEvaluates) {
  const std::string out = path("run");
  const Printed trained = run(train(out, {"--json", "--seed", "3"}));
  ASSERT_EQ(trained.status, 0) << trained.error;
  EXPECT_EQ(trained.error, "");
  const json result = json::parse(trained.out);
  EXPECT_EQ(result["env"], "CartPole-v1");
  EXPECT_EQ(result["steps"], 1500);
  EXPECT_EQ(result["episodes"], 10);
  for (const char* name : {"config.toml", "metrics.jsonl", "learning_curve.svg", "last.safetensors",
                           "best.safetensors"}) {
    EXPECT_TRUE(fs::exists(fs::path(out) / name)) << name;
  }
  std::ifstream metrics(fs::path(out) / "metrics.jsonl");
  int evaluations = 0;
  for (std::string line; std::getline(metrics, line);) {
    const json record = json::parse(line);
    if (record["kind"] != "evaluation") continue;
    ++evaluations;
    EXPECT_EQ(record["returns"].size(), 20u);
  }
  EXPECT_EQ(evaluations, 3);

  const Printed evaluated = run({"evaluate", out, "--episodes", "10", "--json"});
  ASSERT_EQ(evaluated.status, 0) << evaluated.error;
  const json evaluation = json::parse(evaluated.out);
  EXPECT_EQ(evaluation["env"], "CartPole-v1");
  EXPECT_EQ(evaluation["policy"], "last");
  EXPECT_EQ(evaluation["episodes"], 10);
  EXPECT_EQ(evaluation["mean"], result["mean"]) << "the same episodes as at the end of the run";
  for (const char* key : {"std", "min", "max", "length_mean"})
    EXPECT_TRUE(evaluation.contains(key));
  const Printed int8 = run({"evaluate", out, "--episodes", "10", "--int8", "--json"});
  ASSERT_EQ(int8.status, 0) << int8.error;
  const json rounded = json::parse(int8.out);
  EXPECT_EQ(rounded["mean"], evaluation["mean"]);
  EXPECT_GT(rounded["int8_same_actions"].get<double>(), 0.5);
  EXPECT_LT(rounded["int8_parameter_bytes"].get<int>(), rounded["parameter_bytes"].get<int>());
  const Printed text = run({"evaluate", out, "--episodes", "3", "--int8"});
  EXPECT_NE(text.out.find("with weights of 8 bits: mean return"), std::string::npos) << text.out;
  EXPECT_EQ(run({"evaluate", out, "--policy", "best", "--episodes", "3"}).status, 0);
  EXPECT_EQ(run({"evaluate", out + "/best.safetensors", "--episodes", "3"}).status, 0);
  expect_one_line(run({"evaluate", out, "--policy", "bets"}), 2, "did you mean 'best'?");
  expect_one_line(run({"evaluate", out, "--episodes", "0"}), 2, "episodes 0");
  expect_one_line(run({"evaluate", out, "--seed", "-1"}), 2, "seed -1: must be in [0, 2^32)");
}

// Every row trains, is evaluated from its file, and takes its options back one by one.
TEST_F(Program, TrainsEveryRungOfTheLadder) {
  for (const agents::Rung& rung : agents::ladder()) {
    SCOPED_TRACE(rung.name);
    std::vector<std::string> arguments = train(path("run"), {"--overwrite", "--json"});
    arguments[1] = rung.name;
    const Printed trained = run(arguments);
    ASSERT_EQ(trained.status, 0) << trained.error;
    const Printed evaluated = run({"evaluate", path("run"), "--episodes", "10", "--json"});
    ASSERT_EQ(evaluated.status, 0) << evaluated.error;
    EXPECT_EQ(json::parse(evaluated.out)["mean"], json::parse(trained.out)["mean"]);
    std::ifstream config(path("run") + "/config.toml");
    const std::string text(std::istreambuf_iterator<char>(config), {});
    const bool dueling = rung.name == "dueling" || rung.name == "rainbow";
    EXPECT_EQ(text.find("\ndueling=true\n") != std::string::npos, dueling) << text;
    arguments.emplace_back("--no_dueling");
    ASSERT_EQ(run(arguments).status, 0);
    std::ifstream without(path("run") + "/config.toml");
    const std::string plain(std::istreambuf_iterator<char>(without), {});
    EXPECT_NE(plain.find("\ndueling=false\n"), std::string::npos) << plain;
  }
}

TEST_F(Program, OneSeedOneRun) {
  const auto metrics_of = [&](const std::string& name, const std::string& seed) {
    EXPECT_EQ(run(train(path(name), {"--seed", seed})).status, 0);
    std::ifstream file(path(name) + "/metrics.jsonl");
    std::string all;
    for (std::string line; std::getline(file, line);) {
      json record = json::parse(line);
      record.erase("seconds");
      all += record.dump() + "\n";
    }
    return all;
  };
  const std::string first = metrics_of("a", "5");
  EXPECT_EQ(metrics_of("b", "5"), first);
  EXPECT_NE(metrics_of("c", "6"), first);
}

TEST_F(Program, ResolvedConfigRepeatsTheRun) {
  ASSERT_EQ(run(train(path("a"), {"--seed", "8", "--set", "math=fast"})).status, 0);
  const Printed again =
      run({"train", "dqn", "--config", path("a") + "/config.toml", "--out", path("b"), "--quiet"});
  ASSERT_EQ(again.status, 0) << again.error;
  const auto text = [&](const std::string& name) {
    std::ifstream file(path(name) + "/config.toml");
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  EXPECT_EQ(text("b"), text("a"));
}

TEST_F(Program, BackendTorchTrainsWhatNativePlays) {
  const std::vector<std::string> torch = {"--backend", "torch", "--json"};
  std::string description;
  if (!nets::torch_available(description)) {
    expect_one_line(run(train(path("torch"), torch)), 1, "libtorch-dev");
    EXPECT_FALSE(fs::exists(path("torch")));
    return;
  }
  const Printed trained = run(train(path("torch"), torch));
  ASSERT_EQ(trained.status, 0) << trained.error;
  std::ifstream config(path("torch") + "/config.toml");
  const std::string text(std::istreambuf_iterator<char>(config), {});
  EXPECT_NE(text.find("backend=\"torch\""), std::string::npos) << text;
  // Read back by the native kernels; an action may differ where two values are equal to rounding.
  const Printed evaluated = run({"evaluate", path("torch"), "--episodes", "10", "--json"});
  ASSERT_EQ(evaluated.status, 0) << evaluated.error;
  EXPECT_NEAR(json::parse(evaluated.out)["mean"].get<double>(),
              json::parse(trained.out)["mean"].get<double>(), 1.0);
}

TEST_F(Program, ARunIsNotOverwrittenUnasked) {
  ASSERT_EQ(run(train(path("run"))).status, 0);
  expect_one_line(run(train(path("run"))), 1, "--overwrite");
  const std::vector<std::string> too_wide = {"--num_envs", "4096", "--buffer_size", "1000",
                                             "--overwrite"};
  expect_one_line(run(train(path("run"), too_wide)), 2, "num_envs 4096");
  EXPECT_TRUE(fs::exists(path("run") + "/last.safetensors")) << "a refused run removes nothing";
  EXPECT_EQ(run(train(path("run"), {"--overwrite"})).status, 0);
}

TEST_F(Program, PolicyRemembersItsEnvironmentsOptions) {
  ASSERT_EQ(run(train(path("run"), {"--set", "sutton_barto_reward=true"})).status, 0);
  const Printed printed = run({"evaluate", path("run"), "--episodes", "5", "--json"});
  ASSERT_EQ(printed.status, 0) << printed.error;
  EXPECT_LE(json::parse(printed.out)["max"].get<double>(), 0.0);
  const Printed other = run(
      {"evaluate", path("run"), "--episodes", "5", "--json", "--set", "sutton_barto_reward=false"});
  EXPECT_GT(json::parse(other.out)["min"].get<double>(), 0.0);
}

TEST_F(Program, ListsAndInfoSpeakJson) {
  for (const std::vector<std::string>& command : {std::vector<std::string>{"list", "envs"},
                                                  {"list", "agents"},
                                                  {"list", "presets"},
                                                  {"bench", "kernels", "--seconds", "0"},
                                                  {"info"}}) {
    const Printed text = run(command);
    EXPECT_EQ(text.status, 0);
    EXPECT_NE(text.out, "");
    std::vector<std::string> with_json = command;
    with_json.emplace_back("--json");
    const Printed printed = run(with_json);
    EXPECT_EQ(printed.status, 0);
    std::istringstream lines(printed.out);
    int objects = 0;
    for (std::string line; std::getline(lines, line);) objects += json::parse(line).is_object();
    EXPECT_GE(objects, 1);
  }
}

TEST_F(Program, HelpIsForNewcomers) {
  const Printed top = run({"--help"});
  EXPECT_EQ(top.status, 0);
  EXPECT_NE(top.out.find("pavlov train dqn --env CartPole-v1"), std::string::npos);
  const Printed dqn = run({"train", "dqn", "--help"});
  EXPECT_EQ(dqn.status, 0);
  EXPECT_NE(dqn.out.find("--learning_rate"), std::string::npos);
  EXPECT_EQ(run({"--version"}).status, 0);
}

}  // namespace
}  // namespace pavlov::apps
