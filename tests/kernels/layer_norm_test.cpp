// Layer normalization against plain loops in double and central differences, on every SIMD target.
#include "pavlov/kernels/layer_norm.h"

#include <algorithm>
#include <cstring>

#include "pavlov/tests/kernels/every_target.h"
#include "pavlov/tests/kernels/strided.h"

namespace pavlov::kernels {
namespace {

constexpr std::size_t kColumns[] = {1, 2, 3, 7, 8, 9, 13, 16, 17, 31, 33, 64, 100, 256, 1000};
constexpr std::size_t kRows[] = {0, 1, 3, 4, 7, 8, 9, 33};
constexpr float kSmall = 1e-5f;

double wide(float x) { return static_cast<double>(x); }

struct Case {
  StridedMatrix x, dy;
  std::vector<float> gamma, beta;

  Case(std::size_t rows, std::size_t cols, std::size_t turn)
      : x(rows, cols, turn % 3, turn % 5, values_with_outliers(rows * cols, 1 + turn)),
        dy(rows, cols, turn % 2, turn % 4, values_with_outliers(rows * cols, 100 + turn)),
        gamma(values_with_outliers(cols, 2)),
        beta(values_with_outliers(cols, 3)) {
    if (turn % 4 == 3) {  // a mean far from 0
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < cols; ++c) x(r, c) += 50.0f;
      }
    }
  }
};

struct Row {
  double mean = 0.0, inverse_std = 0.0;
  double mean_error = 0.0;  // of the mean, in units of the standard deviation
  double relative = 0.0;    // of inverse_std

  explicit Row(std::span<const float> x) {
    const auto cols = static_cast<double>(x.size());
    double magnitude = 0.0, variance = 0.0;
    for (const float v : x) {
      mean += wide(v) / cols;
      magnitude += std::fabs(wide(v)) / cols;
    }
    for (const float v : x) variance += (wide(v) - mean) * (wide(v) - mean) / cols;
    inverse_std = 1.0 / std::sqrt(variance + wide(kSmall));
    const double roundings = (cols / 2.0 + 8.0) * kEpsilon;
    mean_error = roundings * magnitude * inverse_std;
    relative = 2.0 * roundings + mean_error;
  }
};

