#include "pavlov/replay/rollout_buffer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <stdexcept>
#include <vector>

namespace pavlov::replay {
namespace {

// One step of every environment, by hand. Observation k of environment n is (k, n).
struct Step {
  std::vector<double> reward;
  std::vector<std::uint8_t> terminated, truncated;
  std::vector<std::uint8_t> resting = {};
};

// Plays the steps; the action and the log-probability of a row tell its number.
void play(RolloutBuffer& rollout, const std::vector<Step>& steps) {
  const std::size_t envs = rollout.shape().envs;
  std::vector<float> observation(2 * envs), final(2 * envs);
  const auto fill = [&](std::vector<float>& to, float k) {
    for (std::size_t n = 0; n < envs; ++n) {
      to[2 * n] = k;
      to[2 * n + 1] = static_cast<float>(n);
    }
  };
  fill(observation, 0.0f);
  rollout.start({observation.data(), envs, 2});
  for (std::size_t t = 0; t < steps.size(); ++t) {
    const RolloutSlot slot = rollout.next();
    for (std::size_t n = 0; n < envs; ++n) {
      const std::size_t row = t * envs + n;
      EXPECT_EQ(slot.observation(n, 0), static_cast<float>(t));
      if (rollout.shape().action_size == 0) {
        slot.discrete[n] = static_cast<std::int32_t>(row);
      } else {
        slot.continuous(n, 0) = static_cast<float>(row);
      }
      slot.log_prob[n] = -static_cast<float>(row);
    }
    fill(observation, static_cast<float>(t + 1));
    fill(final, static_cast<float>(t) + 100.0f);
    rollout.add({.reward = steps[t].reward,
                 .terminated = steps[t].terminated,
                 .truncated = steps[t].truncated,
                 .observation = {observation.data(), envs, 2},
                 .final_observation = {final.data(), envs, 2}},
                steps[t].resting);
  }
}

TEST(RolloutBuffer, AdvantagesWithBothEndsEqualThoseByHand) {
  // Environment 0: truncated at step 1 (final value 4), then goes on. Environment 1: terminated at
  // step 1. discount 1/2, lambda 1/2.
  RolloutBuffer rollout({.steps = 3, .envs = 2, .observation_size = 2});
  play(rollout, {{{1, 1}, {0, 0}, {0, 0}}, {{2, 2}, {0, 1}, {1, 0}}, {{3, 3}, {0, 0}, {0, 0}}});
  ASSERT_EQ(rollout.observations().rows, 8u);
  ASSERT_EQ(rollout.final_observations().rows, 1u);
  EXPECT_EQ(rollout.final_observations()(0, 0), 101.0f);
  EXPECT_EQ(rollout.final_observations()(0, 1), 0.0f);
  const std::vector<float> values = {1, 1, 2, 2, 3, 3, 6, 6};
  std::ranges::copy(values, rollout.values().begin());
  rollout.final_values()[0] = 4.0f;
  rollout.estimate_advantages(0.5, 0.5);
  // Step 2: 3 + 6/2 - 3 = 3. Step 1: 2 + 4/2 - 2 = 2 truncated; 2 - 2 = 0 terminated; nothing of
  // step 2 comes through. Step 0: 1 + 2/2 - 1 + A_1/4.
  const ConstMatrixView a = rollout.advantages();
  EXPECT_EQ(a(2, 0), 3.0f);
  EXPECT_EQ(a(2, 1), 3.0f);
  EXPECT_EQ(a(1, 0), 2.0f);
  EXPECT_EQ(a(1, 1), 0.0f);
  EXPECT_EQ(a(0, 0), 1.5f);
  EXPECT_EQ(a(0, 1), 1.0f);
  const ConstMatrixView target = rollout.returns();
  for (std::size_t t = 0; t < 3; ++t) {
    for (std::size_t n = 0; n < 2; ++n) EXPECT_EQ(target(t, n), a(t, n) + values[2 * t + n]);
  }
}

TEST(RolloutBuffer, ReturnsWithBothEndsEqualThoseByHand) {
  RolloutBuffer rollout({.steps = 2, .envs = 2, .observation_size = 2});
  play(rollout, {{{1, 1}, {0, 0}, {0, 0}}, {{2, 2}, {0, 1}, {1, 1}}});
  ASSERT_EQ(rollout.final_observations().rows, 1u) << "an end that is both is terminal";
  std::ranges::fill(rollout.values(), 1.0f);
  rollout.final_values()[0] = 4.0f;
  rollout.estimate_returns(0.5);
  EXPECT_EQ(rollout.returns()(1, 0), 4.0f);
  EXPECT_EQ(rollout.returns()(0, 0), 3.0f);
  EXPECT_EQ(rollout.returns()(1, 1), 2.0f);
  EXPECT_EQ(rollout.returns()(0, 1), 2.0f);
  EXPECT_EQ(rollout.advantages()(0, 0), 2.0f);
}

TEST(RolloutBuffer, FinalValuesOfAnEarlierRoundAreForgotten) {
  RolloutBuffer rollout({.steps = 1, .envs = 1, .observation_size = 2});
  play(rollout, {{{1}, {0}, {1}}});
  rollout.final_values()[0] = 1000.0f;
  rollout.estimate_returns(1.0);
  EXPECT_EQ(rollout.returns()(0, 0), 1001.0f);
  play(rollout, {{{1}, {0}, {0}}});
  EXPECT_EQ(rollout.final_values().size(), 0u);
  std::ranges::fill(rollout.values(), 5.0f);
  rollout.estimate_returns(1.0);
  EXPECT_EQ(rollout.returns()(0, 0), 6.0f);
}

TEST(RolloutBuffer, RestartGoesOnWhereTheLastStepLed) {
  RolloutBuffer rollout({.steps = 2, .envs = 2, .observation_size = 2});
  play(rollout, {{{0, 0}, {0, 0}, {0, 0}}, {{0, 0}, {0, 0}, {0, 0}}});
  rollout.restart();
  EXPECT_EQ(rollout.steps(), 0u);
  EXPECT_EQ(rollout.samples(), 0u);
  const RolloutSlot slot = rollout.next();
  EXPECT_EQ(slot.observation(0, 0), 2.0f);
  EXPECT_EQ(slot.observation(1, 1), 1.0f);
}

TEST(RolloutBuffer, GrowsAndLeavesRestingRowsOut) {
  // Environment 1 ends its episode in step 1 and rests from then on.
  RolloutBuffer rollout({.steps = 1, .envs = 2, .observation_size = 2, .action_size = 1});
  const std::vector<std::uint8_t> none = {0, 0}, second = {0, 1};
  std::vector<Step> steps = {{{1, 1}, {0, 0}, {0, 0}, none}, {{1, 1}, {0, 1}, {0, 0}, none}};
  for (int t = 2; t < 20; ++t) steps.push_back({{1, 0}, {0, 0}, {0, 0}, second});
  steps.push_back({{1, 0}, {1, 0}, {0, 0}, second});
  play(rollout, steps);
  EXPECT_EQ(rollout.steps(), 21u);
  EXPECT_EQ(rollout.samples(), 23u);
  std::ranges::fill(rollout.values(), 0.0f);
  rollout.estimate_returns(1.0);
  EXPECT_EQ(rollout.returns()(0, 0), 21.0f);
  EXPECT_EQ(rollout.returns()(0, 1), 2.0f);
  RolloutBatch batch(23, 2, 1);
  rollout.minibatch(0, 23, batch);
  double sum = 0.0;
  for (const float g : batch.returns()) sum += static_cast<double>(g);
  EXPECT_EQ(sum, 21 * 22 / 2 + 2 + 1);
}

// How often each row appears in the minibatches of an epoch; checks that its columns belong
// together.
std::map<int, int> epoch(const RolloutBuffer& rollout, std::size_t size, RolloutBatch& batch) {
  std::map<int, int> count;
  const std::size_t envs = rollout.shape().envs;
  for (std::size_t first = 0; first < rollout.samples(); first += size) {
    rollout.minibatch(first, size, batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const int row = batch.discrete_action()[i];
      const auto r = static_cast<std::size_t>(row);
      EXPECT_EQ(batch.observation()(i, 0), static_cast<float>(r / envs));
      EXPECT_EQ(batch.observation()(i, 1), static_cast<float>(r % envs));
      EXPECT_EQ(batch.log_prob()[i], -static_cast<float>(row));
      EXPECT_EQ(batch.value()[i], rollout.values()[r]);
      EXPECT_EQ(batch.returns()[i], rollout.returns()(r / envs, r % envs));
      EXPECT_EQ(batch.advantage()[i], rollout.advantages()(r / envs, r % envs));
      ++count[row];
    }
  }
  return count;
}

TEST(RolloutBuffer, MinibatchesCoverEverySampleOnce) {
  RolloutBuffer rollout({.steps = 7, .envs = 3, .observation_size = 2});
  play(rollout, std::vector<Step>(7, {{1, 2, 3}, {0, 0, 0}, {0, 0, 0}}));
  for (std::size_t k = 0; k < rollout.values().size(); ++k) {
    rollout.values()[k] = static_cast<float>(k) * 0.25f;
  }
  rollout.estimate_advantages(0.9, 0.9);
  kernels::RandomStream random(1, "minibatches");
  RolloutBatch batch(21, 2, 0);
  for (const std::size_t size : {1u, 4u, 7u, 20u, 21u}) {
    rollout.shuffle(random);
    const std::map<int, int> count = epoch(rollout, size, batch);
    ASSERT_EQ(count.size(), 21u) << size;
    for (const auto& [row, times] : count) EXPECT_EQ(times, 1) << size << " " << row;
  }
  rollout.order_by_time();
  rollout.minibatch(5, 3, batch);
  EXPECT_EQ(batch.discrete_action()[0], 5);
  EXPECT_EQ(batch.discrete_action()[2], 7);
}

TEST(RolloutBuffer, EveryOrderIsAsLikely) {
  RolloutBuffer rollout({.steps = 3, .envs = 1, .observation_size = 2});
  play(rollout, std::vector<Step>(3, {{0}, {0}, {0}}));
  kernels::RandomStream random(1, "minibatches");
  RolloutBatch batch(3, 2, 0);
  std::map<std::vector<std::int32_t>, int> count;
  constexpr int kDraws = 6000;
  for (int k = 0; k < kDraws; ++k) {
    rollout.shuffle(random);
    rollout.minibatch(0, 3, batch);
    const auto order = batch.discrete_action();
    ++count[{order.begin(), order.end()}];
  }
  ASSERT_EQ(count.size(), 6u);
  double chi_square = 0.0;
  for (const auto& [order, times] : count) chi_square += std::pow(times - 1000.0, 2) / 1000.0;
  EXPECT_LT(chi_square, 20.5);  // 99.9 % quantile at 5 degrees of freedom
}

TEST(RolloutBuffer, ExplainedVarianceIsOneLessTheErrorsShare) {
  RolloutBuffer rollout({.steps = 4, .envs = 1, .observation_size = 2});
  play(rollout, {{{1}, {1}, {0}}, {{2}, {1}, {0}}, {{3}, {1}, {0}}, {{6}, {1}, {0}}});
  const auto explained = [&](const std::vector<float>& values) {
    std::ranges::copy(values, rollout.values().begin());
    rollout.estimate_returns(1.0);  // episodes of one step: the returns are the rewards
    return rollout.explained_variance();
  };
  EXPECT_DOUBLE_EQ(explained({1, 2, 3, 6, 0}), 1.0);
  EXPECT_DOUBLE_EQ(explained({7, 8, 9, 12, 0}), 1.0) << "a constant is no variance";
  EXPECT_DOUBLE_EQ(explained({0, 0, 0, 0, 0}), 0.0);
  // Errors 1, 0, 0, 0: variance 3/16; returns: variance 14/4.
  EXPECT_DOUBLE_EQ(explained({0, 2, 3, 6, 0}), 1.0 - (3.0 / 16.0) / 3.5);
}

TEST(RolloutBuffer, BadCallsAreRefused) {
  EXPECT_THROW(RolloutBuffer({.steps = 0}), std::invalid_argument);
  EXPECT_THROW(RolloutBuffer({.envs = 0}), std::invalid_argument);
  EXPECT_THROW(RolloutBuffer({.observation_size = 0}), std::invalid_argument);
  EXPECT_THROW(RolloutBuffer({.steps = std::size_t{1} << 20, .envs = std::size_t{1} << 20}),
               std::invalid_argument);
  RolloutBuffer rollout({.steps = 2, .envs = 2, .observation_size = 2});
  const std::vector<float> three(6);
  EXPECT_THROW(rollout.start({three.data(), 2, 3}), std::invalid_argument);
  EXPECT_THROW(play(rollout, {{{1}, {0, 0}, {0, 0}}}), std::invalid_argument);
  EXPECT_THROW(play(rollout, {{{1, 1}, {0, 0}, {0, 0}, {1}}}), std::invalid_argument);
  play(rollout, {{{1, 1}, {0, 0}, {0, 0}}});
  RolloutBatch batch(2, 2, 0);
  EXPECT_THROW(rollout.minibatch(0, 3, batch), std::invalid_argument);
  EXPECT_THROW(rollout.minibatch(0, 0, batch), std::invalid_argument);
  EXPECT_THROW(rollout.minibatch(2, 1, batch), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::replay
