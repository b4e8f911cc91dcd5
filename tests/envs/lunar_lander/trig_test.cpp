// Single-precision sine and cosine against the C library.
#include "pavlov/envs/lunar_lander/trig-inl.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "pavlov/kernels/simd_target.h"
#include "pavlov/tests/envs/lunar_lander/trig_on_target.h"

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

class LunarLanderTrigOnTarget : public ::testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override { kernels::force_simd_target(GetParam()); }
  void TearDown() override { kernels::force_simd_target(""); }
};

TEST_P(LunarLanderTrigOnTarget, LanesHaveTheBitsOfThePlainForm) {
  std::vector<float> x;
  for (std::uint32_t i = 0; i < bits(3e38F); i += 20011) {
    x.push_back(std::bit_cast<float>(i));
    x.push_back(std::bit_cast<float>(i | 0x80000000U));
  }
  std::vector<float> sine(x.size()), cosine(x.size());
  sine_cosine_on_target(x, sine, cosine);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Rotation q = sine_cosine_of(x[i]);
    ASSERT_EQ(bits(q.sin), bits(sine[i])) << std::hexfloat << x[i];
    ASSERT_EQ(bits(q.cos), bits(cosine[i])) << std::hexfloat << x[i];
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, LunarLanderTrigOnTarget,
                         ::testing::ValuesIn(kernels::simd_targets()),
                         [](const auto& p) { return std::string(p.param); });

TEST(SlowLunarLanderTrig, EveryFloatHasTheBitsOfTheLibrary) {
  EXPECT_EQ(differences(1, 120.0F), 0U);
}

}  // namespace
}  // namespace pavlov::envs::lunar_lander
