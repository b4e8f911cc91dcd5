// Categorical distributions against plain loops in double, central differences and the law of large
// numbers, on every SIMD target.
#include "pavlov/kernels/categorical.h"

#include <algorithm>

#include "pavlov/tests/kernels/every_target.h"
#include "pavlov/tests/kernels/strided.h"

namespace pavlov::kernels {
namespace {

constexpr std::size_t kActions[] = {1, 2, 3, 4, 5, 6, 8, 9, 16, 17, 18, 33, 70};
constexpr std::size_t kRows[] = {0, 1, 7, 8, 9, 31, 33};

double wide(float x) { return static_cast<double>(x); }

std::vector<double> plain_probabilities(std::span<const float> logits) {
  double largest = -HUGE_VAL, sum = 0.0;
  for (const float x : logits) largest = std::max(largest, wide(x));
  std::vector<double> p;
  for (const float x : logits) p.push_back(std::exp(wide(x) - largest));
  for (const double e : p) sum += e;
  for (double& e : p) e /= sum;
  return p;
}

// Moderate logits with ties, and every seventh -infinity where `masked`.
StridedMatrix logits(std::size_t rows, std::size_t actions, std::size_t turn, bool masked) {
  RandomStream random(3 + turn, "logits");
  std::vector<float> values(rows * actions);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = 2.0f * static_cast<float>(random.normal());
    if (i % actions == 0) continue;  // every row keeps a possible action
    if (i % 5 == 1) values[i] = values[i - 1];
    if (masked && i % 7 == 3) values[i] = -kInfinity;
  }
  return {rows, actions, turn % 3, turn % 4, values};
}

std::vector<std::int32_t> possible_actions(const StridedMatrix& x) {
  std::vector<std::int32_t> action;
  for (std::size_t r = 0; r < x.view().rows; ++r) {
    std::size_t a = (r * 7) % x.view().cols;
    while (x(r, a) == -kInfinity) a = (a + 1) % x.view().cols;
    action.push_back(static_cast<std::int32_t>(a));
  }
  return action;
}

template <class Check>
void over_shapes(Check&& check) {
  std::size_t turn = 0;
  for (const std::size_t actions : kActions) {
    for (const std::size_t rows : kRows) {
      SCOPED_TRACE(std::to_string(rows) + " rows, " + std::to_string(actions) + " actions");
      check(rows, actions, turn++);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

class CategoricalTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(CategoricalTest);

// An action is right where u lies in its interval of the exact distribution function, give or take
// the roundings of that function.
void expect_draw(std::span<const double> p, double u, std::int32_t action) {
  const auto a = static_cast<std::size_t>(action);
  ASSERT_LT(a, p.size());
  ASSERT_GT(p[a], 0.0);
  double below = 0.0;
  for (std::size_t c = 0; c < a; ++c) below += p[c];
  const double slack = (static_cast<double>(p.size()) + 4.0) * kEpsilon * 2.0;
  ASSERT_GE(u, below - slack);
  ASSERT_LE(u, below + p[a] + slack);
}

TEST_P(CategoricalTest, SamplesInvertTheDistributionFunction) {
  over_shapes([](std::size_t rows, std::size_t actions, std::size_t turn) {
    const StridedMatrix x = logits(rows, actions, turn, turn % 2 == 1);
    StridedMatrix weights(rows, actions, 1, 1, std::vector<float>(rows * actions));
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < actions; ++c) weights(r, c) = 3.0f * std::exp(x(r, c));
    }
    RandomStream random(turn, "uniform");
    for (int round = 0; round < 20; ++round) {
      std::vector<float> u(rows);
      for (float& value : u) value = random.uniform();
      if (rows > 0 && round == 0) u[0] = 0.0f;
      if (rows > 0 && round == 1) u[rows - 1] = 1.0f - 0x1p-24f;  // the largest below 1
      std::vector<std::int32_t> action(rows + 1, -777), other(rows + 1, -777);
      categorical_sample(x.view(), u, std::span(action).first(rows));
      categorical_sample_weights(weights.view(), u, std::span(other).first(rows));
      ASSERT_EQ(action[rows], -777);
      ASSERT_EQ(other[rows], -777);
      for (std::size_t r = 0; r < rows; ++r) {
        const std::vector<double> p = plain_probabilities(x.view().row(r));
        expect_draw(p, wide(u[r]), action[r]);
        expect_draw(p, wide(u[r]), other[r]);
      }
    }
  });
}

// The stated rule, to the bit: weights that are added without rounding, u on the boundaries.
TEST_P(CategoricalTest, BoundariesBelongToTheNextAction) {
  for (const std::size_t actions : {4, 20, 70}) {
    std::vector<float> w(actions, 0.0f);
    w[0] = 0.25f;
    w[2] = 0.5f;
    w[3] = 0.25f;
    const auto drawn = [&](float u) {
      std::int32_t action = -1;
      categorical_sample_weights({w.data(), 1, actions}, {&u, 1}, {&action, 1});
      return action;
    };
    EXPECT_EQ(drawn(0.0f), 0);
    EXPECT_EQ(drawn(0.25f - 0x1p-26f), 0);
    EXPECT_EQ(drawn(0.25f), 2);  // not 1, whose weight is 0
    EXPECT_EQ(drawn(0.75f - 0x1p-24f), 2);
    EXPECT_EQ(drawn(0.75f), 3);
    EXPECT_EQ(drawn(1.0f - 0x1p-24f), 3);
    w[0] = 0.0f;
    EXPECT_EQ(drawn(0.0f), 2);
    w[2] = w[3] = 0.0f;
    w[1] = 1e-30f;
    EXPECT_EQ(drawn(0.0f), 1);
    EXPECT_EQ(drawn(0.999f), 1);
    w[1] = kNan;
    EXPECT_EQ(drawn(0.5f), 0);
  }
}

TEST_P(CategoricalTest, FrequenciesAreTheProbabilities) {
  constexpr std::size_t kDraws = 40000;
  for (const std::size_t actions : {3, 16, 24, 60}) {
    const StridedMatrix row = logits(1, actions, 2, false);
    std::vector<float> x, u(kDraws);
    for (std::size_t i = 0; i < kDraws; ++i) {
      x.insert(x.end(), row.view().row(0).begin(), row.view().row(0).end());
    }
    RandomStream random(1, "uniform");
    for (float& value : u) value = random.uniform();
    std::vector<std::int32_t> action(kDraws);
    categorical_sample({x.data(), kDraws, actions}, u, action);
    const std::vector<double> p = plain_probabilities(row.view().row(0));
    for (std::size_t c = 0; c < actions; ++c) {
      const auto count = static_cast<double>(
          std::count(action.begin(), action.end(), static_cast<std::int32_t>(c)));
      const double deviation = std::sqrt(p[c] * (1.0 - p[c]) * kDraws);
      EXPECT_NEAR(count, p[c] * kDraws, 5.0 * deviation + 1.0) << c;
    }
  }
}

TEST_P(CategoricalTest, ForwardOfEveryShape) {
  over_shapes([](std::size_t rows, std::size_t actions, std::size_t turn) {
    StridedMatrix x = logits(rows, actions, turn, turn % 2 == 1);
    const std::vector<std::int32_t> action = possible_actions(x);
    StridedMatrix log_p(rows, actions, (turn + 1) % 3, 2);
    std::vector<float> log_prob(rows + 1, -777.0f), entropy(rows + 1, -777.0f);
    categorical_forward(x.view(), action, log_p.view(), std::span(log_prob).first(rows),
                        std::span(entropy).first(rows));
    const double roundings = (static_cast<double>(actions) + 16.0) * kEpsilon;
    for (std::size_t r = 0; r < rows; ++r) {
      const std::vector<double> p = plain_probabilities(x.view().row(r));
      double h = 0.0;
      for (std::size_t c = 0; c < actions; ++c) {
        if (p[c] == 0.0) {
          ASSERT_EQ(log_p(r, c), -kInfinity);
          continue;
        }
        ASSERT_NEAR(wide(log_p(r, c)), std::log(p[c]),
                    roundings + 4 * kEpsilon * std::fabs(std::log(p[c])));
        h -= p[c] * std::log(p[c]);
      }
      ASSERT_EQ(log_prob[r], log_p(r, static_cast<std::size_t>(action[r])));
      ASSERT_NEAR(wide(entropy[r]), h, 2.0 * roundings * (1.0 + h));
    }
    ASSERT_EQ(log_prob[rows], -777.0f);
    ASSERT_EQ(entropy[rows], -777.0f);
    ASSERT_TRUE(log_p.gaps_untouched());
    categorical_forward(x.view(), action, x.view(), std::span(log_prob).first(rows),
                        std::span(entropy).first(rows));
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < actions; ++c) ASSERT_EQ(x(r, c), log_p(r, c));  // in place
    }
  });
}

