#include "pavlov/kernels/cuda/statistics.h"

#include "pavlov/kernels/statistics.h"
#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::kernels::cuda {
namespace {

class StatisticsTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(StatisticsTest);

constexpr std::size_t kSizes[] = {1, 2, 31, 33, 257, 3000};

TEST_P(StatisticsTest, MomentsEqualTheProcessors) {
  for (const std::size_t size : kSizes) {
    for (const float shift : {0.0f, 1e6f}) {
      std::vector<float> x = normal_values(size, 1);
      for (float& value : x) value += shift;
      OnDevice<float> dev_x(x);
      OnDevice<double> result(2);
      for (const Variance kind : {Variance::population, Variance::sample}) {
        const Moments expected = kernels::moments(x, kind);
        moments(stream(), dev_x, kind, result);
        const std::vector<double> actual = result.values();
        EXPECT_NEAR(actual[0], expected.mean, 1e-12 * (1.0 + std::fabs(expected.mean)));
        if (std::isnan(expected.variance)) {
          EXPECT_TRUE(std::isnan(actual[1])) << size;
        } else {
          EXPECT_NEAR(actual[1], expected.variance, 1e-10 * (1.0 + expected.variance)) << size;
        }
      }
    }
  }
}

TEST_P(StatisticsTest, StandardizedNumbersEqualTheProcessors) {
  for (const std::size_t size : kSizes) {
    std::vector<float> x = normal_values(size, 1);
    for (float& value : x) value += 1000.0f;
    OnDevice<float> dev_x(x);
    OnDevice<double> scratch(2);
    kernels::standardize(x, Variance::sample, 1e-8f);
    standardize(stream(), dev_x, Variance::sample, 1e-8f, scratch);
    expect_close(x, dev_x.values());
  }
}

TEST_P(StatisticsTest, NanAndInfinityAreSeen) {
  OnDevice<double> result(2);
  for (const float bad : {NAN, INFINITY}) {
    for (const std::size_t at : {0, 7}) {
      std::vector<float> x = normal_values(20, 1);
      x[at] = bad;
      OnDevice<float> dev_x(x);
      moments(stream(), dev_x, Variance::population, result);
      EXPECT_FALSE(std::isfinite(result.values()[0])) << bad << " at " << at;
      EXPECT_TRUE(std::isnan(result.values()[1])) << bad << " at " << at;
    }
  }
}

TEST_P(StatisticsTest, WrongSizesAreArguments) {
  OnDevice<float> x(3);
  OnDevice<double> two(2), three(3);
  EXPECT_THROW(moments(stream(), {}, Variance::sample, two), std::invalid_argument);
  EXPECT_THROW(moments(stream(), x, Variance::sample, three), std::invalid_argument);
  EXPECT_THROW(standardize(stream(), x, Variance::sample, -1.0f, two), std::invalid_argument);
  EXPECT_THROW(standardize(stream(), x, Variance::sample, 0.0f, three), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::kernels::cuda
