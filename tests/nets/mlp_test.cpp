#include "pavlov/nets/mlp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "pavlov/tests/nets/plain_mlp.h"

namespace pavlov::nets {
namespace {

using kernels::Activation;
using kernels::Tensor;

Tensor random_tensor(std::size_t rows, std::size_t cols, std::uint64_t seed) {
  Tensor tensor({rows, cols});
  kernels::RandomStream random(seed, "tensor");
  for (float& v : tensor.span()) v = static_cast<float>(random.normal());
  return tensor;
}

Mlp make_mlp(std::vector<std::size_t> hidden, Activation activation, Init init = Init::uniform) {
  Mlp mlp({.inputs = 3, .hidden = std::move(hidden), .outputs = 2, .activation = activation});
  kernels::RandomStream random(1, "init");
  mlp.initialize(init, random);
  return mlp;
}

// The weights as they are.
double exact(ConstMatrixView weight, std::size_t i, std::size_t o) {
  return static_cast<double>(weight(i, o));
}

TEST(Mlp, ForwardEqualsPlainLoopForEveryDepthAndBatch) {
  for (const Activation activation : {Activation::relu, Activation::tanh}) {
    for (const std::vector<std::size_t>& hidden :
         {std::vector<std::size_t>{}, {5}, {17, 8}, {64, 64}}) {
      Mlp mlp = make_mlp(hidden, activation);
      Tape tape;
      for (const std::size_t batch : {1u, 7u, 64u, 3u}) {  // grows, then shrinks
        const Tensor x = random_tensor(batch, 3, batch);
        Tensor y({batch, 2});
        mlp.forward(x.matrix(), y.matrix(), tape);
        for (std::size_t b = 0; b < batch; ++b) {
          const std::vector<double> expected =
              plain_forward(mlp, x.matrix().row(b), activation, exact);
          for (std::size_t o = 0; o < 2; ++o) {
            EXPECT_NEAR(static_cast<double>(y.matrix()(b, o)), expected[o], 1e-5);
          }
        }
      }
    }
  }
}

// L = sum of y * g for fixed g, so dL/dy = g.
double weighted_output(const Mlp& mlp, const Tensor& x, const Tensor& g, Activation activation) {
  double sum = 0.0;
  for (std::size_t b = 0; b < x.dim(0); ++b) {
    const std::vector<double> y = plain_forward(mlp, x.matrix().row(b), activation, exact);
    for (std::size_t o = 0; o < y.size(); ++o) sum += y[o] * static_cast<double>(g.matrix()(b, o));
  }
  return sum;
}

class MlpGradient : public ::testing::TestWithParam<Activation> {};

TEST_P(MlpGradient, EqualsCentralDifferences) {
  const Activation activation = GetParam();
  Mlp mlp = make_mlp({6, 5}, activation, Init::orthogonal);
  const Tensor x = random_tensor(4, 3, 21);
  const Tensor g = random_tensor(4, 2, 22);
  Tensor y({4, 2});
  Tensor dy = g.clone();
  Tape tape;
  mlp.forward(x.matrix(), y.matrix(), tape);
  mlp.backward(dy.matrix(), tape);
  const double h = 1e-3;
  for (const Parameter& p : mlp.parameters().table()) {
    for (std::size_t i = p.offset; i < p.offset + p.size; ++i) {
      float& value = mlp.parameters().values()[i];
      const float kept = value;
      value = kept + static_cast<float>(h);
      const double up_at = static_cast<double>(value);
      const double up = weighted_output(mlp, x, g, activation);
      value = kept - static_cast<float>(h);
      const double down_at = static_cast<double>(value);
      const double down = weighted_output(mlp, x, g, activation);
      value = kept;
      const double expected = (up - down) / (up_at - down_at);
      const double actual = static_cast<double>(mlp.parameters().gradient()[i]);
      EXPECT_NEAR(actual, expected, 2e-3 * (1.0 + std::abs(expected))) << p.name << " " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Activations, MlpGradient,
                         ::testing::Values(Activation::tanh, Activation::relu));

TEST(Mlp, BackwardAddsToTheGradient) {
  Mlp mlp = make_mlp({8}, Activation::relu);
  const Tensor x = random_tensor(5, 3, 1);
  const Tensor g = random_tensor(5, 2, 2);
  Tensor y({5, 2});
  Tape tape;
  std::vector<float> once;
  for (int pass = 0; pass < 2; ++pass) {
    mlp.forward(x.matrix(), y.matrix(), tape);
    Tensor dy = g.clone();
    mlp.backward(dy.matrix(), tape);
    if (pass == 0)
      once.assign(mlp.parameters().gradient().begin(), mlp.parameters().gradient().end());
  }
  for (std::size_t i = 0; i < once.size(); ++i) {
    EXPECT_NEAR(mlp.parameters().gradient()[i], 2 * once[i], 1e-5f * (1 + std::abs(once[i])));
  }
}

TEST(Mlp, TwoTapesDoNotDisturbEachOther) {
  Mlp mlp = make_mlp({8}, Activation::tanh);
  const Tensor x = random_tensor(2, 3, 1);
  const Tensor other = random_tensor(9, 3, 2);
  const Tensor g = random_tensor(2, 2, 3);
  Tensor y({2, 2});
  Tensor other_y({9, 2});
  Tape tape;
  Tape second;
  mlp.forward(x.matrix(), y.matrix(), tape);
  Tensor dy = g.clone();
  mlp.backward(dy.matrix(), tape);
  const std::vector<float> alone(mlp.parameters().gradient().begin(),
                                 mlp.parameters().gradient().end());
  std::ranges::fill(mlp.parameters().gradient(), 0.0f);
  mlp.forward(x.matrix(), y.matrix(), tape);
  mlp.forward(other.matrix(), other_y.matrix(), second);
  dy = g.clone();
  mlp.backward(dy.matrix(), tape);
  EXPECT_TRUE(std::ranges::equal(alone, mlp.parameters().gradient()));
}

TEST(Mlp, BackwardNeedsTheForwardOfItsTape) {
  Mlp mlp = make_mlp({8}, Activation::relu);
  Tensor dy({4, 2});
  Tape fresh;
  EXPECT_THROW(mlp.backward(dy.matrix(), fresh), std::invalid_argument);
  const Tensor x = random_tensor(3, 3, 1);
  Tensor y({3, 2});
  mlp.forward(x.matrix(), y.matrix(), fresh);
  EXPECT_THROW(mlp.backward(dy.matrix(), fresh), std::invalid_argument);
}

TEST(Mlp, BackwardNeedsATapeForIt) {
  Mlp mlp = make_mlp({8}, Activation::relu);
  const Tensor x = random_tensor(3, 3, 1);
  Tensor y({3, 2});
  Tape tape{.for_backward = false};
  mlp.forward(x.matrix(), y.matrix(), tape);
  EXPECT_THROW(mlp.backward(y.matrix(), tape), std::invalid_argument);
}

TEST(Mlp, DrawsOnlyTheValuesOfItsOwnTable) {
  const MlpConfig config = {.inputs = 3, .hidden = {4}, .outputs = 2};
  ParameterBuffer other({{"layers.0.weight", {3, 4}}, {"layers.0.bias", {4}}});
  kernels::RandomStream random(1, "init");
  EXPECT_THROW(initialize_mlp(config, other, Init::uniform, random), std::invalid_argument);
}

TEST(Mlp, ATapeMayMoveToANetworkOfOtherWidths) {
  Mlp narrow = make_mlp({8}, Activation::relu);
  Mlp wide = make_mlp({33}, Activation::relu);
  const Tensor x = random_tensor(3, 3, 1);
  Tensor y({3, 2});
  Tape tape;
  narrow.forward(x.matrix(), y.matrix(), tape);
  EXPECT_NO_THROW(wide.forward(x.matrix(), y.matrix(), tape));
  EXPECT_EQ(tape.activation[0].dim(1), 33u);
}

TEST(Mlp, ATapeOutlivesABatchThatMemoryCannotHold) {
  Mlp mlp = make_mlp({8, 8}, Activation::relu);
  const Tensor x = random_tensor(1, 3, 1);
  Tensor y({1, 2}), again({1, 2});
  Tape tape;
  mlp.forward(x.matrix(), y.matrix(), tape);
  constexpr std::size_t kTooMany = std::size_t{1} << 50;
  EXPECT_THROW(mlp.forward({x.matrix().data, kTooMany, 3}, {y.data(), kTooMany, 2}, tape),
               std::bad_alloc);
  mlp.forward(x.matrix(), again.matrix(), tape);
  mlp.backward(again.matrix(), tape);
  mlp.forward(x.matrix(), again.matrix(), tape);
  EXPECT_TRUE(std::ranges::equal(y.span(), again.span()));
}

TEST(Mlp, WrongShapesAreRefusedForOneRowAndForMany) {
  Mlp mlp = make_mlp({8}, Activation::relu);
  for (const std::size_t batch : {1, 5}) {
    const Tensor x = random_tensor(batch, 3, 1);
    const Tensor wide = random_tensor(batch, 4, 1);
    Tensor y({batch, 2}), wide_y({batch, 3}), long_y({batch + 1, 2});
    Tape tape;
    EXPECT_THROW(mlp.forward(wide.matrix(), y.matrix(), tape), std::invalid_argument);
    EXPECT_THROW(mlp.forward(x.matrix(), wide_y.matrix(), tape), std::invalid_argument);
    EXPECT_THROW(mlp.forward(x.matrix(), long_y.matrix(), tape), std::invalid_argument);
    EXPECT_NO_THROW(mlp.forward(x.matrix(), y.matrix(), tape));
  }
}

// The one row goes another way than the many.
TEST(Mlp, ARowAloneGivesTheNumbersOfItsBatch) {
  for (const Activation activation : {Activation::relu, Activation::tanh}) {
    for (const std::vector<std::size_t>& hidden :
         {std::vector<std::size_t>{}, {5}, {33, 17}, {64, 64}, {130, 1040}}) {
      Mlp mlp = make_mlp(hidden, activation);
      const Tensor x = random_tensor(9, 3, 1);
      Tensor y({9, 2}), row({1, 2});
      Tape tape, row_tape;
      mlp.forward(x.matrix(), y.matrix(), tape);
      for (std::size_t b = 0; b < 9; ++b) {
        mlp.forward(x.matrix().rows_from(b, 1), row.matrix(), row_tape);
        for (std::size_t o = 0; o < 2; ++o) EXPECT_EQ(row.matrix()(0, o), y.matrix()(b, o));
      }
    }
  }
}

TEST(Mlp, CloneHasItsOwnEqualValues) {
  Mlp mlp = make_mlp({4}, Activation::relu);
  const std::unique_ptr<Network> copy = mlp.clone();
  EXPECT_TRUE(std::ranges::equal(copy->parameters().values(), mlp.parameters().values()));
  copy->parameters().values()[0] += 1.0f;
  EXPECT_NE(copy->parameters().values()[0], mlp.parameters().values()[0]);
}

TEST(Mlp, DescriptionBuildsTheSameNetwork) {
  const Mlp mlp = make_mlp({7, 9, 4}, Activation::tanh);
  const std::unique_ptr<Network> copy = make_network(mlp.describe(), mlp.parameters().count());
  EXPECT_EQ(copy->describe(), mlp.describe());
  ASSERT_EQ(copy->parameters().table().size(), mlp.parameters().table().size());
  for (std::size_t k = 0; k < mlp.parameters().table().size(); ++k) {
    EXPECT_EQ(copy->parameters().table()[k].name, mlp.parameters().table()[k].name);
    EXPECT_EQ(copy->parameters().table()[k].shape, mlp.parameters().table()[k].shape);
  }
}

TEST(Mlp, HostileDescriptionsAreRefused) {
  const std::map<std::string, std::string> good = make_mlp({4}, Activation::relu).describe();
  const auto refused = [&](const std::string& key, const std::string& value) {
    auto bad = good;
    bad[key] = value;
    EXPECT_THROW(make_network(bad, 1000), std::runtime_error) << key << "=" << value;
  };
  refused("network", "transformer");
  refused("inputs", "0");
  refused("inputs", "-3");
  refused("inputs", "99999999999999999999");
  refused("hidden", "4,,4");
  refused("hidden", "65537");
  refused("hidden", "65536,65536");  // more parameters than the file could hold
  refused("outputs", "2.5");
  refused("activation", "swish");
  auto missing = good;
  missing.erase("outputs");
  EXPECT_THROW(make_network(missing, 1000), std::runtime_error);
}

TEST(Mlp, WidthsOutsideTheirRangeAreRefused) {
  EXPECT_THROW(Mlp({.inputs = 0, .hidden = {}, .outputs = 1}), std::invalid_argument);
  EXPECT_THROW(Mlp({.inputs = 1, .hidden = {0}, .outputs = 1}), std::invalid_argument);
  EXPECT_THROW(Mlp({.inputs = 1, .hidden = {}, .outputs = 65537}), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::nets