template <class Check>
void over_shapes(Check&& check) {
  std::size_t turn = 0;
  for (const std::size_t cols : kColumns) {
    for (const std::size_t rows : kRows) {
      SCOPED_TRACE(std::to_string(rows) + " rows, " + std::to_string(cols) + " columns");
      check(rows, cols, turn++);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

class LayerNormTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(LayerNormTest);

TEST_P(LayerNormTest, ForwardOfEveryShape) {
  over_shapes([](std::size_t rows, std::size_t cols, std::size_t turn) {
    Case k(rows, cols, turn);
    StridedMatrix y(rows, cols, (turn + 1) % 3, turn % 3);
    std::vector<float> mean(rows), inverse_std(rows);
    layer_norm_forward(k.x.view(), k.gamma, k.beta, kSmall, y.view(), mean, inverse_std);
    for (std::size_t r = 0; r < rows; ++r) {
      const Row row(k.x.view().row(r));
      ASSERT_NEAR(wide(mean[r]), row.mean, row.mean_error / row.inverse_std);
      ASSERT_NEAR(wide(inverse_std[r]), row.inverse_std, row.relative * row.inverse_std);
      for (std::size_t c = 0; c < cols; ++c) {
        const double h = (wide(k.x(r, c)) - row.mean) * row.inverse_std;
        const double gamma = wide(k.gamma[c]), beta = wide(k.beta[c]);
        ASSERT_NEAR(wide(y(r, c)), h * gamma + beta,
                    std::fabs(gamma) * (std::fabs(h) * row.relative + row.mean_error) +
                        kEpsilon * (std::fabs(beta) + std::fabs(h * gamma)))
            << r << "," << c;
      }
    }
    ASSERT_TRUE(y.gaps_untouched());
    layer_norm_forward(k.x.view(), k.gamma, k.beta, kSmall, k.x.view(), mean, inverse_std);
    ASSERT_TRUE(k.x.gaps_untouched());
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < cols; ++c) ASSERT_EQ(k.x(r, c), y(r, c));  // in place
    }
  });
}

TEST_P(LayerNormTest, BackwardOfEveryShape) {
  over_shapes([](std::size_t rows, std::size_t cols, std::size_t turn) {
    Case k(rows, cols, turn);
    StridedMatrix y(rows, cols, 0, 0), dx(rows, cols, (turn + 1) % 3, turn % 3);
    std::vector<float> mean(rows), inverse_std(rows);
    std::vector<float> dgamma = values_with_outliers(cols + 1, 5);
    std::vector<float> dbeta = values_with_outliers(cols + 1, 6);
    std::vector<double> dgamma_sum(dgamma.begin(), dgamma.end());
    std::vector<double> dbeta_sum(dbeta.begin(), dbeta.end());
    std::vector<double> dgamma_size(cols), dbeta_size(cols);
    layer_norm_forward(k.x.view(), k.gamma, k.beta, kSmall, y.view(), mean, inverse_std);
    layer_norm_backward(k.x.view(), k.gamma, mean, inverse_std, k.dy.view(), dx.view(),
                        std::span(dgamma).first(cols), std::span(dbeta).first(cols));
    const double roundings = (static_cast<double>(cols) / 2.0 + 16.0) * kEpsilon;
    for (std::size_t r = 0; r < rows; ++r) {
      // from the kept numbers on, so that what is checked is this function
      const double center = wide(mean[r]), scale = wide(inverse_std[r]);
      double mean_g = 0.0, mean_gh = 0.0, size_g = 0.0, size_gh = 0.0;
      for (std::size_t c = 0; c < cols; ++c) {
        const double h = (wide(k.x(r, c)) - center) * scale;
        const double g = wide(k.dy(r, c)) * wide(k.gamma[c]);
        mean_g += g / static_cast<double>(cols);
        mean_gh += g * h / static_cast<double>(cols);
        size_g += std::fabs(g) / static_cast<double>(cols);
        size_gh += std::fabs(g * h) / static_cast<double>(cols);
        dgamma_sum[c] += wide(k.dy(r, c)) * h;
        dbeta_sum[c] += wide(k.dy(r, c));
        dgamma_size[c] += std::fabs(wide(k.dy(r, c)) * h);
        dbeta_size[c] += std::fabs(wide(k.dy(r, c)));
      }
      for (std::size_t c = 0; c < cols; ++c) {
        const double h = (wide(k.x(r, c)) - center) * scale;
        const double g = wide(k.dy(r, c)) * wide(k.gamma[c]);
        ASSERT_NEAR(wide(dx(r, c)), scale * (g - mean_g - h * mean_gh),
                    scale * (std::fabs(g) + size_g + std::fabs(h) * size_gh) * roundings)
            << r << "," << c;
      }
    }
    for (std::size_t c = 0; c < cols; ++c) {
      const double roundings_of_sum = (static_cast<double>(rows) + 6.0) * kEpsilon;
      ASSERT_NEAR(wide(dgamma[c]), dgamma_sum[c],
                  roundings_of_sum * (dgamma_size[c] + std::fabs(dgamma_sum[c]) + 100.0));
      ASSERT_NEAR(wide(dbeta[c]), dbeta_sum[c],
                  roundings_of_sum * (dbeta_size[c] + std::fabs(dbeta_sum[c]) + 100.0));
    }
    ASSERT_EQ(wide(dgamma[cols]), dgamma_sum[cols]);
    ASSERT_EQ(wide(dbeta[cols]), dbeta_sum[cols]);
    ASSERT_TRUE(dx.gaps_untouched());
    // in place
    layer_norm_backward(k.x.view(), k.gamma, mean, inverse_std, k.dy.view(), k.dy.view(),
                        std::span(dgamma).first(cols), std::span(dbeta).first(cols));
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < cols; ++c) ASSERT_EQ(k.dy(r, c), dx(r, c));
    }
  });
}

