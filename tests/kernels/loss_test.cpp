// Losses against plain loops in double and central differences, on every SIMD target.
#include "pavlov/kernels/loss.h"

#include <algorithm>

#include "pavlov/tests/kernels/every_target.h"

namespace pavlov::kernels {
namespace {

class LossTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(LossTest);

struct Expected {
  double loss = 0.0;
  double magnitude = 0.0;
  std::vector<double> gradient;
  std::vector<double> sample_loss;
};

Expected huber(std::span<const float> prediction, std::span<const float> target,
               std::span<const float> weight, double kappa) {
  Expected expected;
  const auto size = static_cast<double>(prediction.size());
  for (std::size_t i = 0; i < prediction.size(); ++i) {
    const double w = weight.empty() ? 1.0 : static_cast<double>(weight[i]);
    const double delta = static_cast<double>(prediction[i] - target[i]);
    const double size_of_delta = std::fabs(delta);
    const double value =
        size_of_delta <= kappa ? 0.5 * delta * delta : kappa * (size_of_delta - 0.5 * kappa);
    expected.sample_loss.push_back(value);
    expected.loss += w * value / size;
    expected.magnitude += std::fabs(w) * value / size;
    expected.gradient.push_back(w * std::clamp(delta, -kappa, kappa) / size);
  }
  return expected;
}

Expected mse(std::span<const float> prediction, std::span<const float> target,
             std::span<const float> weight) {
  Expected expected;
  const auto size = static_cast<double>(prediction.size());
  for (std::size_t i = 0; i < prediction.size(); ++i) {
    const double w = weight.empty() ? 1.0 : static_cast<double>(weight[i]);
    const double delta = static_cast<double>(prediction[i] - target[i]);
    expected.sample_loss.push_back(delta * delta);
    expected.loss += w * delta * delta / size;
    expected.magnitude += std::fabs(w) * delta * delta / size;
    expected.gradient.push_back(2.0 * w * delta / size);
  }
  return expected;
}

void compare(double loss, std::span<const float> gradient, std::span<const float> sample_loss,
             const Expected& expected) {
  EXPECT_NEAR(loss, expected.loss, 6 * kEpsilon * expected.magnitude);
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(gradient[i]), expected.gradient[i],
                6 * kEpsilon * std::fabs(expected.gradient[i]));
    EXPECT_NEAR(static_cast<double>(sample_loss[i]), expected.sample_loss[i],
                6 * kEpsilon * expected.sample_loss[i]);
  }
}

TEST_P(LossTest, EqualsPlainLoops) {
  for (const std::size_t size : kLengths) {
    if (size == 0) continue;
    for (const std::size_t offset : {0, 1, 3}) {
      const std::vector<float> p = values_with_outliers(size + offset, 1);
      const std::vector<float> t = values_with_outliers(size + offset, 2);
      std::vector<float> w = values_with_outliers(size + offset, 3);
      for (float& value : w) value = std::fabs(value);
      std::vector<float> g(size + offset + 1, -777.0f);
      const auto prediction = std::span(p).subspan(offset);
      const auto target = std::span(t).subspan(offset);
      const auto gradient = std::span(g).subspan(offset, size);
      std::vector<float> l(size + offset + 1, -777.0f);
      const auto sample_loss = std::span(l).subspan(offset, size);
      for (const auto weight :
           {std::span<const float>(), std::span<const float>(w).subspan(offset)}) {
        for (const float kappa : {0.01f, 1.0f, 50.0f}) {
          const double loss = static_cast<double>(
              huber_loss(prediction, target, weight, kappa, gradient, sample_loss));
          compare(loss, gradient, sample_loss,
                  huber(prediction, target, weight, static_cast<double>(kappa)));
        }
        const double loss =
            static_cast<double>(mse_loss(prediction, target, weight, gradient, sample_loss));
        compare(loss, gradient, sample_loss, mse(prediction, target, weight));
      }
      EXPECT_EQ(g.back(), -777.0f);
      EXPECT_EQ(l.back(), -777.0f);
      for (std::size_t i = 0; i < offset; ++i) {
        EXPECT_EQ(g[i], -777.0f);
        EXPECT_EQ(l[i], -777.0f);
      }
    }
  }
}

