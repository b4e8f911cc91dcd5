// Categorical distributions against plain loops in double and central differences, on every SIMD
// target.
#include "pavlov/kernels/distribution.h"

#include <algorithm>
#include <numeric>

#include "pavlov/tests/kernels/every_target.h"

namespace pavlov::kernels {
namespace {

class DistributionTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(DistributionTest);

constexpr float kSentinel = -777.0f;
constexpr std::size_t kAtoms[] = {2, 7, 8, 9, 31, 33, 51, 101, 1000};

double as_double(float value) { return static_cast<double>(value); }

// Softmax in double, and how far each logit lies below the largest.
struct Softmax {
  std::vector<double> below, probability;
  double log_sum = 0.0;

  explicit Softmax(std::span<const float> x) {
    const double largest = as_double(*std::max_element(x.begin(), x.end()));
    double sum = 0.0;
    for (const float value : x) {
      below.push_back(largest - as_double(value));
      probability.push_back(std::exp(-below.back()));
      sum += probability.back();
    }
    for (double& p : probability) p /= sum;
    log_sum = std::log(sum);
  }
  // Relative error of a probability in float32: the rounded difference to the largest logit, the
  // exponential, the sum and its reciprocal.
  double error(std::size_t j) const {
    return (std::min(below[j], 90.0) + static_cast<double>(below.size()) + 8.0) * kEpsilon;
  }
};
constexpr double kSmallest = 4e-38;  // e^-87 and below counts as 0

// Rows of logits with outliers and ties, at odd addresses and with gaps between the rows.
struct Logits {
  std::size_t rows, actions, atoms;
  std::vector<float> values;
  std::vector<std::int32_t> action;

