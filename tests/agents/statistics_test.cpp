#include "pavlov/agents/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

namespace pavlov::agents {
namespace {

TEST(InterquartileMean, LeavesAQuarterOutOnEachSide) {
  EXPECT_DOUBLE_EQ(interquartile_mean(std::vector<double>{7.0}), 7.0);
  EXPECT_DOUBLE_EQ(interquartile_mean(std::vector<double>{1.0, 2.0, 6.0}), 3.0);
  EXPECT_DOUBLE_EQ(interquartile_mean(std::vector<double>{100.0, 1.0, 2.0, -50.0}), 1.5);
  // Ten scores in any order: two go on each side.
  EXPECT_DOUBLE_EQ(interquartile_mean(std::vector<double>{9, 1, 8, 2, 7, 3, 6, 4, 5, 1000}), 5.5);
}

TEST(Median, IsTheMiddle) {
  EXPECT_DOUBLE_EQ(median(std::vector<double>{3.0, 1.0, 2.0}), 2.0);
  EXPECT_DOUBLE_EQ(median(std::vector<double>{4.0, 1.0, 3.0, 2.0}), 2.5);
}

double plain_mean(std::span<const double> scores) {
  double sum = 0.0;
  for (const double score : scores) sum += score;
  return sum / static_cast<double>(scores.size());
}

TEST(BootstrapInterval, OfAMeanIsThatOfTheNormalDistribution) {
  // 400 scores with variance 1: the mean's interval is close to +-1.96 / 20.
  std::vector<double> scores(400, 1.0);
  for (std::size_t i = 0; i < 200; ++i) scores[i] = -1.0;
  const Interval interval = bootstrap_interval(scores, plain_mean, {.repetitions = 20000});
  EXPECT_NEAR(interval.low, -1.96 / 20, 0.005);
  EXPECT_NEAR(interval.high, 1.96 / 20, 0.005);
  const Interval narrow =
      bootstrap_interval(scores, plain_mean, {.repetitions = 20000, .confidence = 0.5});
  EXPECT_NEAR(narrow.high, 0.6745 / 20, 0.005);
}

TEST(BootstrapInterval, DrawsWithinEachTask) {
  // Tasks without spread have none together, however far apart they are.
  const std::vector<std::vector<double>> tasks = {{0.0, 0.0, 0.0}, {100.0, 100.0, 100.0}};
  const Interval interval = bootstrap_interval(tasks, plain_mean, {.repetitions = 200});
  EXPECT_DOUBLE_EQ(interval.low, 50.0);
  EXPECT_DOUBLE_EQ(interval.high, 50.0);
  const std::vector<double> pooled = {0.0, 0.0, 0.0, 100.0, 100.0, 100.0};
  EXPECT_LT(bootstrap_interval(pooled, plain_mean, {.repetitions = 200}).low, 40.0);
}

TEST(BootstrapInterval, OneSeedOneInterval) {
  const std::vector<double> scores = {1.0, 5.0, 7.0, 20.0};
  const Interval a = bootstrap_interval(scores, plain_mean, {.repetitions = 100});
  const Interval b = bootstrap_interval(scores, plain_mean, {.repetitions = 100});
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
}

TEST(WilsonInterval, EqualsPublishedValues) {
  // Brown, Cai and DasGupta 2001, and R's prop.test(correct = FALSE).
  const Interval all = wilson_interval(10, 10);
  EXPECT_NEAR(all.low, 0.7225, 1e-4);
  EXPECT_DOUBLE_EQ(all.high, 1.0);
  const Interval none = wilson_interval(0, 10);
  EXPECT_DOUBLE_EQ(none.low, 0.0);
  EXPECT_NEAR(none.high, 0.2775, 1e-4);
  const Interval eight = wilson_interval(8, 10);
  EXPECT_NEAR(eight.low, 0.4902, 1e-4);
  EXPECT_NEAR(eight.high, 0.9433, 1e-4);
}

TEST(ProbabilityOfImprovement, CountsTiesHalf) {
  const std::vector<double> x = {1.0, 2.0}, y = {0.0, 2.0};
  EXPECT_DOUBLE_EQ(probability_of_improvement(x, y), (1.0 + 0.0 + 1.0 + 0.5) / 4.0);
  EXPECT_DOUBLE_EQ(probability_of_improvement(x, x), 0.5);
}

TEST(Statistics, RefuseWhatIsNoScore) {
  const std::vector<double> none, bad = {1.0, std::numeric_limits<double>::quiet_NaN()};
  const std::vector<double> one = {1.0};
  EXPECT_THROW(interquartile_mean(none), std::invalid_argument);
  EXPECT_THROW(interquartile_mean(bad), std::invalid_argument);
  EXPECT_THROW(median(none), std::invalid_argument);
  EXPECT_THROW(bootstrap_interval(none, plain_mean), std::invalid_argument);
  EXPECT_THROW(bootstrap_interval(std::vector<std::vector<double>>{}, plain_mean),
               std::invalid_argument);
  EXPECT_THROW(bootstrap_interval(one, plain_mean, {.repetitions = 0}), std::invalid_argument);
  EXPECT_THROW(bootstrap_interval(one, plain_mean, {.confidence = 1.0}), std::invalid_argument);
  EXPECT_THROW(wilson_interval(1, 0), std::invalid_argument);
  EXPECT_THROW(wilson_interval(3, 2), std::invalid_argument);
  EXPECT_THROW(probability_of_improvement(one, bad), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::agents
