// Action files and the sources of actions, for spaces that no program needs to be run for.
#include "pavlov/apps/action_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "pavlov/apps/action_source.h"

namespace pavlov::apps {
namespace {

envs::EnvSpec continuous(bool clips) {
  return {.id = "Box-v0",
          .observation_space = {{0.0f}, {1.0f}},
          .action_space = envs::Box{{-1.0f, 0.0f}, {1.0f, 2.0f}},
          .max_episode_steps = 10,
          .reward_threshold = {},
          .render_fps = 0,
          .clips_actions = clips};
}

// What is wrong with a text.
std::string refusal(const std::string& text, bool clips = false) {
  try {
    parse_actions(text, "f", continuous(clips));
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "nothing";
}

TEST(ActionFile, ContinuousActionsHaveAColumnPerDimension) {
  const ActionFile file =
      parse_actions("action0,action1\n-1,2\r\n 0.25 ,\t1e-3\n", "f", continuous(false));
  EXPECT_FALSE(file.numbered);
  ASSERT_EQ(file.episodes.size(), 1u);
  EXPECT_EQ(file.episodes[0].steps, 2u);
  EXPECT_EQ(file.episodes[0].continuous, (std::vector<float>{-1.0f, 2.0f, 0.25f, 1e-3f}));
  const envs::Space space = continuous(false).action_space;
  EXPECT_EQ(file.episodes[0].at(1, space).continuous, (std::vector<float>{0.25f, 1e-3f}));
  const EnvAction action = file.episodes[0].at(1, space);
  EXPECT_EQ(action.view(space).continuous().cols, 2u);
  EXPECT_EQ(action.view(space).continuous()(0, 1), 1e-3f);
}

TEST(ActionFile, WhatAnEnvironmentRefusesIsRefused) {
  EXPECT_EQ(refusal("0,0\n-1.5,0\n"), "[actions] f:2: action '-1.5': must be in [-1, 1]");
  EXPECT_EQ(refusal("0,0\n0,-1e-9\n"), "[actions] f:2: action '-1e-9': must be in [0, 2]");
  EXPECT_EQ(refusal("-1.5,3\n", true), "nothing") << "the environment clips";
  for (const bool clips : {false, true}) {
    EXPECT_EQ(refusal("0,nan\n", clips), "[actions] f:1: action 'nan': must be a finite number");
    EXPECT_EQ(refusal("inf,0\n", clips), "[actions] f:1: action 'inf': must be a finite number");
    EXPECT_EQ(refusal("0,1e40\n", clips), "[actions] f:1: action '1e40': must be a finite number");
    EXPECT_EQ(refusal("0,\n", clips), "[actions] f:1: action '': must be a finite number");
    EXPECT_EQ(refusal("0,0x1\n", clips), "[actions] f:1: action '0x1': must be a finite number");
  }
  EXPECT_EQ(refusal("1e999,0\n"), "[actions] f:1: action '1e999': must be a finite number");
  EXPECT_EQ(refusal("0\n"), "[actions] f:1: 1 column: must be 2 (Box([-1, 0], [1, 2]))");
  EXPECT_EQ(refusal("0,0,0\n"), "[actions] f:1: 3 columns: must be 2 (Box([-1, 0], [1, 2]))");
}

TEST(ActionFile, AHeaderNamesTheColumnsOfTheSpaceInTheirOrder) {
  for (const char* header :
       {"action0,action1", "\"action0\", action1 ", "episode,action0,action1"}) {
    const std::string row = header[0] == 'e' ? "\n0,0,0\n" : "\n0,0\n";
    EXPECT_EQ(refusal(header + row), "nothing") << header;
  }
  const std::string start = "[actions] f:1: first line: column ";
  EXPECT_EQ(refusal("action1,action0\n0,0\n"),
            start + "'action1': must be a number, or the name action0");
  EXPECT_EQ(refusal("action0,episode\n0,0\n"),
            start + "'episode': must be a number, or the name action1");
  EXPECT_EQ(refusal("action,action\n0,0\n"),
            start + "'action': must be a number, or the name action0");
  EXPECT_EQ(refusal("x,y\n0,0\n"), start + "'x': must be a number, or the name action0");
  EXPECT_EQ(refusal(",\n0,0\n"), start + "'': must be a number, or the name action0");
  EXPECT_EQ(refusal("x,0\n"), "[actions] f:1: action 'x': must be a finite number");
}

// Doubles are read and rounded: to zero, too.
TEST(ActionFile, SmallNumbersRoundToFloat32) {
  const ActionFile file = parse_actions("1e-50,1e-40\n", "f", continuous(false));
  EXPECT_EQ(file.episodes[0].continuous, (std::vector<float>{0.0f, 1e-40f}));
}

TEST(ActionFile, WrittenActionsReadBackToTheSameBits) {
  const envs::EnvSpec spec = continuous(true);
  constexpr float kSmallest = std::numeric_limits<float>::denorm_min();
  constexpr float kLargest = std::numeric_limits<float>::max();
  const std::vector<float> values = {0.1f,        -0.0f,      kSmallest, kLargest,
                                     1.0f / 3.0f, 0.9999999f, -1.5e-30f, 16777216.0f};
  std::string text = action_header(spec.action_space, true);
  EXPECT_EQ(text, "episode,action0,action1\n");
  for (std::size_t k = 0; k < values.size(); ++k) {
    text += action_row({.discrete = 0, .continuous = {values[k], values[values.size() - 1 - k]}},
                       spec.action_space, static_cast<std::int64_t>(k / 3));
  }
  const ActionFile file = parse_actions(text, "f", spec);
  ASSERT_EQ(file.episodes.size(), 3u);
  std::size_t k = 0;
  for (const EpisodeActions& episode : file.episodes) {
    for (std::size_t step = 0; step < episode.steps; ++step, ++k) {
      EXPECT_EQ(std::bit_cast<std::uint32_t>(episode.at(step, spec.action_space).continuous[0]),
                std::bit_cast<std::uint32_t>(values[k]));
    }
  }
  EXPECT_EQ(k, values.size());
}

TEST(ActionSource, RandomActionsFillTheSpaceAndFollowTheSeed) {
  const envs::EnvSpec spec = continuous(false);
  const auto source = make_random(spec);
  EnvAction action, again;
  double least[2] = {9, 9}, most[2] = {-9, -9};
  source->start(4);
  for (int k = 0; k < 2000; ++k) {
    ASSERT_TRUE(source->next({}, action));
    ASSERT_EQ(action.continuous.size(), 2u);
    for (std::size_t a = 0; a < 2; ++a) {
      least[a] = std::min(least[a], static_cast<double>(action.continuous[a]));
      most[a] = std::max(most[a], static_cast<double>(action.continuous[a]));
    }
  }
  EXPECT_GE(least[0], -1.0);
  EXPECT_LT(least[0], -0.98);
  EXPECT_LE(most[1], 2.0);
  EXPECT_GT(most[1], 1.98);
  EXPECT_GE(least[1], 0.0);
  source->start(4);
  source->next({}, action);
  make_random(spec)->next({}, again);
  EXPECT_NE(again.continuous, action.continuous) << "another seed";
  source->start(4);
  source->next({}, again);
  EXPECT_EQ(again.continuous, action.continuous);
}

TEST(ActionSource, SaysWhatItCannotDo) {
  envs::EnvSpec spec = continuous(false);
  EXPECT_THROW(make_heuristic(spec), std::invalid_argument);
  std::get<envs::Box>(spec.action_space).high[1] = std::numeric_limits<float>::infinity();
  EXPECT_THROW(make_random(spec), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::apps
