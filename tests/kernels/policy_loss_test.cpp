// Policy and value losses against plain loops in double and central differences, on every SIMD
// target.
#include "pavlov/kernels/policy_loss.h"

#include <algorithm>

#include "pavlov/kernels/loss.h"
#include "pavlov/tests/kernels/every_target.h"

namespace pavlov::kernels {
namespace {

class PolicyLossTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(PolicyLossTest);

constexpr float kSentinel = -777.0f;

double as_double(float value) { return static_cast<double>(value); }

// Columns at odd addresses.
struct Batch {
  std::size_t size, offset;
  std::vector<float> next, old, target, gradient;

  // Changes up to `change`, with outliers a hundred times as large.
  Batch(std::size_t n, std::size_t at, float change)
      : size(n),
        offset(at),
        next(values_with_outliers(n + at, 1)),
        old(values_with_outliers(n + at, 2)),
        target(values_with_outliers(n + at, 3)),
        gradient(n + at + 1, kSentinel) {
    for (std::size_t i = 0; i < next.size(); ++i) {
      old[i] = std::clamp(old[i], -5.0f, 5.0f);
      next[i] = old[i] + std::clamp(change * next[i], -80.0f, 80.0f);
      if (i % 5 == 3) next[i] = old[i];  // as in the first minibatch
      if (i % 11 == 4) target[i] = 0.0f;
    }
  }
  std::span<const float> part(const std::vector<float>& column) const {
    return std::span(column).subspan(offset, size);
  }
  std::span<float> gradient_part() { return std::span(gradient).subspan(offset, size); }
  PolicyLoss policy(float clip) {
    return ppo_policy_loss(part(next), part(old), part(target), clip, gradient_part());
  }
  float value(float clip) {
    return clipped_value_loss(part(next), part(old), part(target), clip, gradient_part());
  }
  void expect_rest_untouched() const {
    EXPECT_EQ(gradient.back(), kSentinel);
    for (std::size_t i = 0; i < offset; ++i) EXPECT_EQ(gradient[i], kSentinel);
  }
};

TEST_P(PolicyLossTest, PolicyEqualsPlainLoop) {
  for (const std::size_t size : kLengths) {
    if (size == 0) continue;
    for (const std::size_t offset : {0, 1, 3}) {
      for (const float change : {0.001f, 0.1f, 3.0f}) {
        for (const float clip : {0.2f, 1.5f, kInfinity}) {
          Batch batch(size, offset, change);
          const PolicyLoss result = batch.policy(clip);
          const double epsilon = as_double(clip), share = 1.0 / static_cast<double>(size);
          double loss = 0.0, magnitude = 0.0, divergence = 0.0, kl_error = 0.0, clipped = 0.0;
          for (std::size_t i = 0; i < size; ++i) {
            const double x = as_double(batch.part(batch.next)[i] - batch.part(batch.old)[i]);
            const double a = as_double(batch.part(batch.target)[i]);
            const double ratio = std::exp(x);
            const double bounded = std::clamp(ratio, 1.0 - epsilon, 1.0 + epsilon);
            loss += share * std::max(-a * ratio, -a * bounded);
            magnitude += share * std::fabs(a) * std::max(ratio, bounded);
            const double excess = std::expm1(x) - x;
            divergence += share * excess;
            kl_error += share * 8.0 * kEpsilon * (std::fabs(x) < 0.34 ? excess : ratio + 1.0 - x);
            clipped += share * (std::fabs(ratio - 1.0) > epsilon ? 1.0 : 0.0);
            const bool stopped =
                (a > 0.0 && ratio > 1.0 + epsilon) || (a < 0.0 && ratio < 1.0 - epsilon);
            const double gradient = stopped ? 0.0 : -a * ratio * share;
            ASSERT_NEAR(as_double(batch.gradient_part()[i]), gradient,
                        6.0 * kEpsilon * std::fabs(gradient))
                << "log ratio " << x << ", advantage " << a;
          }
          EXPECT_NEAR(as_double(result.loss), loss, 6.0 * kEpsilon * magnitude);
          EXPECT_NEAR(as_double(result.approx_kl), divergence, kl_error + kEpsilon * divergence);
          EXPECT_GE(result.approx_kl, 0.0f);
          EXPECT_NEAR(as_double(result.clip_fraction), clipped, 1e-7);
          batch.expect_rest_untouched();
        }
      }
    }
  }
}

// One sample with advantage -1 and no clip: the gradient is the ratio.
TEST_P(PolicyLossTest, RatioAndDivergenceOverTheWholeRange) {
  for (int i = -8900; i <= 8900; ++i) {
    for (const float unit : {0.01f, 1e-4f, 1e-7f}) {
      const float log_ratio = static_cast<float>(i) * unit, old = 0.0f, advantage = -1.0f;
      float ratio = 0.0f;
      const PolicyLoss result =
          ppo_policy_loss({&log_ratio, 1}, {&old, 1}, {&advantage, 1}, kInfinity, {&ratio, 1});
      const double x = as_double(log_ratio), expected = std::exp(x);
      if (x < -87.0 || x > 88.0) {
        ASSERT_EQ(ratio, x < 0.0 ? 0.0f : kInfinity);
      } else {
        ASSERT_NEAR(as_double(ratio), expected, 2.5 * kEpsilon * expected) << x;
      }
      if (x > 88.0) {
        ASSERT_EQ(result.approx_kl, kInfinity);
        continue;
      }
      const double excess = std::expm1(x) - x;
      // further from 0, the ratio, 1 and log r are added up
      const double error =
          std::fabs(x) < 0.34 ? 4.0 * excess : 4.0 * (expected + 1.0 + std::fabs(x));
      ASSERT_NEAR(as_double(result.approx_kl), excess, kEpsilon * error + 1e-15 * std::fabs(x))
          << x;
    }
  }
}

TEST_P(PolicyLossTest, FirstMinibatchHasRatioOne) {
  for (const float clip : {0.2f, kInfinity}) {
    Batch batch(33, 1, 0.0f);
    batch.next = batch.old;
    const PolicyLoss result = batch.policy(clip);
    double mean = 0.0;
    for (std::size_t i = 0; i < 33; ++i) {
      const float a = batch.part(batch.target)[i];
      mean -= as_double(a) / 33.0;
      EXPECT_EQ(batch.gradient_part()[i], -a * (1.0f / 33.0f));
    }
    EXPECT_NEAR(as_double(result.loss), mean, kEpsilon * std::fabs(mean));
    EXPECT_EQ(result.approx_kl, 0.0f);
    EXPECT_EQ(result.clip_fraction, 0.0f);
  }
}

// Ratios at the bounds and beyond, both signs of the advantage.
TEST_P(PolicyLossTest, BoundsOfTheRatio) {
  const float up = std::log(1.5f), down = std::log(0.5f);
  const std::vector<float> next = {up, up, down, down}, old(4, 0.0f), advantage = {1, -1, 1, -1};
  std::vector<float> gradient(4);
  const PolicyLoss outside = ppo_policy_loss(next, old, advantage, 0.25f, gradient);
  EXPECT_NEAR(as_double(gradient[0]), 0.0, 0.0);
  EXPECT_NEAR(as_double(gradient[1]), 1.5 / 4, 1e-7);
  EXPECT_NEAR(as_double(gradient[2]), -0.5 / 4, 1e-7);
  EXPECT_NEAR(as_double(gradient[3]), 0.0, 0.0);
  EXPECT_NEAR(as_double(outside.loss), (-1.25 + 1.5 - 0.5 + 0.75) / 4, 1e-7);
  EXPECT_EQ(outside.clip_fraction, 1.0f);
  const PolicyLoss inside = ppo_policy_loss(next, old, advantage, 0.75f, gradient);
  EXPECT_NEAR(as_double(gradient[0]), -1.5 / 4, 1e-7);
  EXPECT_NEAR(as_double(gradient[3]), 0.5 / 4, 1e-7);
  EXPECT_EQ(inside.clip_fraction, 0.0f);
}

TEST_P(PolicyLossTest, ValueEqualsPlainLoop) {
  for (const std::size_t size : kLengths) {
    if (size == 0) continue;
    for (const std::size_t offset : {0, 1, 3}) {
      for (const float clip : {0.2f, 10.0f, kInfinity}) {
        Batch batch(size, offset, 1.0f);
        const double loss = as_double(batch.value(clip));
        const double share = 1.0 / static_cast<double>(size);
        double expected = 0.0, error = 0.0;
        for (std::size_t i = 0; i < size; ++i) {
          const double v = as_double(batch.part(batch.next)[i]);
          const double old = as_double(batch.part(batch.old)[i]);
          const double target = as_double(batch.part(batch.target)[i]);
          const double c = old + std::clamp(v - old, -as_double(clip), as_double(clip));
          const double plain = (v - target) * (v - target), other = (c - target) * (c - target);
          const double rounding = 4.0 * kEpsilon * (std::fabs(c) + std::fabs(target));
          expected += share * std::max(plain, other);
          error += share * (4.0 * kEpsilon * std::max(plain, other) +
                            2.0 * rounding * std::sqrt(std::max(plain, other)));
          if (std::fabs(plain - other) < 1e-4 * plain && v != c) continue;  // either may be greater
          const double gradient = other > plain ? 0.0 : 2.0 * (v - target) * share;
          ASSERT_NEAR(as_double(batch.gradient_part()[i]), gradient,
                      4.0 * kEpsilon * std::fabs(gradient));
        }
        EXPECT_NEAR(loss, expected, error);
        batch.expect_rest_untouched();
      }
    }
  }
}

TEST_P(PolicyLossTest, WideClipGivesTheMeanSquare) {
  Batch batch(40, 0, 1.0f);
  std::vector<float> gradient(40);
  const float expected = mse_loss(batch.part(batch.next), batch.part(batch.target), {}, gradient);
  EXPECT_FLOAT_EQ(batch.value(kInfinity), expected);
  for (std::size_t i = 0; i < 40; ++i) EXPECT_FLOAT_EQ(batch.gradient_part()[i], gradient[i]);
}

TEST_P(PolicyLossTest, GradientsEqualCentralDifferences) {
  constexpr float kStep = 0x1p-8f;
  constexpr auto kWide = static_cast<double>(kStep);
  const auto compare = [&](Batch& batch, auto&& loss) {
    const double size = static_cast<double>(batch.size);
    const double here = std::fabs(loss());
    const std::vector<float> gradient = batch.gradient;
    for (std::size_t i = 0; i < batch.size; ++i) {
      const float saved = batch.next[i];
      batch.next[i] = saved + kStep;
      const double above = loss();
      batch.next[i] = saved - kStep;
      const double below = loss();
      batch.next[i] = saved;
      // third derivatives are of the size of the gradient
      const double expected = (above - below) / (2.0 * kWide);
      const double bend = kWide * kWide * (std::fabs(expected) + 1.0 / size);
      EXPECT_NEAR(as_double(gradient[i]), expected, bend + 8.0 * here * kEpsilon / kWide) << i;
    }
  };
  Batch batch(21, 0, 0.7f);
  for (std::size_t i = 0; i < batch.size; ++i) {
    batch.target[i] = std::clamp(batch.target[i], -1.0f, 1.0f);
    const float change = std::clamp(batch.next[i] - batch.old[i], -0.7f, 0.7f);
    // off the kinks at 0.8 and 1.2
    const bool at_kink = std::fabs(std::fabs(std::exp(change) - 1.0f) - 0.2f) < 0.02f;
    batch.next[i] = batch.old[i] + (at_kink ? 0.0f : change);
  }
  compare(batch, [&] { return as_double(batch.policy(0.2f).loss); });
  for (std::size_t i = 0; i < batch.size; ++i) {
    const float change = batch.next[i] - batch.old[i];
    if (std::fabs(std::fabs(change) - 0.25f) < 0.02f) batch.next[i] = batch.old[i];
    batch.old[i] = std::clamp(batch.old[i], -1.0f, 1.0f);
    batch.next[i] = batch.old[i] + change;
    batch.target[i] = 3.0f * batch.target[i] + 0.1f;
  }
  compare(batch, [&] { return as_double(batch.value(0.25f)); });
}

TEST_P(PolicyLossTest, InfinityAndNan) {
  for (const std::size_t size : {1, 9, 40}) {
    for (const std::size_t at : {std::size_t{0}, size - 1}) {
      for (int column = 0; column < 3; ++column) {
        Batch batch(size, 0, 0.1f);
        (column == 0 ? batch.next : column == 1 ? batch.old : batch.target)[at] = kNan;
        const PolicyLoss result = batch.policy(0.2f);
        EXPECT_TRUE(std::isnan(result.loss));
        EXPECT_EQ(std::isnan(result.approx_kl), column != 2);
        for (std::size_t i = 0; i < size; ++i) EXPECT_EQ(std::isnan(batch.gradient[i]), i == at);
        EXPECT_TRUE(std::isnan(batch.value(0.2f)));
        for (std::size_t i = 0; i < size; ++i) EXPECT_EQ(std::isnan(batch.gradient[i]), i == at);
      }
      Batch batch(size, 0, 0.1f);
      batch.target[at] = -1.0f;
      batch.next[at] = batch.old[at] + 200.0f;
      EXPECT_EQ(batch.policy(0.2f).loss, kInfinity);
      EXPECT_EQ(batch.gradient[at], kInfinity);
      batch.next[at] = kInfinity;
      EXPECT_EQ(batch.policy(0.2f).approx_kl, kInfinity);
      batch.next[at] = -kInfinity;
      EXPECT_EQ(batch.policy(0.2f).approx_kl, kInfinity);
      batch.next[at] = kInfinity;
      EXPECT_EQ(batch.value(0.2f), kInfinity);
    }
  }
}

TEST(PolicyLossErrors, NameTheRule) {
  std::vector<float> a(4), b(5);
  const auto fails = [](auto&& call, std::string_view prefix) {
    const std::string message = argument_error(call);
    EXPECT_TRUE(starts_with(message, prefix)) << message;
  };
  fails([&] { ppo_policy_loss(a, b, a, 0.2f, a); },
        "[policy_loss] log_prob 4, old_log_prob 5, advantage 4, gradient 4 elements");
  fails([&] { ppo_policy_loss(a, a, b, 0.2f, a); }, "[policy_loss] log_prob 4");
  fails([&] { ppo_policy_loss(a, a, a, 0.2f, b); }, "[policy_loss] log_prob 4");
  fails([&] { ppo_policy_loss({}, {}, {}, 0.2f, {}); }, "[policy_loss] batch of 0");
  for (const float clip : {0.0f, -1.0f, kNan}) {
    fails([&] { ppo_policy_loss(a, a, a, clip, a); }, "[policy_loss] clip ");
    fails([&] { clipped_value_loss(a, a, a, clip, a); }, "[policy_loss] clip ");
  }
  fails([&] { clipped_value_loss(a, a, b, 0.2f, a); },
        "[policy_loss] value 4, old_value 4, target 5, gradient 4 elements: must be equal");
}

}  // namespace
}  // namespace pavlov::kernels
