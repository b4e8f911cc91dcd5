// Quantile regression against plain loops in double and central differences, on every SIMD target.
#include "pavlov/kernels/quantile.h"

#include <algorithm>

#include "pavlov/tests/kernels/every_target.h"

namespace pavlov::kernels {
namespace {

class QuantileTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(QuantileTest);

constexpr float kSentinel = -777.0f;

// One row of a batch: the loss and its gradient at the chosen action's quantiles.
struct Expected {
  double loss = 0.0;
  std::vector<double> gradient;   // not yet divided by the batch
  std::vector<double> magnitude;  // sum of the sizes of its terms
};

Expected plain(std::span<const float> theta, std::span<const float> target, double kappa) {
  Expected expected;
  const auto n = static_cast<double>(theta.size());
  const auto m = static_cast<double>(target.size());
  for (std::size_t i = 0; i < theta.size(); ++i) {
    const double tau = (static_cast<double>(i) + 0.5) / n;
    double gradient = 0.0, magnitude = 0.0;
    for (const float t : target) {
      const double u = static_cast<double>(t) - static_cast<double>(theta[i]);
      const double size = std::fabs(u);
      const double factor = std::fabs(tau - (u < 0.0 ? 1.0 : 0.0));
      double huber = size, slope = u == 0.0 ? 0.0 : 1.0;
      if (kappa > 0.0) {
        huber = size <= kappa ? 0.5 * u * u / kappa : size - 0.5 * kappa;
        slope = std::min(size / kappa, 1.0);
      }
      expected.loss += factor * huber / m;
      gradient -= factor * (u < 0.0 ? -slope : slope) / m;
      magnitude += factor * slope / m;
    }
    expected.gradient.push_back(gradient);
    expected.magnitude.push_back(magnitude);
  }
  return expected;
}

// A batch of three rows with A actions, at odd addresses and with gaps between the rows.
struct Batch {
  static constexpr std::size_t kRows = 3;
  std::size_t actions, n, m;
  std::vector<float> theta, target, weight, gradient, sample_loss;
  std::vector<std::int32_t> action;

