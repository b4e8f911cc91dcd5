#include "pavlov/envs/wrappers/running_mean_std.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "pavlov/kernels/random.h"
#include "pavlov/tests/envs/parity_data.h"
#include "pavlov/tests/envs/wrappers/history.h"

namespace pavlov::envs {
namespace {

constexpr auto kFloat32 = StatisticsPrecision::float32;
constexpr auto kFloat64 = StatisticsPrecision::float64;

std::vector<std::uint32_t> all_rows(std::size_t n) {
  std::vector<std::uint32_t> rows(n);
  std::iota(rows.begin(), rows.end(), 0u);
  return rows;
}

// 24-bit fractions of a multiplicative sequence, in [0, 16): the same in Python.
float value(std::uint64_t i) {
  return static_cast<float>((i * 2654435761u & 0xffffffffu) >> 8) * 0x1p-20f;
}

struct Golden {
  std::size_t rows, columns;
  std::vector<double> mean, variance;
};

// RunningMeanStd(shape=(columns,), dtype=float32) of Gymnasium 1.4.0 with NumPy 2.4.6 after three
// batches of `rows` rows of value(0), value(1), ...
const Golden kColumns[] = {{200, 1, {0x1.ff80240000000p+2}, {0x1.55df2c0000000p+4}},
                           {64,
                            3,
                            {0x1.ff015a0000000p+2, 0x1.fd34960000000p+2, 0x1.005e940000000p+3},
                            {0x1.55cdce0000000p+4, 0x1.5512580000000p+4, 0x1.5538820000000p+4}},
                           {1000,
                            5,
                            {0x1.ffcfb60000000p+2, 0x1.0018000000000p+3, 0x1.ffe1860000000p+2,
                             0x1.ff3baa0000000p+2, 0x1.00510c0000000p+3},
                            {0x1.55817c0000000p+4, 0x1.558d160000000p+4, 0x1.54d87a0000000p+4,
                             0x1.55c8e60000000p+4, 0x1.5525ca0000000p+4}},
                           {5,
                            6,
                            {0x1.f689200000000p+2, 0x1.04804c0000000p+3, 0x1.d733ea0000000p+2,
                             0x1.16f7c40000000p+3, 0x1.fc22dc0000000p+2, 0x1.ca562c0000000p+2},
                            {0x1.7a332c0000000p+4, 0x1.3f1b680000000p+4, 0x1.565b1a0000000p+4,
                             0x1.565bb00000000p+4, 0x1.3f1b520000000p+4, 0x1.6d0a520000000p+4}},
                           {7, 1, {0x1.dd3cb60000000p+2}, {0x1.53443c0000000p+4}}};

TEST(RunningMeanStd, Float32HasTheBitsOfNumPy) {
  for (const Golden& golden : kColumns) {
    SCOPED_TRACE(std::to_string(golden.rows) + " x " + std::to_string(golden.columns));
    RunningMeanStd statistics(golden.columns, kFloat32);
    std::vector<float> batch(golden.rows * golden.columns);
    for (std::uint64_t b = 0; b < 3; ++b) {
      for (std::size_t i = 0; i < batch.size(); ++i) batch[i] = value(b * batch.size() + i);
      statistics.update({batch.data(), golden.rows, golden.columns}, all_rows(golden.rows));
    }
    for (std::size_t k = 0; k < golden.columns; ++k) {
      EXPECT_TRUE(same_bits(statistics.mean(k), golden.mean[k])) << k;
      EXPECT_TRUE(same_bits(statistics.variance(k), golden.variance[k])) << k;
    }
  }
}

// RunningMeanStd(shape=()) fed with float32 arrays.
TEST(RunningMeanStd, Float32ValuesIntoFloat64StatisticsHaveTheBitsOfNumPy) {
  const struct {
    std::size_t n;
    double mean, variance;
  } goldens[] = {{3, 0x1.e376389edad22p+2, 0x1.95ce2bfa9d57bp+4},
                 {9, 0x1.ea60b04e53077p+2, 0x1.679c8f45a52c0p+4},
                 {300, 0x1.ff99d8464e839p+2, 0x1.55c216c21d7c5p+4}};
  for (const auto& golden : goldens) {
    RunningMeanStd statistics(1, kFloat64);
    std::vector<double> batch(golden.n);
    for (std::uint64_t b = 0; b < 3; ++b) {
      for (std::size_t i = 0; i < golden.n; ++i) batch[i] = double{value(b * golden.n + i)};
      statistics.update(batch, kFloat32);
    }
    EXPECT_TRUE(same_bits(statistics.mean(0), golden.mean)) << golden.n;
    EXPECT_TRUE(same_bits(statistics.variance(0), golden.variance)) << golden.n;
  }
}

TEST(RunningMeanStd, EqualsTheStatisticsOfTheWholeHistory) {
  constexpr std::size_t kColumnsOfX = 6;
  kernels::Pcg64 random(3);
  RunningMeanStd statistics(kColumnsOfX, kFloat64);
  RunningMeanStd scalar(1, kFloat64);
  std::vector<History> history(kColumnsOfX);
  double largest = 0;
  for (int batch = 0; batch < 60; ++batch) {
    const auto n = static_cast<std::size_t>(random.integers(1, 300));
    std::vector<float> x(n * kColumnsOfX);
    for (std::size_t i = 0; i < x.size(); ++i) {
      // Columns of unlike scales; the last one far from zero.
      const std::size_t k = i % kColumnsOfX;
      x[i] = static_cast<float>((random.uniform() - 0.3) * std::pow(10.0, double(k) - 3.0)) +
             (k == 5 ? 1e4f : 0.0f);
    }
    std::vector<std::uint32_t> rows;
    for (std::uint32_t i = 0; i < n; ++i) {
      if (batch % 3 == 0 && random.uniform() < 0.5) continue;  // some rows only
      rows.push_back(i);
      for (std::size_t k = 0; k < kColumnsOfX; ++k) {
        history[k].values.push_back(x[i * kColumnsOfX + k]);
      }
    }
    statistics.update({x.data(), n, kColumnsOfX}, rows);
    std::vector<double> column;
    for (const std::uint32_t i : rows) column.push_back(x[i * kColumnsOfX]);
    scalar.update(column, kFloat64);
  }
  for (std::size_t k = 0; k < kColumnsOfX; ++k) {
    const double mean = static_cast<double>(history[k].mean());
    const double variance = static_cast<double>(history[k].variance());
    EXPECT_NEAR(statistics.mean(k) / mean, 1.0, 1e-13) << k;
    EXPECT_NEAR(statistics.variance(k) / variance, 1.0, 1e-10) << k;
    largest = std::max(largest, std::abs(statistics.variance(k) / variance - 1.0));
  }
  EXPECT_NEAR(scalar.mean(0) / static_cast<double>(history[0].mean()), 1.0, 1e-13);
  EXPECT_NEAR(scalar.variance(0) / static_cast<double>(history[0].variance()), 1.0, 1e-12);
  EXPECT_NEAR(statistics.count(), static_cast<double>(history[0].count()), 1e-6);
}

TEST(RunningMeanStd, NothingIsNoUpdate) {
  RunningMeanStd statistics(2, kFloat64);
  const std::vector<float> x = {1, 2};
  statistics.update({x.data(), 1, 2}, {});
  EXPECT_EQ(statistics.mean(0), 0.0);
  EXPECT_EQ(statistics.variance(1), 1.0);
  EXPECT_EQ(statistics.count(), 1e-4);
}

TEST(RunningMeanStd, MomentsAreChecked) {
  RunningMeanStd statistics(1, kFloat32);
  statistics.set_moments({{0.1}, {0.3}, 7});
  EXPECT_EQ(statistics.mean(0), double{0.1f});
  EXPECT_EQ(statistics.moments().variance[0], double{0.3f});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const RunningMoments& bad :
       {RunningMoments{{0, 0}, {1, 1}, 1}, RunningMoments{{nan}, {1}, 1},
        RunningMoments{{0}, {-1}, 1}, RunningMoments{{0}, {1}, 0}, RunningMoments{{0}, {1}, nan}}) {
    EXPECT_THROW(statistics.set_moments(bad), std::invalid_argument);
  }
  EXPECT_EQ(statistics.count(), 7.0);
  // Finite as they are given, not as they would be kept.
  for (const RunningMoments& large : {RunningMoments{{-1e300}, {1}, 1}, {{0}, {1e39}, 1}}) {
    EXPECT_THROW(statistics.set_moments(large), std::invalid_argument);
    EXPECT_NO_THROW(RunningMeanStd(1, kFloat64).set_moments(large));
  }
  EXPECT_EQ(statistics.mean(0), double{0.1f});
}

}  // namespace
}  // namespace pavlov::envs
