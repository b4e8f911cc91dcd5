// Gaussian policies against plain loops in double and central differences, on every SIMD target.
#include "pavlov/kernels/gaussian.h"

#include <algorithm>
#include <functional>

#include "pavlov/tests/kernels/every_target.h"
#include "pavlov/tests/kernels/strided.h"

namespace pavlov::kernels {
namespace {

constexpr std::size_t kDimensions[] = {1, 2, 3, 4, 6, 8, 13, 16, 17, 18, 33, 57, 64};
constexpr std::size_t kRows[] = {0, 1, 7, 8, 9, 31, 33};
constexpr double kHalfLogTwoPi = 0.9189385332046727;

double wide(float x) { return static_cast<double>(x); }

std::vector<float> normal_numbers(std::size_t size, float scale, std::uint64_t seed) {
  RandomStream random(seed, "gaussian test");
  std::vector<float> values(size);
  for (float& value : values) value = scale * static_cast<float>(random.normal());
  return values;
}

struct Case {
  std::size_t rows, dimensions;
  bool shared;
  StridedMatrix mean, log_std, action;

  Case(std::size_t r, std::size_t a, std::size_t turn)
      : rows(r),
        dimensions(a),
        shared(turn % 2 == 0),
        mean(r, a, turn % 3, turn % 4, normal_numbers(r * a, 1.0f, 1)),
        log_std(shared ? 1 : r, a, turn % 2, turn % 3,
                normal_numbers((shared ? 1 : r) * a, 0.7f, 2)),
        action(r, a, turn % 4, turn % 5, normal_numbers(r * a, 2.0f, 3)) {
    if (r > 2) mean(2, 0) = 100.0f;  // an outlier
  }
  double log_std_of(std::size_t r, std::size_t c) const { return wide(log_std(shared ? 0 : r, c)); }
  double deviate(std::size_t r, std::size_t c) const {
    return (wide(action(r, c)) - wide(mean(r, c))) * std::exp(-log_std_of(r, c));
  }
};

template <class Check>
void over_shapes(Check&& check) {
  std::size_t turn = 0;
  for (const std::size_t dimensions : kDimensions) {
    for (const std::size_t rows : kRows) {
      SCOPED_TRACE(std::to_string(rows) + " rows, " + std::to_string(dimensions) + " dimensions");
      check(Case(rows, dimensions, turn), turn);
      ++turn;
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

class GaussianTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(GaussianTest);

TEST_P(GaussianTest, Samples) {
  over_shapes([](Case k, std::size_t turn) {
    StridedMatrix noise(k.rows, k.dimensions, 1, 2, normal_numbers(k.rows * k.dimensions, 1.0f, 4));
    StridedMatrix drawn(k.rows, k.dimensions, turn % 3, turn % 2);
    gaussian_sample(k.mean.view(), k.log_std.view(), noise.view(), drawn.view());
    for (std::size_t r = 0; r < k.rows; ++r) {
      for (std::size_t c = 0; c < k.dimensions; ++c) {
        const double step = std::exp(k.log_std_of(r, c)) * wide(noise(r, c));
        ASSERT_NEAR(wide(drawn(r, c)), wide(k.mean(r, c)) + step,
                    4 * kEpsilon * (std::fabs(wide(k.mean(r, c))) + std::fabs(step)));
      }
    }
    ASSERT_TRUE(drawn.gaps_untouched());
    gaussian_sample(k.mean.view(), k.log_std.view(), noise.view(), noise.view());
    for (std::size_t r = 0; r < k.rows; ++r) {
      for (std::size_t c = 0; c < k.dimensions; ++c) ASSERT_EQ(noise(r, c), drawn(r, c));
    }
  });
}

TEST_P(GaussianTest, ForwardOfEveryShape) {
  over_shapes([](const Case& k, std::size_t) {
    std::vector<float> log_prob(k.rows + 1, -777.0f), entropy(k.rows + 1, -777.0f);
    gaussian_forward(k.mean.view(), k.log_std.view(), k.action.view(),
                     std::span(log_prob).first(k.rows), std::span(entropy).first(k.rows));
    for (std::size_t r = 0; r < k.rows; ++r) {
      double l = 0.0, h = 0.0, size = 0.0;
      for (std::size_t c = 0; c < k.dimensions; ++c) {
        const double z = k.deviate(r, c), s = k.log_std_of(r, c);
        l += -0.5 * z * z - s - kHalfLogTwoPi;
        h += s + kHalfLogTwoPi + 0.5;
        size += z * z + std::fabs(s) + 2.0;
      }
      const double roundings = (static_cast<double>(k.dimensions) / 2.0 + 8.0) * kEpsilon;
      ASSERT_NEAR(wide(log_prob[r]), l, roundings * size);
      ASSERT_NEAR(wide(entropy[r]), h, roundings * size);
    }
    ASSERT_EQ(log_prob[k.rows], -777.0f);
    ASSERT_EQ(entropy[k.rows], -777.0f);
  });
}

TEST_P(GaussianTest, BackwardOfEveryShape) {
  over_shapes([](Case k, std::size_t turn) {
    const std::vector<float> dl = values_with_outliers(k.rows, 31);
    const std::vector<float> dh = values_with_outliers(k.rows, 32);
    StridedMatrix d_mean(k.rows, k.dimensions, turn % 3, 1);
    StridedMatrix d_log_std(k.log_std.view().rows, k.dimensions, turn % 2, 3);
    gaussian_backward(k.mean.view(), k.log_std.view(), k.action.view(), dl, dh, d_mean.view(),
                      d_log_std.view());
    std::vector<double> sum(k.dimensions), size(k.dimensions);
    for (std::size_t r = 0; r < k.rows; ++r) {
      for (std::size_t c = 0; c < k.dimensions; ++c) {
        const double z = k.deviate(r, c), scale = std::exp(-k.log_std_of(r, c));
        const double at_mean = wide(dl[r]) * z * scale;
        ASSERT_NEAR(wide(d_mean(r, c)), at_mean, 10 * kEpsilon * std::fabs(at_mean));
        const double g = wide(dl[r]) * (z * z - 1.0) + wide(dh[r]);
        const double g_size = std::fabs(wide(dl[r])) * (z * z + 1.0) + std::fabs(wide(dh[r]));
        if (k.shared) {
          sum[c] += g;
          size[c] += g_size;
        } else {
          ASSERT_NEAR(wide(d_log_std(r, c)), g, 10 * kEpsilon * g_size);
        }
      }
    }
    for (std::size_t c = 0; k.shared && c < k.dimensions; ++c) {
      ASSERT_NEAR(wide(d_log_std(0, c)), sum[c],
                  (10.0 + static_cast<double>(k.rows)) * kEpsilon * size[c]);
    }
    ASSERT_TRUE(d_mean.gaps_untouched() && d_log_std.gaps_untouched());
    gaussian_backward(k.mean.view(), k.log_std.view(), k.action.view(), dl, dh, k.mean.view(),
                      d_log_std.view());
    for (std::size_t r = 0; r < k.rows; ++r) {
      for (std::size_t c = 0; c < k.dimensions; ++c) ASSERT_EQ(k.mean(r, c), d_mean(r, c));
    }
  });
}

// log(1 - tanh^2 u) without cancellation, in double.
double log_slope(double u) {
  const double size = std::fabs(u);
  return 2.0 * (std::log(2.0) - size - std::log1p(std::exp(-2.0 * size)));
}

TEST_P(GaussianTest, SquashedActions) {
  over_shapes([](Case k, std::size_t turn) {
    StridedMatrix& u = k.action;
    if (k.rows > 2) {
      u(0, 0) = 0.0f;
      u(1, 0) = 30.0f;  // tanh rounds to 1
      u(2, 0) = -200.0f;
    }
    StridedMatrix action(k.rows, k.dimensions, turn % 3, 1), du(k.rows, k.dimensions, 1, turn % 3);
    std::vector<float> log_prob(k.rows + 1, 1.5f);
    tanh_squash_forward(u.view(), action.view(), std::span(log_prob).first(k.rows));
    ASSERT_EQ(log_prob[k.rows], 1.5f);
    StridedMatrix da(k.rows, k.dimensions, 2, 2, values_with_outliers(k.rows * k.dimensions, 6));
    const std::vector<float> dl = values_with_outliers(k.rows, 7);
    tanh_squash_backward(action.view(), da.view(), dl, du.view());
    for (std::size_t r = 0; r < k.rows; ++r) {
      double l = 1.5, slack = 4 * kEpsilon;
      for (std::size_t c = 0; c < k.dimensions; ++c) {
        const double at = wide(u(r, c)), a = wide(action(r, c));
        ASSERT_NEAR(a, std::tanh(at), 4 * kEpsilon * std::fabs(std::tanh(at)));
        l -= log_slope(at);
        slack += (4.0 + static_cast<double>(k.dimensions) / 2.0) * kEpsilon *
                 (1.0 + 2.0 * std::fabs(at));
        const double g = wide(da(r, c));
        ASSERT_NEAR(wide(du(r, c)), g * (1.0 - a * a) + 2.0 * wide(dl[r]) * a,
                    4 * kEpsilon * (std::fabs(g) + 2.0 * std::fabs(wide(dl[r]) * a)));
      }
      ASSERT_NEAR(wide(log_prob[r]), l, slack);
    }
    ASSERT_TRUE(action.gaps_untouched() && du.gaps_untouched());
    tanh_squash_backward(action.view(), da.view(), dl, da.view());
    tanh_squash_forward(u.view(), u.view(), std::span(log_prob).first(k.rows));
    for (std::size_t r = 0; r < k.rows; ++r) {
      for (std::size_t c = 0; c < k.dimensions; ++c) {
        ASSERT_EQ(u(r, c), action(r, c));
        ASSERT_EQ(da(r, c), du(r, c));
      }
    }
  });
}

TEST_P(GaussianTest, SquashKeepsItsStatedError) {
  for (float u = -50.0f; u < 50.0f; u += 0.0037f) {
    float action = 0.0f, log_prob = 0.0f;
    tanh_squash_forward({&u, 1, 1}, {&action, 1, 1}, {&log_prob, 1});
    ASSERT_NEAR(wide(log_prob), -log_slope(wide(u)), 0x1p-22 * (1.0 + std::fabs(wide(u)))) << u;
  }
}

// The gradients of everything that ends in a squashed action and its log-probability, by central
// differences: sample, density and squashing together.
TEST_P(GaussianTest, GradientsEqualCentralDifferences) {
  constexpr std::size_t kCount = 3;
  constexpr float kStep = 0x1p-7f;
  for (const std::size_t dimensions : {1, 3, 20, 60}) {
    for (const bool shared : {true, false}) {
      const std::size_t log_rows = shared ? 1 : kCount;
      std::vector<float> mean = normal_numbers(kCount * dimensions, 1.0f, 1);
      std::vector<float> log_std = normal_numbers(log_rows * dimensions, 0.3f, 2);
      std::vector<float> u = normal_numbers(kCount * dimensions, 1.0f, 3);
      const std::vector<float> w = normal_numbers(kCount * dimensions, 1.0f, 4);
      const std::vector<float> wl = {1.0f, -0.5f, 2.0f}, wh = {0.3f, 1.0f, -1.0f};
      const auto view = [&](std::vector<float>& v, std::size_t rows) {
        return MatrixView(v.data(), rows, dimensions);
      };
      const auto compare = [&](std::vector<float>& parameter, const std::vector<float>& gradient,
                               const std::function<double()>& value) {
        for (std::size_t i = 0; i < parameter.size(); ++i) {
          const float saved = parameter[i];
          parameter[i] = saved + kStep;
          const double above = value();
          parameter[i] = saved - kStep;
          const double below = value();
          parameter[i] = saved;
          const double difference = (above - below) / (2.0 * wide(kStep));
          EXPECT_NEAR(wide(gradient[i]), difference, 2e-3 * (1.0 + std::fabs(difference))) << i;
        }
      };
      const auto density = [&] {
        std::vector<float> l(kCount), h(kCount);
        gaussian_forward(view(mean, kCount), view(log_std, log_rows), view(u, kCount), l, h);
        double sum = 0.0;
        for (std::size_t r = 0; r < kCount; ++r) {
          sum += wide(wl[r]) * wide(l[r]) + wide(wh[r]) * wide(h[r]);
        }
        return sum;
      };
      std::vector<float> d_mean(mean.size()), d_log_std(log_std.size()), du(u.size());
      gaussian_backward(view(mean, kCount), view(log_std, log_rows), view(u, kCount), wl, wh,
                        view(d_mean, kCount), view(d_log_std, log_rows));
      compare(mean, d_mean, density);
      compare(log_std, d_log_std, density);

      std::vector<float> action(u.size()), weights = w;
      const auto squashed = [&] {
        std::vector<float> l(kCount);
        tanh_squash_forward(view(u, kCount), view(action, kCount), l);
        double sum = 0.0;
        for (std::size_t i = 0; i < action.size(); ++i) sum += wide(w[i]) * wide(action[i]);
        for (std::size_t r = 0; r < kCount; ++r) sum += wide(wl[r]) * wide(l[r]);
        return sum;
      };
      squashed();
      tanh_squash_backward(view(action, kCount), view(weights, kCount), wl, view(du, kCount));
      compare(u, du, squashed);
    }
  }
}

TEST_P(GaussianTest, NanStaysInItsRow) {
  for (const std::size_t dimensions : {3, 20, 60}) {
    std::vector<float> mean(5 * dimensions, 0.5f), log_std(dimensions), u(5 * dimensions, 0.1f);
    std::vector<float> log_prob(5), entropy(5);
    mean[2 * dimensions + 1] = kNan;
    const MatrixView m(mean.data(), 5, dimensions), a(u.data(), 5, dimensions);
    gaussian_forward(m, {log_std.data(), 1, dimensions}, a, log_prob, entropy);
    for (std::size_t r = 0; r < 5; ++r) EXPECT_EQ(std::isnan(log_prob[r]), r == 2);
    u[3 * dimensions] = kNan;
    std::fill(log_prob.begin(), log_prob.end(), 0.0f);
    tanh_squash_forward(a, a, log_prob);
    for (std::size_t r = 0; r < 5; ++r) EXPECT_EQ(std::isnan(log_prob[r]), r == 3);
    EXPECT_TRUE(std::isnan(u[3 * dimensions]));
  }
}

TEST(GaussianErrors, NameTheShapes) {
  std::vector<float> a(100);
  const MatrixView m23(a.data(), 2, 3), m13(a.data(), 1, 3), m33(a.data(), 3, 3),
      m20(a.data(), 2, 0);
  const std::span<float> two(a.data(), 2), three(a.data(), 3);
  EXPECT_EQ(argument_error([&] { gaussian_sample(m23, m13, m23, m23); }), "");
  EXPECT_EQ(argument_error([&] { gaussian_sample(m23, m33, m23, m23); }),
            "[gaussian] log_std (3,3): must be (1,3) or (2,3)");
  EXPECT_TRUE(starts_with(argument_error([&] { gaussian_sample(m23, m13, m33, m23); }),
                          "[gaussian] noise (3,3)"));
  EXPECT_TRUE(starts_with(argument_error([&] { gaussian_sample(m23, m13, m23, m33); }),
                          "[gaussian] action (3,3)"));
  EXPECT_TRUE(starts_with(argument_error([&] { gaussian_sample(m20, m20, m20, m20); }),
                          "[gaussian] 0 dimensions"));
  const auto forward = [&](MatrixView action, std::span<float> l, std::span<float> h) {
    return argument_error([&] { gaussian_forward(m23, m23, action, l, h); });
  };
  EXPECT_EQ(forward(m23, two, two), "");
  EXPECT_TRUE(starts_with(forward(m33, two, two), "[gaussian] action"));
  EXPECT_TRUE(starts_with(forward(m23, three, two), "[gaussian] log_prob"));
  EXPECT_TRUE(starts_with(forward(m23, two, three), "[gaussian] entropy"));
  const auto backward = [&](MatrixView action, std::span<float> dl, std::span<float> dh,
                            MatrixView d_mean, MatrixView d_log_std) {
    return argument_error([&] { gaussian_backward(m23, m13, action, dl, dh, d_mean, d_log_std); });
  };
  EXPECT_EQ(backward(m23, two, two, m23, m13), "");
  EXPECT_TRUE(starts_with(backward(m33, two, two, m23, m13), "[gaussian] action"));
  EXPECT_TRUE(starts_with(backward(m23, three, two, m23, m13), "[gaussian] d_log_prob"));
  EXPECT_TRUE(starts_with(backward(m23, two, three, m23, m13), "[gaussian] d_entropy"));
  EXPECT_TRUE(starts_with(backward(m23, two, two, m33, m13), "[gaussian] d_mean"));
  EXPECT_TRUE(starts_with(backward(m23, two, two, m23, m23), "[gaussian] d_log_std (2,3)"));
  EXPECT_TRUE(starts_with(argument_error([&] { tanh_squash_forward(m23, m33, two); }),
                          "[gaussian] action"));
  EXPECT_TRUE(starts_with(argument_error([&] { tanh_squash_forward(m23, m23, three); }),
                          "[gaussian] log_prob"));
  EXPECT_TRUE(starts_with(argument_error([&] { tanh_squash_backward(m23, m33, two, m23); }),
                          "[gaussian] d_action"));
  EXPECT_TRUE(starts_with(argument_error([&] { tanh_squash_backward(m23, m23, three, m23); }),
                          "[gaussian] d_log_prob"));
  EXPECT_TRUE(starts_with(argument_error([&] { tanh_squash_backward(m23, m23, two, m33); }),
                          "[gaussian] du"));
}

}  // namespace
}  // namespace pavlov::kernels
