// Weights with factorised noise against plain loops in double, on every SIMD target.
#include "pavlov/kernels/noisy_weight.h"

#include "pavlov/tests/kernels/every_target.h"
#include "pavlov/tests/kernels/strided.h"

namespace pavlov::kernels {
namespace {

double wide(float x) { return static_cast<double>(x); }

struct Case {
  StridedMatrix mean, scale, d_weight;
  std::vector<float> in, out;

  Case(std::size_t rows, std::size_t cols, std::size_t turn)
      : mean(rows, cols, turn % 3, turn % 5, values_with_outliers(rows * cols, 1 + turn)),
        scale(rows, cols, turn % 2, turn % 4, values_with_outliers(rows * cols, 100 + turn)),
        d_weight(rows, cols, turn % 4, turn % 3, values_with_outliers(rows * cols, 200 + turn)),
        in(values_with_outliers(rows, 2)),
        out(values_with_outliers(cols, 3)) {}
};

template <class Check>
void over_shapes(Check&& check) {
  std::size_t turn = 0;
  for (const std::size_t rows : {std::size_t{0}, std::size_t{1}, std::size_t{6}}) {
    for (const std::size_t cols : kLengths) {
      SCOPED_TRACE(std::to_string(rows) + " rows, " + std::to_string(cols) + " columns");
      check(rows, cols, turn++);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

class NoisyWeightTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(NoisyWeightTest);

TEST_P(NoisyWeightTest, ForwardOfEveryShape) {
  over_shapes([](std::size_t rows, std::size_t cols, std::size_t turn) {
    const Case k(rows, cols, turn);
    StridedMatrix weight(rows, cols, (turn + 1) % 3, turn % 2);
    noisy_weight(k.mean.view(), k.scale.view(), k.in, k.out, weight.view());
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t o = 0; o < cols; ++o) {
        const double noise = wide(k.scale(i, o)) * wide(k.in[i]) * wide(k.out[o]);
        ASSERT_NEAR(wide(weight(i, o)), wide(k.mean(i, o)) + noise,
                    3 * kEpsilon * (std::abs(wide(k.mean(i, o))) + std::abs(noise)));
      }
    }
    ASSERT_TRUE(weight.gaps_untouched());
  });
}

TEST_P(NoisyWeightTest, BackwardAddsAndZeroes) {
  over_shapes([](std::size_t rows, std::size_t cols, std::size_t turn) {
    Case k(rows, cols, turn);
    const StridedMatrix mean = k.mean, scale = k.scale, given = k.d_weight;
    noisy_weight_backward(k.d_weight.view(), k.in, k.out, k.mean.view(), k.scale.view());
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t o = 0; o < cols; ++o) {
        const double g = wide(given(i, o)), through = g * wide(k.in[i]) * wide(k.out[o]);
        ASSERT_NEAR(wide(k.mean(i, o)), wide(mean(i, o)) + g,
                    kEpsilon * (std::abs(wide(mean(i, o))) + std::abs(g)));
        ASSERT_NEAR(wide(k.scale(i, o)), wide(scale(i, o)) + through,
                    3 * kEpsilon * (std::abs(wide(scale(i, o))) + std::abs(through)));
        ASSERT_EQ(k.d_weight(i, o), 0.0f);
      }
    }
    ASSERT_TRUE(k.mean.gaps_untouched());
    ASSERT_TRUE(k.scale.gaps_untouched());
    ASSERT_TRUE(k.d_weight.gaps_untouched());
  });
}

TEST(NoisyWeight, WrongShapesAreNamed) {
  StridedMatrix fits(2, 3, 0, 0), other(3, 2, 0, 0);
  const std::vector<float> in(2), out(3);
  const auto refused = [](auto&& call) {
    return starts_with(argument_error(call), "[noisy_weight] ");
  };
  const auto fit = fits.view(), bad = other.view();
  EXPECT_TRUE(refused([&] { noisy_weight(bad, fit, in, out, fit); }));
  EXPECT_TRUE(refused([&] { noisy_weight(fit, bad, in, out, fit); }));
  EXPECT_TRUE(refused([&] { noisy_weight(fit, fit, in, out, bad); }));
  EXPECT_TRUE(refused([&] { noisy_weight_backward(bad, in, out, fit, fit); }));
  EXPECT_TRUE(refused([&] { noisy_weight_backward(fit, in, out, bad, fit); }));
  EXPECT_TRUE(refused([&] { noisy_weight_backward(fit, in, out, fit, bad); }));
}

}  // namespace
}  // namespace pavlov::kernels
