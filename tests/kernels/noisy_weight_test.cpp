// Weights with factorised noise against plain loops in double, on every SIMD target.
#include "pavlov/kernels/noisy_weight.h"

#include "pavlov/kernels/dueling.h"
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

// One to all blocks of 1 to 5 actions, with noise and without.
template <class Check>
void over_blocks(Check&& check) {
  std::size_t turn = 0;
  for (const std::size_t actions : {1, 2, 3, 4, 5}) {
    for (std::size_t kept = 1; kept <= actions; ++kept) {
      for (const std::size_t atoms : {1, 7, 16, 17, 51}) {
        for (const bool noisy : {true, false}) {
          SCOPED_TRACE(std::to_string(kept) + " of " + std::to_string(actions) + " blocks of " +
                       std::to_string(atoms) + (noisy ? ", noisy" : ""));
          check(actions, kept, atoms, noisy, turn++);
          if (testing::Test::HasFatalFailure()) return;
        }
      }
    }
  }
}

constexpr std::size_t kBlockRows = 4;

TEST_P(NoisyWeightTest, CenteredWeightIsWhatABlockExceedsTheMeanBy) {
  over_blocks([](std::size_t actions, std::size_t kept, std::size_t atoms, bool noisy,
                 std::size_t turn) {
    Case k(kBlockRows, actions * atoms, turn);
    StridedMatrix weight(kBlockRows, kept * atoms, (turn + 1) % 3, turn % 2);
    noisy ? centered_weight(k.mean.view(), k.scale.view(), k.in, k.out, actions, weight.view())
          : centered_weight(k.mean.view(), {}, {}, {}, actions, weight.view());
    for (std::size_t i = 0; i < kBlockRows; ++i) {
      for (std::size_t j = 0; j < kept * atoms; ++j) {
        double mean = 0.0, own = 0.0, magnitude = 0.0;
        for (std::size_t o = j % atoms; o < actions * atoms; o += atoms) {
          const double noise = noisy ? wide(k.scale(i, o)) * wide(k.in[i]) * wide(k.out[o]) : 0.0;
          mean += (wide(k.mean(i, o)) + noise) / static_cast<double>(actions);
          magnitude += std::abs(wide(k.mean(i, o))) + std::abs(noise);
          if (o == j) own = wide(k.mean(i, o)) + noise;
        }
        ASSERT_NEAR(wide(weight(i, j)), own - mean,
                    kEpsilon * static_cast<double>(actions + 5) * magnitude);
      }
    }
    ASSERT_TRUE(weight.gaps_untouched());
  });
}

// dL/dmean = sum over what is kept of d_weight times the slope of the centered weight: 1 - 1/A from
// the block itself, -1/A from the others.
TEST_P(NoisyWeightTest, CenteredBackwardAddsAndZeroes) {
  over_blocks(
      [](std::size_t actions, std::size_t kept, std::size_t atoms, bool noisy, std::size_t turn) {
        Case k(kBlockRows, actions * atoms, turn);
        StridedMatrix d_weight(kBlockRows, kept * atoms, turn % 3, turn % 4,
                               values_with_outliers(kBlockRows * kept * atoms, turn));
        const StridedMatrix mean = k.mean, scale = k.scale, given = d_weight;
        noisy ? centered_weight_backward(d_weight.view(), k.in, k.out, actions, k.mean.view(),
                                         k.scale.view())
              : centered_weight_backward(d_weight.view(), {}, {}, actions, k.mean.view(), {});
        for (std::size_t i = 0; i < kBlockRows; ++i) {
          for (std::size_t o = 0; o < actions * atoms; ++o) {
            double g = 0.0, magnitude = 0.0;
            for (std::size_t j = o % atoms; j < kept * atoms; j += atoms) {
              const double slope = (j == o ? 1.0 : 0.0) - 1.0 / static_cast<double>(actions);
              g += slope * wide(given(i, j));
              magnitude += std::abs(wide(given(i, j)));
            }
            const double bound = kEpsilon * static_cast<double>(actions + 3);
            ASSERT_NEAR(wide(k.mean(i, o)), wide(mean(i, o)) + g,
                        bound * (std::abs(wide(mean(i, o))) + magnitude));
            const double noise = noisy ? wide(k.in[i]) * wide(k.out[o]) : 0.0;
            ASSERT_NEAR(wide(k.scale(i, o)), wide(scale(i, o)) + g * noise,
                        2 * bound * (std::abs(wide(scale(i, o))) + magnitude * std::abs(noise)));
          }
          for (std::size_t j = 0; j < kept * atoms; ++j) ASSERT_EQ(d_weight(i, j), 0.0f);
        }
        ASSERT_TRUE(k.mean.gaps_untouched());
        ASSERT_TRUE(k.scale.gaps_untouched());
        ASSERT_TRUE(d_weight.gaps_untouched());
      });
}

