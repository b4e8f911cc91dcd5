// Pairwise distances against plain loops in double, on every SIMD target.
#include "pavlov/kernels/distance.h"

#include "pavlov/tests/kernels/every_target.h"

namespace pavlov::kernels {
namespace {

class DistanceTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(DistanceTest);

constexpr float kSentinel = -777.0f;

TEST_P(DistanceTest, EqualsPlainLoops) {
  const std::size_t depths[] = {0, 1, 3, 4, 7, 8, 63, 64, 65, 200};
  for (const std::size_t rows : {0, 1, 3, 4, 9}) {
    for (const std::size_t cols : kLengths) {
      for (const std::size_t depth : depths) {
        // at odd addresses, with gaps between the rows
        const std::vector<float> x = values_with_outliers(rows * (depth + 1) + 1, 1);
        std::vector<float> y = values_with_outliers(cols * (depth + 2) + 1, 2);
        for (std::size_t i = 0; i < x.size() && i < y.size(); i += 3) y[i] = x[i];  // ties
        std::vector<float> out(rows * (cols + 3) + 1, kSentinel);
        const ConstMatrixView from(x.data() + 1, rows, depth, depth + 1);
        const ConstMatrixView to(y.data() + 1, cols, depth, depth + 2);
        const MatrixView distance(out.data() + 1, rows, cols, cols + 3);
        squared_distance(from, to, distance);
        for (std::size_t b = 0; b < rows; ++b) {
          for (std::size_t c = 0; c < cols; ++c) {
            double sum = 0.0;
            for (std::size_t d = 0; d < depth; ++d) {
              const double difference =
                  static_cast<double>(from(b, d)) - static_cast<double>(to(c, d));
              sum += difference * difference;
            }
            ASSERT_NEAR(static_cast<double>(distance(b, c)), sum,
                        (static_cast<double>(depth) + 4.0) * kEpsilon * sum)
                << rows << " x " << cols << ", " << depth << " coordinates";
          }
          ASSERT_EQ(distance.row(b).data()[-1], kSentinel);
        }
        if (rows > 0) {
          ASSERT_EQ(distance.row(rows - 1).data()[cols], kSentinel);
        }
      }
    }
  }
}

// Far from the origin, |x|^2 + |y|^2 - 2 x.y would have no digit left.
TEST_P(DistanceTest, CloseAndEqualPointsFarAway) {
  std::vector<float> x(20 * 5, 10000.0f), out(20 * 20);
  for (std::size_t b = 0; b < 20; ++b) x[b * 5 + 2] += static_cast<float>(b) * 0.125f;
  squared_distance({x.data(), 20, 5}, {x.data(), 20, 5}, {out.data(), 20, 20});
  for (std::size_t b = 0; b < 20; ++b) {
    for (std::size_t c = 0; c < 20; ++c) {
      const float difference = 0.125f * (static_cast<float>(b) - static_cast<float>(c));
      ASSERT_EQ(out[b * 20 + c], difference * difference);
    }
  }
}

TEST_P(DistanceTest, InfinityAndNan) {
  for (const std::size_t cols : {1, 9, 40}) {
    for (const float bad : {kNan, kInfinity}) {
      std::vector<float> x(3 * 70, 1.0f), y(cols * 70, 2.0f), out(3 * cols);
      x[70 + 66] = bad;              // point 1
      y[(cols - 1) * 70 + 5] = bad;  // the last point
      squared_distance({x.data(), 3, 70}, {y.data(), cols, 70}, {out.data(), 3, cols});
      for (std::size_t b = 0; b < 3; ++b) {
        for (std::size_t c = 0; c < cols; ++c) {
          const float value = out[b * cols + c];
          if (b != 1 && c != cols - 1) {
            EXPECT_EQ(value, 70.0f);
          } else {
            EXPECT_TRUE(std::isnan(bad) ? std::isnan(value) : value == kInfinity);
          }
        }
      }
    }
  }
}

TEST(DistanceErrors, NameTheShapes) {
  std::vector<float> a(12);
  const MatrixView m34(a.data(), 3, 4), m24(a.data(), 2, 4), m32(a.data(), 3, 2);
  const std::string expected =
      "[distance] x (3,4), y (2,4), out (3,4): must be (B,D), (C,D) and (B,C)";
  EXPECT_EQ(argument_error([&] { squared_distance(m34, m24, m34); }), expected);
  EXPECT_TRUE(
      starts_with(argument_error([&] { squared_distance(m34, m32, m34); }), "[distance] x (3,4)"));
  EXPECT_TRUE(
      starts_with(argument_error([&] { squared_distance(m24, m24, m32); }), "[distance] x (2,4)"));
}

}  // namespace
}  // namespace pavlov::kernels
