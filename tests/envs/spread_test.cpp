#include "pavlov/envs/spread.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace pavlov::envs {
namespace {

TEST(Spread, EveryEnvironmentHasItsOwnFixedValue) {
  const Spread gravity(8, 12);
  double least = 12, most = 8, sum = 0;
  for (std::size_t i = 0; i < 1000; ++i) {
    const double value = gravity.value("gravity", i);
    ASSERT_EQ(value, gravity.value("gravity", i));
    ASSERT_TRUE(value >= 8 && value < 12);
    least = std::min(least, value);
    most = std::max(most, value);
    sum += value;
  }
  EXPECT_LT(least, 8.02);
  EXPECT_GT(most, 11.98);
  EXPECT_NEAR(sum / 1000, 10, 0.15);  // four standard errors
  EXPECT_NE(gravity.value("gravity", 0), gravity.value("length", 0));
  EXPECT_EQ(Spread(9.8).value("gravity", 7), 9.8);
  EXPECT_EQ(Spread(9.8).value(), 9.8);
}

TEST(Spread, Text) {
  EXPECT_EQ(to_string(Spread(8, 12.5)), "8:12.5");
  EXPECT_EQ(to_string(Spread(9)), "9");
  EXPECT_EQ(to_string(Spread(9, 9)), "9");
  EXPECT_EQ(to_string(Spread(std::nan(""))), "nan");
  EXPECT_EQ(to_string(Spread(1, std::nan(""))), "1:nan");
}

}  // namespace
}  // namespace pavlov::envs
