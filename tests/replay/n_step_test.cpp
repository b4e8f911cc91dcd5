#include "pavlov/replay/n_step.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "pavlov/tests/replay/episodes.h"

namespace pavlov::replay {
namespace {

void expect_equal(const Transitions& got, const std::vector<Episodes::Expected>& expected) {
  ASSERT_EQ(got.action.size(), expected.size());
  for (std::size_t k = 0; k < expected.size(); ++k) {
    SCOPED_TRACE(k);
    EXPECT_EQ(got.observation(k, 0), expected[k].observation);
    EXPECT_EQ(got.observation(k, 1), expected[k].environment);
    EXPECT_EQ(got.next_observation(k, 0), expected[k].next);
    EXPECT_EQ(got.next_observation(k, 1), expected[k].environment);
    EXPECT_EQ(got.action[k], expected[k].action);
    EXPECT_NEAR(got.reward[k], expected[k].reward, 1e-14);
    EXPECT_FLOAT_EQ(got.discount[k], expected[k].discount);
  }
}

TEST(NStep, EqualsTheDefinitionAcrossBothKindsOfEnd) {
  for (const std::size_t n : {1u, 2u, 3u, 5u, 7u}) {
    for (const double gamma : {0.9, 1.0, 0.0}) {
      Episodes episodes(short_episodes(), 3);
      NStep windows(n, 3, Episodes::kWidth, gamma);
      for (int step = 0; step < 200; ++step) {
        SCOPED_TRACE(::testing::Message() << "n " << n << ", step " << step);
        const Transitions got = windows.add(episodes.step());
        expect_equal(got, episodes.completed(n, gamma));
        if (::testing::Test::HasFailure()) return;
      }
    }
  }
}

// A table by hand: three steps of reward 1, 2, 4, then an end.
TEST(NStep, TailsByHand) {
  for (const bool truncated : {false, true}) {
    NStep windows(3, 1, 1, 0.5);
    const float rows[4] = {10, 11, 12, 13};
    std::vector<float> observation, next, discount;
    std::vector<double> reward;
    for (int k = 0; k < 3; ++k) {
      const std::int32_t action = k;
      const double r = 1 << k;
      const bool end = k == 2;
      const std::uint8_t terminated = end && !truncated, cut = end && truncated;
      const Transitions got = windows.add({{rows + k, 1, 1},
                                           std::span(&action, 1),
                                           std::span(&r, 1),
                                           {rows + k + 1, 1, 1},
                                           std::span(&terminated, 1),
                                           std::span(&cut, 1)});
      for (std::size_t i = 0; i < got.action.size(); ++i) {
        observation.push_back(got.observation(i, 0));
        next.push_back(got.next_observation(i, 0));
        discount.push_back(got.discount[i]);
        reward.push_back(got.reward[i]);
      }
    }
    EXPECT_EQ(observation, (std::vector<float>{10, 11, 12}));
    EXPECT_EQ(next, (std::vector<float>{13, 13, 13}));
    EXPECT_EQ(reward, (std::vector<double>{1 + 1 + 1, 2 + 2, 4}));
    EXPECT_EQ(discount, truncated ? (std::vector<float>{0.125f, 0.25f, 0.5f})
                                  : (std::vector<float>{0, 0, 0}));
  }
}

TEST(NStep, ClearForgetsOpenWindows) {
  NStep windows(3, 3, Episodes::kWidth, 0.9);
  Episodes before({{100, End::terminated}}, 3);
  windows.add(before.step());
  windows.add(before.step());
  windows.clear();
  Episodes after(short_episodes(), 3);
  for (int step = 0; step < 30; ++step) {
    const Transitions got = windows.add(after.step());
    expect_equal(got, after.completed(3, 0.9));
  }
}

TEST(NStep, BadCallsAreRefused) {
  EXPECT_THROW(NStep(0, 1, 1, 0.9), std::invalid_argument);
  EXPECT_THROW(NStep(NStep::kMostSteps + 1, 1, 1, 0.9), std::invalid_argument);
  EXPECT_THROW(NStep(3, 0, 1, 0.9), std::invalid_argument);
  EXPECT_THROW(NStep(3, 1, 1, 1.1), std::invalid_argument);
  EXPECT_THROW(NStep(3, 1, 1, -0.1), std::invalid_argument);
  for (const std::size_t n : {1u, 3u}) {
    NStep windows(n, 2, Episodes::kWidth, 0.9);
    Episodes three(short_episodes(), 3);
    EXPECT_THROW(windows.add(three.step()), std::invalid_argument);
    Episodes two(short_episodes(), 2);
    Step step = two.step();
    step.next_observation.cols = 1;
    EXPECT_THROW(windows.add(step), std::invalid_argument);
    step = two.step();
    step.truncated = step.truncated.first(1);
    EXPECT_THROW(windows.add(step), std::invalid_argument);
  }
}

}  // namespace
}  // namespace pavlov::replay
