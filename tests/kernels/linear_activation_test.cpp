// Activations at the end of a layer: the accuracy of tanh, and values that are no numbers.
#include <cmath>
#include <vector>

#include "pavlov/tests/kernels/linear_layer.h"

namespace pavlov::kernels {
namespace {

class LinearActivationTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(LinearActivationTest);

// tanh of a single input through weight 1 and bias 0.
std::vector<float> tanh_of(std::vector<float> x) {
  std::vector<float> y(x.size());
  const float weight = 1.0f;
  const float bias = 0.0f;
  linear_forward({x.data(), x.size(), 1}, {&weight, 1, 1}, {&bias, 1}, Activation::tanh,
                 {y.data(), y.size(), 1});
  return y;
}

TEST_P(LinearActivationTest, TanhIsWithinTwoUlps) {
  std::vector<float> x;
  for (float magnitude = 1e-6f; magnitude < 12.0f; magnitude *= 1.0001f) {
    x.push_back(magnitude);
    x.push_back(-magnitude);
  }
  for (int i = -1000; i <= 1000; ++i) x.push_back(0.625f + static_cast<float>(i) * 0x1p-24f);
  const std::vector<float> y = tanh_of(x);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double exact = std::tanh(static_cast<double>(x[i]));
    const double ulp = std::ldexp(1.0, std::ilogb(exact) - 23);
    ASSERT_LE(std::fabs(static_cast<double>(y[i]) - exact), 2.0 * ulp) << x[i];
    ASSERT_LE(std::fabs(y[i]), 1.0f);
  }
}

TEST_P(LinearActivationTest, TanhOfSpecialValues) {
  const std::vector<float> y = tanh_of({kInfinity, -kInfinity, kNan, 0.0f, 1e30f, -1e30f, 1e-30f});
  EXPECT_EQ(y[0], 1.0f);
  EXPECT_EQ(y[1], -1.0f);
  EXPECT_TRUE(std::isnan(y[2]));
  EXPECT_EQ(y[3], 0.0f);
  EXPECT_EQ(y[4], 1.0f);
  EXPECT_EQ(y[5], -1.0f);
  EXPECT_EQ(y[6], 1e-30f);
}

TEST_P(LinearActivationTest, NanReachesTheOutputs) {
  for (const std::size_t outputs : {2, 16, 33}) {
    for (const Activation activation : {Activation::identity, Activation::relu, Activation::tanh}) {
      Layer l(20, 5, outputs, 0, 0);
      l.x(3, 2) = kNan;
      linear_forward(l.x.view(), l.weight.view(), l.bias, activation, l.y.view());
      for (std::size_t o = 0; o < outputs; ++o) {
        EXPECT_TRUE(std::isnan(l.y(3, o)));
        EXPECT_FALSE(std::isnan(l.y(4, o)));
      }
    }
  }
}

}  // namespace
}  // namespace pavlov::kernels
