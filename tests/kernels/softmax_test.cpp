// Softmax, log-softmax and cross-entropy against plain loops in double and central differences, on
// every SIMD target.
#include "pavlov/kernels/softmax.h"

#include <algorithm>
#include <cstring>

#include "pavlov/tests/kernels/every_target.h"
#include "pavlov/tests/kernels/strided.h"

namespace pavlov::kernels {
namespace {

constexpr std::size_t kColumns[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,   13,
                                    16, 17, 31, 32, 33, 51, 57, 64, 100, 1000};
constexpr std::size_t kRows[] = {0, 1, 7, 8, 9, 31, 33};

double wide(float x) { return static_cast<double>(x); }

// log softmax of one row, in double.
std::vector<double> plain_log_softmax(std::span<const float> row) {
  double largest = -HUGE_VAL;
  for (const float x : row) largest = std::max(largest, wide(x));
  double sum = 0.0;
  for (const float x : row) sum += std::exp(wide(x) - largest);
  std::vector<double> result;
  for (const float x : row) result.push_back(wide(x) - largest - std::log(sum));
  return result;
}

// Relative error of a sum of C terms and of some more roundings.
double sum_error(std::size_t cols) { return (static_cast<double>(cols) / 2.0 + 16.0) * kEpsilon; }

// Of log p, whose terms are x - max and log sum: the probability's own, and the roundings of the
// terms.
double log_error(double log_p, std::size_t cols) {
  return sum_error(cols) + 4.0 * kEpsilon * std::fabs(log_p);
}

// Entries of a hundredfold size, ties, and every twelfth entry -infinity where `masked`.
StridedMatrix logits(std::size_t rows, std::size_t cols, std::size_t turn, bool masked) {
  std::vector<float> values = values_with_outliers(rows * cols, 1 + turn);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i % 5 == 1) values[i] = values[i - 1];
    if (masked && cols > 1 && i % 12 == 5) values[i] = -kInfinity;
  }
  return {rows, cols, turn % 3, turn % 5, values};
}

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

class SoftmaxTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(SoftmaxTest);

TEST_P(SoftmaxTest, ForwardOfEveryShape) {
  over_shapes([](std::size_t rows, std::size_t cols, std::size_t turn) {
    StridedMatrix x = logits(rows, cols, turn, turn % 2 == 1);
    StridedMatrix p(rows, cols, (turn + 1) % 3, turn % 4), log_p(rows, cols, turn % 2, turn % 3);
    softmax_forward(x.view(), p.view());
    log_softmax_forward(x.view(), log_p.view());
    for (std::size_t r = 0; r < rows; ++r) {
      const std::vector<double> expected = plain_log_softmax(x.view().row(r));
      for (std::size_t c = 0; c < cols; ++c) {
        if (x(r, c) == -kInfinity) {
          ASSERT_EQ(p(r, c), 0.0f);
          ASSERT_EQ(log_p(r, c), -kInfinity);
          continue;
        }
        const double probability = std::exp(expected[c]);
        ASSERT_NEAR(wide(p(r, c)), probability, probability * log_error(expected[c], cols) + 2e-38);
        ASSERT_NEAR(wide(log_p(r, c)), expected[c], log_error(expected[c], cols));
      }
    }
    ASSERT_TRUE(p.gaps_untouched() && log_p.gaps_untouched());
    // in place: the same bits
    softmax_forward(x.view(), x.view());
    ASSERT_TRUE(x.gaps_untouched());
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < cols; ++c) ASSERT_EQ(x(r, c), p(r, c));
    }
  });
}

