// Division by the constant 1.1 as multiply-add: proof by its hardest cases, then random ones.
//
// Let A and C be the significands as integers, C odd. A quotient A 2^k / C comes close to a
// midpoint M/2 of two doubles only if r = 2 A 2^k - M C is small. fma(a, zh, a zl) errs by less
// than 2^-105 of the quotient, and M C < 2^106, so the wrong neighbour could come out only for |r|
// < 2. All A with |r| <= 64 are checked (Brisebarre, Muller, Raina 2004, section 4); the others are
// right by the bound.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "pavlov/tests/envs/numbers_on_target.h"
#include "pavlov/tests/envs/parity_data.h"
#include "pavlov/envs/cartpole/cartpole-inl.h"
#include "pavlov/kernels/random.h"
#include "pavlov/kernels/simd_target.h"

namespace pavlov::envs {
namespace {

__extension__ using Int128 = __int128;

// x with a x = 1 modulo m, by Euclid's algorithm; gcd(a, m) = 1.
Int128 inverse(Int128 a, Int128 m) {
  Int128 r0 = m, r1 = a % m, x0 = 0, x1 = 1;
  while (r1 != 0) {
    const Int128 q = r0 / r1;
    const Int128 r2 = r0 - q * r1, x2 = x0 - q * x1;
    r0 = r1;
    r1 = r2;
    x0 = x1;
    x1 = x2;
  }
  return (x0 % m + m) % m;
}

// All A in [2^52, 2^53) with A 2^shift = r modulo C for some |r| <= 64 and any shift up to 56.
std::vector<double> hardest_numerators() {
  std::vector<double> all;
  int exponent = 0;
  auto c = static_cast<std::int64_t>(std::ldexp(std::frexp(1.1, &exponent), 53));
  while (c % 2 == 0) c /= 2;
  for (int shift = 0; shift <= 56; ++shift) {
    const Int128 unit = inverse((Int128{1} << shift) % c, c);
    for (int r = -64; r <= 64; ++r) {
      const Int128 residue = ((Int128{r} % c) + c) % c;
      Int128 a = residue * unit % c;
      for (; a < (Int128{1} << 53); a += c) {
        if (a >= (Int128{1} << 52))
          all.push_back(static_cast<double>(static_cast<std::int64_t>(a)));
      }
    }
  }
  return all;
}

class DivisorOnTarget : public ::testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override { kernels::force_simd_target(GetParam()); }
  void TearDown() override { kernels::force_simd_target(""); }

  static void expect_quotients(const std::vector<double>& a) {
    std::vector<double> quotient(a.size());
    divide_by_mass_on_target(a, quotient);
    for (std::size_t i = 0; i < a.size(); ++i) {
      ASSERT_TRUE(same_bits(quotient[i], a[i] / 1.1)) << std::hexfloat << a[i];
    }
  }
};

TEST_P(DivisorOnTarget, HardestCases) {
  std::vector<double> a = hardest_numerators();
  ASSERT_GT(a.size(), 1000u);
  const std::size_t count = a.size();
  for (std::size_t i = 0; i < count; ++i) {
    a.push_back(-a[i]);
    a.push_back(std::ldexp(a[i], -200));
    a.push_back(std::ldexp(a[i], 300));
  }
  expect_quotients(a);
}

TEST_P(DivisorOnTarget, RandomCases) {
  kernels::Pcg64 random(1);
  std::vector<double> a(2000000);
  for (double& value : a)
    value = std::ldexp(random.uniform(-1, 1), static_cast<int>(random.integers(-60, 60)));
  expect_quotients(a);
  expect_quotients({0.0, 1.1, -1.1, 10.0, -10.0, 0.1, 1e100, 1e-100});
}

INSTANTIATE_TEST_SUITE_P(Simd, DivisorOnTarget,
                         ::testing::ValuesIn(kernels::simd_targets().begin(),
                                             kernels::simd_targets().end()),
                         [](const auto& target) { return std::string(target.param); });

TEST(Divisor, ConstantIsTheReciprocalInTwoParts) {
  const auto c = portable::cartpole::total_mass();
  EXPECT_EQ(c.value, 1.1);
  EXPECT_EQ(c.reciprocal, 1.0 / 1.1);
  // 1 - c zh is exact in one multiply-add; its quotient by c is the low part.
  EXPECT_EQ(c.reciprocal_low, std::fma(-c.value, c.reciprocal, 1.0) / c.value);
}

}  // namespace
}  // namespace pavlov::envs
