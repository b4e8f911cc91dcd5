// The program as a process of its own: Ctrl-C, a disk that fills up.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "pavlov/agents/policy.h"
#include "pavlov/tests/apps/run.h"

namespace pavlov::apps {
namespace {

namespace fs = std::filesystem;

class Process : public InFolder {
 protected:
  // Starts the program with standard error in file "error"; `prepare` runs in the child.
  void start(
      const std::vector<std::string>& arguments, const std::function<void()>& prepare = [] {}) {
    child_ = fork();
    ASSERT_GE(child_, 0);
    if (child_ != 0) return;
    prepare();
    if (freopen(path("error").c_str(), "w", stderr) == nullptr) _exit(99);
    if (freopen(path("out").c_str(), "w", stdout) == nullptr) _exit(99);
    std::vector<char*> argv = {const_cast<char*>(PAVLOV_PROGRAM)};
    for (const std::string& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
    argv.push_back(nullptr);
    execv(PAVLOV_PROGRAM, argv.data());
    _exit(99);
  }
  int wait_for_exit() {
    int status = 0;
    waitpid(child_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }
  // Waits until the run has written its first evaluation.
  bool wait_for_evaluation(const std::string& run) {
    for (int k = 0; k < 600; ++k) {
      if (fs::exists(fs::path(run) / "best.safetensors")) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
  }
  std::string text(const std::string& name) const {
    std::ifstream file(path(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // Far more steps than any test waits for.
  std::vector<std::string> endless(const std::string& out) const {
    return {"train",   "dqn",        "--env",        "CartPole-v1", "--out",           out,
            "--steps", "1000000000", "--eval_every", "500",         "--eval_episodes", "2"};
  }

  pid_t child_ = -1;
};

TEST_F(Process, CtrlCEndsTheRunWithEverythingSaved) {
  const std::string run = path("run");
  start(endless(run));
  ASSERT_TRUE(wait_for_evaluation(run));
  kill(child_, SIGINT);
  EXPECT_EQ(wait_for_exit(), 130) << text("error");
  EXPECT_NE(text("error").find("everything is saved"), std::string::npos) << text("error");
  EXPECT_GT(agents::Policy::load(run + "/last.safetensors").origin().env_steps, 0);
  EXPECT_NO_THROW(agents::Policy::load(run + "/best.safetensors"));
  EXPECT_TRUE(fs::exists(run + "/learning_curve.svg"));
}

TEST_F(Process, CtrlCLeavesNothingOfATrace) {
  start({"trace", "--env", "CartPole-v1", "--policy", "heuristic", "--episodes", "1000000", "--out",
         path("table"), "--actions_out", path("actions")});
  // Until both files grow under their temporary names.
  const auto growing = [&] {
    int count = 0;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      const std::string name = entry.path().filename().string();
      count += name.find(".tmp-") != std::string::npos && fs::file_size(entry.path()) > 100000;
    }
    return count == 2;
  };
  for (int k = 0; k < 600 && !growing(); ++k) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  ASSERT_TRUE(growing());
  kill(child_, SIGINT);
  EXPECT_EQ(wait_for_exit(), 130) << text("error");
  EXPECT_EQ(text("error"), "interrupted: no file is written\n");
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  EXPECT_EQ(names, (std::vector<std::string>{"error", "out"}));
}

TEST_F(Process, TraceReadsActionsFromStandardInput) {
  std::ofstream(path("actions")) << "1\n2\n";
  const auto from_file = [&] {
    if (freopen(path("actions").c_str(), "r", stdin) == nullptr) _exit(99);
  };
  start({"trace", "--env", "CartPole-v1", "--actions", "-"}, from_file);
  EXPECT_EQ(wait_for_exit(), 1);
  EXPECT_NE(text("error").find("standard input:2: action '2'"), std::string::npos) << text("error");
  std::ofstream(path("actions")) << "1\n0\n";
  start({"trace", "--env", "CartPole-v1", "--actions", "-"}, from_file);
  EXPECT_EQ(wait_for_exit(), 0) << text("error");
  const std::string table = text("out");
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 4) << table;
}

TEST_F(Process, SecondCtrlCEndsItAtOnce) {
  const std::string run = path("run");
  // One round of updates that takes minutes: the loop cannot answer the first Ctrl-C in time.
  std::vector<std::string> arguments = endless(run);
  arguments.insert(arguments.end(), {"--learning_starts", "600", "--gradient_steps", "100000000",
                                     "--hidden", "512"});
  start(arguments);
  ASSERT_TRUE(wait_for_evaluation(run));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  kill(child_, SIGINT);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(waitpid(child_, nullptr, WNOHANG), 0) << "it should still be in its round of updates";
  kill(child_, SIGINT);
  EXPECT_EQ(wait_for_exit(), 130);
  EXPECT_NO_THROW(agents::Policy::load(run + "/best.safetensors"));
}

TEST_F(Process, FullDiskIsOneLineAndKeepsWhatWasSaved) {
  const std::string run = path("run");
  // A limit on the size of files stands in for a full disk: the metrics outgrow it, weights do not.
  std::vector<std::string> arguments = endless(run);
  arguments.insert(arguments.end(), {"--hidden", "16"});
  start(arguments, [] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{30000, 30000};
    setrlimit(RLIMIT_FSIZE, &limit);
  });
  EXPECT_EQ(wait_for_exit(), 1);
  const std::string error = text("error");
  EXPECT_NE(error.find("pavlov: error: [run] "), std::string::npos) << error;
  EXPECT_NE(error.find("metrics.jsonl: write failed"), std::string::npos) << error;
  EXPECT_NO_THROW(agents::Policy::load(run + "/best.safetensors"));
  EXPECT_TRUE(fs::exists(run + "/config.toml"));
}

TEST_F(Process, UnknownSimdTargetIsOneLine) {
  start({"info"}, [] { setenv("PAVLOV_SIMD", "scalr", 1); });
  EXPECT_EQ(wait_for_exit(), 2);
  EXPECT_NE(text("error").find("did you mean 'scalar'?"), std::string::npos) << text("error");
}

}  // namespace
}  // namespace pavlov::apps