TEST_P(SoftmaxTest, BackwardOfEveryShape) {
  over_shapes([](std::size_t rows, std::size_t cols, std::size_t turn) {
    StridedMatrix y = logits(rows, cols, turn, turn % 2 == 1);
    StridedMatrix log_y = logits(rows, cols, turn, turn % 2 == 1);
    softmax_forward(y.view(), y.view());
    log_softmax_forward(log_y.view(), log_y.view());
    StridedMatrix dy(rows, cols, 1, 2, values_with_outliers(rows * cols, 77));
    StridedMatrix dx(rows, cols, turn % 3, turn % 4), log_dx(rows, cols, 0, 1);
    softmax_backward(y.view(), dy.view(), dx.view());
    log_softmax_backward(log_y.view(), dy.view(), log_dx.view());
    for (std::size_t r = 0; r < rows; ++r) {
      double mean = 0.0, sum = 0.0, magnitude = 0.0, total = 0.0;
      for (std::size_t c = 0; c < cols; ++c) {
        mean += wide(y(r, c)) * wide(dy(r, c));
        magnitude += wide(y(r, c)) * std::fabs(wide(dy(r, c)));
        sum += wide(dy(r, c));
        total += std::fabs(wide(dy(r, c)));
      }
      for (std::size_t c = 0; c < cols; ++c) {
        const double g = wide(dy(r, c));
        ASSERT_NEAR(wide(dx(r, c)), wide(y(r, c)) * (g - mean),
                    wide(y(r, c)) * (std::fabs(g) + magnitude) * sum_error(cols) + 1e-37);
        const double p = std::exp(wide(log_y(r, c)));
        ASSERT_NEAR(wide(log_dx(r, c)), g - p * sum,
                    (std::fabs(g) + p * total) * sum_error(cols) + 1e-35);
      }
    }
    ASSERT_TRUE(dx.gaps_untouched() && log_dx.gaps_untouched());
  });
}

// A row has the same bits wherever it stands and whatever stands around it.
TEST_P(SoftmaxTest, RowsDoNotDependOnEachOther) {
  constexpr std::size_t kCount = 37;
  for (const std::size_t cols : kColumns) {
    StridedMatrix x = logits(kCount, cols, 3, true), y(kCount, cols, 0, 0);
    log_softmax_forward(x.view(), y.view());
    for (std::size_t r = 0; r < kCount; ++r) {
      std::vector<float> alone(cols);
      log_softmax_forward(x.view().rows_from(r, 1), {alone.data(), 1, cols});
      ASSERT_EQ(std::memcmp(alone.data(), y.view().row(r).data(), cols * sizeof(float)), 0);
    }
    // and its gradient, in the place of dy too
    StridedMatrix dy(kCount, cols, 1, 2, values_with_outliers(kCount * cols, 77));
    StridedMatrix dx(kCount, cols, 0, 0);
    softmax_forward(x.view(), y.view());
    softmax_backward(y.view(), dy.view(), dx.view());
    for (std::size_t r = 0; r < kCount; ++r) {
      std::vector<float> alone(cols);
      softmax_backward(y.view().rows_from(r, 1), dy.view().rows_from(r, 1),
                       {alone.data(), 1, cols});
      ASSERT_EQ(std::memcmp(alone.data(), dx.view().row(r).data(), cols * sizeof(float)), 0);
    }
    softmax_backward(y.view(), dy.view(), dy.view());
    for (std::size_t r = 0; r < kCount; ++r) {
      ASSERT_EQ(std::memcmp(dy.view().row(r).data(), dx.view().row(r).data(), cols * sizeof(float)),
                0);
    }
  }
}

TEST_P(SoftmaxTest, LargeLogitsAndWholeTies) {
  for (const std::size_t cols : {2, 5, 16, 17, 64}) {
    std::vector<float> x(cols, 3e38f), y(cols);
    softmax_forward({x.data(), 1, cols}, {y.data(), 1, cols});
    for (const float p : y) EXPECT_NEAR(wide(p), 1.0 / static_cast<double>(cols), 1e-8);
    x[1] = -3e38f;
    softmax_forward({x.data(), 1, cols}, {y.data(), 1, cols});
    EXPECT_EQ(y[1], 0.0f);
    EXPECT_NEAR(wide(y[0]), 1.0 / static_cast<double>(cols - 1), 1e-7);
  }
}

