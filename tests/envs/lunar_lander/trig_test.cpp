// Single-precision sine and cosine against the C library.
#include "pavlov/envs/lunar_lander/trig-inl.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>

namespace pavlov::envs::lunar_lander {
namespace {

std::uint32_t bits(float x) { return std::bit_cast<std::uint32_t>(x); }

// Counts the floats, `stride` apart, of both signs below the limit where a result differs. -0 is
// left out: its sine is 0 here.
std::size_t differences(std::uint32_t stride, float limit) {
  std::size_t count = 0;
  for (const std::uint32_t sign : {0U, 0x80000000U}) {
    for (std::uint32_t i = 1; i < bits(limit); i += stride) {
      const auto x = std::bit_cast<float>(i | sign);
      const Rotation q = sine_cosine_of(x);
      if (bits(q.sin) == bits(std::sin(x)) && bits(q.cos) == bits(std::cos(x))) continue;
      if (count++ == 0) ADD_FAILURE() << std::hexfloat << "first difference at " << x;
    }
  }
  return count;
}

TEST(LunarLanderTrig, EveryThousandthFloatHasTheBitsOfTheLibrary) {
  EXPECT_EQ(differences(1009, 120.0F), 0U);
}

TEST(LunarLanderTrig, BeyondTheFormulaTheLibraryAnswers) {
  for (const float x : {120.0F, -120.0F, 1e6F, 3e38F, -1e30F}) {
    const Rotation q = sine_cosine_of(x);
    EXPECT_EQ(bits(q.sin), bits(std::sin(x)));
    EXPECT_EQ(bits(q.cos), bits(std::cos(x)));
  }
  EXPECT_TRUE(std::isnan(sine_cosine_of(std::nanf("")).sin));
}

TEST(SlowLunarLanderTrig, EveryFloatHasTheBitsOfTheLibrary) {
  EXPECT_EQ(differences(1, 120.0F), 0U);
}

}  // namespace
}  // namespace pavlov::envs::lunar_lander
