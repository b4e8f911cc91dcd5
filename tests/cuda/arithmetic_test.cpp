#include "pavlov/kernels/cuda/arithmetic.h"

#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::kernels::cuda {
namespace {

class ArithmeticTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(ArithmeticTest);

TEST_P(ArithmeticTest, EqualTheLoops) {
  for (const std::size_t size : {0, 1, 33, 1000}) {
    const std::vector<float> a = normal_values(size, 1), b = normal_values(size, 2);
    std::vector<float> scaled(size), sum(size), distance(size);
    for (std::size_t i = 0; i < size; ++i) {
      scaled[i] = a[i] * 0.3f;
      sum[i] = b[i] + a[i];
      distance[i] = std::fabs(a[i] - b[i]);
    }
    OnDevice<float> dev_a(a), dev_b(b), out(size);
    absolute_difference(stream(), dev_a, dev_b, out);
    expect_same<float>(distance, out.values(), "absolute_difference");
    add(stream(), dev_a, dev_b);
    expect_same<float>(sum, dev_b.values(), "add");
    scale(stream(), dev_a, 0.3f);
    expect_same<float>(scaled, dev_a.values(), "scale");
  }
}

TEST_P(ArithmeticTest, MatricesAreCopiedEntryByEntry) {
  const std::vector<float> from = normal_values(7 * 5, 1);
  std::vector<float> to(7 * 4, 7.0f);
  OnDevice<float> dev_from(from), dev_to(to);
  copy_matrix(stream(), dev_from.matrix(7, 2), dev_to.matrix(7, 1));
  for (std::size_t r = 0; r < 7; ++r) std::copy_n(&from[r * 5], 3, &to[r * 4]);
  expect_same<float>(to, dev_to.values());
}

TEST_P(ArithmeticTest, NumbersAreFilledAndNarrowed) {
  OnDevice<float> out(40);
  fill(stream(), out.span().first(33), 0.3f);
  std::vector<float> expected(40);
  std::fill_n(expected.begin(), 33, 0.3f);
  expect_same<float>(expected, out.values());
  OnDevice<double> wide(std::vector<double>{1.0 / 3.0, 1e300, -2.5});
  narrow(stream(), wide.span(), out.span().first(3));
  EXPECT_EQ(out.values()[0], static_cast<float>(1.0 / 3.0));
  EXPECT_EQ(out.values()[1], INFINITY);
  EXPECT_EQ(out.values()[2], -2.5f);
}

// Once lost, health does not come back.
TEST_P(ArithmeticTest, WhatIsNotFiniteIsRemembered) {
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    OnDevice<float> good(std::vector<float>{1.0f, -3e38f, 0.0f}),
        sick(std::vector<float>{1.0f, 2.0f, bad}), health(1);
    check_finite(stream(), good, health.data());
    EXPECT_EQ(health.value(), 0.0f);
    check_finite(stream(), sick, health.data());
    EXPECT_TRUE(std::isnan(health.value())) << bad;
    check_finite(stream(), good, health.data());
    EXPECT_TRUE(std::isnan(health.value())) << bad;
  }
}

TEST_P(ArithmeticTest, WrongSizesAreArguments) {
  OnDevice<float> a(3), b(4);
  EXPECT_THROW(add(stream(), a, b), std::invalid_argument);
  EXPECT_THROW(absolute_difference(stream(), a, b, a), std::invalid_argument);
  EXPECT_THROW(absolute_difference(stream(), a, a, b), std::invalid_argument);
  OnDevice<double> wide(2);
  EXPECT_THROW(narrow(stream(), wide.span(), a), std::invalid_argument);
  EXPECT_THROW(copy_matrix(stream(), a.matrix(1), b.matrix(1)), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::kernels::cuda
