// A watched environment gives what an unwatched one gives, and shows it.
#include "pavlov/apps/viewer/watched_env.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <stdexcept>
#include <thread>

#include "pavlov/agents/dqn.h"
#include "pavlov/agents/train_off_policy.h"
#include "pavlov/apps/viewer/training_stage.h"
#include "stages.h"

namespace pavlov::apps {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<envs::VecEnv> training_env(std::size_t count) {
  return envs::make("CartPole-v1",
                    {.num_envs = count, .autoreset_mode = envs::AutoresetMode::same_step});
}

// Actions of a fixed pattern for `steps` steps; returns all observations and rewards.
std::vector<double> play(envs::VecEnv& env, int steps) {
  std::vector<double> seen;
  std::vector<std::int32_t> action(env.size());
  env.reset(std::uint64_t{3});
  for (int t = 0; t < steps; ++t) {
    for (std::size_t i = 0; i < action.size(); ++i) {
      action[i] = static_cast<std::int32_t>((static_cast<std::size_t>(t) * 7 + i) % 3 % 2);
    }
    const envs::StepView step = env.step(action);
    for (std::size_t i = 0; i < env.size(); ++i) {
      for (const float value : step.observation.row(i)) seen.push_back(static_cast<double>(value));
      seen.push_back(step.reward[i]);
    }
  }
  return seen;
}

TEST(WatchedEnv, ChangesNothing) {
  Live live;
  WatchedEnv watched(training_env(3), 600, live, nullptr);
  EXPECT_EQ(play(watched, 200), play(*training_env(3), 200));
  EXPECT_EQ(watched.steps(), 600);
}

TEST(WatchedEnv, ShowsTheLastStep) {
  Live live;
  WatchedEnv env(training_env(3), 600, live, nullptr);
  env.reset(std::uint64_t{3});
  const std::vector<std::int32_t> action = {0, 1, 0};
  env.step(action);
  std::this_thread::sleep_for(20ms);
  env.step(action);
  ASSERT_TRUE(live.snapshots.take());
  const Snapshot& s = live.snapshots.value().snapshot;
  ASSERT_EQ(s.tiles.size(), 3u);
  EXPECT_EQ(s.steps, 6);
  EXPECT_EQ(s.tiles[1].step, 2);
  EXPECT_EQ(s.tiles[1].total, 2.0);
  EXPECT_EQ(s.tiles[1].action, 1);
  envs::Picture picture;
  env.draw(1, action, picture);
  EXPECT_TRUE(s.tiles[1].picture == picture);
}

TEST(WatchedEnv, PublishesAtMostSixtyTimesASecond) {
  Live live;
  WatchedEnv env(training_env(1), 1000000000, live, nullptr);
  env.reset(std::uint64_t{0});
  const std::vector<std::int32_t> action = {0};
  const auto start = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - start < 500ms) env.step(action);
  EXPECT_LE(env.published(), 32);
  EXPECT_GE(env.published(), 5);
}

// Closing costs nothing more; what was paused goes on.
TEST(WatchedEnv, GoesOnWhenTheWindowCloses) {
  Live live;
  WatchedEnv env(training_env(1), 1000, live, nullptr);
  env.reset(std::uint64_t{0});
  live.wishes.paused = true;
  std::thread closer([&] {
    std::this_thread::sleep_for(50ms);
    live.wishes.watching = false;
  });
  const std::vector<std::int32_t> action = {0};
  const auto start = std::chrono::steady_clock::now();
  env.step(action);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 40ms);
  closer.join();
  const std::int64_t published = env.published();
  for (int k = 0; k < 100; ++k) env.step(action);
  EXPECT_EQ(env.published(), published);
}

TEST(WatchedEnv, PausesStepsAndStops) {
  Live live;
  std::atomic<bool> stop{false};
  WatchedEnv env(training_env(1), 1000, live, &stop);
  env.reset(std::uint64_t{0});
  live.wishes.paused = true;
  std::atomic<int> steps{0};
  std::thread trainer([&] {
    const std::vector<std::int32_t> action = {0};
    while (!stop) {
      env.step(action);
      ++steps;
    }
  });
  std::this_thread::sleep_for(60ms);
  EXPECT_EQ(steps, 0);
  live.wishes.single_steps = 2;
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(steps, 2);
  stop = true;  // Ctrl-C while paused
  trainer.join();
  EXPECT_LE(steps, 3);
}

TEST(WatchedEnv, SlowsDownToRealTime) {
  Live live;
  live.wishes.speed = 1.0;  // 50 steps per second
  WatchedEnv env(training_env(1), 1000, live, nullptr);
  env.reset(std::uint64_t{0});
  const std::vector<std::int32_t> action = {0};
  const auto start = std::chrono::steady_clock::now();
  for (int k = 0; k < 15; ++k) env.step(action);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  EXPECT_GT(seconds, 0.15);
  EXPECT_LT(seconds, 2.0);
}

