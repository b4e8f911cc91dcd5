#include "pavlov/nets/init.h"

#include <gtest/gtest.h>

#include <cmath>
#include <tuple>
#include <vector>

namespace pavlov::nets {
namespace {

using Shape = std::tuple<std::size_t, std::size_t>;

class OrthogonalInit : public ::testing::TestWithParam<Shape> {};

TEST_P(OrthogonalInit, FewerSideIsOrthonormalTimesGain) {
  const auto [rows, cols] = GetParam();
  constexpr double kGain = 1.5;
  kernels::Tensor weight({rows, cols});
  kernels::RandomStream random(11, "init");
  orthogonal_init(weight.matrix(), kGain, random);
  const bool tall = rows >= cols;
  const std::size_t count = tall ? cols : rows;
  const std::size_t length = tall ? rows : cols;
  const auto entry = [&](std::size_t vector, std::size_t i) {
    return static_cast<double>(tall ? weight.matrix()(i, vector) : weight.matrix()(vector, i));
  };
  for (std::size_t a = 0; a < count; ++a) {
    for (std::size_t b = 0; b <= a; ++b) {
      double dot = 0.0;
      for (std::size_t i = 0; i < length; ++i) dot += entry(a, i) * entry(b, i);
      EXPECT_NEAR(dot, a == b ? kGain * kGain : 0.0, 1e-6) << a << ", " << b;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, OrthogonalInit,
                         ::testing::Values(Shape{1, 1}, Shape{4, 64}, Shape{64, 4}, Shape{33, 33},
                                           Shape{1, 9}));

TEST(UniformInit, StaysInBoundAndFillsIt) {
  std::vector<float> x(20000);
  kernels::RandomStream random(5, "init");
  uniform_init(x, 0.25, random);
  double sum = 0.0;
  double squares = 0.0;
  float largest = 0.0f;
  for (const float v : x) {
    largest = std::max(largest, std::abs(v));
    sum += static_cast<double>(v);
    squares += static_cast<double>(v) * static_cast<double>(v);
  }
  EXPECT_LE(largest, 0.25f);
  EXPECT_GT(largest, 0.2499f);
  const double n = static_cast<double>(x.size());
  // Standard errors of mean and variance of U(-b, b): b / sqrt(3n) and about b^2 0.3 / sqrt(n).
  EXPECT_NEAR(sum / n, 0.0, 4 * 0.25 / std::sqrt(3 * n));
  EXPECT_NEAR(squares / n, 0.25 * 0.25 / 3, 4 * 0.25 * 0.25 * 0.3 / std::sqrt(n));
}

}  // namespace
}  // namespace pavlov::nets
