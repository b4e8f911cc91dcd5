#include "pavlov/nets/action_distribution.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace pavlov::nets {
namespace {

TEST(Categorical, DrawsAsOftenAsItsProbabilitiesSay) {
  constexpr std::size_t kRows = 60000;
  const std::vector<double> p = {0.5, 0.3, 0.2};
  kernels::Tensor logits({kRows, 3});
  for (std::size_t b = 0; b < kRows; ++b) {
    for (std::size_t a = 0; a < 3; ++a) {
      logits.matrix()(b, a) = static_cast<float>(std::log(p[a]) + 2.0);
    }
  }
  Categorical distribution;
  kernels::RandomStream random(5, "actions");
  std::vector<std::int32_t> action(kRows);
  std::vector<float> log_prob(kRows);
  distribution.sample(logits.matrix(), {}, random, {action, {}}, log_prob);
  EXPECT_EQ(random.position(), kRows);
  std::vector<double> count(3);
  for (std::size_t b = 0; b < kRows; ++b) {
    const auto a = static_cast<std::size_t>(action[b]);
    count[a] += 1.0;
    ASSERT_NEAR(static_cast<double>(log_prob[b]), std::log(p[a]), 1e-6);
  }
  for (std::size_t a = 0; a < 3; ++a) {
    EXPECT_NEAR(count[a], p[a] * kRows, 5 * std::sqrt(p[a] * (1 - p[a]) * kRows));
  }
  // The same again: what sample gave is what forward gives, bit for bit.
  std::vector<float> again(kRows), entropy(kRows);
  distribution.forward(logits.matrix(), {}, {action, {}}, again, entropy);
  EXPECT_EQ(again, log_prob);
}

TEST(DiagonalGaussian, DrawsWithItsMeanAndDeviation) {
  constexpr std::size_t kRows = 40000;
  kernels::Tensor mean({kRows, 2}), drawn({kRows, 2});
  for (std::size_t b = 0; b < kRows; ++b) {
    mean.matrix()(b, 0) = 1.0f;
    mean.matrix()(b, 1) = -3.0f;
  }
  const std::vector<float> log_std = {0.0f, std::log(0.1f)};
  const ConstMatrixView log_std_view(log_std.data(), 1, 2);
  DiagonalGaussian distribution;
  kernels::RandomStream random(5, "actions");
  std::vector<float> log_prob(kRows);
  distribution.sample(mean.matrix(), log_std_view, random, {{}, drawn.matrix()}, log_prob);
  const double centers[] = {1.0, -3.0}, deviations[] = {1.0, 0.1};
  for (std::size_t a = 0; a < 2; ++a) {
    double sum = 0.0, squares = 0.0;
    for (std::size_t b = 0; b < kRows; ++b) {
      const double z = (static_cast<double>(drawn.matrix()(b, a)) - centers[a]) / deviations[a];
      sum += z;
      squares += z * z;
    }
    EXPECT_NEAR(sum / kRows, 0.0, 5.0 / std::sqrt(kRows));
    EXPECT_NEAR(squares / kRows, 1.0, 5.0 * std::sqrt(2.0 / kRows));
  }
  double expected = 0.0;
  for (std::size_t a = 0; a < 2; ++a) {
    const double z = (static_cast<double>(drawn.matrix()(7, a)) - centers[a]) / deviations[a];
    expected += -0.5 * z * z - std::log(deviations[a]) - 0.5 * std::log(2.0 * std::numbers::pi);
  }
  EXPECT_NEAR(static_cast<double>(log_prob[7]), expected, 1e-5);
  std::vector<float> again(kRows), entropy(kRows);
  distribution.forward(mean.matrix(), log_std_view, {{}, drawn.matrix()}, again, entropy);
  EXPECT_EQ(again, log_prob);
}

TEST(DiagonalGaussian, AddsToTheGradientOfItsDeviation) {
  const std::vector<float> mean = {0.5f}, log_std = {0.25f}, action = {1.5f};
  const std::vector<float> d_log_prob = {2.0f}, d_entropy = {0.75f};
  std::vector<float> log_prob(1), entropy(1), d_mean(1), d_log_std = {10.0f};
  DiagonalGaussian distribution;
  const ConstMatrixView outputs(mean.data(), 1, 1), deviation(log_std.data(), 1, 1);
  const ConstActions actions{{}, {action.data(), 1, 1}};
  distribution.forward(outputs, deviation, actions, log_prob, entropy);
  distribution.backward(outputs, deviation, actions, d_log_prob, d_entropy, {d_mean.data(), 1, 1},
                        {d_log_std.data(), 1, 1});
  const double z = 1.0 / std::exp(0.25);
  EXPECT_NEAR(static_cast<double>(d_mean[0]), 2.0 * z / std::exp(0.25), 1e-6);
  EXPECT_NEAR(static_cast<double>(d_log_std[0]), 10.0 + 2.0 * (z * z - 1.0) + 0.75, 1e-5);
}

}  // namespace
}  // namespace pavlov::nets
