// Stages of policies, traces and players, driven by a clock of the test.
#include <gtest/gtest.h>

#include <stdexcept>

#include "pavlov/apps/viewer/human_stage.h"
#include "pavlov/apps/viewer/pace.h"
#include "pavlov/apps/viewer/policy_stage.h"
#include "pavlov/apps/viewer/trace_stage.h"
#include "stages.h"

namespace pavlov::apps {
namespace {

TEST(Pace, StepsInRealTime) {
  Pace pace(50);
  std::int64_t steps = 0;
  for (int frame = 0; frame <= 120; ++frame) steps += pace.due(frame / 60.0);
  EXPECT_EQ(steps, 100);  // two seconds
}

TEST(Pace, PausesAndStepsAndChangesSpeed) {
  Pace pace(50);
  pace.due(0.0);
  pace.toggle_pause();
  EXPECT_EQ(pace.due(0.1), 0);
  pace.step();
  EXPECT_EQ(pace.due(0.2), 1);
  EXPECT_EQ(pace.due(0.3), 0);
  pace.toggle_pause();
  EXPECT_EQ(pace.due(0.4), 5);
  pace.faster();
  EXPECT_EQ(pace.due(0.5), 10);
  for (int k = 0; k < 20; ++k) pace.slower();
  EXPECT_EQ(pace.text(), "1/4 x");
  for (int k = 0; k < 20; ++k) pace.faster();
  EXPECT_EQ(pace.text(), "64 x");
}

// A machine that slept does not make up for it.
TEST(Pace, ForgetsLongGaps) {
  Pace pace(50);
  pace.due(0.0);
  EXPECT_LE(pace.due(1000.0), 13);
}

std::vector<Version> versions(std::size_t count) {
  std::vector<Version> all;
  for (std::size_t k = 0; k < count; ++k) {
    all.push_back({"step " + std::to_string(k), blank_policy("CartPole-v1", 4, 2, k + 1)});
  }
  return all;
}

TEST(PolicyStage, PlaysRestsAndStartsAgain) {
  PolicyStage stage(versions(1), 0, resting_env("CartPole-v1", 3), 7);
  double now = 0.0;
  stage.advance(now);
  bool ended = false, again = false;
  for (int frame = 0; frame < 1200 && !again; ++frame) {
    const Snapshot& s = stage.advance(now += 1.0 / 60);
    ASSERT_EQ(s.tiles.size(), 3u);
    EXPECT_EQ(s.opinion.score.size(), 2u);
    const Tile& tile = s.tiles[0];
    EXPECT_GT(tile.picture.shapes.size(), 2u);
    EXPECT_EQ(tile.total, static_cast<double>(tile.step));  // a reward of 1 per step
    if (tile.end != Tile::End::running) ended = true;
    again = ended && tile.end == Tile::End::running;
  }
  EXPECT_TRUE(again) << "an untrained policy lets the pole fall within 20 s";
}

TEST(PolicyStage, PausesStepsAndScrubs) {
  PolicyStage stage(versions(3), 2, resting_env("CartPole-v1", 1), 7);
  EXPECT_EQ(stage.subject().detail, "step 2 (3 of 3)");
  stage.advance(0.0);
  stage.handle(Command::pause);
  bool attention = false;
  EXPECT_EQ(stage.status(attention), "paused");
  EXPECT_TRUE(attention);
  EXPECT_EQ(stage.advance(0.2).tiles[0].step, 0);
  stage.handle(Command::step);
  EXPECT_EQ(stage.advance(0.3).tiles[0].step, 1);
  EXPECT_EQ(stage.advance(0.4).tiles[0].step, 1);
  EXPECT_EQ(stage.handle(Command::back), "");
  EXPECT_EQ(stage.subject().detail, "step 1 (2 of 3)");
  EXPECT_EQ(stage.advance(0.5).tiles[0].step, 0) << "another policy begins anew";
  stage.handle(Command::first);
  EXPECT_NE(stage.handle(Command::back), "");
  stage.handle(Command::last);
  EXPECT_NE(stage.handle(Command::forward), "");
}

TEST(PolicyStage, RefusesAnotherEnvironment) {
  EXPECT_THROW(PolicyStage(versions(1), 0, resting_env("Acrobot-v1", 1), 7), std::invalid_argument);
  EXPECT_THROW(PolicyStage(versions(1), 1, resting_env("CartPole-v1", 1), 7),
               std::invalid_argument);
}

// `action`, so many times.
NextAction repeated(std::int32_t action, int times) {
  return [value = action, left = times](envs::ActionView& view) mutable {
    if (left-- == 0) return false;
    view = std::span<const std::int32_t>(&value, 1);
    return true;
  };
}

TEST(TraceStage, PlaysPausesAndSeeks) {
  const auto env = resting_env("LunarLander-v3", 1);
  TraceStage stage(*env, repeated(2, 60), 3, "seed 3");
  EXPECT_EQ(stage.steps(), 60u);
  stage.advance(0.0);
  EXPECT_EQ(stage.advance(0.2).tiles[0].step, 10);  // 50 steps per second
  stage.handle(Command::pause);
  EXPECT_EQ(stage.advance(0.4).tiles[0].step, 10);
  stage.handle(Command::step);
  EXPECT_EQ(stage.advance(0.5).tiles[0].step, 11);
  stage.handle(Command::forward);
  EXPECT_EQ(stage.position(), 60u);
  stage.handle(Command::back);
  EXPECT_EQ(stage.position(), 10u);
  stage.seek(0.5);
  const envs::Picture middle = stage.advance(0.6).tiles[0].picture;
  stage.handle(Command::first);
  EXPECT_FALSE(stage.advance(0.7).tiles[0].picture == middle);
  stage.seek(0.5);
  EXPECT_TRUE(stage.advance(0.8).tiles[0].picture == middle) << "the same moment looks the same";
  stage.handle(Command::last);
  EXPECT_TRUE(stage.advance(0.9).finished);
  stage.seek(-3.0);
  EXPECT_EQ(stage.position(), 0u);
}

// The episode ends before the actions do.
TEST(TraceStage, EndsWithTheEpisode) {
  const auto env = resting_env("CartPole-v1", 1);
  TraceStage stage(*env, repeated(1, 300), 3, "");
  EXPECT_LT(stage.steps(), 20u);
  stage.handle(Command::last);
  EXPECT_EQ(stage.advance(0.0).tiles[0].end, Tile::End::terminated);
}

TEST(HumanStage, WaitsForTheFirstKeyAndSteers) {
  HumanStage stage(resting_env("LunarLander-v3", 1), nullptr, nullptr, 5);
  double now = 0.0;
  stage.advance(now);
  EXPECT_EQ(stage.advance(now += 0.1).tiles[0].step, 0);
  bool attention = false;
  EXPECT_EQ(stage.status(attention), "steer to begin");
  stage.hold({.up = true});
  const Snapshot& up = stage.advance(now += 0.1);
  EXPECT_EQ(up.tiles[0].step, 5);
  EXPECT_EQ(up.tiles[0].action, 2);
  stage.hold({.left = true});
  EXPECT_EQ(stage.advance(now += 0.1).tiles[0].action, 1);
  stage.hold({.right = true});
  EXPECT_EQ(stage.advance(now += 0.1).tiles[0].action, 3);
  stage.hold({});
  EXPECT_EQ(stage.advance(now += 0.1).tiles[0].action, 0);
}

// Both play the same seed; the better return wins, and enter goes on to the next one.
TEST(HumanStage, PlaysBesideTheAgent) {
  HumanStage stage(resting_env("CartPole-v1", 1), resting_env("CartPole-v1", 1),
                   blank_policy("CartPole-v1", 4, 2), 5);
  double now = 0.0;
  const Snapshot& first = stage.advance(now);
  ASSERT_EQ(first.tiles.size(), 2u);
  EXPECT_EQ(first.tiles[0].label, "you");
  EXPECT_EQ(first.tiles[1].label, "agent");
  EXPECT_TRUE(first.tiles[0].picture == first.tiles[1].picture);
  stage.hold({.left = true});
  bool over = false;
  for (int frame = 0; frame < 3000 && !over; ++frame)
    over = stage.advance(now += 1.0 / 60).finished;
  ASSERT_TRUE(over);
  bool attention = false;
  EXPECT_NE(stage.status(attention).find("enter: next"), std::string::npos);
  EXPECT_EQ(stage.subject().detail, "seed 5");
  stage.handle(Command::restart);
  EXPECT_EQ(stage.subject().detail, "seed 6");
  EXPECT_FALSE(stage.advance(now += 0.1).finished);
}

TEST(HumanStage, ContinuousActionsStayInTheirBounds) {
  for (const char* id : {"LunarLanderContinuous-v3", "Pendulum-v1", "MountainCarContinuous-v0",
                         "Acrobot-v1", "MountainCar-v0"}) {
    HumanStage stage(resting_env(id, 1), nullptr, nullptr, 1);
    double now = 0.0;
    stage.advance(now);
    for (const Held& held : {Held{.left = true}, Held{.right = true}, Held{.up = true},
                             Held{.left = true, .right = true}, Held{}}) {
      stage.hold(held);
      EXPECT_NO_THROW(stage.advance(now += 0.2)) << id;
    }
  }
}

}  // namespace
}  // namespace pavlov::apps
