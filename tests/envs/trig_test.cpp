// Exact sine and cosine against the C library of this machine, on every SIMD target.
#include "pavlov/kernels/simd/trig-inl.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "pavlov/tests/envs/numbers_on_target.h"
#include "pavlov/tests/envs/parity_data.h"
#include "pavlov/kernels/random.h"
#include "pavlov/kernels/simd_target.h"
#include "pavlov/tests/envs/plain_numbers.h"

namespace pavlov::envs {
namespace {

namespace portable = kernels::portable;

struct Golden {
  double x, sine, cosine;
};
// Values of glibc with fused multiply-add.
constexpr Golden kGolden[] = {
    {0x1.2fbcd2d69f374p-4, 0x1.2f759482beaabp-4, 0x1.fe97c9be4855fp-1},
    {0x1.45291874b64cbp-2, 0x1.3fb93ed17885fp-2, 0x1.e66740d80ab12p-1},
    {0x1.3ca42b5a42e66p-1, 0x1.28d6ef071d571p-1, 0x1.a12b5a138afe7p-1},
    {0x1.4b63d8907ff44p+0, 0x1.ec94796c0acdep-1, 0x1.175957dc4a8d9p-2},
    {0x1.6ca43a3d3669bp+1, 0x1.279774f2c6793p-2, -0x1.ea3456782f74p-1},
    {0x1.53813ba328708p+3, -0x1.da51a180edbc2p-1, -0x1.8191537c65e6cp-2},
    {0x1.7982576a5e2ebp+16, 0x1.3d3eb01587708p-1, 0x1.91dec80aa6107p-1},
};

std::vector<double> uniform(double low, double high, std::size_t count) {
  kernels::Pcg64 random(count);
  std::vector<double> x(count);
  for (double& value : x) value = random.uniform(low, high);
  return x;
}

class TrigOnTarget : public ::testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override { kernels::force_simd_target(GetParam()); }
  void TearDown() override { kernels::force_simd_target(""); }

