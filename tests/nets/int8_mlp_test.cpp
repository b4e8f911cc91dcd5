#include "pavlov/nets/int8_mlp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "pavlov/tests/nets/plain_mlp.h"

namespace pavlov::nets {
namespace {

using kernels::Activation;
using kernels::Tensor;

// The weight with every column rounded to 127 steps up to its largest entry, in double.
double rounded(ConstMatrixView weight, std::size_t i, std::size_t o) {
  double largest = 0.0;
  for (std::size_t r = 0; r < weight.rows; ++r) {
    largest = std::max(largest, std::fabs(static_cast<double>(weight(r, o))));
  }
  const double scale = largest / 127.0;
  return scale == 0.0 ? 0.0 : std::nearbyint(static_cast<double>(weight(i, o)) / scale) * scale;
}

TEST(Int8Mlp, ForwardIsThatOfTheRoundedWeights) {
  for (const Activation activation : {Activation::relu, Activation::tanh, Activation::identity}) {
    for (const std::vector<std::size_t>& hidden :
         {std::vector<std::size_t>{}, {5}, {17, 8}, {64, 64}}) {
      const Mlp mlp = drawn_mlp(hidden, activation);
      const Int8Mlp int8(mlp);
      Tape tape;
      for (const std::size_t batch : {1u, 7u, 64u, 3u}) {  // grows, then shrinks
        const Tensor x = random_rows(batch, 3);
        Tensor y({batch, 2});
        int8.forward(x.matrix(), y.matrix(), tape);
        for (std::size_t b = 0; b < batch; ++b) {
          const std::vector<double> expected =
              plain_forward(mlp, x.matrix().row(b), activation, rounded);
          for (std::size_t o = 0; o < 2; ++o) {
            EXPECT_NEAR(static_cast<double>(y.matrix()(b, o)), expected[o], 1e-5);
          }
        }
      }
    }
  }
}

TEST(Int8Mlp, TakesAboutAQuarterOfTheMemory) {
  const Mlp mlp = drawn_mlp({256, 256});
  const Int8Mlp int8(mlp);
  const std::size_t weights = 3 * 256 + 256 * 256 + 256 * 2;
  EXPECT_EQ(int8.parameter_bytes(), weights + 2 * sizeof(float) * (256 + 256 + 2));
  EXPECT_LT(static_cast<double>(int8.parameter_bytes()),
            0.27 * static_cast<double>(sizeof(float) * mlp.parameters().count()));
}

TEST(Int8Mlp, ATapeMayComeFromTheMlpAndGoBack) {
  Mlp mlp = drawn_mlp({16});
  const Int8Mlp int8(mlp);
  const Tensor few = random_rows(2, 3);
  const Tensor many = random_rows(9, 3);
  Tensor y({9, 2});
  const auto gradient = [&](Tape& tape) {
    std::ranges::fill(mlp.parameters().gradient(), 0.0f);
    mlp.forward(many.matrix(), y.matrix(), tape);
    Tensor dy = random_rows(9, 2);
    mlp.backward(dy.matrix(), tape);
    const auto g = mlp.parameters().gradient();
    return std::vector<float>(g.begin(), g.end());
  };
  Tape fresh;
  const std::vector<float> expected = gradient(fresh);
  Tape tape;
  mlp.forward(few.matrix(), y.matrix().rows_from(0, 2), tape);
  int8.forward(many.matrix(), y.matrix(), tape);
  EXPECT_TRUE(tape.gradient.empty()) << "two rows, beside activations of nine";
  EXPECT_EQ(gradient(tape), expected);
}

TEST(Int8Mlp, CloneHasTheSameOutputs) {
  const Int8Mlp int8(drawn_mlp({16}));
  const std::unique_ptr<Network> copy = int8.clone();
  const Tensor x = random_rows(5, 3);
  Tensor y({5, 2});
  Tensor z({5, 2});
  Tape tape;
  int8.forward(x.matrix(), y.matrix(), tape);
  copy->forward(x.matrix(), z.matrix(), tape);
  EXPECT_TRUE(std::ranges::equal(y.span(), z.span()));
  EXPECT_EQ(copy->describe(), int8.describe());
}

TEST(Int8Mlp, IsForInferenceAlone) {
  Int8Mlp int8(drawn_mlp({16}));
  const Tensor x = random_rows(5, 3);
  Tensor y({5, 2});
  Tape tape;
  int8.forward(x.matrix(), y.matrix(), tape);
  EXPECT_THROW(int8.backward(y.matrix(), tape), std::invalid_argument);
  EXPECT_EQ(int8.describe().at("network"), "int8_mlp");
  EXPECT_THROW(make_network(int8.describe(), 100000), std::runtime_error);
}

TEST(Int8Mlp, OtherNetworksAndBadWeightsAreRefused) {
  const Int8Mlp int8(drawn_mlp({16}));
  try {
    const Network& network = int8;
    const Int8Mlp twice(network);
    FAIL() << "rounded what is rounded";
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("'int8_mlp'"), std::string::npos) << error.what();
  }
  Mlp bad = drawn_mlp({16});
  bad.parameters().values()[1] = std::numeric_limits<float>::infinity();
  const Network& network = bad;
  EXPECT_THROW(Int8Mlp{network}, std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::nets
