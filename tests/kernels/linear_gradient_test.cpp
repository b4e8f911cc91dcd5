// Gradients of a layer against central differences: dL/dp for L = sum of y * g, on values of
// moderate size.
#include <cmath>
#include <vector>

#include "pavlov/kernels/linear.h"
#include "pavlov/tests/kernels/every_target.h"

namespace pavlov::kernels {
namespace {

class LinearGradientTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(LinearGradientTest);

struct SmallLayer {
  static constexpr std::size_t kBatch = 6, kInputs = 5, kOutputs = 7;
  std::vector<float> x, weight, bias, g;
  Activation activation;

  explicit SmallLayer(Activation a)
      : x(small(kBatch * kInputs, 1)),
        weight(small(kInputs * kOutputs, 2)),
        bias(small(kOutputs, 3)),
        g(small(kBatch * kOutputs, 4)),
        activation(a) {}
  static std::vector<float> small(std::size_t size, std::uint64_t seed) {
    RandomStream random(seed, "small layer");
    std::vector<float> values(size);
    for (float& value : values) value = static_cast<float>(random.normal());
    return values;
  }
  std::vector<float> forward() const {
    std::vector<float> y(kBatch * kOutputs);
    linear_forward({x.data(), kBatch, kInputs}, {weight.data(), kInputs, kOutputs}, bias,
                   activation, {y.data(), kBatch, kOutputs});
    return y;
  }
  double loss() const {
    const std::vector<float> y = forward();
    double sum = 0.0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      sum += static_cast<double>(y[i]) * static_cast<double>(g[i]);
    }
    return sum;
  }
  double difference(float& parameter) {
    constexpr float kStep = 0x1p-8f;
    const float saved = parameter;
    parameter = saved + kStep;
    const double above = loss();
    parameter = saved - kStep;
    const double below = loss();
    parameter = saved;
    return (above - below) / (2.0 * static_cast<double>(kStep));
  }
};

TEST_P(LinearGradientTest, EqualsCentralDifferences) {
  for (const Activation activation : {Activation::identity, Activation::relu, Activation::tanh}) {
    SmallLayer l(activation);
    if (activation == Activation::relu) {
      // keep every pre-activation away from the kink
      for (float& value : l.weight) value = std::fabs(value);
      for (float& value : l.x) value = std::fabs(value) + 0.1f;
      for (std::size_t o = 0; o < l.bias.size(); ++o) l.bias[o] = o % 2 == 0 ? 1.0f : -60.0f;
    }
    const std::vector<float> y = l.forward();
    std::vector<float> dy = l.g, dweight(l.weight.size()), dbias(l.bias.size()), dx(l.x.size());
    std::vector<float> scratch(linear_backward_scratch(l.kInputs, l.kOutputs));
    linear_backward({l.x.data(), l.kBatch, l.kInputs}, {l.weight.data(), l.kInputs, l.kOutputs},
                    {y.data(), l.kBatch, l.kOutputs}, activation, {dy.data(), l.kBatch, l.kOutputs},
                    {dweight.data(), l.kInputs, l.kOutputs}, dbias,
                    {dx.data(), l.kBatch, l.kInputs}, scratch);
    const auto compare = [&](std::vector<float>& parameters, const std::vector<float>& gradient) {
      for (std::size_t i = 0; i < parameters.size(); ++i) {
        EXPECT_NEAR(static_cast<double>(gradient[i]), l.difference(parameters[i]), 2e-3) << i;
      }
    };
    compare(l.weight, dweight);
    compare(l.bias, dbias);
    compare(l.x, dx);
  }
}

}  // namespace
}  // namespace pavlov::kernels
