// Exact squares and wrapped angles against the C library of this machine, on every SIMD target.
#include "pavlov/kernels/simd/square-inl.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "pavlov/tests/envs/library_math.h"
#include "pavlov/tests/envs/numbers_on_target.h"
#include "pavlov/tests/envs/parity_data.h"
#include "pavlov/kernels/random.h"
#include "pavlov/kernels/simd_target.h"

namespace pavlov::envs {
namespace {

constexpr std::size_t kMany = 1000000;

struct Golden {
  double x, square;
};
// Here pow(x, 2) is not the product.
constexpr Golden kGolden[] = {{0x1.9eebfcc28a8ccp0, 0x1.50400f879f6c9p1},
                              {0x1.f2ea4605c9c6ap2, 0x1.e62a27694d626p5},
                              {0x1.b77aaeb41a577p2, 0x1.793afefc569d3p5}};

std::vector<double> uniform(double low, double high, std::size_t count) {
  kernels::Pcg64 random(count);
  std::vector<double> x(count);
  for (double& value : x) value = random.uniform(low, high);
  return x;
}

bool same(double a, double b) { return same_bits(a, b) || (std::isnan(a) && std::isnan(b)); }

class SquareOnTarget : public ::testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override { kernels::force_simd_target(GetParam()); }
  void TearDown() override { kernels::force_simd_target(""); }

  // From the library's pow; where it is without fused multiply-add and the target has it, from the
  // readable form.
  static std::size_t differences(const std::vector<double>& x) {
    std::vector<double> squares(x.size());
    square_on_target(false, x, squares);
    const bool own = kernels::simd_has_fma(GetParam()) && !library_is_fused();
    const std::size_t stride = own ? 37 : 1;  // multiply-add in software is slow
    std::size_t count = 0;
    for (std::size_t i = 0; i < x.size(); i += stride) {
      const double right = own ? kernels::portable::exact_square(x[i]) : library_square(x[i]);
      if (!same(squares[i], right) && count++ == 0) {
        ADD_FAILURE() << std::hexfloat << "first difference at " << x[i];
      }
    }
    return count;
  }
};

INSTANTIATE_TEST_SUITE_P(Simd, SquareOnTarget,
                         ::testing::ValuesIn(kernels::simd_targets().begin(),
                                             kernels::simd_targets().end()),
                         [](const auto& target) { return std::string(target.param); });

TEST_P(SquareOnTarget, Golden) {
  for (const Golden& g : kGolden) {
    EXPECT_NE(g.x * g.x, g.square);
    double square = 0;
    square_on_target(false, {&g.x, 1}, {&square, 1});
    if (kernels::simd_has_fma(GetParam()) || library_is_fused()) {
      EXPECT_EQ(square, g.square) << std::hexfloat << g.x;
    }
    EXPECT_EQ(kernels::portable::exact_square(g.x), g.square);
  }
}

TEST_P(SquareOnTarget, RandomArguments) {
  for (const double limit : {1e-3, 1.0, 4.0, 30.0, 1e5, 1e100}) {
    EXPECT_EQ(differences(uniform(-limit, limit, kMany)), 0u) << "limit " << limit;
  }
}

TEST_P(SquareOnTarget, SpecialArguments) {
  const double infinity = std::numeric_limits<double>::infinity();
  std::vector<double> x = {0.0, -0.0, 1.0, -1.0, infinity, -infinity, std::nan(""), 5e-324, 1e-310};
  kernels::Pcg64 random(2);
  for (int exponent = -1074; exponent < 1024; ++exponent) {
    x.push_back(std::ldexp(1.0, exponent));
    x.push_back(std::ldexp(random.uniform(1.0, 2.0), exponent));
  }
  EXPECT_EQ(differences(x), 0u);
}

// Near 1 the logarithm is small, and its two parts matter most.
TEST_P(SquareOnTarget, AroundOne) {
  std::vector<double> x;
  double up = 1.0, down = 1.0;
  for (int ulp = 0; ulp < 20000; ++ulp) {
    x.insert(x.end(), {up, down, -up, -down});
    up = std::nextafter(up, 2.0);
    down = std::nextafter(down, 0.0);
  }
  EXPECT_EQ(differences(x), 0u);
  EXPECT_EQ(differences(uniform(0.98, 1.02, kMany)), 0u);
}

TEST_P(SquareOnTarget, FloatSquaresAreThoseOfPowf) {
  for (const double limit : {1e-30, 1e-3, 2.0, 1e4}) {
    std::vector<double> x = uniform(-limit, limit, kMany), squares(kMany);
    for (double& value : x) value = static_cast<double>(static_cast<float>(value));
    x[0] = 0.0;
    square_on_target(true, x, squares);
    std::size_t unlike_products = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      ASSERT_EQ(squares[i], LibraryMath::float_square(x[i])) << std::hexfloat << x[i];
      const auto narrow = static_cast<float>(x[i]);
      unlike_products += squares[i] != static_cast<double>(narrow * narrow);
    }
    if (limit >= 1e-3 && library_is_fused()) {
      EXPECT_GT(unlike_products, 0u);
    }
  }
}

