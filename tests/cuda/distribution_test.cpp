#include "pavlov/kernels/cuda/distribution.h"

#include "pavlov/kernels/simd_target.h"
#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::kernels::cuda {
namespace {

class DistributionTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(DistributionTest);

struct Sizes {
  std::size_t batch, actions, atoms;
};
constexpr Sizes kSizes[] = {{1, 1, 2}, {7, 3, 5}, {8, 2, 51}, {33, 4, 32}, {64, 6, 33}};
constexpr std::size_t kGap = 1;

std::string text(const Sizes& s) {
  return std::to_string(s.batch) + "x" + std::to_string(s.actions) + "x" + std::to_string(s.atoms);
}

// A batch of logits, actions, and target distributions.
struct Batch {
  Sizes s;
  std::vector<float> logits, probability, target, reward, discount, weight;
  std::vector<std::int32_t> action;

  explicit Batch(const Sizes& sizes)
      : s(sizes),
        logits(normal_values(s.batch * (s.actions * s.atoms + kGap), 1, 2.0f)),
        probability(s.batch * s.atoms),
        target(s.batch * s.atoms),
        reward(normal_values(s.batch, 2, 3.0f)),
        discount(s.batch, 0.99f),
        weight(normal_values(s.batch, 3)),
        action(integers_below<std::int32_t>(s.batch, static_cast<std::uint32_t>(s.actions), 4)) {
    discount[s.batch / 2] = 0.0f;
    kernels::categorical_probability(matrix_of(logits, s.batch, kGap), action,
                                     matrix_of(probability, s.batch));
  }
  Support support() const { return {.v_min = -7.0f, .v_max = 9.0f, .atoms = s.atoms}; }
};

TEST_P(DistributionTest, ProbabilityMeanAndProjectionEqualTheProcessors) {
  for (const Sizes& s : kSizes) {
    Batch b(s);
    if (s.batch > 10) {
      b.reward[2] = NAN;
      b.logits[5 * (s.actions * s.atoms + kGap)] = -INFINITY;
    }
    std::vector<float> value(s.batch * s.actions);
    OnDevice<float> logits(b.logits), probability(s.batch * s.atoms), out(s.batch * s.actions),
        reward(b.reward), discount(b.discount), target(s.batch * s.atoms);
    OnDevice<std::int32_t> action(b.action);
    kernels::categorical_probability(matrix_of(b.logits, s.batch, kGap), b.action,
                                     matrix_of(b.probability, s.batch));
    categorical_probability(stream(), logits.matrix(s.batch, kGap), action,
                            probability.matrix(s.batch));
    expect_close(b.probability, probability.values(), text(s) + " probability");
    kernels::categorical_mean(b.support(), matrix_of(b.logits, s.batch, kGap),
                              matrix_of(value, s.batch));
    categorical_mean(stream(), b.support(), logits.matrix(s.batch, kGap), out.matrix(s.batch));
    expect_close(value, out.values(), text(s) + " mean");

    OnDevice<float> same(b.probability);
    kernels::categorical_projection(b.support(), matrix_of(b.probability, s.batch), b.reward,
                                    b.discount, matrix_of(b.target, s.batch));
    categorical_projection(stream(), b.support(), same.matrix(s.batch), reward, discount,
                           target.matrix(s.batch));
    expect_close(b.target, target.values(), text(s) + " projection");
    const std::string_view simd = simd_target();
    if (s.batch <= 10 && (simd == "avx2" || simd == "avx512")) {
      expect_same<float>(b.target, target.values(), text(s) + " projection, bits");
    }
  }
}

TEST_P(DistributionTest, LossEqualsTheProcessors) {
  for (const Sizes& s : kSizes) {
    for (const bool weighted : {false, true}) {
      Batch b(s);
      kernels::categorical_projection(b.support(), matrix_of(b.probability, s.batch), b.reward,
                                      b.discount, matrix_of(b.target, s.batch));
      if (!weighted) b.weight.clear();
      std::vector<float> gradient(b.logits.size(), 7.0f), sample_loss(s.batch);
      OnDevice<float> logits(b.logits), target(b.target), weight(b.weight), grad(gradient),
          samples(s.batch), loss(1);
      OnDevice<std::int32_t> action(b.action);
      const float value = kernels::categorical_loss(
          matrix_of(b.logits, s.batch, kGap), b.action, matrix_of(b.target, s.batch), b.weight,
          matrix_of(gradient, s.batch, kGap), sample_loss);
      categorical_loss(stream(), logits.matrix(s.batch, kGap), action, target.matrix(s.batch),
                       weight, grad.matrix(s.batch, kGap), samples, loss.data());
      expect_close(gradient, grad.values(), text(s) + " gradient");
      expect_close(sample_loss, samples.values(), text(s) + " samples");
      expect_close({{value}}, loss.values(), text(s) + " loss");
    }
  }
}

TEST_P(DistributionTest, OneActionNeedsNoName) {
  std::vector<float> x = normal_values(4 * 51, 1), p(4 * 51);
  OnDevice<float> logits(x), out(4 * 51);
  kernels::categorical_probability(matrix_of(x, 4), {}, matrix_of(p, 4));
  categorical_probability(stream(), logits.matrix(4), {}, out.matrix(4));
  expect_close(p, out.values());
}

TEST_P(DistributionTest, AnActionOutOfRangeGivesNan) {
  OnDevice<float> logits(std::vector<float>(2 * 6, 1.0f)), out(2 * 3),
      target(std::vector<float>(6)), gradient(12), samples(2), loss(1);
  OnDevice<std::int32_t> action(std::vector<std::int32_t>{1, 2});
  categorical_probability(stream(), logits.matrix(2), action, out.matrix(2));
  const std::vector<float> p = out.values();
  EXPECT_FALSE(std::isnan(p[2]));
  EXPECT_TRUE(std::isnan(p[3]) && std::isnan(p[5]));
  OnDevice<float> mass(std::vector<float>(6, 1.0f / 3.0f));
  categorical_loss(stream(), logits.matrix(2), action, mass.matrix(2), {}, gradient.matrix(2),
                   samples, loss.data());
  EXPECT_TRUE(std::isnan(loss.value()));
  EXPECT_TRUE(std::isnan(gradient.values()[6]));
}

TEST_P(DistributionTest, WrongArgumentsAreRefused) {
  OnDevice<float> x(12), y(6), loss(1);
  OnDevice<std::int32_t> action(2);
  const Support three{.atoms = 3};
  EXPECT_THROW(categorical_probability(stream(), x.matrix(2), action, y.matrix(3)),
               std::invalid_argument);
  EXPECT_THROW(categorical_probability(stream(), x.matrix(3), {}, y.matrix(3)),
               std::invalid_argument);
  EXPECT_THROW(categorical_mean(stream(), three, x.matrix(2), y.matrix(2)), std::invalid_argument);
  EXPECT_THROW(categorical_mean(stream(), {.v_min = 1, .v_max = 1}, x.matrix(2), y.matrix(2)),
               std::invalid_argument);
  EXPECT_THROW(categorical_projection(stream(), three, y.matrix(2), loss, loss, y.matrix(2)),
               std::invalid_argument);
  EXPECT_THROW(categorical_loss(stream(), x.matrix(2), action, y.matrix(2), {}, x.matrix(2), {},
                                loss.data()),
               std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::kernels::cuda
