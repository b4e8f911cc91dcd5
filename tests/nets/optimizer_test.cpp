#include "pavlov/nets/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "pavlov/kernels/random.h"

namespace pavlov::nets {
namespace {

using kernels::EpsilonPlacement;

ParameterBuffer two_tensors() { return ParameterBuffer({{"w", {3, 5}}, {"b", {5}}}); }

// One config of each kind of arithmetic.
const std::vector<OptimizerConfig>& every_config() {
  static const std::vector<OptimizerConfig> configs = {
      AdamConfig{},
      AdamConfig{.weight_decay = 0.1},
      RmsPropConfig{},
      RmsPropConfig{.placement = EpsilonPlacement::inside_root},
      SgdConfig{},
      SgdConfig{.momentum = 0.9},
      SgdConfig{.momentum = 0.9, .nesterov = true}};
  return configs;
}

// Calls body(i) for every element of the table; the gaps between tensors are left out.
void for_each_element(const ParameterBuffer& parameters,
                      const std::function<void(std::size_t)>& body) {
  for (const Parameter& p : parameters.table()) {
    for (std::size_t i = p.offset; i < p.offset + p.size; ++i) body(i);
  }
}

void draw_gradient(ParameterBuffer& parameters, kernels::RandomStream& random) {
  for_each_element(parameters, [&](std::size_t i) {
    parameters.gradient()[i] = static_cast<float>(random.normal());
  });
}

// What one parameter and its moments do in one step, in double; t counts from 1.
struct Plain {
  double value = 0.5, m = 0.0, v = 0.0;
};
using PlainStep = std::function<void(Plain&, double gradient, int t, double rate)>;

// Kingma & Ba 2015, algorithm 1; the decay as in Loshchilov & Hutter 2019, algorithm 2.
PlainStep plain_adam(double decay) {
  return [decay](Plain& p, double g, int t, double rate) {
    p.value -= rate * decay * p.value;
    p.m = 0.9 * p.m + 0.1 * g;
    p.v = 0.999 * p.v + 0.001 * g * g;
    const double m_hat = p.m / (1 - std::pow(0.9, t));
    const double v_hat = p.v / (1 - std::pow(0.999, t));
    p.value -= rate * m_hat / (std::sqrt(v_hat) + 1e-8);
  };
}

// torch.optim.RMSprop.
void plain_rmsprop(Plain& p, double g, int, double rate) {
  p.v = 0.99 * p.v + 0.01 * g * g;
  p.value -= rate * g / (std::sqrt(p.v) + 1e-8);
}

// tf.train.RMSPropOptimizer of TensorFlow 1, which RMSpropTFLike of Stable-Baselines3 follows.
void plain_tensorflow_rmsprop(Plain& p, double g, int t, double rate) {
  if (t == 1) p.v = 1.0;
  p.v = 0.99 * p.v + 0.01 * g * g;
  p.value -= rate * g / std::sqrt(p.v + 1e-8);
}

// torch.optim.SGD.
PlainStep plain_sgd(double momentum, bool nesterov) {
  return [momentum, nesterov](Plain& p, double g, int, double rate) {
    p.m = momentum * p.m + g;
    p.value -= rate * (nesterov ? g + momentum * p.m : p.m);
  };
}

void expect_follows(const OptimizerConfig& config, const PlainStep& plain, const char* what) {
  ParameterBuffer parameters = two_tensors();
  for_each_element(parameters, [&](std::size_t i) { parameters.values()[i] = 0.5f; });
  const auto optimizer = make_optimizer(config, parameters.values().size());
  std::vector<Plain> expected(parameters.values().size());
  kernels::RandomStream random(3, "gradient");
  constexpr int kSteps = 500;
  for (int t = 1; t <= kSteps; ++t) {
    draw_gradient(parameters, random);
    for_each_element(parameters, [&](std::size_t i) {
      plain(expected[i], static_cast<double>(parameters.gradient()[i]), t, 0.01);
    });
    optimizer->step(parameters, 0.01, 0.0);
  }
  EXPECT_EQ(optimizer->steps(), kSteps);
  for_each_element(parameters, [&](std::size_t i) {
    EXPECT_NEAR(static_cast<double>(parameters.values()[i]), expected[i].value, 2e-5)
        << what << " " << i;
    parameters.values()[i] = 0.0f;
  });
  // Gradients are zeroed, and the gaps have stayed zero.
  for (const float v : parameters.values()) EXPECT_EQ(v, 0.0f) << what;
  for (const float g : parameters.gradient()) EXPECT_EQ(g, 0.0f) << what;
}

TEST(Optimizer, FollowsItsAlgorithmOverManySteps) {
  const std::vector<OptimizerConfig>& configs = every_config();
  expect_follows(configs[0], plain_adam(0.0), "adam");
  expect_follows(configs[1], plain_adam(0.1), "adamw");
  expect_follows(configs[2], plain_rmsprop, "rmsprop");
  expect_follows(configs[3], plain_tensorflow_rmsprop, "rmsprop of tensorflow");
  expect_follows(configs[4], plain_sgd(0.0, false), "sgd");
  expect_follows(configs[5], plain_sgd(0.9, false), "momentum");
  expect_follows(configs[6], plain_sgd(0.9, true), "nesterov");
}

TEST(Optimizer, ReturnsTheNormAndClips) {
  // Adam is nearly free of the gradient's scale, so clipping shows only where epsilon is large.
  const auto moved = [](const OptimizerConfig& config, double max_norm) {
    ParameterBuffer parameters = two_tensors();
    const auto optimizer = make_optimizer(config, parameters.values().size());
    parameters.gradient()[0] = 3.0f;
    parameters.gradient()[1] = 4.0f;
    EXPECT_DOUBLE_EQ(optimizer->step(parameters, 1.0, max_norm), 5.0);
    return static_cast<double>(-parameters.values()[0]);
  };
  for (const double loose : {0.0, 10.0}) {
    EXPECT_NEAR(moved(AdamConfig{.epsilon = 1.0}, loose), 3.0 / (3.0 + 1.0), 1e-6);
    EXPECT_NEAR(moved(RmsPropConfig{.epsilon = 1.0}, loose), 3.0 / (0.3 + 1.0), 1e-5);
    EXPECT_NEAR(moved(SgdConfig{}, loose), 3.0, 1e-6);
  }
  EXPECT_NEAR(moved(AdamConfig{.epsilon = 1.0}, 1.0), 0.6 / (0.6 + 1.0), 1e-6);
  EXPECT_NEAR(moved(RmsPropConfig{.epsilon = 1.0}, 1.0), 0.6 / (0.06 + 1.0), 1e-6);
  EXPECT_NEAR(moved(SgdConfig{}, 1.0), 0.6, 1e-6);
}

TEST(Optimizer, GradientThatIsNotFiniteChangesNothing) {
  for (const OptimizerConfig& config : every_config()) {
    ParameterBuffer parameters = two_tensors();
    ParameterBuffer untroubled = two_tensors();
    const auto optimizer = make_optimizer(config, parameters.values().size());
    const auto other = make_optimizer(config, parameters.values().size());
    for (const float bad :
         {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
      parameters.gradient()[2] = bad;
      EXPECT_THROW(optimizer->step(parameters, 0.1, 10.0), std::runtime_error);
      for (const float v : parameters.values()) EXPECT_EQ(v, 0.0f);
      for (const float g : parameters.gradient()) EXPECT_EQ(g, 0.0f);
    }
    EXPECT_EQ(optimizer->steps(), 0);
    // The next step is the first one.
    parameters.gradient()[2] = 1.0f;
    untroubled.gradient()[2] = 1.0f;
    optimizer->step(parameters, 0.1, 10.0);
    other->step(untroubled, 0.1, 10.0);
    EXPECT_NE(parameters.values()[2], 0.0f);
    EXPECT_EQ(parameters.values()[2], untroubled.values()[2]);
  }
}

TEST(Optimizer, GoesOnFromRestoredMomentsBitForBit) {
  for (const OptimizerConfig& config : every_config()) {
    ParameterBuffer parameters = two_tensors();
    ParameterBuffer resumed = two_tensors();
    const std::size_t size = parameters.values().size();
    const auto optimizer = make_optimizer(config, size);
    kernels::RandomStream random(5, "gradient");
    for (int t = 0; t < 7; ++t) {
      draw_gradient(parameters, random);
      optimizer->step(parameters, 0.01, 0.0);
    }
    const auto restored = make_optimizer(config, size);
    restored->restore(optimizer->steps(), optimizer->moments());
    resumed.copy_values_from(parameters);
    for (int t = 0; t < 7; ++t) {
      draw_gradient(parameters, random);
      std::ranges::copy(parameters.gradient(), resumed.gradient().begin());
      optimizer->step(parameters, 0.01, 0.0);
      restored->step(resumed, 0.01, 0.0);
    }
    EXPECT_TRUE(std::ranges::equal(parameters.values(), resumed.values()));
    EXPECT_EQ(restored->steps(), 14);
  }
}

TEST(Optimizer, OnlyMomentsOfItsOwnAreRestored) {
  Adam adam({}, 32);
  kernels::Tensor moments({2, 32});
  EXPECT_NO_THROW(adam.restore(3, moments.matrix()));
  EXPECT_THROW(adam.restore(-1, moments.matrix()), std::invalid_argument);
  EXPECT_THROW(adam.restore(3, moments.matrix().rows_from(0, 1)), std::invalid_argument);
  EXPECT_THROW(adam.restore(3, {moments.data(), 2, 16}), std::invalid_argument);
  moments.span()[40] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(adam.restore(4, moments.matrix()), std::invalid_argument);
  EXPECT_EQ(adam.steps(), 3);
  EXPECT_EQ(adam.moments()(1, 8), 0.0f);
}

TEST(Optimizer, ConfigsOutsideTheirRangesAreNamed) {
  const auto message = [](const OptimizerConfig& config) {
    try {
      make_optimizer(config, 16);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(message(AdamConfig{.beta1 = 1.0}), "[adam] beta1 1: must be in [0, 1)");
  EXPECT_NE(message(AdamConfig{.beta2 = -0.1}), "");
  EXPECT_NE(message(AdamConfig{.epsilon = 0.0}), "");
  EXPECT_NE(message(AdamConfig{.weight_decay = -1.0}), "");
  EXPECT_NE(message(RmsPropConfig{.alpha = 1.0}), "");
  EXPECT_NE(message(RmsPropConfig{.epsilon = kNan}), "");
  EXPECT_NE(message(SgdConfig{.momentum = 1.0}), "");
  EXPECT_EQ(message(SgdConfig{.nesterov = true}),
            "[sgd] momentum 0: must be positive with nesterov");
}

TEST(Optimizer, ABufferOfAnotherLengthIsRefused) {
  for (const OptimizerConfig& config : every_config()) {
    ParameterBuffer parameters = two_tensors();
    const auto optimizer = make_optimizer(config, parameters.values().size() + 16);
    EXPECT_THROW(optimizer->step(parameters, 0.1, 0.0), std::invalid_argument);
    EXPECT_EQ(optimizer->steps(), 0);
  }
}

}  // namespace
}  // namespace pavlov::nets
