// Sine and cosine of a float32 against values of NumPy 2.4, and the limits of its kernel.
#include "pavlov/envs/acrobot/numpy_trig.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "pavlov/tests/envs/parity_data.h"

namespace pavlov::envs {
namespace {

constexpr float kSineLimit = 117435.992f, kCosineLimit = 71476.0625f;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Golden {
  float x, sine, cosine;
};
// np.sin and np.cos, the same with AVX2 and AVX-512: zeros and the least numbers, values of which
// the C library rounds another way, and those at the limits.
constexpr Golden kGolden[] = {
    {0.0f, 0.0f, 1.0f},
    {-0.0f, -0.0f, 1.0f},
    {0x1p-149f, 0x1p-149f, 1.0f},
    {-0x1p-149f, -0x1p-149f, 1.0f},
    {0x1.99999ap-4f, 0x1.98eaeep-4f, 0x1.fd713p-1f},
    {0x1.921fb6p0f, 1.0f, -0x1.777a5cp-25f},
    {0x1.921fb6p1f, -0x1.777a5cp-24f, -1.0f},
    {0x1.137bcp10f, 0x1.62bca2p-1f, -0x1.713232p-1f},
    {-0x1.d00738p10f, -0x1.13a136p-1f, -0x1.af7a12p-1f},
    {0x1.0922b4p13f, 0x1.c93158p-1f, -0x1.ccf342p-2f},
    {0x1.388p13f, -0x1.38f2fap-2f, -0x1.e780e8p-1f},  // 1e4, the widest reset of Acrobot
    {-0x1.388p13f, 0x1.38f2fap-2f, -0x1.e780e8p-1f},
    {0x1.1733f2p16f, -1.0f, 0x1.c7efa6p-15f},
    {kCosineLimit, -0x1.fc7c32p-1f, 0x1.df1f8cp-4f},
    {-kCosineLimit, 0x1.fc7c32p-1f, 0x1.df1f8cp-4f},
    {0x1.cabbe6p16f, -0x1.803ac4p-6f, -0x1.ffdbf4p-1f},
    {kSineLimit, -0x1.def7c6p-4f, -0x1.fc7cc8p-1f},
    {-kSineLimit, 0x1.def7c6p-4f, -0x1.fc7cc8p-1f},
};

TEST(NumpyTrig, Golden) {
  for (const auto& [x, sine, cosine] : kGolden) {
    SCOPED_TRACE(x);
    const NumpySinCos got = numpy_sin_cos(x, true);
    EXPECT_TRUE(same_bits(got.sin, sine)) << std::hexfloat << got.sin;
    // Beyond its limit the cosine is the library's, which may round another way elsewhere.
    if (std::abs(x) <= kCosineLimit) {
      EXPECT_TRUE(same_bits(got.cos, cosine)) << std::hexfloat << got.cos;
    } else {
      EXPECT_NEAR(got.cos, cosine, 0x1p-23f);
    }
  }
}

// How many of the 1000 numbers from x on, away from zero or towards it, differ from the library's.
struct Differences {
  int sine = 0, cosine = 0;
};
Differences differences(float x, float towards) {
  Differences count;
  for (int k = 0; k < 1000; ++k, x = std::nextafter(x, towards)) {
    const NumpySinCos got = numpy_sin_cos(x, true);
    count.sine += !same_bits(got.sin, std::sin(x));
    count.cosine += !same_bits(got.cos, std::cos(x));
  }
  return count;
}

// The kernel's rounding shows up to the limits, and never beyond.
TEST(NumpyTrig, BeyondTheLimitsTheLibraryIsCalled) {
  for (const float sign : {1.0f, -1.0f}) {
    SCOPED_TRACE(sign);
    const float cosine_limit = sign * kCosineLimit, sine_limit = sign * kSineLimit;
    const float away = sign * kInfinity;
    EXPECT_GT(differences(cosine_limit, 0.0f).cosine, 50);
    EXPECT_GT(differences(cosine_limit, away).sine, 50);
    EXPECT_EQ(differences(std::nextafter(cosine_limit, away), away).cosine, 0);
    EXPECT_GT(differences(sine_limit, 0.0f).sine, 50);
    EXPECT_EQ(differences(sine_limit, 0.0f).cosine, 0);
    EXPECT_EQ(differences(std::nextafter(sine_limit, away), away).sine, 0);
    EXPECT_EQ(differences(std::nextafter(sine_limit, away), away).cosine, 0);
  }
}

// Within 1.5 units of the last place: up to the limits the reduction holds.
TEST(NumpyTrig, IsCloseUpToTheLimits) {
  for (const float limit : {kCosineLimit, kSineLimit}) {
    float x = limit;
    for (int k = 0; k < 100000; ++k, x = std::nextafter(x, 0.0f)) {
      const NumpySinCos got = numpy_sin_cos(x, true);
      const double sine = std::sin(static_cast<double>(x));
      const double cosine = std::cos(static_cast<double>(x));
      ASSERT_NEAR(got.sin, sine, 0x1.8p-23 * std::max(std::abs(sine), 0x1p-10)) << x;
      ASSERT_NEAR(got.cos, cosine, 0x1.8p-23 * std::max(std::abs(cosine), 0x1p-10)) << x;
    }
  }
}

TEST(NumpyTrig, HugeAndSpecialArguments) {
  for (const bool fused : {true, false}) {
    for (const float x : {1e6f, -1e15f, std::numeric_limits<float>::max()}) {
      const NumpySinCos got = numpy_sin_cos(x, fused);
      EXPECT_TRUE(same_bits(got.sin, std::sin(x)) && same_bits(got.cos, std::cos(x))) << x;
    }
    for (const float x : {kInfinity, -kInfinity, std::nanf("")}) {
      const NumpySinCos got = numpy_sin_cos(x, fused);
      EXPECT_TRUE(std::isnan(got.sin) && std::isnan(got.cos)) << x;
    }
  }
}

TEST(NumpyTrig, WithoutFusedMultiplyAddItIsTheLibrary) {
  for (const Golden& g : kGolden) {
    const NumpySinCos got = numpy_sin_cos(g.x, false);
    EXPECT_TRUE(same_bits(got.sin, std::sin(g.x)) && same_bits(got.cos, std::cos(g.x))) << g.x;
  }
}

}  // namespace
}  // namespace pavlov::envs
