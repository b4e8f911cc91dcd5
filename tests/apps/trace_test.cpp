// `pavlov trace` as its users see it: text in, text out.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "pavlov/agents/policy.h"
#include "pavlov/tests/apps/run.h"

namespace pavlov::apps {
namespace {

namespace fs = std::filesystem;

class Trace : public InFolder {
 protected:
  std::string text(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }
  // CartPole-v1, seed 3, replayed from a file of this content.
  Printed replay(const std::string& content, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {
        "trace", "--env", "CartPole-v1", "--seed", "3", "--actions", write("actions", content)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  // The action file is refused: one line, which names the line of the file.
  void expect_refused(const std::string& content, const std::string& part) const {
    expect_one_line(replay(content), 1, part);
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
};

// Gymnasium 1.4's CartPole-v1, seed 3, actions 1 and 0.
constexpr const char* kTwoSteps =
    "step,obs0,obs1,obs2,obs3,reward,terminated,truncated\n"
    "0,-0.0414350815,-0.0263189487,0.0301274471,0.00821620319,0,0,0\n"
    "1,-0.0419614613,0.168358266,0.0302917715,-0.27481097,1,0,0\n"
    "2,-0.0385942981,-0.0271824896,0.0247955509,0.0272700191,1,0,0\n";

TEST_F(Trace, StartsWithTheResetAndEndsWithTheActions) {
  const Printed printed = replay("1\n0\n");
  EXPECT_EQ(printed.status, 0);
  EXPECT_EQ(printed.error, "");
  EXPECT_EQ(printed.out, kTwoSteps);
}

TEST_F(Trace, ActionFilesMayComeFromAnywhere) {
  for (const char* content : {"action\n1\n0\n", "1\n0", "\n\n1\n\n0\n\n", "1\r\n0\r\n",
                              "\xEF\xBB\xBF"
                              "action\r\n1\r\n0\r\n",
                              " 1 \n\t0\n", "+1\n00\n", "\"action\"\n1\n0\n"}) {
    EXPECT_EQ(replay(content).out, kTwoSteps) << content;
  }
}

TEST_F(Trace, BadActionFilesGiveOneLineThatNamesTheirs) {
  expect_refused("", "actions: holds no action");
  expect_refused("\n \r\n", "holds no action");
  expect_refused("action\n", "holds no action");
  expect_refused("1\n0\n2\n", "actions:3: action '2': must be a whole number in [0, 2)");
  expect_refused("1\n-1\n", "actions:2: action '-1'");
  expect_refused("1\n+-1\n", "actions:2: action '+-1'");
  expect_refused("action\n\n1\nx\n", "actions:4: action 'x'");
  expect_refused("nan\n", "actions:1: action 'nan'");
  expect_refused("1.5\n", "actions:1: action '1.5'");
  expect_refused("1\n99999999999999999999\n", "actions:2: action '999");
  expect_refused("1\n1 0\n", "actions:2: action '1 0'");
  expect_refused("1,0\n", "actions:1: 2 columns: must be 1 (Discrete(2))");
  expect_refused("1\n0,\n", "actions:2: 2 columns");
  expect_refused("step,action\n0,1\n", "actions:1: 2 columns");
  expect_refused("l\n0\n",
                 "actions:1: first line: column 'l': must be a number, or the name action");
  expect_refused("Action\n0\n", "actions:1: first line: column 'Action'");
  expect_refused("episode,step\n0,1\n", "actions:1: first line: column 'step'");
  expect_refused("episode\n0\n", "actions:1: 1 column: must be 2, the episode and the action");
  expect_refused("episode,action\n0\n", "actions:2: 1 column: must be 2");
  expect_refused("episode,action\n1,0\n0,1\n", "actions:3: episode 0 after episode 1");
  expect_refused("episode,action\n-1,0\n", "actions:2: episode '-1'");
  expect_refused(std::string(5000, '7') + "\n", "actions:1: action '777");
  expect_refused(std::string("1\n\x1b[31m\0\n", 9), "actions:2: action");
}

TEST_F(Trace, BadArgumentsGiveOneLineAndNoFile) {
  const std::string actions = write("actions", "1\n0\n"), out = path("out");
  const auto expect_status = [&](int status, const std::string& part,
                                 std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "trace");
    expect_one_line(run(arguments), status, part);
    EXPECT_FALSE(fs::exists(out));
    EXPECT_EQ(files(), 1u) << "a file is left behind";
  };
  const std::string env = "CartPole-v1";
  expect_status(2, "--actions to replay or --policy", {"--env", env, "--out", out});
  expect_status(2, "--actions to replay or --policy",
                {"--env", env, "--out", out, "--actions", actions, "--policy", "random"});
  expect_status(2, "go with --policy", {"--env", env, "--actions", actions, "--episodes", "2"});
  expect_status(2, "--env is required", {"--actions", actions, "--out", out});
  expect_status(2, "did you mean 'CartPole-v1'?",
                {"--env", "Cartpole-v1", "--actions", actions, "--out", out});
  expect_status(2, "did you mean 'math'?",
                {"--env", env, "--actions", actions, "--out", out, "--set", "mth=fast"});
  expect_status(2, "seed -1: must be in",
                {"--env", env, "--actions", actions, "--out", out, "--seed", "-1"});
  expect_status(2, "episodes 0: must be in",
                {"--env", env, "--policy", "random", "--out", out, "--episodes", "0"});
  expect_status(2, "file of its own", {"--env", env, "--actions", actions, "--out", actions});
  expect_status(2, "file of its own", {"--env", env, "--policy", "random", "--actions_out", "-"});
  expect_status(2, "file of its own",
                {"--env", env, "--policy", "random", "--out", out, "--actions_out",
                 (folder_ / "." / "out").string()});
  expect_status(2, "--out '': must not be empty",
                {"--env", env, "--actions", actions, "--out", ""});
  expect_status(2, "--policy '': must not be empty", {"--env", env, "--policy", "", "--out", out});
  expect_status(2, "--actions '': must not be empty",
                {"--env", env, "--actions", "", "--out", out});
  expect_status(2, "--actions_out '': must not be empty",
                {"--env", env, "--policy", "random", "--out", out, "--actions_out", ""});
  expect_status(2, "unexpected argument 'extra'; see pavlov trace --help", {"extra"});
  expect_status(1, "absent", {"--env", env, "--actions", path("absent"), "--out", out});
  expect_status(1, "nor random or heuristic",
                {"--env", env, "--policy", path("absent"), "--out", out});
  expect_status(1, "[policy] " + std::string(300, 'p') + ": File name too long",
                {"--env", env, "--policy", std::string(300, 'p'), "--out", out});
  expect_status(1, "[safetensors]", {"--env", env, "--policy", actions, "--out", out});
  expect_status(1, "nowhere", {"--env", env, "--actions", actions, "--out", path("nowhere/out")});
  expect_status(1, "not a regular file",
                {"--env", env, "--actions", actions, "--out", folder_.string()});
  expect_status(1, "/dev/full: write: No space left",
                {"--env", env, "--actions", actions, "--out", "/dev/full"});
  expect_status(1, "/dev/full: write: No space left",
                {"--env", env, "--policy", "random", "--out", out, "--actions_out", "/dev/full"});
  expect_status(1, "/dev/full: write: No space left",
                {"--env", env, "--policy", "random", "--out", "/dev/full", "--actions_out", out});
  EXPECT_EQ(text("actions"), "1\n0\n");
}

// Relative names of files that do not exist yet.
TEST_F(Trace, TwoNamesOfOneNewFileAreRefused) {
  const fs::path before = fs::current_path();
  fs::current_path(folder_);
  const Printed printed = run({"trace", "--env", "CartPole-v1", "--policy", "random", "--out",
                               "same", "--actions_out", "./same"});
  fs::current_path(before);
  expect_one_line(printed, 2, "file of its own");
  EXPECT_EQ(files(), 0u);
}

TEST_F(Trace, LeftOverActionsAreReported) {
  std::string content;
  for (int k = 0; k < 600; ++k) content += "1\n";
  const Printed printed = replay(content, {"--out", path("out")});
  EXPECT_EQ(printed.status, 0);
  EXPECT_EQ(printed.out, "");
  EXPECT_EQ(std::count(printed.error.begin(), printed.error.end(), '\n'), 1) << printed.error;
  const std::string table = text("out");
  const auto steps = std::count(table.begin(), table.end(), '\n') - 2;  // header and reset
  EXPECT_NE(printed.error.find(std::to_string(600 - steps) + " actions left over"),
            std::string::npos)
      << printed.error;
  EXPECT_TRUE(table.ends_with(",1,1,0\n")) << "the row of the terminal observation";
}

TEST_F(Trace, RecordedEpisodesReplay) {
  for (const std::vector<std::string>& who : {std::vector<std::string>{"random"},
                                              {"random", "--episodes", "5"},
                                              {"heuristic"},
                                              {"heuristic", "--episodes", "2"}}) {
    std::vector<std::string> record = {
        "trace",       "--env",         "CartPole-v1",   "--seed", "11",        "--out",
        path("first"), "--actions_out", path("actions"), "--set",  "math=fast", "--policy"};
    record.insert(record.end(), who.begin(), who.end());
    const Printed printed = run(record);
    ASSERT_EQ(printed.status, 0) << printed.error;
    EXPECT_EQ(printed.out + printed.error, "");
    const Printed again = run({"trace", "--env", "CartPole-v1", "--seed", "11", "--actions",
                               path("actions"), "--set", "math=fast"});
    EXPECT_EQ(again.status, 0);
    EXPECT_EQ(again.error, "");
    EXPECT_EQ(again.out, text("first"));
    EXPECT_GT(again.out.size(), 500u);
    EXPECT_EQ(text("actions").starts_with("episode,action\n"), who.size() > 1);
    EXPECT_EQ(again.out.starts_with("episode,step,obs0,"), who.size() > 1);
  }
}

TEST_F(Trace, AnEpisodeDependsOnItsSeedAlone) {
  const auto rows = [&](const std::string& seed, const std::string& episodes) {
    return run({"trace", "--env", "CartPole-v1", "--seed", seed, "--policy", "random", "--episodes",
                episodes})
        .out;
  };
  EXPECT_EQ(rows("20", "3"), rows("20", "3"));
  EXPECT_NE(rows("20", "1"), rows("21", "1"));
  // Episode 1 from seed 20 is episode 0 from seed 21, but for its number.
  const std::string several = rows("20", "2"), one = rows("21", "1");
  std::string second;
  for (std::size_t at = several.find("\n1,"); at != std::string::npos;
       at = several.find("\n1,", at + 1)) {
    second += several.substr(at + 3, several.find('\n', at + 1) - at - 2);
  }
  EXPECT_EQ(second, one.substr(one.find('\n') + 1));
}

TEST_F(Trace, HeuristicBalances) {
  const Printed printed = run({"trace", "--env", "CartPole-v1", "--policy", "heuristic"});
  EXPECT_EQ(std::count(printed.out.begin(), printed.out.end(), '\n'), 502) << printed.error;
  EXPECT_TRUE(printed.out.ends_with(",1,0,1\n"));
}

TEST_F(Trace, SavedPoliciesActGreedilyInTheirEnvironment) {
  const std::string folder = path("run");
  ASSERT_EQ(run({"train", "dqn", "--env", "CartPole-v0", "--out", folder, "--steps", "600",
                 "--hidden", "8", "--quiet", "--eval_every", "0", "--final_episodes", "0", "--set",
                 "sutton_barto_reward=true"})
                .status,
            0);
  const Printed printed = run({"trace", "--policy", folder, "--actions_out", path("actions")});
  ASSERT_EQ(printed.status, 0) << printed.error;
  EXPECT_NE(printed.out.find(",0,0,0\n1,"), std::string::npos) << "the reward of its options";
  const Printed by_file = run({"trace", "--policy", folder + "/last.safetensors"});
  EXPECT_EQ(by_file.out, printed.out);
  // No table takes its place.
  const std::string file = folder + "/last.safetensors", saved = text("run/last.safetensors");
  for (const std::string& policy : {folder, file}) {
    expect_one_line(run({"trace", "--policy", policy, "--out", file}), 2, "a file of its own");
    expect_one_line(run({"trace", "--policy", policy, "--actions_out",
                         folder + "/./last.safetensors", "--out", path("out")}),
                    2, "a file of their own");
  }
  EXPECT_EQ(text("run/last.safetensors"), saved);
  EXPECT_FALSE(fs::exists(path("out")));
  // Elsewhere it plays too, where the spaces fit; its options stay at home.
  const Printed elsewhere = run({"trace", "--env", "CartPole-v1", "--policy", folder});
  EXPECT_EQ(elsewhere.status, 0) << elsewhere.error;
  EXPECT_NE(elsewhere.out.find(",1,0,0\n"), std::string::npos);

  // The recorded actions are those of the policy at the observations of the table.
  agents::Policy policy = agents::Policy::load(folder + "/last.safetensors");
  std::istringstream table(printed.out), actions(text("actions"));
  std::string row, action;
  std::getline(table, row);
  std::getline(actions, action);
  int steps = 0;
  while (std::getline(table, row) && std::getline(actions, action)) {
    float observation[4];
    std::istringstream words(row);
    std::string word;
    std::getline(words, word, ',');
    for (float& value : observation) {
      std::getline(words, word, ',');
      value = std::stof(word);
    }
    std::int32_t greedy = -1;
    policy.act({observation, 1, 4}, {&greedy, 1});
    EXPECT_EQ(std::to_string(greedy), action) << row;
    ++steps;
  }
  EXPECT_GT(steps, 5);
}

TEST_F(Trace, DevicesTakeTheTableAsItComes) {
  const Printed printed = replay("1\n0\n", {"--out", "/dev/null"});
  EXPECT_EQ(printed.status, 0) << printed.error;
  EXPECT_FALSE(fs::is_regular_file("/dev/null"));
}

}  // namespace
}  // namespace pavlov::apps
