#include "pavlov/nets/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "pavlov/kernels/random.h"

namespace pavlov::nets {
namespace {

ParameterBuffer two_tensors() { return ParameterBuffer({{"w", {3, 5}}, {"b", {5}}}); }

// Kingma & Ba 2015, algorithm 1, line by line, in double.
struct PlainAdam {
  double m = 0.0;
  double v = 0.0;
  void step(double& value, double gradient, int t, double rate) {
    m = 0.9 * m + 0.1 * gradient;
    v = 0.999 * v + 0.001 * gradient * gradient;
    const double m_hat = m / (1 - std::pow(0.9, t));
    const double v_hat = v / (1 - std::pow(0.999, t));
    value -= rate * m_hat / (std::sqrt(v_hat) + 1e-8);
  }
};

TEST(Adam, FollowsTheAlgorithmOverManySteps) {
  ParameterBuffer parameters = two_tensors();
  Adam adam({}, parameters.values().size());
  kernels::RandomStream random(3, "gradient");
  const std::size_t size = parameters.values().size();
  std::vector<PlainAdam> plain(size);
  std::vector<double> expected(size, 0.0);
  for (int t = 1; t <= 500; ++t) {
    for (const Parameter& p : parameters.table()) {
      for (std::size_t i = p.offset; i < p.offset + p.size; ++i) {
        const auto g = static_cast<float>(random.normal());
        parameters.gradient()[i] = g;
        plain[i].step(expected[i], static_cast<double>(g), t, 0.01);
      }
    }
    adam.step(parameters, 0.01, 0.0);
  }
  for (std::size_t i = 0; i < size; ++i) {
    EXPECT_NEAR(static_cast<double>(parameters.values()[i]), expected[i], 2e-5) << i;
    EXPECT_EQ(parameters.gradient()[i], 0.0f);
  }
}

TEST(Adam, ReturnsTheNormAndClips) {
  // Adam is nearly free of the gradient's scale, so clipping shows only where epsilon is large.
  const auto moved = [](double max_norm) {
    ParameterBuffer parameters = two_tensors();
    Adam adam({.epsilon = 1.0}, parameters.values().size());
    parameters.gradient()[0] = 3.0f;
    parameters.gradient()[1] = 4.0f;
    EXPECT_DOUBLE_EQ(adam.step(parameters, 1.0, max_norm), 5.0);
    return static_cast<double>(-parameters.values()[0]);
  };
  EXPECT_NEAR(moved(0.0), 3.0 / (3.0 + 1.0), 1e-6);
  EXPECT_NEAR(moved(10.0), 3.0 / (3.0 + 1.0), 1e-6);
  EXPECT_NEAR(moved(1.0), 0.6 / (0.6 + 1.0), 1e-6);
}

TEST(Adam, GradientThatIsNotFiniteChangesNothing) {
  ParameterBuffer parameters = two_tensors();
  Adam adam({}, parameters.values().size());
  for (const float bad :
       {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    parameters.gradient()[2] = bad;
    EXPECT_THROW(adam.step(parameters, 0.1, 10.0), std::runtime_error);
    for (const float v : parameters.values()) EXPECT_EQ(v, 0.0f);
    for (const float g : parameters.gradient()) EXPECT_EQ(g, 0.0f);
  }
  parameters.gradient()[2] = 1.0f;
  adam.step(parameters, 0.1, 10.0);  // the first step of Adam moves by the learning rate
  EXPECT_NEAR(parameters.values()[2], -0.1f, 1e-6f);
}

}  // namespace
}  // namespace pavlov::nets