TEST_P(CategoricalTest, BackwardOfEveryShape) {
  over_shapes([](std::size_t rows, std::size_t actions, std::size_t turn) {
    StridedMatrix log_p = logits(rows, actions, turn, turn % 2 == 1);
    const std::vector<std::int32_t> action = possible_actions(log_p);
    std::vector<float> log_prob(rows), entropy(rows);
    categorical_forward(log_p.view(), action, log_p.view(), log_prob, entropy);
    const std::vector<float> d_log_prob = values_with_outliers(rows, 21);
    const std::vector<float> d_entropy = values_with_outliers(rows, 22);
    StridedMatrix dlogits(rows, actions, (turn + 1) % 3, 1);
    categorical_backward(log_p.view(), action, entropy, d_log_prob, d_entropy, dlogits.view());
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < actions; ++c) {
        const bool hit = static_cast<std::size_t>(action[r]) == c;
        const double l = wide(log_p(r, c)), p = std::exp(l);
        const double dl = wide(d_log_prob[r]), dh = wide(d_entropy[r]), h = wide(entropy[r]);
        const double expected = dl * ((hit ? 1.0 : 0.0) - p) - (p == 0.0 ? 0.0 : dh * p * (l + h));
        const double size = p == 0.0 ? 0.0
                                     : p * (std::fabs(dl) + std::fabs(dh) * (std::fabs(l) + h)) +
                                           (hit ? std::fabs(dl) : 0.0);
        ASSERT_NEAR(wide(dlogits(r, c)), expected, 6 * kEpsilon * size + 1e-35);
      }
    }
    ASSERT_TRUE(dlogits.gaps_untouched());
    categorical_backward(log_p.view(), action, entropy, d_log_prob, d_entropy, log_p.view());
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < actions; ++c) ASSERT_EQ(log_p(r, c), dlogits(r, c));
    }
  });
}

