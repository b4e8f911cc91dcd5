#include "pavlov/apps/viewer/series.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

namespace pavlov::apps {
namespace {

TEST(Series, KeepsFewPointsAsTheyAre) {
  Series series(8);
  for (int k = 0; k < 8; ++k) series.add({1.0 * k, 2.0 * k, 2.0 * k - 1, 2.0 * k + 1});
  ASSERT_EQ(series.points().size(), 8u);
  EXPECT_EQ(series.points()[3].mean, 6.0);
  EXPECT_EQ(series.points()[3].low, 5.0);
}

// However long a run: bounded, over its whole length, and the mean of all is kept.
TEST(Series, MergesWhenFull) {
  Series series(16);
  for (int k = 0; k < 1024; ++k) series.add(k, k % 7);
  EXPECT_LE(series.points().size(), 16u);
  EXPECT_GE(series.points().size(), 8u);
  EXPECT_EQ(series.points().back().x, 1023.0);
  double sum = 0.0;
  for (const SeriesPoint& p : series.points()) sum += p.mean;
  double expected = 0.0;
  for (int k = 0; k < 1024; ++k) expected += k % 7;
  EXPECT_NEAR(sum / static_cast<double>(series.points().size()), expected / 1024, 1e-9);
  for (std::size_t k = 1; k < series.points().size(); ++k) {
    EXPECT_GT(series.points()[k].x, series.points()[k - 1].x);
  }
  EXPECT_EQ(series.last().mean, 1023 % 7);
}

TEST(Series, LeavesOutWhatIsNotFinite) {
  Series series;
  series.add(1, std::numeric_limits<double>::quiet_NaN());
  series.add(2, std::numeric_limits<double>::infinity());
  EXPECT_TRUE(series.empty());
  EXPECT_THROW(Series(3), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::apps