  Logits(std::size_t b, std::size_t a, std::size_t z)
      : rows(b), actions(a), atoms(z), values(values_with_outliers(b * (a * z + 2) + 1, 1)) {
    for (std::size_t i = 0; i + 3 < values.size(); i += 4) values[i] = values[i + 3];
    for (std::size_t r = 0; r < rows; ++r) {
      action.push_back(static_cast<std::int32_t>((r + 1) % actions));
    }
  }
  MatrixView view() { return {values.data() + 1, rows, actions * atoms, actions * atoms + 2}; }
  std::span<float> block(std::size_t b, std::size_t a) {
    return view().row(b).subspan(a * atoms, atoms);
  }
  std::span<float> chosen(std::size_t b) { return block(b, static_cast<std::size_t>(action[b])); }
};

TEST_P(DistributionTest, ProbabilityAndMeanEqualPlainLoops) {
  const std::size_t batches[] = {0, 1, 5};
  for (const std::size_t atoms : kAtoms) {
    for (const std::size_t rows : batches) {
      for (const std::size_t actions : {1, 3}) {
        Logits logits(rows, actions, atoms);
        std::vector<float> p(rows * (atoms + 1) + 1, kSentinel);
        const MatrixView out(p.data() + 1, rows, atoms, atoms + 1);
        categorical_probability(logits.view(), logits.action, out);
        std::vector<float> value(rows * (actions + 1) + 1, kSentinel);
        const MatrixView mean(value.data() + 1, rows, actions, actions + 1);
        const Support support{-30.0f, 50.0f, atoms};
        categorical_mean(support, logits.view(), mean);
        for (std::size_t b = 0; b < rows; ++b) {
          const Softmax plain(logits.chosen(b));
          for (std::size_t j = 0; j < atoms; ++j) {
            ASSERT_NEAR(as_double(out(b, j)), plain.probability[j],
                        plain.error(j) * plain.probability[j] + kSmallest);
          }
          ASSERT_EQ(p[b * (atoms + 1)], kSentinel);
          for (std::size_t a = 0; a < actions; ++a) {
            const Softmax all(logits.block(b, a));
            double expected = 0.0, error = 2.0 * kEpsilon * 50.0;
            for (std::size_t j = 0; j < atoms; ++j) {
              const double step = 80.0 * static_cast<double>(j) / static_cast<double>(atoms - 1);
              expected += all.probability[j] * (-30.0 + step);
              error += 2.0 * all.error(j) * all.probability[j] * step;
            }
            ASSERT_NEAR(as_double(mean(b, a)), expected, error) << atoms;
          }
          ASSERT_EQ(value[b * (actions + 1)], kSentinel);
        }
      }
    }
  }
}

// Where a kernel of triangles around the atoms puts the mass: no floor, no ceiling.
std::vector<double> triangles(const Support& s, std::span<const float> p, double reward,
                              double discount) {
  const double v_min = as_double(s.v_min), v_max = as_double(s.v_max);
  const double dz = (v_max - v_min) / static_cast<double>(s.atoms - 1);
  std::vector<double> out(s.atoms);
  for (std::size_t j = 0; j < s.atoms; ++j) {
    const double z = v_min + static_cast<double>(j) * dz;
    const double moved = std::clamp(reward + discount * z, v_min, v_max);
    for (std::size_t i = 0; i < s.atoms; ++i) {
      const double distance = std::fabs(moved - (v_min + static_cast<double>(i) * dz)) / dz;
      out[i] += as_double(p[j]) * std::max(0.0, 1.0 - distance);
    }
  }
  return out;
}

TEST_P(DistributionTest, ProjectionEqualsTriangles) {
  for (const std::size_t atoms : kAtoms) {
    const std::size_t rows = atoms == 1000 ? 4 : 40;
    const Support support{-10.0f, 20.0f, atoms};
    RandomStream random(3, "projection");
    std::vector<float> p(rows * (atoms + 1) + 1), out(rows * (atoms + 3) + 1, kSentinel);
    std::vector<float> reward, discount;
    for (float& value : p) value = random.uniform();
    for (std::size_t b = 0; b < rows; ++b) {
      reward.push_back(40.0f * random.uniform() - 20.0f);
      discount.push_back(b % 4 == 0 ? 0.0f : b % 4 == 1 ? 0.99f : random.uniform());
      if (b % 7 == 0) reward.back() *= 100.0f;
    }
    const ConstMatrixView from(p.data() + 1, rows, atoms, atoms + 1);
    const MatrixView to(out.data() + 1, rows, atoms, atoms + 3);
    categorical_projection(support, from, reward, discount, to);
    for (std::size_t b = 0; b < rows; ++b) {
      const std::vector<double> expected =
          triangles(support, from.row(b), as_double(reward[b]), as_double(discount[b]));
      const double mass = std::accumulate(from.row(b).begin(), from.row(b).end(), 0.0);
      for (std::size_t i = 0; i < atoms; ++i) {
        ASSERT_NEAR(as_double(to(b, i)), expected[i],
                    (static_cast<double>(atoms) + 2.0) * kEpsilon * expected[i] + 1e-12 * mass);
      }
      ASSERT_EQ(out[b * (atoms + 3)], kSentinel);
    }
    ASSERT_EQ(out.back(), kSentinel);
  }
}

// On grids where (v_max - v_min) / dz is not the number of atoms in float32 too.
TEST_P(DistributionTest, NoMassIsLost) {
  const float bounds[] = {-500.0f, -300.0f, -200.0f, -100.0f, -21.0f, -10.0f, -1.0f,
                          0.0f,    1.0f,    10.0f,   100.0f,  200.0f, 500.0f};
  for (const float v_min : bounds) {
    for (const float v_max : bounds) {
      if (v_min >= v_max) continue;
      for (const std::size_t atoms : {11, 21, 51, 61, 101}) {
        const Support support{v_min, v_max, atoms};
        std::vector<float> p(atoms, 1.0f / static_cast<float>(atoms)), out(atoms);
        const auto project = [&](float reward, float discount) {
          categorical_projection(support, {p.data(), 1, atoms}, {&reward, 1}, {&discount, 1},
                                 {out.data(), 1, atoms});
          return std::accumulate(out.begin(), out.end(), 0.0);
        };
        const double mass = std::accumulate(p.begin(), p.end(), 0.0);
        for (const float reward : {0.0f, 1.0f, v_min, v_max, -3e38f, 3e38f, kInfinity}) {
          for (const float discount : {0.0f, 0.5f, 0.99f, 1.0f}) {
            ASSERT_NEAR(project(reward, discount), mass, static_cast<double>(atoms) * kEpsilon);
          }
        }
        // a terminal step that ends on an atom, the last one included
        const double dz = (as_double(v_max) - as_double(v_min)) / static_cast<double>(atoms - 1);
        for (std::size_t i = 0; i < atoms; ++i) {
          project(static_cast<float>(as_double(v_min) + dz * static_cast<double>(i)), 0.0f);
          const double rounding = 2.0 * kEpsilon * 500.0 / dz;
          ASSERT_NEAR(as_double(out[i]), mass, mass * rounding + 1e-5);
        }
      }
    }
  }
}

TEST_P(DistributionTest, ExactProjections) {
  const std::vector<float> p = {0.125f, 0.5f, 0.25f, 0.125f, 0.0f};
  std::vector<float> out(5);
  const auto project = [&](const Support& support, float reward, float discount) {
    categorical_projection(support, {p.data(), 1, 5}, {&reward, 1}, {&discount, 1},
                           {out.data(), 1, 5});
    return out;
  };
  const Support unit{-2.0f, 2.0f, 5}, third{-0.1f, 0.3f, 5};
  using Row = std::vector<float>;
  EXPECT_EQ(project(unit, 0.0f, 1.0f), p);
  EXPECT_EQ(project(third, 0.0f, 1.0f), p);
  EXPECT_EQ(project(unit, 1.0f, 1.0f), (Row{0.0f, 0.125f, 0.5f, 0.25f, 0.125f}));
  EXPECT_EQ(project(unit, -2.0f, 1.0f), (Row{0.875f, 0.125f, 0.0f, 0.0f, 0.0f}));
  EXPECT_EQ(project(unit, 2.0f, 0.0f), (Row{0.0f, 0.0f, 0.0f, 0.0f, 1.0f}));
  EXPECT_EQ(project(unit, 0.0f, 0.0f), (Row{0.0f, 0.0f, 1.0f, 0.0f, 0.0f}));
  EXPECT_EQ(project(unit, 0.5f, 0.0f), (Row{0.0f, 0.0f, 0.5f, 0.5f, 0.0f}));
  EXPECT_EQ(project(unit, 0.25f, 0.0f), (Row{0.0f, 0.0f, 0.75f, 0.25f, 0.0f}));
  // atoms at -1, -1/2, 0, 1/2, 1
  EXPECT_EQ(project(unit, 0.0f, 0.5f), (Row{0.0f, 0.375f, 0.5625f, 0.0625f, 0.0f}));
  for (const float value : {project(unit, kNan, 0.5f)[0], project(unit, 0.0f, kNan)[0]}) {
    EXPECT_TRUE(std::isnan(value));
  }
}

// A batch of three rows against targets that are sharp, flat and not of mass 1.
struct Batch {
  static constexpr std::size_t kRows = 3;
  Logits logits;
  std::vector<float> target, weight = {0.25f, 1.0f, 3.0f}, gradient;
  std::vector<float> sample_loss = std::vector<float>(kRows, kSentinel);

