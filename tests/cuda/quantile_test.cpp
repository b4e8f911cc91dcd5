#include "pavlov/kernels/cuda/quantile.h"

#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::kernels::cuda {
namespace {

class QuantileTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(QuantileTest);

struct Sizes {
  std::size_t batch, actions, quantiles, targets;
};
constexpr Sizes kSizes[] = {
    {1, 1, 1, 1}, {7, 3, 5, 4}, {9, 2, 32, 32}, {20, 4, 51, 7}, {3, 2, 200, 50}};
constexpr std::size_t kGap = 2;

std::string text(const Sizes& s) {
  return std::to_string(s.batch) + "x" + std::to_string(s.actions) + "x" +
         std::to_string(s.quantiles) + "x" + std::to_string(s.targets);
}

TEST_P(QuantileTest, LossEqualsTheProcessors) {
  for (const Sizes& s : kSizes) {
    for (const float kappa : {0.0f, 0.5f, 1.0f}) {
      for (const bool weighted : {false, true}) {
        std::vector<float> theta = normal_values(s.batch * (s.actions * s.quantiles + kGap), 1);
        std::vector<float> target = normal_values(s.batch * s.targets, 2);
        target[0] = theta[0];  // a pair without distance
        if (s.batch == 20) {
          target[s.targets] = NAN;
          target[2 * s.targets] = INFINITY;
        }
        const std::vector<float> weight =
            weighted ? normal_values(s.batch, 3) : std::vector<float>();
        const auto action =
            integers_below<std::int32_t>(s.batch, static_cast<std::uint32_t>(s.actions), 4);
        std::vector<float> gradient(theta.size(), 7.0f), samples(s.batch);
        OnDevice<float> dev_theta(theta), dev_target(target), dev_weight(weight),
            dev_gradient(gradient), dev_samples(s.batch), loss(1);
        OnDevice<std::int32_t> dev_action(action);
        const QuantileLoss config{.quantiles = s.quantiles, .kappa = kappa};
        const float value = kernels::quantile_huber_loss(
            config, matrix_of(theta, s.batch, kGap), action, matrix_of(target, s.batch), weight,
            matrix_of(gradient, s.batch, kGap), samples);
        quantile_huber_loss(stream(), config, dev_theta.matrix(s.batch, kGap), dev_action,
                            dev_target.matrix(s.batch), dev_weight,
                            dev_gradient.matrix(s.batch, kGap), dev_samples, loss.data());
        expect_close(gradient, dev_gradient.values(), text(s) + " gradient");
        expect_close(samples, dev_samples.values(), text(s) + " samples");
        expect_close({{value}}, loss.values(), text(s) + " loss");
      }
    }
  }
}

TEST_P(QuantileTest, TargetsAndMeansEqualTheProcessors) {
  for (const Sizes& s : kSizes) {
    std::vector<float> theta = normal_values(s.batch * (s.actions * s.quantiles + kGap), 1);
    const std::vector<float> reward = normal_values(s.batch, 2),
                             discount = normal_values(s.batch, 3);
    const auto action =
        integers_below<std::int32_t>(s.batch, static_cast<std::uint32_t>(s.actions), 4);
    std::vector<float> out(s.batch * s.quantiles), value(s.batch * s.actions);
    OnDevice<float> dev_theta(theta), dev_reward(reward), dev_discount(discount),
        dev_out(out.size()), dev_value(value.size());
    OnDevice<std::int32_t> dev_action(action);
    kernels::quantile_target(matrix_of(theta, s.batch, kGap), action, reward, discount,
                             matrix_of(out, s.batch));
    quantile_target(stream(), dev_theta.matrix(s.batch, kGap), dev_action, dev_reward, dev_discount,
                    dev_out.matrix(s.batch));
    expect_close(out, dev_out.values(), text(s) + " target");
    kernels::quantile_mean(matrix_of(theta, s.batch, kGap), matrix_of(value, s.batch));
    quantile_mean(stream(), dev_theta.matrix(s.batch, kGap), dev_value.matrix(s.batch));
    expect_close(value, dev_value.values(), text(s) + " mean");
  }
}

TEST_P(QuantileTest, AnActionOutOfRangeGivesNan) {
  OnDevice<float> theta(std::vector<float>(2 * 6, 1.0f)), target(4), gradient(12), samples(2),
      loss(1), out(6), unit(std::vector<float>{1, 1});
  OnDevice<std::int32_t> action(std::vector<std::int32_t>{1, -1});
  quantile_huber_loss(stream(), {.quantiles = 3}, theta.matrix(2), action, target.matrix(2), {},
                      gradient.matrix(2), samples, loss.data());
  EXPECT_FALSE(std::isnan(samples.values()[0]));
  EXPECT_TRUE(std::isnan(samples.values()[1]) && std::isnan(loss.value()));
  EXPECT_TRUE(std::isnan(gradient.values()[11]));
  quantile_target(stream(), theta.matrix(2), action, unit, unit, out.matrix(2));
  EXPECT_FALSE(std::isnan(out.values()[2]));
  EXPECT_TRUE(std::isnan(out.values()[3]));
}

TEST_P(QuantileTest, WrongArgumentsAreRefused) {
  OnDevice<float> x(12), y(6), two(2), loss(1);
  OnDevice<std::int32_t> action(2);
  const QuantileLoss three{.quantiles = 3};
  EXPECT_THROW(quantile_huber_loss(stream(), three, x.matrix(2), action, y.matrix(2), {},
                                   x.matrix(2), loss, loss.data()),
               std::invalid_argument);
  EXPECT_THROW(quantile_huber_loss(stream(), {.quantiles = 4}, x.matrix(2), action, y.matrix(2), {},
                                   x.matrix(2), two, loss.data()),
               std::invalid_argument);
  EXPECT_THROW(quantile_huber_loss(stream(), {.quantiles = 3, .kappa = -1}, x.matrix(2), action,
                                   y.matrix(2), {}, x.matrix(2), two, loss.data()),
               std::invalid_argument);
  EXPECT_THROW(quantile_target(stream(), x.matrix(2), action, loss, two, y.matrix(2)),
               std::invalid_argument);
  EXPECT_THROW(quantile_mean(stream(), x.matrix(3), y.matrix(2)), std::invalid_argument);
  EXPECT_THROW(quantile_mean(stream(), y.matrix(3), x.matrix(3)), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::kernels::cuda
