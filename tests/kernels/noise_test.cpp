// Bulk noise against its formula in double and the moments of what it draws, on every SIMD target.
#include "pavlov/kernels/noise.h"

#include <algorithm>
#include <numbers>

#include "pavlov/tests/kernels/every_target.h"

namespace pavlov::kernels {
namespace {

double wide(float x) { return static_cast<double>(x); }

// The header's formula.
std::vector<double> plain_normal(RandomStream& random, std::size_t size) {
  std::vector<double> out;
  while (out.size() < size) {
    const std::size_t block = std::min<std::size_t>(size - out.size(), 512), half = (block + 1) / 2;
    std::vector<double> radius(half), angle(half);
    for (double& r : radius) {
      r = std::sqrt(-2.0 * std::log((static_cast<double>(random.next() >> 8) + 1.0) * 0x1p-24));
    }
    for (double& a : angle) {
      a = 2.0 * std::numbers::pi * static_cast<double>(random.next() >> 8) * 0x1p-24;
    }
    for (std::size_t i = 0; i < half; ++i) out.push_back(radius[i] * std::cos(angle[i]));
    for (std::size_t i = 0; half + i < block; ++i) out.push_back(radius[i] * std::sin(angle[i]));
  }
  return out;
}

class NoiseTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(NoiseTest);

TEST_P(NoiseTest, NormalEqualsItsFormula) {
  for (const std::size_t size : {0, 1, 2, 7, 8, 9, 31, 33, 511, 512, 513, 1000, 5000}) {
    RandomStream random(size, "noise"), again(size, "noise");
    std::vector<float> out(size + 1, 7.0f);
    draw_normal(random, {out.data(), size});
    const std::vector<double> expected = plain_normal(again, size);
    for (std::size_t i = 0; i < size; ++i) {
      ASSERT_NEAR(wide(out[i]), expected[i], 0x1p-20) << i << " of " << size;
    }
    EXPECT_EQ(out[size], 7.0f);
    EXPECT_EQ(random.position(), again.position());
  }
}

// From the middle of a block of words, and where their number needs more than 32 bits.
TEST_P(NoiseTest, DrawsGoOnFromAnyPlaceOfAStream) {
  for (const std::uint64_t seed : {std::uint64_t{1}, std::uint64_t{0x9876543210}}) {
    for (const std::uint64_t first : {std::uint64_t{0}, (std::uint64_t{1} << 34) - 64}) {
      RandomStream random(seed, "noise"), again(seed, "noise");
      random.set_position(first);
      again.set_position(first);
      for (const std::size_t size : {51, 1, 102, 3, 128, 513, 5, 2, 7}) {
        std::vector<float> out(size);
        draw_normal(random, out);
        const std::vector<double> expected = plain_normal(again, size);
        for (std::size_t i = 0; i < size; ++i) {
          ASSERT_NEAR(wide(out[i]), expected[i], 0x1p-20) << i << " of " << size;
        }
        ASSERT_EQ(random.position(), again.position());
        ASSERT_EQ(random.next(), again.next());
      }
    }
  }
}

TEST_P(NoiseTest, FactorNoiseIsTheSignedRoot) {
  RandomStream random(1, "noise"), again(1, "noise");
  std::vector<float> out(777), normal(777);
  draw_factor_noise(random, out);
  draw_normal(again, normal);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double e = wide(normal[i]);
    ASSERT_NEAR(wide(out[i]), std::copysign(std::sqrt(std::abs(e)), e), 2e-7 * (1 + std::abs(e)));
  }
}

// Mean 0, variance 1, fourth moment 3, and neighbours and halves of a block uncorrelated; each
// within five standard errors.
TEST(Noise, MomentsAreThoseOfTheNormalDistribution) {
  constexpr std::size_t kSize = 1 << 20;
  RandomStream random(3, "noise");
  std::vector<float> x(kSize);
  draw_normal(random, x);
  double mean = 0.0, square = 0.0, fourth = 0.0, neighbours = 0.0, halves = 0.0;
  for (std::size_t i = 0; i < kSize; ++i) {
    const double v = wide(x[i]);
    mean += v;
    square += v * v;
    fourth += v * v * v * v;
    neighbours += v * wide(x[i == 0 ? kSize - 1 : i - 1]);
    halves += v * wide(x[i ^ 256]);
  }
  constexpr double n = kSize;
  EXPECT_NEAR(mean / n, 0.0, 5.0 / std::sqrt(n));
  EXPECT_NEAR(square / n, 1.0, 5.0 * std::sqrt(2.0 / n));
  EXPECT_NEAR(fourth / n, 3.0, 5.0 * std::sqrt(96.0 / n));
  EXPECT_NEAR(neighbours / n, 0.0, 5.0 / std::sqrt(n));
  EXPECT_NEAR(halves / n, 0.0, 10.0 / std::sqrt(n));
}

}  // namespace
}  // namespace pavlov::kernels