// Equal entries have no deviation: beta comes out, and nothing is infinite.
TEST_P(LayerNormTest, ConstantRows) {
  for (const std::size_t cols : {1, 4, 13, 64}) {
    std::vector<float> x(3 * cols, 7.25f), y(3 * cols), gamma(cols, 2.0f), beta(cols, 0.5f);
    std::vector<float> mean(3), inverse_std(3);
    layer_norm_forward({x.data(), 3, cols}, gamma, beta, kSmall, {y.data(), 3, cols}, mean,
                       inverse_std);
    for (const float v : y) EXPECT_NEAR(wide(v), 0.5, 1e-3);
    EXPECT_NEAR(wide(inverse_std[1]), 316.2278, 1e-2);
  }
}

TEST_P(LayerNormTest, NanAndInfinityStayInTheirRow) {
  for (const std::size_t cols : {1, 4, 13, 64}) {
    for (const float bad : {kNan, kInfinity}) {
      std::vector<float> x(9 * cols, 1.0f), y(9 * cols), dx(9 * cols), gamma(cols, 1.0f);
      std::vector<float> beta(cols), mean(9), inverse_std(9), dgamma(cols), dbeta(cols);
      x[5 * cols] = bad;
      const MatrixView m(x.data(), 9, cols);
      layer_norm_forward(m, gamma, beta, kSmall, {y.data(), 9, cols}, mean, inverse_std);
      layer_norm_backward(m, gamma, mean, inverse_std, m, {dx.data(), 9, cols}, dgamma, dbeta);
      for (std::size_t i = 0; i < y.size(); ++i) {
        ASSERT_EQ(std::isnan(y[i]), i / cols == 5) << cols;
        ASSERT_EQ(std::isnan(dx[i]), i / cols == 5) << cols;
      }
    }
  }
}

TEST_P(LayerNormTest, RowsDoNotDependOnEachOther) {
  constexpr std::size_t kCount = 11;
  for (const std::size_t cols : kColumns) {
    Case k(kCount, cols, 2);
    std::vector<float> y(kCount * cols), dx(kCount * cols), mean(kCount), inverse_std(kCount);
    std::vector<float> dgamma(cols), dbeta(cols), one(cols), other(cols);
    layer_norm_forward(k.x.view(), k.gamma, k.beta, kSmall, {y.data(), kCount, cols}, mean,
                       inverse_std);
    layer_norm_backward(k.x.view(), k.gamma, mean, inverse_std, k.dy.view(),
                        {dx.data(), kCount, cols}, dgamma, dbeta);
    for (std::size_t r = 0; r < kCount; ++r) {
      float m = 0.0f, s = 0.0f;
      layer_norm_forward(k.x.view().rows_from(r, 1), k.gamma, k.beta, kSmall, {one.data(), 1, cols},
                         {&m, 1}, {&s, 1});
      layer_norm_backward(k.x.view().rows_from(r, 1), k.gamma, {&m, 1}, {&s, 1},
                          k.dy.view().rows_from(r, 1), {other.data(), 1, cols}, dgamma, dbeta);
      ASSERT_EQ(std::memcmp(one.data(), y.data() + r * cols, cols * sizeof(float)), 0);
      ASSERT_EQ(std::memcmp(other.data(), dx.data() + r * cols, cols * sizeof(float)), 0);
    }
  }
}