TEST_P(SoftmaxTest, NanAndInfinityReachTheWholeRowAndNoOther) {
  for (const std::size_t cols : {2, 3, 4, 9, 16, 17, 40, 70}) {
    for (const float bad : {kNan, kInfinity, -kInfinity}) {
      std::vector<float> x(20 * cols, 0.5f), y(20 * cols), z(20 * cols), g(20 * cols);
      if (bad == -kInfinity)
        std::fill_n(x.begin() + static_cast<std::ptrdiff_t>(3 * cols), cols, bad);
      x[3 * cols + 1] = bad;
      const MatrixView logits(x.data(), 20, cols);
      softmax_forward(logits, {y.data(), 20, cols});
      log_softmax_forward(logits, {z.data(), 20, cols});
      const std::vector<std::int32_t> target(20, 0);
      EXPECT_TRUE(std::isnan(softmax_cross_entropy(logits, target, {}, {g.data(), 20, cols})));
      for (std::size_t i = 0; i < y.size(); ++i) {
        const bool hit = i / cols == 3;
        ASSERT_EQ(std::isnan(y[i]), hit) << cols << " columns, " << bad;
        ASSERT_EQ(std::isnan(z[i]), hit) << cols << " columns, " << bad;
        ASSERT_EQ(std::isnan(g[i]), hit) << cols << " columns, " << bad;
      }
    }
  }
}

struct Expected {
  double loss = 0.0;
  double tolerance = 0.0;
  std::vector<double> losses, gradient;
};

// Cross-entropy with distributions as targets, from the formulas.
Expected plain_cross_entropy(const StridedMatrix& x, const StridedMatrix& target,
                             std::span<const float> weight) {
  Expected e;
  const ConstMatrixView logits = x.view();
  const auto batch = static_cast<double>(logits.rows);
  for (std::size_t r = 0; r < logits.rows; ++r) {
    const std::vector<double> log_p = plain_log_softmax(logits.row(r));
    const double w = weight.empty() ? 1.0 : wide(weight[r]);
    double total = 0.0, loss = 0.0, magnitude = 0.0;
    for (std::size_t c = 0; c < logits.cols; ++c) {
      const double t = wide(target(r, c));
      total += t;
      if (t == 0.0) continue;
      loss -= t * log_p[c];
      magnitude += t * (std::fabs(log_p[c]) + std::log(static_cast<double>(logits.cols)) + 1.0);
    }
    e.losses.push_back(loss);
    e.loss += w * loss / batch;
    e.tolerance += w * magnitude * sum_error(logits.cols) / batch;
    for (std::size_t c = 0; c < logits.cols; ++c) {
      e.gradient.push_back((std::exp(log_p[c]) * total - wide(target(r, c))) * w / batch);
    }
  }
  return e;
}

// Distributions with many zeros and a sum that is not exactly 1; one-hot where `integers` is given.
StridedMatrix targets(const StridedMatrix& x, std::vector<std::int32_t>* integers) {
  const std::size_t rows = x.view().rows, cols = x.view().cols;
  RandomStream random(5, "targets");
  StridedMatrix t(rows, cols, 1, 3, std::vector<float>(rows * cols));
  for (std::size_t r = 0; r < rows; ++r) {
    std::size_t hot = random.below(static_cast<std::uint32_t>(cols));
    while (x(r, hot) == -kInfinity) hot = (hot + 1) % cols;
    t(r, hot) = 1.0f;
    if (integers != nullptr) {
      integers->push_back(static_cast<std::int32_t>(hot));
      continue;
    }
    for (std::size_t c = 0; c < cols; ++c) {
      if (x(r, c) != -kInfinity && random.below(3) == 0) t(r, c) = random.uniform();
    }
  }
  return t;
}

template <class Call>
void expect_cross_entropy(const StridedMatrix& x, const StridedMatrix& target, Call&& call) {
  const std::size_t rows = x.view().rows, cols = x.view().cols;
  std::vector<float> weights = values_with_outliers(rows, 9);
  for (float& w : weights) w = std::fabs(w);
  for (const auto weight : {std::span<const float>(), std::span<const float>(weights)}) {
    StridedMatrix gradient(rows, cols, 2, 1);
    std::vector<float> losses(rows);
    const float loss = call(weight, gradient.view(), std::span<float>(losses));
    const Expected e = plain_cross_entropy(x, target, weight);
    ASSERT_NEAR(wide(loss), e.loss, e.tolerance);
    for (std::size_t r = 0; r < rows; ++r) {
      const double w = weight.empty() ? 1.0 : wide(weight[r]);
      ASSERT_NEAR(
          wide(losses[r]), e.losses[r],
          (2.0 * std::fabs(e.losses[r]) + 8.0 * static_cast<double>(cols)) * sum_error(cols));
      double total = 0.0;
      for (std::size_t c = 0; c < cols; ++c) total += wide(target(r, c));
      const std::vector<double> log_p = plain_log_softmax(x.view().row(r));
      for (std::size_t c = 0; c < cols; ++c) {
        const double p = std::exp(log_p[c]) * total;
        const double scale = w / static_cast<double>(rows);
        ASSERT_NEAR(wide(gradient(r, c)), e.gradient[r * cols + c],
                    scale * (4 * kEpsilon * wide(target(r, c)) +
                             (p == 0.0 ? 0.0 : 2.0 * p * log_error(log_p[c], cols))) +
                        2e-38 * (1.0 + total) * w);
      }
    }
    ASSERT_TRUE(gradient.gaps_untouched());
  }
}