// Devices compute powf(x, 2) by themselves: every mantissa where x*x does not tell it.
TEST(FloatSquare, ByLogarithmIsThatOfPowf) {
  if (!library_is_fused()) GTEST_SKIP() << "the C library of this machine does not fuse";
  const volatile float two = 2.0f;
  std::size_t doubtful = 0;
  for (const int exponent : {-30, -1, 0, 1, 40}) {
    for (std::uint32_t mantissa = 0; mantissa < (1u << 23); ++mantissa) {
      const float x = std::ldexp(1.0f + static_cast<float>(mantissa) * 0x1p-23f, exponent);
      const double p = static_cast<double>(x) * static_cast<double>(x);
      const auto rounded = static_cast<double>(static_cast<float>(p));
      if (std::abs(p - rounded) < 0.498 * 0x1p-23 * kernels::portable::power_of_two(rounded)) {
        continue;
      }
      ++doubtful;
      const auto right = static_cast<double>(std::pow(x, two));
      ASSERT_EQ(kernels::portable::power::float_square_by_logarithm(-static_cast<double>(x)), right)
          << std::hexfloat << x;
    }
  }
  EXPECT_GT(doubtful, 100000u);
}

class AngleOnTarget : public SquareOnTarget {};

INSTANTIATE_TEST_SUITE_P(Simd, AngleOnTarget,
                         ::testing::ValuesIn(kernels::simd_targets().begin(),
                                             kernels::simd_targets().end()),
                         [](const auto& target) { return std::string(target.param); });

TEST_P(AngleOnTarget, IsThatOfTheLibrarysRemainder) {
  std::vector<double> x;
  for (const double limit : {1.0, 7.0, 40.0, 1e6, 1e9, 1e12, 1e300}) {
    const std::vector<double> more = uniform(-limit, limit, kMany / 5);
    x.insert(x.end(), more.begin(), more.end());
  }
  // Both sides of the odd multiples of pi, where the angle jumps.
  for (int k = -400; k <= 400; ++k) {
    double up = k * 0x1.921fb54442d18p1, down = up;
    for (int ulp = 0; ulp < 40; ++ulp) {
      x.insert(x.end(), {up, down});
      up = std::nextafter(up, 1e9);
      down = std::nextafter(down, -1e9);
    }
  }
  std::vector<double> wrapped(x.size());
  wrap_on_target(x, wrapped);
  for (std::size_t i = 0; i < x.size(); ++i) {
    ASSERT_TRUE(same_bits(wrapped[i], LibraryMath::wrapped(x[i]))) << std::hexfloat << x[i];
  }
}

}  // namespace
}  // namespace pavlov::envs