TEST_P(CategoricalTest, GradientsEqualCentralDifferences) {
  constexpr float kStep = 0x1p-7f;
  for (const std::size_t actions : {2, 6, 20, 60}) {
    constexpr std::size_t kCount = 3;
    RandomStream random(8, "gradient");
    std::vector<float> x(kCount * actions), log_p(x.size()), dx(x.size()), scratch(x.size());
    for (float& value : x) value = static_cast<float>(random.normal());
    const std::vector<std::int32_t> action = {0, 1, static_cast<std::int32_t>(actions) - 1};
    const std::vector<float> wl = {1.0f, -0.5f, 2.0f}, wh = {0.3f, 1.0f, -1.0f};
    std::vector<float> log_prob(kCount), entropy(kCount);
    const auto view = [&](std::vector<float>& v) { return MatrixView(v.data(), kCount, actions); };
    const auto value = [&] {
      std::vector<float> l(kCount), h(kCount);
      categorical_forward(view(x), action, view(scratch), l, h);
      double sum = 0.0;
      for (std::size_t r = 0; r < kCount; ++r) {
        sum += wide(wl[r]) * wide(l[r]) + wide(wh[r]) * wide(h[r]);
      }
      return sum;
    };
    categorical_forward(view(x), action, view(log_p), log_prob, entropy);
    categorical_backward(view(log_p), action, entropy, wl, wh, view(dx));
    for (std::size_t i = 0; i < x.size(); ++i) {
      const float saved = x[i];
      x[i] = saved + kStep;
      const double above = value();
      x[i] = saved - kStep;
      const double below = value();
      x[i] = saved;
      EXPECT_NEAR(wide(dx[i]), (above - below) / (2.0 * wide(kStep)), 2e-4) << i;
    }
  }
}

