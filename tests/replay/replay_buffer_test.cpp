#include "pavlov/replay/replay_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <vector>

namespace pavlov::replay {
namespace {

// Adds transition number k, all of whose fields tell k.
void add_numbered(ReplayBuffer& buffer, const std::vector<int>& numbers) {
  std::vector<float> observation;
  std::vector<float> next;
  std::vector<std::int32_t> action;
  std::vector<double> reward;
  std::vector<float> discount;
  for (const int k : numbers) {
    observation.insert(observation.end(), {static_cast<float>(k), static_cast<float>(-k)});
    next.insert(next.end(), {static_cast<float>(k) + 0.5f, static_cast<float>(-k) - 0.5f});
    action.push_back(k);
    reward.push_back(10.0 * k);
    discount.push_back(k % 3 == 0 ? 0.0f : 0.9f);
  }
  buffer.add({observation.data(), numbers.size(), 2}, action, reward,
             {next.data(), numbers.size(), 2}, discount);
}

// How often each transition was drawn; checks that all its columns belong together.
std::map<int, int> draw(const ReplayBuffer& buffer, std::size_t batches, std::uint64_t seed = 1) {
  ReplayBatch batch(64, 2);
  kernels::RandomStream random(seed, "replay");
  std::map<int, int> count;
  for (std::size_t b = 0; b < batches; ++b) {
    buffer.sample(random, batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const int k = batch.action[i];
      const auto f = static_cast<float>(k);
      EXPECT_EQ(batch.observation.matrix()(i, 0), f);
      EXPECT_EQ(batch.observation.matrix()(i, 1), -f);
      EXPECT_EQ(batch.next_observation.matrix()(i, 0), f + 0.5f);
      EXPECT_EQ(batch.next_observation.matrix()(i, 1), -f - 0.5f);
      EXPECT_EQ(batch.reward[i], 10.0f * f);
      EXPECT_EQ(batch.discount[i], k % 3 == 0 ? 0.0f : 0.9f);
      ++count[k];
    }
  }
  return count;
}

TEST(ReplayBuffer, HoldsTheNewestTransitionsAcrossTheSeam) {
  ReplayBuffer buffer(5, 2);
  add_numbered(buffer, {1, 2, 3});
  EXPECT_EQ(buffer.size(), 3u);
  add_numbered(buffer, {4, 5, 6, 7});  // wraps: 6 and 7 replace 1 and 2
  EXPECT_EQ(buffer.size(), 5u);
  const std::map<int, int> count = draw(buffer, 20);
  ASSERT_EQ(count.size(), 5u);
  for (const int k : {3, 4, 5, 6, 7}) EXPECT_TRUE(count.contains(k)) << k;
}

TEST(ReplayBuffer, SamplesUniformly) {
  ReplayBuffer buffer(50, 2);
  std::vector<int> numbers(50);
  for (int k = 0; k < 50; ++k) numbers[static_cast<std::size_t>(k)] = k;
  add_numbered(buffer, numbers);
  constexpr std::size_t kBatches = 500;
  const std::map<int, int> count = draw(buffer, kBatches);
  const double expected = kBatches * 64.0 / 50.0;
  double chi_square = 0.0;
  for (int k = 0; k < 50; ++k) {
    const double difference = (count.contains(k) ? count.at(k) : 0) - expected;
    chi_square += difference * difference / expected;
  }
  EXPECT_LT(chi_square, 85.4);  // 99.9 % quantile at 49 degrees of freedom
}

TEST(ReplayBuffer, OneSeedOneSequence) {
  ReplayBuffer buffer(50, 2);
  add_numbered(buffer, {1, 2, 3, 4, 5, 6, 7});
  EXPECT_EQ(draw(buffer, 3, 5), draw(buffer, 3, 5));
  EXPECT_NE(draw(buffer, 3, 5), draw(buffer, 3, 6));
}

TEST(ReplayBuffer, BytesHoldPixelsAndNothingElse) {
  ReplayBuffer buffer(4, 3, ObservationType::uint8);
  const std::vector<float> pixels = {0, 1, 255, 17, 128, 254};
  const std::vector<std::int32_t> action = {0, 1};
  const std::vector<double> reward = {1.0, 2.0};
  const std::vector<float> discount = {0.9f, 0.9f};
  const auto add = [&](const std::vector<float>& observation, const std::vector<float>& next) {
    buffer.add({observation.data(), 2, 3}, action, reward, {next.data(), 2, 3}, discount);
  };
  const std::vector<float> reversed(pixels.rbegin(), pixels.rend());
  add(pixels, reversed);
  ReplayBatch batch(2, 3);
  batch.index = {0, 1};
  const auto expect_unchanged = [&] {
    buffer.gather(batch);
    EXPECT_TRUE(std::ranges::equal(batch.observation.span(), pixels));
    EXPECT_TRUE(std::ranges::equal(batch.next_observation.span(), reversed));
  };
  expect_unchanged();
  for (const float bad : {-1.0f, 256.0f, 0.5f, 254.99f, 1e30f, std::nanf("")}) {
    std::vector<float> wrong = pixels;
    wrong[4] = bad;
    EXPECT_THROW(add(wrong, pixels), std::invalid_argument) << bad;
    EXPECT_THROW(add(pixels, wrong), std::invalid_argument) << bad;
  }
  EXPECT_EQ(buffer.size(), 2u);
  expect_unchanged();
}

TEST(ReplayBuffer, BadCallsAreRefused) {
  EXPECT_THROW(ReplayBuffer(0, 2), std::invalid_argument);
  EXPECT_THROW(ReplayBuffer(5, 0), std::invalid_argument);
  EXPECT_THROW(ReplayBuffer((std::size_t{1} << 31) + 1, 1), std::invalid_argument);
  ReplayBuffer buffer(5, 2);
  ReplayBatch batch(4, 2);
  kernels::RandomStream random(1, "replay");
  EXPECT_THROW(buffer.sample(random, batch), std::invalid_argument);
  EXPECT_THROW(add_numbered(buffer, {1, 2, 3, 4, 5, 6}), std::invalid_argument);
  const std::vector<float> three = {1, 2, 3};
  const std::vector<std::int32_t> action = {0};
  const std::vector<double> reward = {0.0};
  const std::vector<float> discount = {0.9f};
  EXPECT_THROW(buffer.add({three.data(), 1, 3}, action, reward, {three.data(), 1, 3}, discount),
               std::invalid_argument);
  EXPECT_EQ(buffer.size(), 0u);
}

}  // namespace
}  // namespace pavlov::replay