TEST_P(LossTest, GradientsEqualCentralDifferences) {
  constexpr std::size_t kSize = 19;
  std::vector<float> prediction = values_with_outliers(kSize, 1);
  const std::vector<float> target = values_with_outliers(kSize, 2);
  const std::vector<float> weight(kSize, 0.75f);
  std::vector<float> gradient(kSize), ignored(kSize);
  constexpr float kStep = 0x1p-7f;
  for (std::size_t i = 0; i < kSize; ++i) {
    const auto difference = [&](auto&& loss) {
      const float saved = prediction[i];
      prediction[i] = saved + kStep;
      const double above = static_cast<double>(loss());
      prediction[i] = saved - kStep;
      const double below = static_cast<double>(loss());
      prediction[i] = saved;
      return (above - below) / (2.0 * static_cast<double>(kStep));
    };
    const double loss = static_cast<double>(huber_loss(prediction, target, weight, 1.0f, gradient));
    const double rounding = 2.0 * loss * kEpsilon / static_cast<double>(kStep);
    EXPECT_NEAR(static_cast<double>(gradient[i]),
                difference([&] { return huber_loss(prediction, target, weight, 1.0f, ignored); }),
                rounding + 1e-3);
    const double square = static_cast<double>(mse_loss(prediction, target, weight, gradient));
    EXPECT_NEAR(static_cast<double>(gradient[i]),
                difference([&] { return mse_loss(prediction, target, weight, ignored); }),
                2.0 * square * kEpsilon / static_cast<double>(kStep) + 1e-3);
  }
}

TEST_P(LossTest, HuberAtItsKinkAndBeyond) {
  const std::vector<float> prediction = {1.0f, -1.0f, 0.0f, kInfinity};
  const std::vector<float> target(4, 0.0f);
  std::vector<float> gradient(4);
  EXPECT_EQ(huber_loss(std::span(prediction).first(3), std::span(target).first(3), {}, 1.0f,
                       std::span(gradient).first(3)),
            1.0f / 3.0f);
  EXPECT_EQ(huber_loss(prediction, target, {}, 1.0f, gradient), kInfinity);
  EXPECT_EQ(gradient, (std::vector<float>{0.25f, -0.25f, 0.0f, 0.25f}));
}

TEST_P(LossTest, NanIsNotHidden) {
  for (const std::size_t size : {1, 9, 40}) {
    for (const std::size_t at : {std::size_t{0}, size - 1}) {
      std::vector<float> prediction(size, 0.5f), target(size), gradient(size);
      prediction[at] = kNan;
      EXPECT_TRUE(std::isnan(huber_loss(prediction, target, {}, 1.0f, gradient)));
      EXPECT_TRUE(std::isnan(gradient[at]));
      EXPECT_TRUE(std::isnan(mse_loss(prediction, target, {}, gradient)));
      EXPECT_TRUE(std::isnan(gradient[at]));
    }
  }
}

TEST(LossErrors, NameTheSizes) {
  std::vector<float> a(4), b(5);
  EXPECT_TRUE(starts_with(argument_error([&] { huber_loss(a, b, {}, 1.0f, a); }),
                          "[loss] prediction 4, target 5"));
  EXPECT_TRUE(starts_with(argument_error([&] { huber_loss(a, a, b, 1.0f, a); }), "[loss] "));
  EXPECT_TRUE(starts_with(argument_error([&] { mse_loss(a, a, {}, b); }), "[loss] "));
  EXPECT_TRUE(starts_with(argument_error([&] { mse_loss(a, a, {}, a, b); }), "[loss] "));
  EXPECT_TRUE(starts_with(argument_error([&] { huber_loss(a, a, {}, 1.0f, a, b); }), "[loss] "));
  EXPECT_TRUE(starts_with(argument_error([&] { mse_loss({}, {}, {}, {}); }), "[loss] batch of 0"));
  EXPECT_TRUE(starts_with(argument_error([&] { huber_loss(a, a, {}, 0.0f, a); }), "[loss] kappa"));
  EXPECT_TRUE(starts_with(argument_error([&] { huber_loss(a, a, {}, kNan, a); }), "[loss] kappa"));
}

}  // namespace
}  // namespace pavlov::kernels
