// Powers against the library's, in extended precision, on every SIMD target.
#include "pavlov/kernels/power.h"

#include "pavlov/tests/kernels/every_target.h"

namespace pavlov::kernels {
namespace {

class PowerTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(PowerTest);

TEST_P(PowerTest, EqualsTheLibraryToItsBound) {
  RandomStream random(1, "bases");
  for (const double exponent : {0.0, 1e-3, 0.4, 0.5, 0.6, 1.0, -0.4, -1.0}) {
    for (const std::size_t size : kLengths) {
      std::vector<double> x(size), y(size + 1, -777.0);
      for (std::size_t i = 0; i < size; ++i) {
        // all magnitudes, and many around 1
        x[i] = std::exp((i % 2 == 0 ? 700.0 : 3.0) * (2.0 * random.uniform_double() - 1.0));
      }
      power(x, exponent, std::span(y).first(size));
      EXPECT_EQ(y[size], -777.0);
      for (std::size_t i = 0; i < size; ++i) {
        const long double exact =
            std::pow(static_cast<long double>(x[i]), static_cast<long double>(exponent));
        ASSERT_NEAR(static_cast<double>(static_cast<long double>(y[i]) / exact), 1.0, 0x1p-42)
            << x[i] << "^" << exponent;
      }
      power(x, exponent, x);  // in place
      EXPECT_TRUE(std::equal(x.begin(), x.end(), y.begin()));
    }
  }
}

TEST_P(PowerTest, EdgesAndExactCases) {
  std::vector<double> x = {0x1p-1022, 0x1p1023, 1.0}, y(3);
  power(x, 1.0, y);
  EXPECT_EQ(y, x);
  power(x, 0.0, y);
  EXPECT_EQ(y, (std::vector<double>{1, 1, 1}));
  power(x, 0.5, y);
  EXPECT_NEAR(y[0] / 0x1p-511, 1.0, 0x1p-42);
  EXPECT_EQ(y[2], 1.0);
}

TEST_P(PowerTest, BadCallsAreNamed) {
  std::vector<double> x(3, 1.0), y(3);
  EXPECT_EQ(argument_error([&] { power(x, 1.5, y); }), "[power] exponent 1.5: must be in [-1, 1]");
  EXPECT_NE(argument_error([&] { power(x, std::nan(""), y); }), "");
  y.resize(2);
  EXPECT_NE(argument_error([&] { power(x, 0.5, y); }), "");
}

}  // namespace
}  // namespace pavlov::kernels