TEST_P(LayerNormTest, GradientsEqualCentralDifferences) {
  constexpr std::size_t kCount = 3;
  constexpr float kStep = 0x1p-7f;
  for (const std::size_t cols : {5, 13, 32}) {
    RandomStream random(8, "gradient");
    const auto normal = [&](std::size_t size) {
      std::vector<float> v(size);
      for (float& value : v) value = static_cast<float>(random.normal());
      return v;
    };
    std::vector<float> x = normal(kCount * cols), gamma = normal(cols), beta = normal(cols);
    const std::vector<float> w = normal(kCount * cols);
    std::vector<float> y(x.size()), dx(x.size()), dgamma(cols), dbeta(cols);
    std::vector<float> mean(kCount), inverse_std(kCount);
    const auto forward = [&] {
      layer_norm_forward({x.data(), kCount, cols}, gamma, beta, kSmall, {y.data(), kCount, cols},
                         mean, inverse_std);
      double sum = 0.0;
      for (std::size_t i = 0; i < y.size(); ++i) sum += wide(y[i]) * wide(w[i]);
      return sum;
    };
    forward();
    layer_norm_backward({x.data(), kCount, cols}, gamma, mean, inverse_std,
                        {w.data(), kCount, cols}, {dx.data(), kCount, cols}, dgamma, dbeta);
    const auto compare = [&](std::vector<float>& parameter, const std::vector<float>& gradient) {
      for (std::size_t i = 0; i < parameter.size(); ++i) {
        const float saved = parameter[i];
        parameter[i] = saved + kStep;
        const double above = forward();
        parameter[i] = saved - kStep;
        const double below = forward();
        parameter[i] = saved;
        EXPECT_NEAR(wide(gradient[i]), (above - below) / (2.0 * wide(kStep)), 1e-3) << i;
      }
    };
    compare(x, dx);
    compare(gamma, dgamma);
    compare(beta, dbeta);
  }
}

TEST(LayerNormErrors, NameTheShapes) {
  std::vector<float> a(100);
  const MatrixView m23(a.data(), 2, 3), m24(a.data(), 2, 4), m20(a.data(), 2, 0);
  const std::span<float> s2(a.data(), 2), s3(a.data(), 3);
  const auto forward = [&](MatrixView x, std::span<float> gamma, std::span<float> beta, float eps,
                           MatrixView y, std::span<float> mean, std::span<float> scale) {
    return argument_error([&] { layer_norm_forward(x, gamma, beta, eps, y, mean, scale); });
  };
  EXPECT_EQ(forward(m23, s3, s3, kSmall, m23, s2, s2), "");
  EXPECT_EQ(forward(m23, s3, s3, kSmall, m24, s2, s2), "[layer_norm] y (2,4): must be (2,3)");
  EXPECT_TRUE(starts_with(forward(m23, s2, s3, kSmall, m23, s2, s2), "[layer_norm] gamma has 2"));
  EXPECT_TRUE(starts_with(forward(m23, s3, s2, kSmall, m23, s2, s2), "[layer_norm] beta"));
  EXPECT_TRUE(starts_with(forward(m23, s3, s3, kSmall, m23, s3, s2), "[layer_norm] mean"));
  EXPECT_TRUE(starts_with(forward(m23, s3, s3, kSmall, m23, s2, s3), "[layer_norm] inverse_std"));
  EXPECT_EQ(forward(m23, s3, s3, 0.0f, m23, s2, s2), "[layer_norm] epsilon 0: must be positive");
  EXPECT_TRUE(starts_with(forward(m20, {}, {}, kSmall, m20, s2, s2), "[layer_norm] 0 columns"));
  const auto backward = [&](std::span<float> gamma, std::span<float> mean, MatrixView dy,
                            MatrixView dx, std::span<float> dgamma, std::span<float> dbeta) {
    return argument_error(
        [&] { layer_norm_backward(m23, gamma, mean, s2, dy, dx, dgamma, dbeta); });
  };
  EXPECT_EQ(backward(s3, s2, m23, m23, s3, s3), "");
  EXPECT_TRUE(starts_with(backward(s2, s2, m23, m23, s3, s3), "[layer_norm] gamma"));
  EXPECT_TRUE(starts_with(backward(s3, s3, m23, m23, s3, s3), "[layer_norm] mean"));
  EXPECT_TRUE(starts_with(backward(s3, s2, m24, m23, s3, s3), "[layer_norm] dy"));
  EXPECT_TRUE(starts_with(backward(s3, s2, m23, m24, s3, s3), "[layer_norm] dx"));
  EXPECT_TRUE(starts_with(backward(s3, s2, m23, m23, s2, s3), "[layer_norm] dgamma"));
  EXPECT_TRUE(starts_with(backward(s3, s2, m23, m23, s3, s2), "[layer_norm] dbeta"));
}

}  // namespace
}  // namespace pavlov::kernels