TEST_P(SoftmaxTest, CrossEntropyOfIntegers) {
  over_shapes([](std::size_t rows, std::size_t cols, std::size_t turn) {
    if (rows == 0) return;
    const StridedMatrix x = logits(rows, cols, turn, turn % 2 == 1);
    std::vector<std::int32_t> integers;
    const StridedMatrix target = targets(x, &integers);
    expect_cross_entropy(x, target, [&](auto weight, MatrixView gradient, auto losses) {
      return softmax_cross_entropy(x.view(), integers, weight, gradient, losses);
    });
  });
}

TEST_P(SoftmaxTest, CrossEntropyOfDistributions) {
  over_shapes([](std::size_t rows, std::size_t cols, std::size_t turn) {
    if (rows == 0) return;
    const StridedMatrix x = logits(rows, cols, turn, turn % 2 == 1);
    const StridedMatrix target = targets(x, nullptr);
    expect_cross_entropy(x, target, [&](auto weight, MatrixView gradient, auto losses) {
      return softmax_cross_entropy(x.view(), target.view(), weight, gradient, losses);
    });
  });
}

TEST_P(SoftmaxTest, CrossEntropyInPlaceHasTheSameBits) {
  for (const std::size_t cols : {3, 4, 16, 20, 70}) {
    constexpr std::size_t kCount = 19;
    StridedMatrix x = logits(kCount, cols, 2, false), y = logits(kCount, cols, 2, false);
    std::vector<std::int32_t> integers;
    const StridedMatrix target = targets(x, &integers);
    StridedMatrix g(kCount, cols, 0, 0), h(kCount, cols, 0, 0);
    const float loss = softmax_cross_entropy(x.view(), integers, {}, g.view());
    EXPECT_EQ(softmax_cross_entropy(x.view(), integers, {}, x.view()), loss);
    const float other = softmax_cross_entropy(y.view(), target.view(), {}, h.view());
    EXPECT_EQ(softmax_cross_entropy(y.view(), target.view(), {}, y.view()), other);
    for (std::size_t r = 0; r < kCount; ++r) {
      for (std::size_t c = 0; c < cols; ++c) {
        ASSERT_EQ(x(r, c), g(r, c));
        ASSERT_EQ(y(r, c), h(r, c));
      }
    }
  }
}

TEST_P(SoftmaxTest, CrossEntropyIsInfiniteWhereTheTargetIsImpossible) {
  for (const std::size_t cols : {3, 20, 70}) {
    std::vector<float> x(cols, 0.0f), t(cols, 0.0f), g(cols);
    x[1] = -kInfinity;
    t[1] = 1.0f;
    const MatrixView logits(x.data(), 1, cols), gradient(g.data(), 1, cols);
    EXPECT_EQ(softmax_cross_entropy(logits, std::vector<std::int32_t>{1}, {}, gradient), kInfinity);
    EXPECT_EQ(g[1], -1.0f);
    EXPECT_EQ(softmax_cross_entropy(logits, {t.data(), 1, cols}, {}, gradient), kInfinity);
    EXPECT_EQ(g[1], -1.0f);
  }
}

class SoftmaxGradientTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(SoftmaxGradientTest);