// A disk that is full is told, and the training goes on.
TEST(WatchedEnv, SavesWhenAskedAndTellsWhatHappened) {
  Live live;
  WatchedEnv env(training_env(1), 1000, live, nullptr);
  agents::Dqn agent({.hidden = {8}}, 4, 2, 1);
  const auto policy = [&] { return agents::Policy::of(agent, {.env_id = "CartPole-v1"}); };
  int saved = 0;
  env.follow(agent, policy, [&]() -> std::string {
    if (++saved == 2) throw std::runtime_error("the disk is full");
    return "saved";
  });
  env.reset(std::uint64_t{0});
  const std::vector<std::int32_t> action = {0};
  TrainingStage stage(live, make_subject(env.spec(), "dqn", ""),
                      [](std::size_t n) { return resting_env("CartPole-v1", n); });
  for (const std::string& expected : {std::string("saved"), std::string("the disk is full")}) {
    stage.handle(Command::checkpoint);
    std::this_thread::sleep_for(20ms);
    env.step(action);
    stage.advance(0.0);
    EXPECT_EQ(stage.news(), expected);
    EXPECT_EQ(stage.news(), "");
  }
  const Snapshot& s = stage.advance(0.0);
  EXPECT_EQ(s.opinion.score.size(), 2u);
  stage.handle(Command::checkpoint);
  live.wishes.watching = false;  // the window closes before the next step
  env.step(action);
  EXPECT_EQ(saved, 3);
}

// Greedy episodes are played beside the training, in as many environments.
TEST(TrainingStage, PlaysGreedyEpisodes) {
  Live live;
  WatchedEnv env(training_env(2), 1000, live, nullptr);
  agents::Dqn agent({.hidden = {8}}, 4, 2, 1);
  env.follow(agent, [&] { return agents::Policy::of(agent, {.env_id = "CartPole-v1"}); }, {});
  env.reset(std::uint64_t{0});
  TrainingStage stage(live, make_subject(env.spec(), "dqn", ""),
                      [](std::size_t n) { return resting_env("CartPole-v1", n); });
  stage.handle(Command::greedy);
  const std::vector<std::int32_t> action = {0, 1};
  double now = 0.0;
  for (int k = 0; k < 10; ++k) {
    std::this_thread::sleep_for(18ms);
    env.step(action);
    stage.advance(now += 0.1);
  }
  const Snapshot& s = stage.advance(now += 0.1);
  ASSERT_EQ(s.tiles.size(), 2u);
  EXPECT_GT(s.tiles[0].step, 3);
  EXPECT_NE(s.tiles[0].step, 10) << "not the steps of the training";
  EXPECT_EQ(s.steps, 20) << "its progress is";
  bool attention = false;
  EXPECT_EQ(stage.status(attention), "greedy · real time");
}

TEST(TrainingStage, StatesWishes) {
  Live live;
  TrainingStage stage(live, {}, {});
  stage.handle(Command::pause);
  EXPECT_TRUE(live.wishes.paused);
  stage.handle(Command::step);
  EXPECT_EQ(live.wishes.single_steps, 1);
  stage.handle(Command::pause);
  EXPECT_FALSE(live.wishes.paused);
  bool attention = true;
  EXPECT_EQ(stage.status(attention), "full speed");
  for (int k = 0; k < 4; ++k) stage.handle(Command::slower);
  EXPECT_EQ(stage.status(attention), "real time");
  EXPECT_EQ(live.wishes.speed, 1.0);
  stage.select(3);
  EXPECT_EQ(live.wishes.selected, 3u);
}

// The same parameters, watched or not, while a thread looks on.
TEST(WatchedEnv, ATrainingGivesTheSameBits) {
  const auto parameters = [](bool watched) {
    Live live;
    std::unique_ptr<envs::VecEnv> env = training_env(2);
    agents::Dqn agent({.hidden = {16}}, 4, 2, 5);
    std::vector<agents::Observer> observers;
    if (watched) {
      auto seen = std::make_unique<WatchedEnv>(std::move(env), 3000, live, nullptr);
      seen->follow(agent, [&] { return agents::Policy::of(agent, {.env_id = "CartPole-v1"}); }, {});
      live.wishes.policy = true;
      observers.push_back(seen->observer());
      env = std::move(seen);
    }
    std::atomic<bool> over{false};
    std::thread viewer([&] {
      while (!over) {
        live.snapshots.take();
        live.policies.take();
      }
    });
    agents::OffPolicyConfig config{.total_steps = 3000};
    config.replay.buffer_size = 1000;
    replay::Replay replay(config.replay, 4);
    agents::train_off_policy(*env, agent, replay, config, 9, observers);
    over = true;
    viewer.join();
    const auto values = agent.network().parameters().values();
    return std::vector<float>(values.begin(), values.end());
  };
  EXPECT_EQ(parameters(true), parameters(false));
}

}  // namespace
}  // namespace pavlov::apps
