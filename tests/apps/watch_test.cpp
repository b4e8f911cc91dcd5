// pavlov watch, and what `pavlov train` says about watching: words, files and errors. Windows:
// tests/viewer.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "pavlov/apps/viewer/show.h"
#include "pavlov/tests/apps/run.h"

namespace pavlov::apps {
namespace {

class Watch : public InFolder {
 protected:
  void SetUp() override {
    InFolder::SetUp();
    for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"}) unsetenv(name);
  }
  // A short training; more arguments may follow.
  Printed train(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"train",       "dqn",
                                          "--env",       "CartPole-v1",
                                          "--steps",     "1500",
                                          "--out",       path("run"),
                                          "--overwrite", "--eval_every",
                                          "500",         "--eval_episodes",
                                          "2",           "--final_episodes",
                                          "0",           "--hidden",
                                          "16"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  std::size_t files(const std::string& folder) const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(path(folder)), {}));
  }
};

TEST_F(Watch, ARunKeepsOnePolicyPerEvaluation) {
  EXPECT_EQ(train().status, 0);
  EXPECT_EQ(files("run/policies"), 3u);
  EXPECT_TRUE(std::filesystem::exists(path("run/policies/step_000000000500.safetensors")));
  EXPECT_EQ(train().status, 0);  // replaces the run
  EXPECT_EQ(files("run/policies"), 3u);
}

TEST_F(Watch, FilmsAPolicyAndATrace) {
  if (!has_viewer()) GTEST_SKIP() << "built without the viewer";
  ASSERT_EQ(train().status, 0);
  const Printed film = run({"watch", path("run"), "--record", path("frames"), "--seconds", "0.2",
                            "--size", "320x200", "--num_envs", "2", "--theme", "light"});
  EXPECT_EQ(film.status, 0) << film.error;
  EXPECT_EQ(files("frames"), 6u);
  EXPECT_NE(film.out.find(path("frames")), std::string::npos);

  ASSERT_EQ(run({"trace", "--env", "CartPole-v1", "--policy", "random", "--out", path("steps.csv"),
                 "--actions_out", path("actions.csv")})
                .status,
            0);
  const Printed trace = run({"watch", "--actions", path("actions.csv"), "--env", "CartPole-v1",
                             "--record", path("trace"), "--seconds", "0.1", "--size", "320x200"});
  EXPECT_EQ(trace.status, 0) << trace.error;
  EXPECT_EQ(files("trace"), 3u);
}

TEST_F(Watch, RefusesBadWords) {
  ASSERT_EQ(train().status, 0);
  const std::string source = path("run");
  expect_one_line(run({"watch"}), 2, "--human");
  expect_one_line(run({"watch", path("nothing")}), 1, "no such run");
  expect_one_line(run({"watch", source, "--policy", "bast"}), 2, "best");
  expect_one_line(run({"watch", source, "--size", "12x"}), 2, "WIDTHxHEIGHT");
  expect_one_line(run({"watch", source, "--theme", "lite"}), 2, "light");
  expect_one_line(run({"watch", source, "--num_envs", "65"}), 2, "[1, 64]");
  expect_one_line(run({"watch", source, "--seconds", "-1"}), 2, "seconds");
  expect_one_line(run({"watch", source, "--actions", "a.csv"}), 2, "--actions");
  expect_one_line(run({"watch", "--actions", "a.csv"}), 2, "--env");
  expect_one_line(run({"watch", "--human"}), 2, "--env");
}

TEST_F(Watch, SaysWhatCannotBeShown) {
  if (!has_viewer()) GTEST_SKIP() << "built without the viewer";
  ASSERT_EQ(train().status, 0);
  expect_one_line(run({"watch", path("run")}), 1, "no display");
  expect_one_line(run({"watch", path("run"), "--env", "Acrobot-v1", "--record", path("f")}), 2,
                  "does not fit");
  expect_one_line(run({"watch", path("run"), "--record", "/proc/nowhere/film.mp4"}), 1,
                  "cannot be written");
  expect_one_line(run({"watch", path("run"), "--record", path("film.webm")}), 1, ".mp4");
}

// Whoever cannot watch trains on all the same.
TEST_F(Watch, TrainingGoesOnUnseen) {
  const Printed unseen = train({"--watch"});
  EXPECT_EQ(unseen.status, 0);
  EXPECT_NE(unseen.error.find("the training goes on"), std::string::npos) << unseen.error;
  EXPECT_NE(unseen.error.find(has_viewer() ? "no display" : "libsdl2-dev"), std::string::npos);
  EXPECT_EQ(files("run/policies"), 3u);
  const Printed text = train({"--watch=terminal"});
  EXPECT_EQ(text.status, 0);
  EXPECT_NE(text.error.find("no terminal"), std::string::npos) << text.error;
}

TEST_F(Watch, FilmsATraining) {
  if (!has_viewer()) GTEST_SKIP() << "built without the viewer";
  const Printed film = train({"--record", path("frames"), "--size", "320x200"});
  EXPECT_EQ(film.status, 0) << film.error;
  EXPECT_GT(files("frames"), 0u);
}

TEST_F(Watch, RefusesBadWaysToWatch) {
  expect_one_line(train({"--watch=termnal"}), 2, "terminal");
  expect_one_line(train({"--watch=terminal", "--record", path("f")}), 2, "--record");
  expect_one_line(train({"--watch", "--size", "big"}), 2, "WIDTHxHEIGHT");
  expect_one_line(train({"--record", "/proc/nowhere/film.mp4"}), 1,
                  has_viewer() ? "cannot be" : "");
}

}  // namespace
}  // namespace pavlov::apps
