// Where the noise of a choice begins in its stream, choice by choice.
#include "pavlov/agents/acting_noise.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace pavlov::agents {
namespace {

// Of choices for `envs` environments each, the stream moving on by 10 words from one to the next.
std::vector<std::uint64_t> places(std::int64_t interval, std::size_t envs, std::size_t choices) {
  ActingNoise noise(interval);
  std::vector<std::uint64_t> result;
  for (std::size_t k = 0; k < choices; ++k) result.push_back(noise.place(10 * k, envs));
  return result;
}

using Places = std::vector<std::uint64_t>;

TEST(ActingNoise, StepsOfAnIntervalShareAPlace) {
  EXPECT_EQ(places(1, 1, 3), (Places{0, 10, 20}));
  EXPECT_EQ(places(3, 1, 7), (Places{0, 0, 0, 30, 30, 30, 60}));
}

TEST(ActingNoise, ChoicesAreNotDivided) {
  EXPECT_EQ(places(8, 4, 4), (Places{0, 0, 20, 20}));
  EXPECT_EQ(places(9, 4, 7), (Places{0, 0, 0, 30, 30, 30, 60}));
  EXPECT_EQ(places(3, 4, 3), (Places{0, 10, 20}));
}

}  // namespace
}  // namespace pavlov::agents