TEST_P(CategoricalTest, NanStaysInItsRow) {
  for (const std::size_t actions : {2, 20, 70}) {
    std::vector<float> x(5 * actions, 0.5f), log_prob(5), entropy(5), ones(5, 1.0f);
    x[3 * actions] = kNan;
    const MatrixView m(x.data(), 5, actions);
    const std::vector<std::int32_t> action(5, 1);
    categorical_forward(m, action, m, log_prob, entropy);
    categorical_backward(m, action, entropy, ones, ones, m);
    for (std::size_t r = 0; r < 5; ++r) {
      EXPECT_EQ(std::isnan(log_prob[r]), r == 3);
      EXPECT_EQ(std::isnan(entropy[r]), r == 3);
      for (std::size_t c = 0; c < actions; ++c) EXPECT_EQ(std::isnan(m(r, c)), r == 3);
    }
  }
}

TEST(CategoricalErrors, NameTheShapes) {
  std::vector<float> a(100);
  const MatrixView m23(a.data(), 2, 3), m24(a.data(), 2, 4), m20(a.data(), 2, 0);
  const std::span<float> two(a.data(), 2), three(a.data(), 3);
  std::vector<std::int32_t> good = {0, 2}, bad = {0, 3}, negative = {-1, 0}, long_one = {0, 1, 2};
  EXPECT_EQ(argument_error([&] { categorical_sample(m23, two, good); }), "");
  EXPECT_TRUE(starts_with(argument_error([&] { categorical_sample(m23, three, good); }),
                          "[categorical] uniform has 3"));
  EXPECT_TRUE(starts_with(argument_error([&] { categorical_sample_weights(m23, two, long_one); }),
                          "[categorical] action has 3"));
  EXPECT_TRUE(starts_with(argument_error([&] { categorical_sample(m20, two, good); }),
                          "[categorical] 0 actions"));
  const auto forward = [&](std::span<const std::int32_t> action, MatrixView log_p,
                           std::span<float> l, std::span<float> h) {
    return argument_error([&] { categorical_forward(m23, action, log_p, l, h); });
  };
  good = {0, 2};
  EXPECT_EQ(forward(good, m23, two, two), "");
  EXPECT_EQ(forward(bad, m23, two, two), "[categorical] an action is outside [0, 3)");
  EXPECT_TRUE(starts_with(forward(negative, m23, two, two), "[categorical] an action"));
  EXPECT_TRUE(starts_with(forward(long_one, m23, two, two), "[categorical] action has 3"));
  EXPECT_EQ(forward(good, m24, two, two), "[categorical] log_p (2,4): must be (2,3)");
  EXPECT_TRUE(starts_with(forward(good, m23, three, two), "[categorical] log_prob"));
  EXPECT_TRUE(starts_with(forward(good, m23, two, three), "[categorical] entropy"));
  const auto backward = [&](std::span<float> h, std::span<float> dl, std::span<float> dh,
                            MatrixView dx) {
    return argument_error([&] { categorical_backward(m23, good, h, dl, dh, dx); });
  };
  EXPECT_EQ(backward(two, two, two, m23), "");
  EXPECT_TRUE(starts_with(backward(three, two, two, m23), "[categorical] entropy"));
  EXPECT_TRUE(starts_with(backward(two, three, two, m23), "[categorical] d_log_prob"));
  EXPECT_TRUE(starts_with(backward(two, two, three, m23), "[categorical] d_entropy"));
  EXPECT_TRUE(starts_with(backward(two, two, two, m24), "[categorical] dlogits"));
}

}  // namespace
}  // namespace pavlov::kernels