// With all blocks kept the bits are those of noise and centering one after the other.
TEST_P(NoisyWeightTest, CenteredWeightHasTheBitsOfDueling) {
  for (const std::size_t actions : {2, 3, 4, 18}) {
    constexpr std::size_t kAtoms = 51;
    Case k(kBlockRows, actions * kAtoms, actions);
    Case again = k;
    StridedMatrix weight(kBlockRows, actions * kAtoms, 0, 0), sums(kBlockRows, kAtoms, 0, 0);
    StridedMatrix expected = weight;
    centered_weight(k.mean.view(), k.scale.view(), k.in, k.out, actions, weight.view());
    noisy_weight(k.mean.view(), k.scale.view(), k.in, k.out, expected.view());
    dueling_backward(expected.view(), sums.view(), expected.view());
    centered_weight_backward(k.d_weight.view(), k.in, k.out, actions, k.mean.view(),
                             k.scale.view());
    dueling_backward(again.d_weight.view(), sums.view(), again.d_weight.view());
    noisy_weight_backward(again.d_weight.view(), k.in, k.out, again.mean.view(),
                          again.scale.view());
    for (std::size_t i = 0; i < kBlockRows; ++i) {
      for (std::size_t o = 0; o < actions * kAtoms; ++o) {
        ASSERT_EQ(weight(i, o), expected(i, o));
        ASSERT_EQ(k.mean(i, o), again.mean(i, o));
        ASSERT_EQ(k.scale(i, o), again.scale(i, o));
      }
    }
  }
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

  StridedMatrix six(2, 6, 0, 0), two(2, 2, 0, 0), four(2, 4, 0, 0), nine(2, 9, 0, 0);
  const std::vector<float> out6(6);
  const MatrixView all = six.view(), none = {};
  EXPECT_FALSE(refused([&] { centered_weight(all, all, in, out6, 3, two.view()); }));
  EXPECT_TRUE(refused([&] { centered_weight(all, all, in, out6, 0, two.view()); }));
  EXPECT_TRUE(refused([&] { centered_weight(all, all, in, out6, 4, all); })) << "6 for 4 actions";
  EXPECT_TRUE(refused([&] { centered_weight(all, all, in, out6, 2, four.view()); }))
      << "1.3 blocks";
  EXPECT_TRUE(refused([&] { centered_weight(all, all, in, out6, 2, nine.view()); }));
  EXPECT_TRUE(refused([&] { centered_weight(all, all, in, out6, 2, none); }));
  EXPECT_TRUE(refused([&] { centered_weight(all, fit, in, out6, 2, fit); }));
  EXPECT_TRUE(refused([&] { centered_weight(all, all, in, out, 2, fit); }));
  EXPECT_TRUE(refused([&] { centered_weight(all, none, in, out6, 2, fit); })) << "noise of nothing";
  EXPECT_TRUE(refused([&] { centered_weight_backward(bad, in, out6, 2, all, all); }));
  EXPECT_TRUE(refused([&] { centered_weight_backward(four.view(), in, out6, 2, all, all); }));
  EXPECT_TRUE(refused([&] { centered_weight_backward(fit, in, out6, 2, all, fit); }));
  EXPECT_TRUE(refused([&] { centered_weight_backward(fit, in, {}, 2, all, none); }));
}

}  // namespace
}  // namespace pavlov::kernels
