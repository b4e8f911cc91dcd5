#include "pavlov/nets/bf16_mlp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "pavlov/tests/nets/plain_mlp.h"

namespace pavlov::nets {
namespace {

using kernels::Activation;
using kernels::Tensor;

// To 8 significant bits, by hand: the even one on ties.
double rounded(ConstMatrixView weight, std::size_t i, std::size_t o) {
  int exponent = 0;
  const double fraction = std::frexp(static_cast<double>(weight(i, o)), &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(fraction, 8)), exponent - 8);
}

TEST(Bf16Mlp, ForwardIsThatOfTheRoundedWeights) {
  for (const Activation activation : {Activation::relu, Activation::tanh, Activation::identity}) {
    for (const std::vector<std::size_t>& hidden :
         {std::vector<std::size_t>{}, {5}, {17, 8}, {64, 64}}) {
      const Mlp mlp = drawn_mlp(hidden, activation);
      const Bf16Mlp bf16(mlp);
      Tape tape;
      for (const std::size_t batch : {1u, 7u, 64u, 3u}) {  // grows, then shrinks
        const Tensor x = random_rows(batch, 3);
        Tensor y({batch, 2});
        bf16.forward(x.matrix(), y.matrix(), tape);
        for (std::size_t b = 0; b < batch; ++b) {
          const std::vector<double> expected =
              plain_forward(mlp, x.matrix().row(b), activation, rounded);
          for (std::size_t o = 0; o < 2; ++o) {
            EXPECT_NEAR(static_cast<double>(y.matrix()(b, o)), expected[o], 2e-6);
          }
        }
      }
    }
  }
}

TEST(Bf16Mlp, TakesAboutHalfOfTheMemory) {
  const Mlp mlp = drawn_mlp({256, 256});
  const Bf16Mlp bf16(mlp);
  const std::size_t weights = 3 * 256 + 256 * 256 + 256 * 2;
  EXPECT_EQ(bf16.parameter_bytes(), 2 * weights + sizeof(float) * (256 + 256 + 2));
}

TEST(Bf16Mlp, CloneHasTheSameOutputsAndBothAreForInferenceAlone) {
  Bf16Mlp bf16(drawn_mlp({16}));
  const std::unique_ptr<Network> copy = bf16.clone();
  const Tensor x = random_rows(5, 3);
  Tensor y({5, 2});
  Tensor z({5, 2});
  Tape tape;
  bf16.forward(x.matrix(), y.matrix(), tape);
  copy->forward(x.matrix(), z.matrix(), tape);
  EXPECT_TRUE(std::ranges::equal(y.span(), z.span()));
  EXPECT_EQ(copy->describe(), bf16.describe());
  EXPECT_EQ(bf16.describe().at("network"), "bf16_mlp");
  EXPECT_THROW(bf16.backward(y.matrix(), tape), std::invalid_argument);
  EXPECT_THROW(make_network(bf16.describe(), 100000), std::runtime_error);
  const Network& network = bf16;
  EXPECT_THROW(Bf16Mlp{network}, std::invalid_argument) << "rounded what is rounded";
}

}  // namespace
}  // namespace pavlov::nets
