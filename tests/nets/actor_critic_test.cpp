#include "pavlov/nets/actor_critic.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

namespace pavlov::nets {
namespace {

constexpr std::size_t kInputs = 3, kOutputs = 2, kBatch = 5;

ActorCriticConfig config_of(bool shared_trunk) {
  return {.inputs = kInputs,
          .hidden = {7, 6},
          .outputs = kOutputs,
          .shared_trunk = shared_trunk,
          .log_std = true};
}

kernels::Tensor random_tensor(std::size_t rows, std::size_t columns, const char* name) {
  kernels::Tensor tensor({rows, columns});
  kernels::RandomStream random(3, name);
  for (float& v : tensor.span()) v = static_cast<float>(random.normal());
  return tensor;
}

struct Outputs {
  kernels::Tensor policy{{kBatch, kOutputs}};
  std::vector<float> value = std::vector<float>(kBatch);
};

Outputs forward(const ActorCritic& model, const kernels::Tensor& x) {
  Outputs y;
  ActorCriticTape tape;
  model.forward(x.matrix(), y.policy.matrix(), y.value, tape);
  return y;
}

class ActorCriticTest : public ::testing::TestWithParam<bool> {
 protected:
  ActorCriticTest() : model_(config_of(GetParam())) {
    kernels::RandomStream random(1, "init");
    model_.initialize(random, -0.5);
    // Larger last layers than the initial ones, so that every gradient shows.
    for (float& v : model_.parameters().values()) v *= 1.5f;
  }

  ActorCritic model_;
  kernels::Tensor x_ = random_tensor(kBatch, kInputs, "x");
};

TEST_P(ActorCriticTest, PartsAloneEqualBothTogether) {
  const Outputs both = forward(model_, x_);
  Outputs alone;
  ActorCriticTape tape(false);
  model_.forward_policy(x_.matrix(), alone.policy.matrix(), tape);
  model_.forward_value(x_.matrix(), alone.value, tape);
  EXPECT_TRUE(std::ranges::equal(alone.policy.span(), both.policy.span()));
  EXPECT_EQ(alone.value, both.value);
}

TEST_P(ActorCriticTest, PolicyNetworkStandsAlone) {
  const Outputs expected = forward(model_, x_);
  const std::unique_ptr<Network> copy = model_.policy_network().clone();
  std::ranges::fill(model_.parameters().values(), 0.0f);
  kernels::Tensor y({kBatch, copy->outputs()});
  Tape tape;
  copy->forward(x_.matrix(), y.matrix(), tape);
  for (std::size_t b = 0; b < kBatch; ++b) {
    for (std::size_t a = 0; a < kOutputs; ++a) {
      EXPECT_EQ(y.matrix()(b, a), expected.policy.matrix()(b, a));
    }
  }
  EXPECT_EQ(copy->describe().at("network"), "mlp");
}

// L = sum of outputs times fixed weights, so dL/doutputs are those weights.
TEST_P(ActorCriticTest, BackwardEqualsCentralDifferences) {
  const kernels::Tensor d_policy = random_tensor(kBatch, kOutputs, "d_policy");
  const kernels::Tensor d_value = random_tensor(kBatch, 1, "d_value");
  const auto loss = [&] {
    const Outputs y = forward(model_, x_);
    double sum = 0.0;
    for (std::size_t i = 0; i < y.policy.size(); ++i) {
      sum += static_cast<double>(y.policy.span()[i]) * static_cast<double>(d_policy.span()[i]);
    }
    for (std::size_t b = 0; b < kBatch; ++b) {
      sum += static_cast<double>(y.value[b]) * static_cast<double>(d_value.span()[b]);
    }
    return sum;
  };
  Outputs y;
  ActorCriticTape tape;
  model_.forward(x_.matrix(), y.policy.matrix(), y.value, tape);
  kernels::Tensor at_policy = d_policy.clone(), at_value = d_value.clone();
  model_.backward(at_policy.matrix(), at_value.span(), tape);
  const std::span<float> values = model_.parameters().values();
  for (const Parameter& p : model_.parameters().table()) {
    for (std::size_t i = p.offset; i < p.offset + p.size; ++i) {
      constexpr float kStep = 1e-2f;
      const float saved = values[i];
      values[i] = saved + kStep;
      const double above = loss();
      values[i] = saved - kStep;
      const double below = loss();
      values[i] = saved;
      EXPECT_NEAR(model_.parameters().gradient()[i], (above - below) / 0.02, 2e-3)
          << p.name << " " << i - p.offset;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Trunks, ActorCriticTest, ::testing::Values(false, true));

// The length of every column of a weight, in the columns [first, first + count).
void expect_columns_of_length(ConstMatrixView weight, std::size_t first, std::size_t count,
                              double length) {
  for (std::size_t c = first; c < first + count; ++c) {
    double sum = 0.0;
    for (std::size_t r = 0; r < weight.rows; ++r) {
      sum += static_cast<double>(weight(r, c)) * static_cast<double>(weight(r, c));
    }
    EXPECT_NEAR(std::sqrt(sum), length, 1e-5) << c;
  }
}

TEST(ActorCritic, InitialGainsAreTheFieldsOnes) {
  for (const bool shared : {false, true}) {
    ActorCritic model({.inputs = 8, .hidden = {8}, .outputs = 3, .shared_trunk = shared});
    kernels::RandomStream random(1, "init");
    model.initialize(random);
    const ParameterBuffer& p = model.parameters();
    expect_columns_of_length(p.value(0), 0, 8, std::sqrt(2.0));
    expect_columns_of_length(p.value(2), 0, 3, 0.01);
    if (shared) {
      expect_columns_of_length(p.value(2), 3, 1, 1.0);
    } else {
      expect_columns_of_length(p.value(4), 0, 8, std::sqrt(2.0));
      expect_columns_of_length(p.value(6), 0, 1, 1.0);
    }
    for (const float bias : p.value(1).row(0)) EXPECT_EQ(bias, 0.0f);
    EXPECT_TRUE(model.log_std().empty());
  }
}

TEST(ActorCritic, LogStdStartsWhereItIsTold) {
  ActorCritic model(config_of(false));
  kernels::RandomStream random(1, "init");
  model.initialize(random, -1.5);
  ASSERT_EQ(model.log_std().cols, kOutputs);
  for (const float value : model.log_std().row(0)) EXPECT_EQ(value, -1.5f);
  model.log_std_gradient()(0, 1) = 2.0f;
  const Parameter& last = model.parameters().table().back();
  EXPECT_EQ(last.name, "log_std");
  EXPECT_EQ(model.parameters().gradient()[last.offset + 1], 2.0f);
}

TEST(ActorCritic, BadShapesAreRefused) {
  EXPECT_THROW(ActorCritic({.inputs = 0, .outputs = 1}), std::invalid_argument);
  EXPECT_THROW(ActorCritic({.inputs = 1, .outputs = 0}), std::invalid_argument);
  EXPECT_THROW(ActorCritic({.inputs = 1, .hidden = {0}, .outputs = 1}), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::nets