  // Differences from std::sin, std::cos; where the library and the target are of different kinds,
  // from the scalar form of the target's kind.
  static std::size_t differences(TrigForm form, const std::vector<double>& x) {
    std::vector<double> sine(x.size()), cosine(x.size());
    sin_cos_on_target(form, x, sine, cosine);
    const bool fused = kernels::simd_has_fma(GetParam());
    // Multiply-add in software is slow: a sample then.
    const std::size_t stride = fused && !library_is_fused() ? 37 : 1;
    std::size_t count = 0;
    for (std::size_t i = 0; i < x.size(); i += stride) {
      double s = std::sin(x[i]), c = std::cos(x[i]);
      if (fused != library_is_fused() && fused) {
        const auto result = portable::sin_cos(x[i]);
        s = result.sin;
        c = result.cos;
      } else if (fused != library_is_fused()) {
        const auto result = portable::sin_cos(Unfused(x[i]));
        s = result.sin.v;
        c = result.cos.v;
      }
      const bool same = (same_bits(s, sine[i]) || (std::isnan(s) && std::isnan(sine[i]))) &&
                        (same_bits(c, cosine[i]) || (std::isnan(c) && std::isnan(cosine[i])));
      if (!same && count++ == 0) ADD_FAILURE() << std::hexfloat << "first difference at " << x[i];
    }
    return count;
  }
};

TEST_P(TrigOnTarget, Golden) {
  if (!kernels::simd_has_fma(GetParam()))
    GTEST_SKIP() << "golden values are those of fused targets";
  for (const Golden& g : kGolden) {
    double sine = 0, cosine = 0;
    sin_cos_on_target(TrigForm::full, {&g.x, 1}, {&sine, 1}, {&cosine, 1});
    EXPECT_EQ(sine, g.sine) << std::hexfloat << g.x;
    EXPECT_EQ(cosine, g.cosine) << std::hexfloat << g.x;
  }
}

constexpr std::size_t kMany = 1000000;

TEST_P(TrigOnTarget, NarrowForm) {
  EXPECT_EQ(differences(TrigForm::narrow, uniform(-0.126, 0.126, kMany)), 0u);
  EXPECT_EQ(differences(TrigForm::narrow, uniform(-0.246, 0.246, kMany)), 0u);
}

TEST_P(TrigOnTarget, SmallForm) {
  EXPECT_EQ(differences(TrigForm::small, uniform(-0.5, 0.5, kMany)), 0u);
  EXPECT_EQ(differences(TrigForm::small, uniform(-0.8554, 0.8554, kMany)), 0u);
}

TEST_P(TrigOnTarget, FullForm) {
  EXPECT_EQ(differences(TrigForm::full, uniform(-0.86, 0.86, kMany)), 0u);
  EXPECT_EQ(differences(TrigForm::full, uniform(-3.2, 3.2, kMany)), 0u);
  EXPECT_EQ(differences(TrigForm::full, uniform(0.855, 2.43, kMany)), 0u);
  EXPECT_EQ(differences(TrigForm::full, uniform(-20, 20, kMany)), 0u);
  EXPECT_EQ(differences(TrigForm::full, uniform(-1e5, 1e5, kMany)), 0u);
  EXPECT_EQ(differences(TrigForm::full, uniform(-1.2e8, 1.2e8, kMany)), 0u);
}

TEST_P(TrigOnTarget, CosineAlone) {
  EXPECT_EQ(differences(TrigForm::cosine, uniform(-0.86, 0.86, kMany)), 0u);
  EXPECT_EQ(differences(TrigForm::cosine, uniform(-3.7, 3.7, kMany)), 0u);
  EXPECT_EQ(differences(TrigForm::cosine, uniform(-1.7, -1.4, kMany)), 0u);
  EXPECT_EQ(differences(TrigForm::cosine, uniform(-20, 20, kMany)), 0u);
  EXPECT_EQ(differences(TrigForm::cosine, uniform(-1.2e8, 1.2e8, kMany)), 0u);
}

TEST_P(TrigOnTarget, SpecialAndHugeArguments) {
  const double infinity = std::numeric_limits<double>::infinity();
  std::vector<double> x = {0.0,      -0.0,     infinity, -infinity, std::nan(""), 5e-324,
                           -5e-324,  1e-310,   1e300,    -1e22,     0x1.921fbp26, 0x1p52,
                           0x1.8p45, 0x1.6p52, 1e8,      -1e8};
  for (int exponent = -1074; exponent < 1024; ++exponent) x.push_back(std::ldexp(1.0, exponent));
  EXPECT_EQ(differences(TrigForm::full, x), 0u);
  EXPECT_EQ(differences(TrigForm::cosine, x), 0u);
}

// Ties of the table index, multiples of pi/4, and both sides of every limit.
TEST_P(TrigOnTarget, GridsAroundTheLimits) {
  std::vector<double> centres = {0.126, 0x1.b6p-1, 0x1.368fdp1};
  for (int k = 0; k <= 256; ++k) centres.push_back(k / 256.0);
  for (int k = 0; k <= 2000; ++k) centres.push_back(k * 0x1.921fb54442d18p-1);
  std::vector<double> x;
  for (double centre : centres) {
    double up = centre, down = centre;
    for (int ulp = 0; ulp < 40; ++ulp) {
      x.insert(x.end(), {up, down, -up, -down});
      up = std::nextafter(up, 1e9);
      down = std::nextafter(down, -1e9);
    }
  }
  EXPECT_EQ(differences(TrigForm::full, x), 0u);
  EXPECT_EQ(differences(TrigForm::cosine, x), 0u);
}

// Every length, so that whole vectors and remainders are used.
TEST_P(TrigOnTarget, Lengths) {
  const std::vector<double> x = uniform(-4, 4, 40);
  for (std::size_t size = 0; size <= x.size(); ++size) {
    EXPECT_EQ(differences(TrigForm::full, {x.begin(), x.begin() + size}), 0u);
  }
}

TEST_P(TrigOnTarget, FastFormsAreCloseAndTheSameOnEveryTarget) {
  for (const auto& [form, limit] :
       {std::pair{TrigForm::fast_small, 0.785}, {TrigForm::fast, 20.0}}) {
    const std::vector<double> x = uniform(-limit, limit, 100000);
    std::vector<double> sine(x.size()), cosine(x.size());
    sin_cos_on_target(form, x, sine, cosine);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto expected = form == TrigForm::fast ? portable::fast_sin_cos(x[i])
                                                   : portable::fast_sin_cos_small(x[i]);
      ASSERT_TRUE(same_bits(sine[i], expected.sin) && same_bits(cosine[i], expected.cos)) << x[i];
      ASSERT_NEAR(sine[i], std::sin(x[i]), 0x1p-52) << x[i];
      ASSERT_NEAR(cosine[i], std::cos(x[i]), 0x1p-52) << x[i];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Simd, TrigOnTarget,
                         ::testing::ValuesIn(kernels::simd_targets().begin(),
                                             kernels::simd_targets().end()),
                         [](const auto& target) { return std::string(target.param); });

// ---- the readable forms ----

TEST(TrigPortable, DoubleIsTheFusedForm) {
  for (const Golden& g : kGolden) {
    const auto result = portable::sin_cos(g.x);
    EXPECT_EQ(result.sin, g.sine);
    EXPECT_EQ(result.cos, g.cosine);
  }
}

TEST(TrigPortable, TheTwoFormsDifferRarely) {
  std::size_t different = 0;
  const std::vector<double> x = uniform(-3, 3, 100000);
  for (const double value : x) {
    const auto fused = portable::sin_cos(value);
    const auto plain = portable::sin_cos(Unfused(value));
    different += !same_bits(fused.sin, plain.sin.v) || !same_bits(fused.cos, plain.cos.v);
  }
  EXPECT_GT(different, 0u);
  EXPECT_LT(different, x.size() / 200);
}

// sn + ssn and cs + ccs are sine and cosine of the same angle to about 2^-106: their squares add up
// to 1, computed with exact products, and the high parts are the library's nearest doubles.
TEST(TrigTable, SquaresAddUpToOne) {
  for (int k = 0; k < kernels::kTrigRows; ++k) {
    const auto [sn, ssn, cs, ccs] = kernels::kTrigTable[k];
    const double s2 = sn * sn, c2 = cs * cs;
    const double s2_low = std::fma(sn, sn, -s2), c2_low = std::fma(cs, cs, -c2);
    const double residue = ((std::max(s2, c2) - 1.0) + std::min(s2, c2)) +
                           ((s2_low + c2_low) + 2 * (sn * ssn + cs * ccs));
    EXPECT_LT(std::abs(residue), 0x1p-100) << "row " << k;
    EXPECT_NEAR(sn, std::sin(k / 128.0), 0x1p-53) << "row " << k;
    EXPECT_LE(std::abs(ssn), 0x1p-53) << "row " << k;
    EXPECT_LE(std::abs(ccs), 0x1p-53) << "row " << k;
    // The angle itself: sinl has eleven bits more than a double.
    EXPECT_LT(std::abs(std::sin(static_cast<long double>(k) / 128) - sn - ssn), 0x1p-63L);
  }
  for (int k = kernels::kTrigRows; k < 128; ++k) EXPECT_EQ(kernels::kTrigTable[k][2], 0.0);
}

TEST(TrigTable, ColumnsAreTheFirstRows) {
  for (int k = 0; k < 32; ++k) {
    for (int c = 0; c < 4; ++c) {
      EXPECT_EQ(kernels::kTrigColumns[c][k], kernels::kTrigTable[k][c]);
    }
  }
}

}  // namespace
}  // namespace pavlov::envs