  Batch(std::size_t actions, std::size_t atoms)
      : logits(kRows, actions, atoms),
        target(kRows * (atoms + 1) + 1),
        gradient(kRows * (actions * atoms + 3) + 1, kSentinel) {
    RandomStream random(5, "targets");
    for (float& value : target) value = random.uniform() / static_cast<float>(atoms);
    for (std::size_t j = 0; j < atoms; ++j) target_view()(1, j) = j == atoms / 2 ? 1.0f : 0.0f;
  }
  MatrixView target_view() { return {target.data() + 1, kRows, logits.atoms, logits.atoms + 1}; }
  MatrixView gradient_view() {
    const std::size_t cols = logits.actions * logits.atoms;
    return {gradient.data() + 1, kRows, cols, cols + 3};
  }
  float loss(bool weighted = true) {
    return categorical_loss(
        logits.view(), logits.actions == 1 ? std::span<const std::int32_t>() : logits.action,
        target_view(), weighted ? weight : std::span<const float>(), gradient_view(), sample_loss);
  }
};

TEST_P(DistributionTest, LossEqualsPlainLoops) {
  for (const std::size_t atoms : kAtoms) {
    for (const std::size_t actions : {1, 2, 18}) {
      for (const bool weighted : {false, true}) {
        Batch batch(actions, atoms);
        const double loss = as_double(batch.loss(weighted));
        double total = 0.0, total_error = 0.0;
        for (std::size_t b = 0; b < Batch::kRows; ++b) {
          const Softmax plain(batch.logits.chosen(b));
          const double share = (weighted ? as_double(batch.weight[b]) : 1.0) / Batch::kRows;
          double expected = 0.0, error = 0.0, mass = 0.0;
          for (std::size_t j = 0; j < atoms; ++j) {
            const double m = as_double(batch.target_view()(b, j));
            const double term = m * (plain.log_sum + plain.below[j]);
            expected += term;
            error += (m + term) * kEpsilon * (static_cast<double>(atoms) + 8.0);
            mass += m;
          }
          ASSERT_NEAR(as_double(batch.sample_loss[b]), expected, error);
          total += share * expected;
          total_error += share * error;
          const std::span<const float> row = batch.gradient_view().row(b);
          const std::size_t first = static_cast<std::size_t>(batch.logits.action[b]) * atoms;
          for (std::size_t c = 0; c < row.size(); ++c) {
            if (c < first || c >= first + atoms) {
              ASSERT_EQ(row[c], 0.0f);
              continue;
            }
            const std::size_t j = c - first;
            const double m = as_double(batch.target_view()(b, j));
            const double p = plain.probability[j] * mass;
            ASSERT_NEAR(as_double(row[c]), share * (p - m),
                        share * (2.0 * plain.error(j) * p + 4.0 * kEpsilon * m) + kSmallest);
          }
          if (b + 1 < Batch::kRows) {
            ASSERT_EQ(row.data()[row.size()], kSentinel);
          }
        }
        ASSERT_NEAR(loss, total, total_error + kEpsilon * total);
        ASSERT_EQ(batch.gradient[0], kSentinel);
      }
    }
  }
}

TEST_P(DistributionTest, GradientsEqualCentralDifferences) {
  constexpr float kStep = 0x1p-6f;
  constexpr auto kWide = static_cast<double>(kStep);
  Batch batch(2, 9);
  for (float& value : batch.logits.values) value = std::clamp(value, -2.0f, 2.0f);
  const double loss = as_double(batch.loss());
  const std::vector<float> gradient = batch.gradient;
  for (std::size_t b = 0; b < Batch::kRows; ++b) {
    for (std::size_t c = 0; c < 18; ++c) {
      float& logit = batch.logits.view()(b, c);
      const float saved = logit;
      logit = saved + kStep;
      const double above = as_double(batch.loss());
      logit = saved - kStep;
      const double below = as_double(batch.loss());
      logit = saved;
      EXPECT_NEAR(as_double(gradient[1 + b * 21 + c]), (above - below) / (2.0 * kWide),
                  kWide * kWide + 20.0 * loss * kEpsilon / kWide);
    }
  }
}

TEST_P(DistributionTest, InfiniteLogits) {
  for (const std::size_t atoms : {2, 9, 51}) {
    Batch batch(1, atoms);
    std::span<float> x = batch.logits.chosen(1);
    x[0] = -kInfinity;  // where the target has no mass, and then where it has all
    EXPECT_TRUE(std::isfinite(batch.loss()));
    for (const float g : batch.gradient_view().row(1)) EXPECT_TRUE(std::isfinite(g));
    EXPECT_EQ(batch.gradient_view()(1, 0), 0.0f);
    std::swap(x[0], x[atoms / 2]);
    EXPECT_EQ(batch.loss(), kInfinity);
    EXPECT_EQ(batch.gradient_view()(1, atoms / 2), -1.0f / 3.0f);
    EXPECT_TRUE(std::isfinite(batch.sample_loss[0]) && std::isfinite(batch.sample_loss[2]));

    std::vector<float> p(atoms, kSentinel);
    categorical_probability({x.data(), 1, atoms}, {}, {p.data(), 1, atoms});
    EXPECT_EQ(p[atoms / 2], 0.0f);
  }
}

TEST_P(DistributionTest, NanIsNotHidden) {
  for (const std::size_t atoms : {2, 9, 51}) {
    for (const std::size_t at : {std::size_t{0}, atoms - 1}) {
      for (const float bad : {kNan, kInfinity}) {
        Batch batch(1, atoms);
        batch.logits.chosen(2)[at] = bad;
        EXPECT_TRUE(std::isnan(batch.loss()));
        EXPECT_TRUE(std::isnan(batch.sample_loss[2]) && std::isfinite(batch.sample_loss[0]));
        for (const float g : batch.gradient_view().row(2)) EXPECT_TRUE(std::isnan(g));
        std::vector<float> p(3 * atoms), value(3);
        categorical_probability(batch.logits.view(), {}, {p.data(), 3, atoms});
        categorical_mean({-1.0f, 1.0f, atoms}, batch.logits.view(), {value.data(), 3, 1});
        for (std::size_t j = 0; j < atoms; ++j) EXPECT_TRUE(std::isnan(p[2 * atoms + j]));
        EXPECT_TRUE(std::isnan(value[2]) && std::isfinite(value[1]));
      }
      Batch batch(1, atoms);
      batch.target_view()(0, at) = kNan;
      EXPECT_TRUE(std::isnan(batch.loss()));
      EXPECT_TRUE(std::isnan(batch.gradient_view()(0, at)));
    }
    Batch batch(1, atoms);
    for (float& x : batch.logits.chosen(0)) x = -kInfinity;
    EXPECT_TRUE(std::isnan(batch.loss()));
  }
}

TEST(DistributionErrors, NameTheRule) {
  std::vector<float> a(12), two(2), three(3), g(12);
  const MatrixView m26(a.data(), 2, 6), m23(a.data(), 2, 3), m34(a.data(), 3, 4);
  const MatrixView out26(g.data(), 2, 6), out23(g.data(), 2, 3), out24(g.data(), 2, 4);
  const std::vector<std::int32_t> good = {0, 1}, high = {0, 2}, low = {-1, 0};
  const auto fails = [](auto&& call, std::string_view prefix) {
    const std::string message = argument_error(call);
    EXPECT_TRUE(starts_with(message, prefix)) << message;
  };
  EXPECT_EQ(argument_error([&] { categorical_loss(m26, good, m23, {}, out26, {}); }), "");
  fails([&] { categorical_loss(m26, high, m23, {}, out26, {}); },
        "[distribution] an action is outside [0, 2)");
  fails([&] { categorical_loss(m26, low, m23, {}, out26, {}); },
        "[distribution] an action is outside");
  fails([&] { categorical_loss(m26, {}, m23, {}, out26, {}); }, "[distribution] action has 0");
  fails([&] { categorical_loss(m26, good, m34, {}, out26, {}); }, "[distribution] logits (2,6)");
  fails([&] { categorical_loss(m26, good, m23, {}, out23, {}); }, "[distribution] logits (2,6)");
  fails([&] { categorical_loss(m26, good, m23, three, out26, {}); }, "[distribution] logits (2,6)");
  fails([&] { categorical_loss(m26, good, m23, {}, out26, three); }, "[distribution] logits (2,6)");
  fails([&] { categorical_loss(m26, good, out24, {}, out26, {}); },
        "[distribution] rows of 6 columns");
  fails([&] { categorical_loss({}, {}, {}, {}, {}, {}); }, "[distribution] batch of 0");
  fails([&] { categorical_probability(m26, good, {g.data(), 3, 3}); }, "[distribution] logits");
  fails([&] { categorical_probability(m26, high, out23); }, "[distribution] an action");
  const Support support{-1.0f, 1.0f, 3};
  fails([&] { categorical_mean(support, m26, out23); }, "[distribution] logits (2,6), value (2,3)");
  fails([&] { categorical_projection(support, m23, two, three, out23); }, "[distribution] probab");
  fails([&] { categorical_projection(support, m23, two, two, out24); }, "[distribution] probab");
  fails([&] { categorical_projection(support, m26, two, two, out23); }, "[distribution] probab");
  const auto wrong = [&](float v_min, float v_max, std::size_t atoms, std::string_view prefix) {
    fails([&] { categorical_projection({v_min, v_max, atoms}, m23, two, two, out23); }, prefix);
    fails([&] { categorical_mean({v_min, v_max, atoms}, m26, {g.data(), 2, 2}); }, prefix);
  };
  wrong(1.0f, 1.0f, 3, "[distribution] v_max 1: must be finite and above v_min");
  wrong(1.0f, -1.0f, 3, "[distribution] v_max -1");
  wrong(-kInfinity, 1.0f, 3, "[distribution] v_min");
  wrong(kNan, 1.0f, 3, "[distribution] v_min");
  wrong(-1.0f, kNan, 3, "[distribution] v_max");
  wrong(-1.0f, 1.0f, 1, "[distribution] atoms 1");
}

}  // namespace
}  // namespace pavlov::kernels