  Batch(std::size_t a, std::size_t quantiles, std::size_t targets)
      : actions(a),
        n(quantiles),
        m(targets),
        theta(values_with_outliers(kRows * (a * n + 2) + 1, 1)),
        target(values_with_outliers(kRows * (m + 1) + 1, 2)),
        weight({0.25f, 1.0f, 3.0f}),
        gradient(kRows * (a * n + 3) + 1, kSentinel),
        sample_loss(kRows, kSentinel) {
    // ties: targets that equal a quantile, or lie just kappa = 1 beside it
    for (std::size_t j = 0; j < m; j += 5) target[j + 1] = theta[1 + j % n];
    for (std::size_t j = 2; j < m; j += 7) target[j + 1] = theta[1 + j % n] + 1.0f;
    for (std::size_t b = 0; b < kRows; ++b) {
      action.push_back(static_cast<std::int32_t>((b + 1) % actions));
    }
  }
  MatrixView theta_view() { return {theta.data() + 1, kRows, actions * n, actions * n + 2}; }
  MatrixView target_view() { return {target.data() + 1, kRows, m, m + 1}; }
  MatrixView gradient_view() { return {gradient.data() + 1, kRows, actions * n, actions * n + 3}; }
  std::span<const float> chosen(std::size_t b) {
    return theta_view().row(b).subspan(static_cast<std::size_t>(action[b]) * n, n);
  }
  float loss(float kappa, bool weighted) {
    return quantile_huber_loss(
        {n, kappa}, theta_view(), actions == 1 ? std::span<const std::int32_t>() : action,
        target_view(), weighted ? weight : std::span<const float>(), gradient_view(), sample_loss);
  }
};

void expect_plain_loss(Batch& batch, float kappa, bool weighted) {
  const double loss = static_cast<double>(batch.loss(kappa, weighted));
  // each quantile adds m pairs one after the other
  const double relative = (static_cast<double>(batch.m) + 12.0) * kEpsilon;
  double total = 0.0;
  for (std::size_t b = 0; b < Batch::kRows; ++b) {
    const Expected expected =
        plain(batch.chosen(b), batch.target_view().row(b), static_cast<double>(kappa));
    const double w = weighted ? static_cast<double>(batch.weight[b]) : 1.0;
    const double share = w / static_cast<double>(Batch::kRows);
    total += share * expected.loss;
    ASSERT_NEAR(static_cast<double>(batch.sample_loss[b]), expected.loss, relative * expected.loss);
    const std::span<const float> row = batch.gradient_view().row(b);
    const std::size_t first = static_cast<std::size_t>(batch.action[b]) * batch.n;
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (c < first || c >= first + batch.n) {
        ASSERT_EQ(row[c], 0.0f);
        continue;
      }
      ASSERT_NEAR(static_cast<double>(row[c]), share * expected.gradient[c - first],
                  share * relative * expected.magnitude[c - first] + 1e-30);
    }
    if (b + 1 < Batch::kRows) {
      ASSERT_EQ(row.data()[row.size()], kSentinel);
    }
  }
  ASSERT_NEAR(loss, total, relative * total);
  ASSERT_EQ(batch.gradient[0], kSentinel);
}

TEST_P(QuantileTest, EqualsPlainLoops) {
  for (const std::size_t n : kLengths) {
    for (const std::size_t m : kLengths) {
      if (n == 0 || m == 0) continue;
      for (const float kappa : {0.0f, 0.01f, 1.0f, 50.0f}) {
        Batch batch(1, n, m);
        expect_plain_loss(batch, kappa, true);
        if (HasFatalFailure()) FAIL() << n << " quantiles, " << m << " targets, kappa " << kappa;
      }
    }
  }
}

TEST_P(QuantileTest, OnlyTheChosenActionCounts) {
  for (const std::size_t actions : {2, 3, 18}) {
    for (const std::size_t n : {1, 10, 25, 170}) {
      Batch batch(actions, n, n);
      expect_plain_loss(batch, 1.0f, false);
      if (HasFatalFailure()) FAIL() << actions << " actions, " << n << " quantiles";
    }
  }
}

// Where the derivative is continuous, its slope is at most 1/kappa per sample.
TEST_P(QuantileTest, GradientsEqualCentralDifferences) {
  constexpr float kStep = 0x1p-8f;
  for (const float kappa : {0.25f, 1.0f}) {
    Batch batch(2, 9, 7);
    for (float& value : batch.theta) value *= 0.125f;
    for (float& value : batch.target) value *= 0.125f;
    const double loss = static_cast<double>(batch.loss(kappa, true));
    const std::vector<float> gradient = batch.gradient;
    const double step = static_cast<double>(kStep);
    for (std::size_t b = 0; b < Batch::kRows; ++b) {
      for (std::size_t c = 0; c < 18; ++c) {
        float& theta = batch.theta_view()(b, c);
        const float saved = theta;
        theta = saved + kStep;
        const double above = static_cast<double>(batch.loss(kappa, true));
        theta = saved - kStep;
        const double below = static_cast<double>(batch.loss(kappa, true));
        theta = saved;
        const double bend = static_cast<double>(batch.weight[b]) * step /
                            (2.0 * static_cast<double>(kappa) * Batch::kRows);
        EXPECT_NEAR(static_cast<double>(gradient[1 + b * 21 + c]), (above - below) / (2.0 * step),
                    bend + 20.0 * loss * kEpsilon / step);
      }
    }
  }
}

// Two quantiles, tau 1/4 and 3/4, one target.
TEST_P(QuantileTest, HandValues) {
  const std::vector<float> theta = {1.0f, 4.0f}, target = {3.0f};
  std::vector<float> gradient(2), sample_loss(1);
  const auto loss = [&](float kappa) {
    return quantile_huber_loss({2, kappa}, {theta.data(), 1, 2}, {}, {target.data(), 1, 1}, {},
                               {gradient.data(), 1, 2}, sample_loss);
  };
  // u = 2 and -1: 1/4 (2 - 1/2) + |3/4 - 1| 1/2
  EXPECT_EQ(loss(1.0f), 0.5f);
  EXPECT_EQ(gradient, (std::vector<float>{-0.25f, 0.25f}));
  EXPECT_EQ(sample_loss[0], 0.5f);
  // 1/4 (2^2 / 2) / 4 + 1/4 (1 / 2) / 4
  EXPECT_EQ(loss(4.0f), 0.15625f);
  EXPECT_EQ(gradient, (std::vector<float>{-0.125f, 0.0625f}));
  // 1/4 * 2 + 1/4 * 1
  EXPECT_EQ(loss(0.0f), 0.75f);
  EXPECT_EQ(gradient, (std::vector<float>{-0.25f, 0.25f}));
}

TEST_P(QuantileTest, InfinityAndNan) {
  for (const std::size_t n : {1, 5, 40}) {
    for (const float kappa : {0.0f, 1.0f}) {
      for (const float value : {kInfinity, -kInfinity, kNan}) {
        Batch batch(1, n, 9);
        batch.target_view()(1, 4) = value;
        const float loss = batch.loss(kappa, false);
        EXPECT_TRUE(std::isnan(value) ? std::isnan(loss) : loss == kInfinity);
        EXPECT_EQ(std::isnan(batch.sample_loss[1]), std::isnan(value));
        EXPECT_TRUE(std::isfinite(batch.sample_loss[0]) && std::isfinite(batch.sample_loss[2]));
        for (std::size_t b = 0; b < Batch::kRows; ++b) {
          for (const float g : batch.gradient_view().row(b)) {
            EXPECT_EQ(std::isnan(g), b == 1 && std::isnan(value));
            EXPECT_FALSE(std::isinf(g));
          }
        }
      }
      Batch batch(1, n, 9);
      batch.theta_view()(2, n - 1) = kNan;
      EXPECT_TRUE(std::isnan(batch.loss(kappa, true)));
      for (std::size_t c = 0; c < n; ++c) {
        EXPECT_EQ(std::isnan(batch.gradient_view()(2, c)), c == n - 1);
      }
    }
  }
}

TEST_P(QuantileTest, TargetAndMean) {
  for (const std::size_t n : kLengths) {
    if (n == 0) continue;
    for (const std::size_t actions : {1, 4}) {
      Batch batch(actions, n, n);
      const std::vector<float> reward = {1.5f, -100.0f, 0.0f}, discount = {0.99f, 0.0f, 0.5f};
      MatrixView out(batch.target.data() + 1, Batch::kRows, n, n + 1);
      batch.target.back() = batch.target[0] = kSentinel;
      quantile_target(batch.theta_view(), batch.action, reward, discount, out);
      std::vector<float> mean(Batch::kRows * (actions + 1), kSentinel);
      quantile_mean(batch.theta_view(), {mean.data(), Batch::kRows, actions, actions + 1});
      for (std::size_t b = 0; b < Batch::kRows; ++b) {
        for (std::size_t j = 0; j < n; ++j) {
          const double from = static_cast<double>(batch.chosen(b)[j]);
          const double part = static_cast<double>(discount[b]) * from;
          const double whole = static_cast<double>(reward[b]) + part;
          ASSERT_NEAR(static_cast<double>(out(b, j)), whole,
                      kEpsilon * (std::fabs(part) + 2 * std::fabs(whole)));
        }
        for (std::size_t a = 0; a < actions; ++a) {
          double sum = 0.0, magnitude = 0.0;
          for (const float q : batch.theta_view().row(b).subspan(a * n, n)) {
            sum += static_cast<double>(q) / static_cast<double>(n);
            magnitude += std::fabs(static_cast<double>(q)) / static_cast<double>(n);
          }
          ASSERT_NEAR(static_cast<double>(mean[b * (actions + 1) + a]), sum,
                      (static_cast<double>(n) + 2) * kEpsilon * magnitude);
        }
        ASSERT_EQ(mean[b * (actions + 1) + actions], kSentinel);
      }
      ASSERT_EQ(batch.target[0], kSentinel);
      ASSERT_EQ(batch.target.back(), kSentinel);
    }
  }
  quantile_target({nullptr, 0, 8}, {}, {}, {}, {nullptr, 0, 4});
  quantile_mean({nullptr, 0, 8}, {nullptr, 0, 2});
}

TEST(QuantileErrors, NameTheRule) {
  std::vector<float> a(12), two(2), three(3);
  const MatrixView m26(a.data(), 2, 6), m34(a.data(), 3, 4), m22(a.data(), 2, 2);
  const std::vector<std::int32_t> good = {0, 1}, high = {0, 2}, low = {-1, 0}, short_one = {0};
  const auto fails = [](auto&& call, std::string_view prefix) {
    const std::string message = argument_error(call);
    EXPECT_TRUE(starts_with(message, prefix)) << message;
  };
  const auto loss = [&](QuantileLoss config, auto action, MatrixView target, auto& weight,
                        MatrixView gradient, auto& sample) {
    quantile_huber_loss(config, m26, action, target, weight, gradient, sample);
  };
  std::vector<float> g(12);
  const MatrixView gradient(g.data(), 2, 6);
  EXPECT_EQ(argument_error([&] { loss({3, 1.0f}, good, m22, two, gradient, two); }), "");
  fails([&] { loss({3, 1.0f}, good, m34, two, gradient, two); }, "[quantile] quantiles (2,6), ");
  fails([&] { loss({3, 1.0f}, good, m22, three, gradient, two); }, "[quantile] quantiles (2,6), ");
  fails([&] { loss({3, 1.0f}, good, m22, two, m34, two); }, "[quantile] quantiles (2,6), ");
  fails([&] { loss({3, 1.0f}, good, m22, two, gradient, three); }, "[quantile] quantiles (2,6), ");
  fails([&] { loss({3, 1.0f}, high, m22, two, gradient, two); }, "[quantile] an action is outside");
  fails([&] { loss({3, 1.0f}, low, m22, two, gradient, two); }, "[quantile] an action is outside");
  fails([&] { loss({3, 1.0f}, short_one, m22, two, gradient, two); }, "[quantile] action has 1");
  fails([&] { loss({4, 1.0f}, good, m22, two, gradient, two); }, "[quantile] rows of 6 columns");
  fails([&] { loss({0, 1.0f}, good, m22, two, gradient, two); }, "[quantile] rows of 6 columns");
  for (const float kappa : {-1.0f, kInfinity, kNan}) {
    fails([&] { loss({3, kappa}, good, m22, two, gradient, two); }, "[quantile] kappa ");
  }
  fails(
      [&] {
        loss({3, 1.0f}, good, {nullptr, 2, 0}, two, gradient, two);
      },
      "[quantile] batch of 2 samples with 0 targets");
  fails([&] { quantile_huber_loss({3}, {}, {}, m22, {}, {}, {}); }, "[quantile] batch of 0");
  fails([&] { quantile_target(m26, good, two, three, m22); }, "[quantile] quantiles (2,6), reward");
  fails([&] { quantile_target(m26, good, two, two, {g.data(), 2, 4}); }, "[quantile] rows of 6");
  fails([&] { quantile_mean(m26, {g.data(), 2, 4}); }, "[quantile] quantiles (2,6), value (2,4)");
  fails([&] { quantile_mean(m26, {g.data(), 2, 0}); }, "[quantile] quantiles (2,6), value (2,0)");
}

}  // namespace
}  // namespace pavlov::kernels