TEST_P(SoftmaxGradientTest, EqualsCentralDifferences) {
  constexpr std::size_t kCount = 3;
  constexpr float kStep = 0x1p-7f;
  for (const std::size_t cols : {3, 6, 20, 60}) {
    std::vector<float> x(kCount * cols), w(kCount * cols), y(x.size()), dx(x.size());
    RandomStream random(3, "gradient");
    for (float& value : x) value = static_cast<float>(random.normal());
    for (float& value : w) value = static_cast<float>(random.normal());
    const auto view = [&](std::vector<float>& v) { return MatrixView(v.data(), kCount, cols); };
    const std::vector<std::int32_t> target = {0, 2, 1};
    std::vector<float> distribution(x.size());
    for (float& t : distribution) t = 2.0f * random.uniform() / static_cast<float>(cols);
    const auto weighted = [&](std::span<const float> values) {
      double sum = 0.0;
      for (std::size_t i = 0; i < values.size(); ++i) sum += wide(values[i]) * wide(w[i]);
      return sum;
    };
    const auto compare = [&](auto&& loss) {
      for (std::size_t i = 0; i < x.size(); ++i) {
        const float saved = x[i];
        x[i] = saved + kStep;
        const double above = loss();
        x[i] = saved - kStep;
        const double below = loss();
        x[i] = saved;
        EXPECT_NEAR(wide(dx[i]), (above - below) / (2.0 * wide(kStep)), 5e-4) << i;
      }
    };
    softmax_forward(view(x), view(y));
    softmax_backward(view(y), view(w), view(dx));
    compare([&] {
      softmax_forward(view(x), view(y));
      return weighted(y);
    });
    log_softmax_forward(view(x), view(y));
    log_softmax_backward(view(y), view(w), view(dx));
    compare([&] {
      log_softmax_forward(view(x), view(y));
      return weighted(y);
    });
    softmax_cross_entropy(view(x), target, {}, view(dx));
    compare([&] { return wide(softmax_cross_entropy(view(x), target, {}, view(y))); });
    softmax_cross_entropy(view(x), view(distribution), {}, view(dx));
    compare([&] { return wide(softmax_cross_entropy(view(x), view(distribution), {}, view(y))); });
  }
}

TEST(SoftmaxErrors, NameTheShapes) {
  std::vector<float> a(100);
  const MatrixView m23(a.data(), 2, 3), m24(a.data(), 2, 4), m20(a.data(), 2, 0),
      m03(a.data(), 0, 3);
  EXPECT_EQ(argument_error([&] { softmax_forward(m23, m24); }), "[softmax] y (2,4): must be (2,3)");
  EXPECT_TRUE(starts_with(argument_error([&] { softmax_forward(m20, m20); }), "[softmax] 0 col"));
  EXPECT_TRUE(starts_with(argument_error([&] { log_softmax_forward(m23, m24); }), "[softmax] y"));
  EXPECT_TRUE(
      starts_with(argument_error([&] { softmax_backward(m23, m24, m23); }), "[softmax] dy"));
  EXPECT_TRUE(
      starts_with(argument_error([&] { log_softmax_backward(m23, m23, m24); }), "[softmax] dx"));
  const std::vector<std::int32_t> two = {0, 2}, three = {0, 1, 2}, bad = {0, 3}, negative = {-1, 0};
  const std::span<float> b3(a.data(), 3);
  const auto integers = [&](MatrixView x, std::span<const std::int32_t> target,
                            std::span<const float> weight, MatrixView g, std::span<float> losses) {
    return argument_error([&] { softmax_cross_entropy(x, target, weight, g, losses); });
  };
  EXPECT_EQ(integers(m23, two, {}, m23, {}), "");
  EXPECT_TRUE(starts_with(integers(m23, three, {}, m23, {}), "[softmax] target has 3"));
  EXPECT_EQ(integers(m23, bad, {}, m23, {}), "[softmax] a target is outside [0, 3)");
  EXPECT_TRUE(starts_with(integers(m23, negative, {}, m23, {}), "[softmax] a target"));
  EXPECT_TRUE(starts_with(integers(m23, two, b3, m23, {}), "[softmax] weight"));
  EXPECT_TRUE(starts_with(integers(m23, two, {}, m24, {}), "[softmax] gradient"));
  EXPECT_TRUE(starts_with(integers(m23, two, {}, m23, b3), "[softmax] losses"));
  EXPECT_TRUE(starts_with(integers(m03, {}, {}, m03, {}), "[softmax] batch of 0"));
  EXPECT_TRUE(starts_with(argument_error([&] { softmax_cross_entropy(m23, m24, {}, m23); }),
                          "[softmax] target (2,4)"));
}

}  // namespace
}  // namespace pavlov::kernels
