// Statistics against two-pass loops in extended precision, on every SIMD target.
#include "pavlov/kernels/statistics.h"

#include <algorithm>

#include "pavlov/tests/kernels/every_target.h"
#include "pavlov/tests/kernels/strided.h"

namespace pavlov::kernels {
namespace {

double wide(float x) { return static_cast<double>(x); }

// Two passes, in long double.
Moments plain_moments(std::span<const float> x, Variance kind) {
  long double sum = 0.0L, squares = 0.0L;
  for (const float v : x) sum += static_cast<long double>(v);
  const long double n = static_cast<long double>(x.size());
  const long double mean = sum / n;
  for (const float v : x) {
    const long double distance = static_cast<long double>(v) - mean;
    squares += distance * distance;
  }
  return {static_cast<double>(mean),
          static_cast<double>(squares / (kind == Variance::sample ? n - 1.0L : n))};
}

void expect_moments(const Moments& result, const Moments& exact, std::span<const float> x) {
  double largest = 0.0;
  for (const float v : x) largest = std::max(largest, std::fabs(wide(v)));
  ASSERT_NEAR(result.mean, exact.mean, 1e-13 * largest);
  if (std::isnan(exact.variance)) {
    ASSERT_TRUE(std::isnan(result.variance));
    return;
  }
  // distances from x_0 are at most six times the deviation for the numbers of these tests
  ASSERT_NEAR(result.variance, exact.variance, 1e-11 * exact.variance + 1e-300);
  ASSERT_GE(result.variance, 0.0);
}

std::vector<float> numbers(std::size_t size, float offset, std::uint64_t seed) {
  std::vector<float> x = values_with_outliers(size, seed);
  for (float& v : x) v += offset;
  return x;
}

class StatisticsTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(StatisticsTest);

TEST_P(StatisticsTest, SumAndExtremes) {
  for (const std::size_t size : kLengths) {
    for (const std::size_t offset : {0, 1, 3}) {
      const std::vector<float> all = numbers(size + offset, 0.0f, 1 + offset);
      const auto x = std::span(all).subspan(offset);
      double expected = 0.0, magnitude = 0.0;
      for (const float v : x) {
        expected += wide(v);
        magnitude += std::fabs(wide(v));
      }
      EXPECT_NEAR(sum(x), expected, 1e-13 * magnitude);
      if (size == 0) continue;
      EXPECT_EQ(largest(x), *std::max_element(x.begin(), x.end()));
      EXPECT_EQ(smallest(x), *std::min_element(x.begin(), x.end()));
    }
  }
}

TEST_P(StatisticsTest, ExtremesAtEveryPlaceAndSpecialValues) {
  for (const std::size_t size : {1, 7, 16, 33, 70}) {
    for (std::size_t at = 0; at < size; ++at) {
      std::vector<float> x(size, -2.0f);
      x[at] = -1.0f;
      EXPECT_EQ(largest(x), -1.0f);
      x[at] = -3.0f;
      EXPECT_EQ(smallest(x), -3.0f);
      x[at] = kInfinity;
      EXPECT_EQ(largest(x), kInfinity);
      EXPECT_EQ(sum(x), HUGE_VAL);
      x[at] = -kInfinity;
      EXPECT_EQ(smallest(x), -kInfinity);
      EXPECT_TRUE(std::isnan(moments(x, Variance::population).variance));
      x[at] = kNan;
      EXPECT_TRUE(std::isnan(largest(x)));
      EXPECT_TRUE(std::isnan(smallest(x)));
      EXPECT_TRUE(std::isnan(sum(x)));
      EXPECT_TRUE(std::isnan(moments(x, Variance::population).mean));
      EXPECT_TRUE(std::isnan(moments(x, Variance::population).variance));
    }
  }
}

TEST_P(StatisticsTest, MomentsOfEveryLength) {
  for (const std::size_t size : kLengths) {
    if (size == 0) continue;
    for (const float offset : {0.0f, -7.0f, 1e5f}) {
      for (const std::size_t start : {0, 1, 5}) {
        const std::vector<float> all = numbers(size + start, offset, 2);
        const auto x = std::span(all).subspan(start);
        for (const Variance kind : {Variance::population, Variance::sample}) {
          expect_moments(moments(x, kind), plain_moments(x, kind), x);
        }
      }
    }
  }
}

TEST_P(StatisticsTest, MomentsOfEqualNumbers) {
  const std::vector<float> x(1000, 0.1f);
  EXPECT_EQ(moments(x, Variance::sample).mean, wide(0.1f));
  EXPECT_EQ(moments(x, Variance::sample).variance, 0.0);
}

TEST_P(StatisticsTest, ColumnMoments) {
  for (const std::size_t cols : {1, 2, 3, 4, 7, 8, 9, 17, 33}) {
    for (const std::size_t rows : kLengths) {
      if (rows == 0) continue;
      const StridedMatrix x(rows, cols, rows % 3, cols % 4, numbers(rows * cols, 3.0f, 4));
      for (const Variance kind : {Variance::population, Variance::sample}) {
        std::vector<double> mean(cols + 1, -777.0), variance(cols + 1, -777.0);
        column_moments(x.view(), kind, std::span(mean).first(cols),
                       std::span(variance).first(cols));
        for (std::size_t c = 0; c < cols; ++c) {
          std::vector<float> column;
          for (std::size_t r = 0; r < rows; ++r) column.push_back(x(r, c));
          expect_moments({mean[c], variance[c]}, plain_moments(column, kind), column);
        }
        ASSERT_EQ(mean[cols], -777.0);
        ASSERT_EQ(variance[cols], -777.0);
      }
    }
  }
}

TEST_P(StatisticsTest, StandardizedNumbers) {
  for (const std::size_t size : kLengths) {
    for (const std::size_t start : {0, 3}) {
      for (const Variance kind : {Variance::population, Variance::sample}) {
        const std::vector<float> before = numbers(size + start, 100.0f, 6);
        std::vector<float> x = before;
        standardize(std::span(x).subspan(start), kind, 1e-8f);
        for (std::size_t i = 0; i < start; ++i) ASSERT_EQ(x[i], before[i]);
        if (size < 2) {
          ASSERT_EQ(x, before);
          continue;
        }
        const Moments m = plain_moments(std::span(before).subspan(start), kind);
        for (std::size_t i = start; i < x.size(); ++i) {
          const double exact = (wide(before[i]) - m.mean) / (std::sqrt(m.variance) + wide(1e-8f));
          ASSERT_NEAR(wide(x[i]), exact, 8 * kEpsilon * std::fabs(exact) + 1e-12) << i;
        }
      }
    }
  }
}

TEST_P(StatisticsTest, StandardizedEqualNumbersAreZero) {
  std::vector<float> x(40, 3.0f);
  standardize(x, Variance::sample, 1e-8f);
  EXPECT_EQ(x, std::vector<float>(40, 0.0f));
}

TEST(StatisticsErrors, NameTheSizes) {
  std::vector<double> two(2), three(3);
  std::vector<float> x(6);
  EXPECT_EQ(sum({}), 0.0);
  EXPECT_TRUE(starts_with(argument_error([&] { largest({}); }), "[statistics] largest of 0"));
  EXPECT_TRUE(starts_with(argument_error([&] { smallest({}); }), "[statistics] smallest of 0"));
  EXPECT_TRUE(starts_with(argument_error([&] { moments({}, Variance::sample); }), "[statistics] "));
  const ConstMatrixView m(x.data(), 2, 3), none(x.data(), 0, 3);
  const auto columns = [&](ConstMatrixView view, std::span<double> a, std::span<double> b) {
    return argument_error([&] { column_moments(view, Variance::sample, a, b); });
  };
  EXPECT_EQ(columns(m, three, three), "");
  EXPECT_TRUE(starts_with(columns(m, two, three), "[statistics] column_moments: mean 2"));
  EXPECT_TRUE(starts_with(columns(m, three, two), "[statistics] column_moments: mean 3"));
  EXPECT_TRUE(starts_with(columns(none, three, three), "[statistics] column_moments of 0"));
  for (const float epsilon : {-1.0f, kNan}) {
    EXPECT_TRUE(starts_with(argument_error([&] { standardize(x, Variance::sample, epsilon); }),
                            "[statistics] epsilon"));
  }
}

}  // namespace
}  // namespace pavlov::kernels
